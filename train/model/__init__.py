"""Models at work: loading, strength, the encoding of a request, and the one generation engine."""
