"""Dating: when a text was written, by its words, markup and style."""
