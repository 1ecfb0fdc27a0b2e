"""Texts for the briefs of users: read the briefs, write, label, store, continue."""
