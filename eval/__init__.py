"""Scores, the gate and the report. Reads files; style, dates and copies need no torch."""
