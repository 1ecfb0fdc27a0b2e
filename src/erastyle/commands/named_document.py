"""How a person names a document: by its id, its source, or a part of the source."""

from __future__ import annotations

import re

SHORT = 4
"""Characters from which any part of a source names it; a shorter text must be a whole word."""


def names(source: str, wanted: str) -> bool:
    """Say whether a text is a part of a source; a short one has to be a whole word of it.

    >>> names("old/page12.html", "page1"), names("old/003.html", "003"), names("old/003.html", "00")
    (True, True, False)
    """
    if len(wanted) >= SHORT:
        return wanted in source
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(wanted)}(?![A-Za-z0-9])", source) is not None


def not_named(where: object, wanted: str) -> str:
    """Return what is said where nothing has this name."""
    short = f" With fewer than {SHORT} characters it must be a whole word of the source."
    return f"{where}: no document has the id or source {wanted!r}." + (
        short if len(wanted) < SHORT else ""
    )
