"""Refuses passages that stand word for word in one training document."""

from __future__ import annotations

from dataclasses import dataclass

from erastyle.corpus.copying.search import LONG, Index
from erastyle.train.model.guards.guard import Mark

NEAR = LONG - 15
"""Tokens in common from which a passage is refused, before it is a copy."""
BEFORE = 600
"""Characters before the part that are read with it."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Refuses a passage of a training document; phrases of many sites may stand.

    Attributes:
        index: The training documents.
    """

    index: Index
    name: str = "copies"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the longest passage in common that reaches into the newest part."""
        del request, ended
        begin = max(0, start - BEFORE)
        longest = self.index.longest(text[begin:])
        if longest is None or longest.common or longest.length < NEAR:
            return []
        first, last = (begin + place for place in longest.characters)
        if last <= start:
            return []
        return [Mark(self.name, f"{longest.length} tokens of {longest.document}", first, last)]
