"""Refuses a title that says nothing of what was asked for: what follows it would follow it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.corpus.prompts.taken_up import own_words, taken_up
from erastyle.train.model.guards.guard import Mark

STEM = 4
"""Letters by which a word of a title counts as one of the brief: `dental` for a dentist."""
_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Titled:
    """Refuses a TITLE without any word of the brief."""

    name: str = "title"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return a mark if the newest part ends a title that takes up nothing."""
        del ended
        title = _TITLE.search(text)
        if title is None or title.end() <= start or not own_words(request):
            return []
        if taken_up(title[1], request, STEM) > 0:
            return []
        return [Mark(self.name, "no word of the brief in it", title.start(1), title.end(1))]
