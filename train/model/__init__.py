"""Models: the known bases, loading, strength, prompts, and the one generation engine."""
