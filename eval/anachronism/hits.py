"""Anachronisms, and the reverse: what of its own time a text talks about, in which dialect.

The slips themselves are found by `erastyle.corpus.chronology.anachronisms`, which generating uses
too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from erastyle.corpus.chronology.anachronisms import EMOJI_YEAR as EMOJI_YEAR
from erastyle.corpus.chronology.anachronisms import Hit as Hit
from erastyle.corpus.chronology.anachronisms import find as find
from erastyle.corpus.chronology.anachronisms import visible as visible
from erastyle.corpus.chronology.lexicon import Matcher, TermMatch, lexicon
from erastyle.corpus.chronology.markup_history import uses
from erastyle.corpus.document import Format
from erastyle.corpus.html import dialect


def rate_per_1000_words(text: str, format: Format, hits: Sequence[Hit]) -> float | None:  # noqa: A002
    """Return hits that the brief did not ask for, per 1,000 words; `None` without words."""
    words = len((visible(text) if format == "html" else text).split())
    slips = sum(not hit.in_brief for hit in hits)
    return 1000 * slips / words if words else None


REACH = 15
"""Years before an era from which its talk still comes."""


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
"""As in cleaning; plain text has no markup, so none of it belongs to `none`."""


class Validity(NamedTuple):
    """How far markup is of a dialect.

    Attributes:
        share: Known elements and attributes that the level has, of all dated ones; 1 without any.
        used: How many dated elements and attributes there are.
        too_new: Those that the level does not have, each once, by name.
    """

    share: float
    used: int
    too_new: tuple[str, ...]


def dialect_validity(html: str, markup_level: str) -> Validity:
    """Return how far the markup of `html` is of an era profile's `markup` level.

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
