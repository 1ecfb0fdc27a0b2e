"""Puts stand-ins where a text holds addresses and numbers that could be somebody's.

Refusing them would cost a part of nearly every page, since pages of the period end with an address.
"""

from __future__ import annotations

import re

from erastyle.corpus.cleaning import privacy

KINDS = ("email", "phone", "card", "ip", "bang path")
_NOBODY = re.compile(r"(?:\+?[\d(][\d() .-]{0,12})?555[- ]?01\d\d\b")
"""Telephone numbers that belong to nobody."""
_ASKED = re.compile(r"[\w.+%-]+@[\w.-]+\w|[+(]?\d[\d() ./-]{5,}\d")
"""Addresses and numbers of a request."""


def with_stand_ins(text: str, request: str) -> tuple[str, int]:
    """Return a text with stand-ins for addresses and numbers, and how many were replaced.

    What the request names stays, and so does what is nobody's: addresses below `.example`, numbers
    in 555-01xx.

    Args:
        text: A text that a model wrote.
        request: What was asked for.

    >>> with_stand_ins("Mail me at jane@uni.edu, or joe@home.example.", "A page.")[1]
    1
    >>> with_stand_ins("Call 415-857-1234.", "My number is 415-857-1234.")
    ('Call 415-857-1234.', 0)
    """
    kept = sorted({*_ASKED.findall(request), *_NOBODY.findall(text)}, key=len, reverse=True)
    kept = [piece for piece in kept if piece in text]
    for number, piece in enumerate(kept):
        text = text.replace(piece, _hidden(number))
    replaced, counts = privacy.pseudonymise(text, "written by a machine")
    for number, piece in enumerate(kept):
        replaced = replaced.replace(_hidden(number), piece)
    return replaced, sum(counts.get(kind, 0) for kind in KINDS)


def _hidden(number: int) -> str:
    """Return a character of private use that stands for a piece."""
    return chr(0xE000 + number)
