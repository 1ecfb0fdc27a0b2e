"""Which prejudice a model has, before and after, and against its corpus."""
