"""Requests: briefs made from documents, and general rows for rehearsal."""
