"""Requests: briefs for documents, and general rows for rehearsal."""
