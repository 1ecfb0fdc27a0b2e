"""Refuses markup that would swallow the page: a title, comment or attribute without an end."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from erastyle.train.model.guards.guard import Mark

TITLE = 160
"""Characters of a title after which it counts as never closed."""
TAG = 300
"""Characters after `<` within which a tag is closed."""
COMMENT = 400
TWICE = 2
"""How often an attribute may stand in one tag; real pages repeat one by mistake."""
_ANY_TAG = re.compile(r"</?[a-z]", re.IGNORECASE)
_NAMED = re.compile(r"[\s\"']([a-z]+)\s*=")
_TITLE = re.compile(r"<title\b[^<>]*>", re.IGNORECASE)
_CLOSED = re.compile(r"</title\s*>", re.IGNORECASE)
_QUOTE = re.compile(r"""<[a-z](?:[^<>"]|"[^"<>]*")*=\s*"[^"]{0,300}>[^"]{0,300}<""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Swallow:
    """Refuses what an HTML parser would read as one endless title, comment, tag or attribute."""

    name: str = "swallow"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return what the newest part leaves open."""
        del request
        reason, at = _open(text, ended=ended)
        if not reason and (match := _QUOTE.search(text, max(0, start - TAG))):
            reason, at = "a quotation mark that is never closed", match.start()
        return [Mark(self.name, reason, at, len(text))] if reason else []


def _open(text: str, *, ended: bool) -> tuple[str, int]:
    """Return what is left open too long, and where it begins."""
    for title in _TITLE.finditer(text):
        if not _CLOSED.search(text, title.end()):
            inside = text[title.end() :]
            if ended or len(inside) > TITLE or "<" in inside[:-8] or "\n" in inside.strip():
                return "a title that is never closed", title.start()
    comment = text.rfind("<!--")
    # A tag in an open comment: the writer has forgotten that it is one.
    forgotten = ended or len(text) - comment > COMMENT or _ANY_TAG.search(text, comment + 4)
    if comment >= 0 and "-->" not in text[comment:] and forgotten:
        return "a comment that is never closed", comment
    tag = text.rfind("<")
    name = text[tag + 1 : tag + 2]
    open_tag = tag >= 0 and ">" not in text[tag:] and (name.isalpha() or name in "/!")
    if open_tag and (ended or len(text) - tag > TAG):
        return "a tag that is never closed", tag
    if open_tag and max(Counter(_NAMED.findall(text[tag:].lower())).values(), default=0) > TWICE:
        return "an attribute again and again", tag
    return "", 0
