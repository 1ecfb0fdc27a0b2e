"""Memorisation: what a model remembers of single training documents."""
