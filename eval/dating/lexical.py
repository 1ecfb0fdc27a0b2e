"""Date a text by its words and markup: a distribution over years, or "cannot tell".

Years and dates in the text are masked, as they are for the style score. The dates that a document
states are read by `erastyle.corpus.dates.interval`. `prior` needs no training and uses dated words,
products and markup alone; `erastyle.eval.dating.learned` learns from documents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.chronology import lexicon, markup_history
from erastyle.eval.style.features import Text, masked_prose, prose_of, why_not_judged
from erastyle.eval.style.markup_features import MAX_MARKUP
from erastyle.eval.style.prose_features import leading_part

FIRST, LAST = 1700, 2035
YEARS = np.arange(FIRST, LAST + 1)
LEVEL = 0.8
"""Share of texts whose year the interval should hold."""
SINGLE_YEARS_FROM = 1980
MARKUP_CERTAINTY = 0.9
"""Probability that a page with an element is not older than the element's first browser."""
MOST_BOUNDS = 6
"""Newest words and tags that count; more of them are seldom independent."""
FADING = (60.0, 12.0)
"""Years after the newest dated word in which a text becomes 1/e as probable: before 1980, and from
1980 on. Texts name new things more often than old ones; measured by benchmarks/style_dating.py."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word or tag that moved a date.

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
    """Estimated date of a text.

    Attributes:
        shares: Probability of each bin; they sum to 1.
        bins: First and last year of each bin: decades before 1980, years from then on.
        year: The median; NaN with a `reason`.
        low: Begin of the interval; NaN with a `reason`.
        high: End of the interval; NaN with a `reason`.
        reason: Why there is no date, with flat `shares`; empty if there is one.
        evidence: Words and tags that decided, the strongest first.
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
    prose = leading_part(prose_of(text))
    newest: dict[str, int] = {}
    for match in lexicon.matcher(FIRST).find(prose):
        newest[match.term.text] = match.term.first_year
    if text.format == "html":
        for use in markup_history.uses(text.body[:MAX_MARKUP]):
            name = f"<{use.feature.element} {use.feature.attribute}".rstrip() + ">"
            newest[name] = use.feature.first_year
    ordered = sorted(newest.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Evidence(name, math.nan, year) for name, year in ordered[:MOST_BOUNDS])


def bounded(evidence: Sequence[Evidence]) -> NDArray[np.float64]:
    """Return the share of its probability that each year keeps. Shape: (len(YEARS),).

    A word is sometimes older than its first known use: one in ten bounds counts as wrong.
    """
    left = np.ones(len(YEARS))
    for one in evidence:
        left[one.not_before > YEARS] *= 1 - MARKUP_CERTAINTY
    return np.maximum(left, 1e-3)


def prior(text: Text, english: bool = True) -> Dated:
    """Return when a text was written, from dated words, products and markup, without training.

    Args:
        text: Any text.
        english: Whether to refuse a text with hardly an English function word, because the dated
            words are English.
    """
    reason = why_not_judged(masked_prose(text), english)
    evidence = () if reason else bounds(text)
    if not evidence:
        return unknown(reason or "no dated word or tag")
    newest = evidence[0].not_before
    tau = FADING[newest >= SINGLE_YEARS_FROM]
    shares = bounded(evidence) * np.exp(-np.maximum(YEARS - newest, 0) / tau)
    return answer(np.cumsum(shares) / shares.sum(), LEVEL, evidence)


def unknown(reason: str) -> Dated:
    """Return the answer "cannot tell": all years are equally probable."""
    flat = np.arange(1, len(YEARS) + 1) / len(YEARS)
    return Dated(_binned(flat), bins(), math.nan, math.nan, math.nan, reason)


def answer(
    cumulative: NDArray[np.float64], level: float, evidence: Sequence[Evidence] = ()
) -> Dated:
    """Return the answer of a distribution.

    Args:
        cumulative: Probability up to and with each of `YEARS`, rising to 1. Shape: (len(YEARS),).
        level: Share of the probability between the ends of the interval.
        evidence: Words and tags that decided.
    """
    low, middle, high = quantiles(cumulative, ((1 - level) / 2, 0.5, (1 + level) / 2))
    return Dated(_binned(cumulative), bins(), middle, low, high, "", tuple(evidence))


def quantiles(cumulative: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Return the years, with fractions, up to which the shares of a distribution lie.

    The probability of a year is spread evenly around it, so half of it lies before the year.

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
