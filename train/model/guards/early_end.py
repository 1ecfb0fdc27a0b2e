"""Refuses the end of a text before it has said anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.corpus.prompts.asked_length import asked_words
from erastyle.train.model.guards.ending import LEAST_SHARE
from erastyle.train.model.guards.guard import Mark

_APART = re.compile(r"<[^<>]*>|&#?\w+;")


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """Refuses an end after too few words.

    Attributes:
        words: Fewest words of a text whose request asks for no length.
    """

    words: int
    name: str = "early end"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return a mark if the text ends too early."""
        del start
        if not ended:
            return []
        early = self._early(text, request)
        return [Mark(self.name, early, len(text), len(text))] if early else []

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether the text may not end yet."""
        return not piece and bool(self._early(text, request))

    def _early(self, text: str, request: str) -> str:
        """Return after how few words a text would end, or nothing."""
        least = least_words(self.words, request)
        said = len(_APART.sub(" ", text).split())
        return f"ends after {said} words" if said < least else ""


def least_words(words: int, request: str) -> int:
    """Return the words that a text has before its end.

    Args:
        words: Where the request asks for no length.
        request: What was asked for.
    """
    asked = asked_words(request)
    return words if asked is None else round(LEAST_SHARE * asked)
