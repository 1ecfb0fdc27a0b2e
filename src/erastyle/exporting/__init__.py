"""Exports of a run: request, what is known of its documents, models and corpora."""
