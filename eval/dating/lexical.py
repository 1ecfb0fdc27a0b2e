"""When was a text written, by how it is written: a distribution over years, or "cannot tell".

Stated dates are not looked at: years and dates are masked, as they are for the style score. For
what a document says of its own date see `erastyle.corpus.dates.interval`. `prior` works without
training, from dated words, products and markup alone; `erastyle.eval.dating.learned` learns from
documents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.chronology import lexicon, markup_history
from erastyle.eval.style import features
from erastyle.eval.style.features import Text
from erastyle.eval.style.markup_features import MAX_MARKUP

FIRST, LAST = 1700, 2035
YEARS = np.arange(FIRST, LAST + 1)
LEVEL = 0.8
"""Share of texts whose year the interval is to hold."""
SINGLE_YEARS_FROM = 1980
MARKUP_CERTAINTY = 0.9
"""How sure it is that a page with an element is not older than the element's first browser."""
MOST_BOUNDS = 6
"""Newest words and tags that count: more of them are seldom independent."""
FADING = (60.0, 12.0)
"""Years after the newest dated word in which a text becomes 1/e as probable: before 1980, from it
on. A text names what is new more often than what is old; measured by benchmarks/style_dating.py."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What moved a date.

    Attributes:
        what: The word or tag; words as masked: `0` is any number.
        years: By how many years it moved the estimate; NaN for a bound.
        not_before: First year of a dated word or tag; 0 for what was learnt.
    """

    what: str
    years: float
    not_before: int = 0


@dataclass(frozen=True, slots=True)
class Dated:
    """When a text was written.

    Attributes:
        shares: Probability of each bin; they sum to 1.
        bins: First and last year of each bin: decades before 1980, years from then on.
        year: The median; NaN if it cannot be told.
        low: Where the interval begins; NaN if it cannot be told.
        high: Where it ends.
        reason: Why it cannot be told; empty if it can. `shares` is flat then.
        evidence: What decided, the strongest first.
    """

    shares: tuple[float, ...]
    bins: tuple[tuple[int, int], ...]
    year: float
    low: float
    high: float
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


def bins() -> tuple[tuple[int, int], ...]:
    """Return the first and last year of each bin.

    >>> bins()[0], bins()[-1]
    ((1700, 1709), (2035, 2035))
    """
    decades = [(y, y + 9) for y in range(FIRST, SINGLE_YEARS_FROM, 10)]
    return (*decades, *((y, y) for y in range(SINGLE_YEARS_FROM, LAST + 1)))


def bounds(text: Text) -> tuple[Evidence, ...]:
    """Return the newest dated words and tags of a text, newest first, each with its first year."""
    prose = features.looked_at(features.prose_of(text))
    newest: dict[str, int] = {}
    for found in lexicon.matcher(FIRST).find(prose):
        newest[found.term.text] = found.term.first_year
    if text.format == "html":
        for use in markup_history.uses(text.body[:MAX_MARKUP]):
            name = f"<{use.feature.element} {use.feature.attribute}".rstrip() + ">"
            newest[name] = use.feature.first_year
    ordered = sorted(newest.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Evidence(name, math.nan, year) for name, year in ordered[:MOST_BOUNDS])


def bounded(found: Sequence[Evidence]) -> NDArray[np.float64]:
    """Return how much of the probability of each year is left by bounds. Shape: (len(YEARS),).

    A word is rarely, but sometimes, older than its first known use: one in ten is taken as wrong.
    """
    left = np.ones(len(YEARS))
    for one in found:
        left[one.not_before > YEARS] *= 1 - MARKUP_CERTAINTY
    return np.maximum(left, 1e-3)


def prior(text: Text, english: bool = True) -> Dated:
    """Return when a text was written, from dated words, products and markup, without training.

    Args:
        text: Any text.
        english: Whether a text with hardly an English function word is refused: the dated words
            are English.
    """
    from erastyle.eval.style.classifier import why_not

    masked = features.mask(features.looked_at(features.prose_of(text)))
    reason = why_not(masked, english)
    found = () if reason else bounds(text)
    if not found:
        return unknown(reason or "no dated word or tag")
    newest = found[0].not_before
    tau = FADING[newest >= SINGLE_YEARS_FROM]
    shares = bounded(found) * np.exp(-np.maximum(YEARS - newest, 0) / tau)
    return answer(np.cumsum(shares) / shares.sum(), LEVEL, found)


def unknown(reason: str) -> Dated:
    """Return the answer "cannot tell": every year is as probable as every other."""
    flat = np.arange(1, len(YEARS) + 1) / len(YEARS)
    return Dated(_binned(flat), bins(), math.nan, math.nan, math.nan, reason)


def answer(
    cumulative: NDArray[np.float64], level: float, evidence: Sequence[Evidence] = ()
) -> Dated:
    """Return the answer of a distribution.

    Args:
        cumulative: Probability up to and with each of `YEARS`, rising to 1. Shape: (len(YEARS),).
        level: Share of the probability between the ends of the interval.
        evidence: What it rests on.
    """
    low, middle, high = quantiles(cumulative, ((1 - level) / 2, 0.5, (1 + level) / 2))
    return Dated(_binned(cumulative), bins(), middle, low, high, "", tuple(evidence))


def quantiles(cumulative: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Return the years, with fractions, up to which the shares of a distribution lie.

    The probability of a year lies evenly around it: half of it is reached at the year itself.

    >>> flat = np.arange(1, len(YEARS) + 1) / len(YEARS)
    >>> [round(q) for q in quantiles(flat, [0.25, 0.5])]
    [1784, 1868]
    """
    edges = np.arange(FIRST, LAST + 2) - 0.5
    whole = np.concatenate([[0.0], cumulative])
    rising = np.concatenate([[True], np.diff(whole) > 0])
    return [float(q) for q in np.interp(shares, whole[rising], edges[rising])]


def _binned(cumulative: NDArray[np.float64]) -> tuple[float, ...]:
    ends = np.array([last - FIRST for _, last in bins()])
    return tuple(np.diff(cumulative[ends], prepend=0.0).tolist())
