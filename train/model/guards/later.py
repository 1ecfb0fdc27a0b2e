"""Refuses what is later than the era: words, products, years, and markup that has a date."""

from __future__ import annotations

from dataclasses import dataclass

from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.document import Format
from erastyle.train.model.guards.guard import Mark

CERTAIN = 0.75
"""Certainty from which a hit is refused."""
BEFORE = 120
"""Characters before the part that are read with it: what stands before a year decides its sense."""


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
        return [
            Mark(self.name, f"{hit.term}, {hit.first_year}", begin + hit.start, begin + hit.end)
            for hit in hits
            if hit.certainty >= CERTAIN and not hit.in_brief and begin + hit.end > start
        ]
