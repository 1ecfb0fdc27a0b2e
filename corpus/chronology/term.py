"""A dated word, name or phrase."""

from __future__ import annotations

import re
from typing import NamedTuple

TOKEN = re.compile("[0-9A-Za-z\u00c0-\u024f]+")
"""A word or number, as the terms and the texts are cut."""
CERTAINTY = {"high": 0.95, "medium": 0.8, "low": 0.6}


class Term(NamedTuple):
    """A word, name or idiom with the first year in which people used it.

    A text may have several terms: the year of its first use, the year from which it is in general
    use, and an ambiguous one with the year of a newer sense, which the words around it show.

    Attributes:
        text: Its spelling. Upper-case letters must match; a lower-case word matches any case.
        kind: company, product, software, internet, technology, event, culture, brand or word.
        first_year: Year of first public use; the earlier one where sources differ.
        certainty: How sure the year is, 0 to 1.
        ambiguous: Whether it has an older sense; then a word of `context` must stand near it.
        context: Lower-case words that show the newer sense.
        source: The kind of source that the year rests on.
    """

    text: str
    kind: str
    first_year: int
    certainty: float
    ambiguous: bool
    context: frozenset[str]
    source: str
