"""HTML pages: their prose, their markup, and edits of their source."""
