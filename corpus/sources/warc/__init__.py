"""Reads web archives: WARC and ARC files, whole or damaged."""
