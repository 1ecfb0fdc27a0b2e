"""The report of a run: its content, and the page."""
