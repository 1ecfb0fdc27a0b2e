"""What a text says, without its markup."""

from __future__ import annotations

from erastyle.corpus.document import Format
from erastyle.corpus.html.markup import prose
from erastyle.train.restyle.facts import unwrapped


def plain_prose(text: str, form: Format) -> str:
    """Return the prose of a text: without tags, and its wrapped lines joined."""
    return prose(text) if form == "html" else unwrapped(text)
