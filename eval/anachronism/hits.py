"""Anachronisms, period references, and the dialect of markup.

`erastyle.corpus.chronology.anachronisms` finds the anachronisms; generation uses it too.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from erastyle.corpus.chronology.anachronisms import Hit as Hit
from erastyle.corpus.chronology.anachronisms import find as find
from erastyle.corpus.chronology.lexicon import Matcher, TermMatch, lexicon
from erastyle.corpus.chronology.markup_history import uses
from erastyle.corpus.html import dialect
from erastyle.corpus.html.tags import visible as visible

REACH = 15
"""Years before an era whose new words still count as period references."""


def period_references(text: str, first: int, last: int) -> list[TermMatch]:
    """Return the names, products and words of its own time that `text` uses.

    Args:
        text: Prose.
        first: First year of the era.
        last: Last year of the era.

    Returns:
        Terms first used between `REACH` years before the era and its end, by position.
    """
    return list(_of_period(first, last).find(text))


@cache
def _of_period(first: int, last: int) -> Matcher:
    return Matcher(term for term in lexicon() if first - REACH <= term.first_year <= last)


LEVELS = {"none": (0, ()), **dialect.LEVELS}
"""Levels of markup as in cleaning, and `none` for plain text."""


class Validity(NamedTuple):
    """Dialect validity of markup.

    Attributes:
        share: Share of the dated elements and attributes that the level has; 1 without any.
        used: Number of dated elements and attributes.
        too_new: Names of those that the level does not have, each once.
    """

    share: float
    used: int
    too_new: tuple[str, ...]


def dialect_validity(html: str, markup_level: str) -> Validity:
    """Return how much of the markup of `html` belongs to an era profile's `markup` level.

    Raises:
        ValueError: There is no such level.

    >>> dialect_validity("<P>Hi <SPAN>there</SPAN>", "netscape-1")
    Validity(share=0.5, used=2, too_new=('<span>',))
    """
    if markup_level not in LEVELS:
        raise ValueError(
            f"markup level {markup_level!r} is unknown; use one of {', '.join(LEVELS)}"
        )
    newest, without = LEVELS[markup_level]
    used, too_new = 0, set()
    wrong = 0
    for use in uses(html):
        used += 1
        feature = use.feature
        if feature.first_year > newest or (without and feature.seen_in.startswith(without)):
            wrong += 1
            too_new.add(f"<{feature.element} {feature.attribute}".strip() + ">")
    return Validity(1 - wrong / used if used else 1.0, used, tuple(sorted(too_new)))
