"""Refuses a page that has begun without markup."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.train.model.guards.guard import Mark

WORDS = 12
"""Words before which a page has its first tag; benchmarks/text.py counts those of real pages."""
_TAG = re.compile(r"<[a-z!/][^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Untagged:
    """Refuses the words of a page that has no tag yet, from `WORDS` words on and at the end."""

    name: str = "untagged"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return a mark over the newest part if no tag stands in the text."""
        del request
        if _TAG.search(text):
            return []
        words = len(text.split())
        if words < WORDS and not (ended and words):
            return []
        return [Mark(self.name, f"{words} words without a tag", start, len(text))]
