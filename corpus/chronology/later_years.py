"""Years that a text writes of as past: `in 2014`, `2015-16`, `the 2010s`, `class of 2021`.

Nobody can write of a later year as past, but people look ahead: `by the year 2000`, `expires in
2003`, `class of 1999`. And numbers that look like a year name products: `Gateway 2000`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from erastyle.corpus.dates import expressions
from erastyle.corpus.dates.expressions import Mention


class LaterYear(NamedTuple):
    """A later year in a text, at `text[start:end]`.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last character.
        year: The year; of a range its end, of a decade its beginning.
        certainty: How sure it is that the text writes of it as past.
    """

    start: int
    end: int
    year: int
    certainty: float


LATEST_YEAR = 2035
"""Years after this one are fiction rather than anachronisms."""
NOW = 2026
"""Last year that `'26` stands for; from there on it is of the century before."""
DAY, PAST, SHORT = 0.9, 0.75, 0.6
"""Certainty of a whole date, of a year that is written of as past, and of a year of two digits."""
SEASONS = 12
"""Years that a range such as `2015-16` spans at most; more is a number or a plan."""
GRADUATION = 6
"""Years before it in which a class is called by its year."""
DISTANT = 5
"""Years before a decade in which people already talk about it."""
SOON = 3
"""Years before a year in which `after 2000` is more often the future."""
_AHEAD = re.compile(
    r"\b(?:by|until|till|will|would|shall|future|expect\w*|plan(?:s|ned|ning)?|expir\w*|next|coming|before|"
    r"forecast\w*|predict\w*|projected|projections?|estimat\w*|goal|target|deadline|century|millennium|a\.?d|"
    r"through|no later than|due|valid|year|set in|novel|film|movie|game|story)\b",
    re.IGNORECASE,
)
_FICTION = re.compile(
    r"^(?:\W*(?:will|would|shall|film|movie|game|novel|target|goal)\b|:\s)", re.IGNORECASE
)
_PAST = re.compile(
    r"(?:\b(?:in|since|during|of|from|around|summer|winter|spring|autumn|fall|early|late|mid|"
    r"copyright|\(c\))\s*|©\s*|&copy;\s*)$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\bafter\s$", re.IGNORECASE)
_CLASS = re.compile(r"\bclass\s+of\s+$", re.IGNORECASE)
_RANGE = re.compile(r"(?P<first>\d{4})\D")
_DECADE = re.compile(r"(?P<y>(?:19|20)\d0)['\u2019]?s\b")
_NUMBER = re.compile(r"[\w.,$/-]")
_SHORT = re.compile(r"['\u2019](?P<y>[0-2]\d)(?![\w%'\u2019])")
_NAMED = re.compile(
    r"\b(?:class|summer|winter|spring|autumn|fall|election|back|since)\s(?:(?:of|in|the)\s)?$",
    re.IGNORECASE,
)
_ROLLOVER = frozenset(("1999-12-31", "2000-01-01", "2000-01-02", "2000-02-28", "2000-02-29"))
"""Days that people wrote about for years, because programs might fail on them."""
_AGE_OF_COMPUTERS = 1985


def later_years(text: str, cutoff: int) -> list[LaterYear]:
    """Return the years later than `cutoff` that `text` writes of as past.

    >>> [later.year for later in later_years("The season 2015/16, not the year 2000.", 1997)]
    [2016]
    """
    years = [*_mentioned(text, cutoff), *_decades(text, cutoff), *_short(text, cutoff)]
    return sorted(years)


def _mentioned(text: str, cutoff: int) -> Iterator[LaterYear]:
    for mention in expressions.mentions(text):
        year = int(mention.first[:4])
        if not cutoff < year <= LATEST_YEAR or mention.sure < 0.5:
            continue
        before = text[max(0, mention.start - 50) : mention.start]
        if _AHEAD.search(before) or _FICTION.search(text[mention.end : mention.end + 30]):
            continue
        if mention.form == "day":
            if not (mention.first in _ROLLOVER and cutoff >= _AGE_OF_COMPUTERS):
                yield LaterYear(mention.start, mention.end, year, DAY)
        elif mention.form != "year" or _is_past(text, mention, before, year, cutoff):
            yield LaterYear(mention.start, mention.end, year, PAST)


def _is_past(text: str, mention: Mention, before: str, year: int, cutoff: int) -> bool:
    if _CLASS.search(before):
        return year > cutoff + GRADUATION
    if _PAST.search(before):
        return True
    if _AFTER.search(before):
        return year > cutoff + SOON
    span = _RANGE.match(text, mention.start, mention.end)
    return span is not None and cutoff < int(span["first"]) < year <= int(span["first"]) + SEASONS


def _decades(text: str, cutoff: int) -> Iterator[LaterYear]:
    for match in _DECADE.finditer(text):
        year = int(match["y"])
        before = text[max(0, match.start() - 50) : match.start()]
        if not cutoff + DISTANT <= year <= LATEST_YEAR or _NUMBER.match(before[-1:]):
            continue
        if not _AHEAD.search(before):
            yield LaterYear(match.start(), match.end(), year, PAST)


def _short(text: str, cutoff: int) -> Iterator[LaterYear]:
    """Yield `class of '21`; before the computers such a year is of the century before."""
    if cutoff < _AGE_OF_COMPUTERS:
        return
    for match in _SHORT.finditer(text):
        year = 2000 + int(match["y"])
        if not cutoff + GRADUATION < year <= NOW:
            continue
        if _NAMED.search(text[max(0, match.start() - 20) : match.start()]):
            yield LaterYear(*match.span(), year, SHORT)
