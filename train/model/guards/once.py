"""Refuses what a page has once and has already: its head, its title, its body."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.train.model.guards.guard import Mark

_ONCE = re.compile(r"<(html|head|title|body)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Once:
    """Refuses a second HTML, HEAD, TITLE or BODY element."""

    name: str = "once"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the tags of the newest part that the page had before."""
        del request, ended
        before = {match[1].lower() for match in _ONCE.finditer(text, 0, start)}
        marks = []
        for match in _ONCE.finditer(text, start):
            if match[1].lower() in before:
                reason = f"a second <{match[1]}>"
                marks.append(Mark(self.name, reason, match.start(), len(text)))
            before.add(match[1].lower())
        return marks
