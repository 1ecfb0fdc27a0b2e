"""Forbids runs without an end: digits, letters, character codes."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGITS = 11
LETTERS = 40
NAMES = 4
"""Capitals joined by underscores: `CURRENCY_CONDUCTIVE_PANEL_GROUP`."""
TAIL = 120
_ENDLESS = re.compile(
    rf"\d{{{DIGITS}}}$|[^\W_]{{{LETTERS}}}$|[A-Z\d]+(?:_[A-Z\d]+){{{NAMES - 1}}}$"
    r"|&&$|&#[^\dx]$|(?:&#\w{1,6};?\s*){3}$|&\w{9}$|(?!(.)\1{3})[&#%|]{4}$|\*\*\w$|\{[%{]$|(?:\w*\d\w*-){8}$"
)


@dataclass(frozen=True, slots=True)
class Runs:
    """Forbids a token that goes on with a run that hardly a page has."""

    name: str = "runs"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` is too much of the same."""
        del request
        return _ENDLESS.search(text[-TAIL:] + piece) is not None
