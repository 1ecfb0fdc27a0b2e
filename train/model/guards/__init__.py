"""Guards look at a text while it is written and refuse what must not stand in it."""
