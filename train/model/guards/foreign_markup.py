"""Refuses tags and attributes that no browser of the era knew, or that never were."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.corpus.chronology import markup_history
from erastyle.corpus.html import dialect
from erastyle.train.model.guards.guard import Mark

_TAG = re.compile(r"</?([a-z][a-z0-9]*)([^<>]*)>", re.IGNORECASE)
_XHTML = re.compile(r"(?:^|[\s\"'])/$")  # the end of `<A HREF=http://kites.example/>` is none
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]+)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Refuses markup newer than a level, and elements that are in no history of HTML.

    Attributes:
        level: Newest markup level that belongs to the era.
    """

    level: str
    name: str = "dialect"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the tags of the newest part that do not belong to the era."""
        del ended
        marks = []
        for tag in _TAG.finditer(text, max(0, text.rfind("<", 0, start + 1))):
            if tag.end() <= start or tag[0].lower() in request.lower():
                continue
            if reason := self._newer(tag):
                marks.append(Mark(self.name, reason, *tag.span()))
        return marks

    def _newer(self, tag: re.Match[str]) -> str:
        """Return why a tag does not belong to the era, or nothing.

        A real page may hold `<HEADER>` for HEAD; what is written here need not.
        """
        element = markup_history.feature(tag[1].lower())
        if element is None:
            return f"<{tag[1]}> is no element"
        if self.level in dialect.LEVELS and element.first_year > dialect.LEVELS[self.level][0] + 1:
            return f"<{element.element}>, {element.first_year}"
        if _XHTML.search(tag[2]):
            return f"<{tag[1]} />, XHTML, 2000"
        newer = dialect.newer(tag[0], self.level)
        if newer:
            return str(newer[0])
        for attribute in _ATTRIBUTE.finditer(tag[2]):
            name = attribute[1].lower()
            if name.isalpha() and markup_history.feature(element.element, name) is None:
                return f"<{tag[1]} {attribute[1]}> is no attribute"
        return ""
