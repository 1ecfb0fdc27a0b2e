"""Refuses what is later than the era: words, products, years, and markup that has a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.chronology.lexicon import lexicon
from erastyle.corpus.document import Format
from erastyle.train.model.guards.guard import Mark

CERTAIN = 0.75
"""Certainty from which a hit is refused."""
_INSIDE = re.compile(r"""=\s*"[^"]*"?|=\s*'[^']*'?|=\s*[^\s>"']+|<!--.*?(?:-->|\Z)""", re.DOTALL)
_YEAR = re.compile(r"(?<=[/_.-])(?:199\d|20[0-3]\d)(?=[/_.-])")
_CONDITIONAL = re.compile(r"<!--\[if\b", re.IGNORECASE)
IE_5 = 1999
"""Year of the browser that read conditional comments."""
BEFORE = 120
"""Characters before the part that are read with it: what stands before a year decides its sense."""


_NAME = re.compile(r"[a-z]{5,}")


@cache
def _later_names(cutoff: int) -> Mapping[str, int]:
    """Return names of one word in lower case, as addresses have them, with their first year."""
    return {
        term.text.lower(): term.first_year
        for term in lexicon()
        if term.first_year > cutoff
        and term.certainty >= CERTAIN
        and not term.ambiguous
        and term.text.isalpha()
        and not term.text.islower()
    }


@dataclass(frozen=True, slots=True)
class LaterThanEra:
    """Refuses anachronisms; what the request itself names may stand.

    Attributes:
        cutoff: Last year that belongs to the era.
        format: Format of the texts.
    """

    cutoff: int
    format: Format
    name: str = "later"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the certain anachronisms of the newest part."""
        del ended
        begin = max(0, start - BEFORE)
        if self.format == "html" and (tag := text.rfind("<", begin, start)) >= 0:
            begin = tag if ">" not in text[tag:start] else begin
        hits = anachronisms.find(text[begin:], self.format, self.cutoff, request)
        if self.format == "html":  # addresses and comments too: nobody reads them, but they tell
            hits += self._in_tags(text[begin:], request)
        return [
            Mark(self.name, f"{hit.term}, {hit.first_year}", begin + hit.start, begin + hit.end)
            for hit in hits
            if hit.certainty >= CERTAIN and not hit.in_brief and begin + hit.end > start
        ]

    def _in_tags(self, part: str, request: str) -> list[anachronisms.Hit]:
        """Return words and years later than the era in addresses and comments."""
        hits = []
        later = _later_names(self.cutoff)
        for inside in _INSIDE.finditer(part):
            for name in _NAME.finditer(inside[0].lower()):
                if (first := later.get(name[0])) and name[0] not in request.lower():
                    span = (inside.start() + name.start(), inside.start() + name.end())
                    hits.append(anachronisms.Hit(*span, name[0], "word", first, 0.95, ""))
            for year in _YEAR.finditer(inside[0]):
                if int(year[0]) > self.cutoff and year[0] not in request:
                    span = (inside.start() + year.start(), inside.start() + year.end())
                    hits.append(anachronisms.Hit(*span, year[0], "year", int(year[0]), 0.8, ""))
        for comment in _CONDITIONAL.finditer(part) if self.cutoff < IE_5 else ():
            span = comment.span()
            hits.append(anachronisms.Hit(*span, comment[0], "element", IE_5, 0.95, "IE 5"))
        return hits
