r"""When a document was written: an interval, the most probable year, a confidence, the evidence.

Every clue votes over years: a statement such as `Last updated` for its year and a little for the
years behind it (pages are changed without a word), a copyright line for a few years, markup or a
product name for everything from its first appearance on, a capture date for everything before.
The votes are multiplied, each mixed with a floor because every kind of clue is wrong at times, and
give a distribution over years. The interval is the shortest run of years that holds 93 % of it, the
best year its median; the confidence is what the interval holds, lowered when clues contradict each
other. A document without evidence gets an empty interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from erastyle.corpus.dates import evidence as finders
from erastyle.corpus.dates.evidence import Clue
from erastyle.corpus.document import Document

__all__ = ["KINDS", "Clue", "Dating", "Kind", "best_year", "date", "weigh"]

MASS = 0.93
"""Share of the votes that the interval holds."""
SHOWN = 6
"""Clues that the evidence names."""


class Dating(NamedTuple):
    """When a document was written.

    Attributes:
        date_from: First possible date, `YYYY-MM-DD`, or empty.
        date_to: Last possible date, or empty.
        evidence: What it rests on, strongest first, `; ` between; contradictions are named.
        confidence: 0 (nothing known) to 1: how surely the true date lies inside.
        best: The median year of what is possible, or `None` when the interval is open.
    """

    date_from: str
    date_to: str
    evidence: str
    confidence: float
    best: int | None = None


class Kind(NamedTuple):
    """How far a kind of clue is trusted.

    Attributes:
        trust: Share of its clues that speak of the document's own date.
        after: Weight of the true year being 0, 1, 2, … years after the clue's last year.
        before: Weight of it being 1, 2, … years before the clue's first year.
        tail: Factor from year to year behind `after`; 1 for a plain lower bound.
    """

    trust: float
    after: tuple[float, ...]
    before: tuple[float, ...] = ()
    tail: float = 0.0


KINDS: dict[str, Kind] = {
    "source": Kind(0.998, (1.0,)),
    "mail": Kind(0.998, (1.0,)),
    "path day": Kind(0.98, (0.98, 0.01), (0.01,)),
    "statement": Kind(0.97, (0.9, 0.06, 0.03), (), 0.5),
    "http": Kind(0.85, (0.95,), (0.05, 0.02)),
    "dateline": Kind(0.9, (0.9, 0.03, 0.02), (0.01,), 0.7),
    "path": Kind(0.96, (0.94, 0.04), (0.02,)),
    "comment": Kind(0.85, (0.6, 0.2, 0.12, 0.05), (), 0.6),
    "newest": Kind(0.88, (0.78, 0.08, 0.03, 0.02), (0.025, 0.01), 0.8),
    "stale": Kind(0.9, (0.35, 0.2, 0.2, 0.12), (), 0.5),
    "copyright": Kind(0.88, (0.8, 0.08, 0.03, 0.02), (0.02, 0.006), 0.8),
    "year": Kind(0.8, (0.62, 0.07, 0.035, 0.03), (0.07, 0.025, 0.015, 0.01), 0.85),
    "generator": Kind(0.95, (0.3, 0.3, 0.2, 0.1), (), 0.6),
    "product": Kind(0.93, (0.1, 0.1, 0.1), (0.03, 0.015), 0.93),
    "markup": Kind(0.98, (0.2, 0.2, 0.2, 0.18, 0.08, 0.03), (), 0.75),
}
"""Trust in each kind of clue, strongest first; rounded from counts on half of the sites."""

BOUNDS = ("generator", "product", "markup")
"""Kinds that say `not before`."""
SETTLED = ("source", "mail", "path day", "statement", "dateline", "copyright", "newest")
"""Kinds behind which an older date in the running text says nothing more."""
FIRST_HTML = 1991
"""Before this year no page was written, whatever older years it speaks of."""


def date(document: Document, clues: Sequence[Clue] = ()) -> Dating:
    """Return when `document` was written.

    Args:
        document: Body, source, `date_evidence` (header lines that ingest wrote: `mail date: …`,
            `http last-modified: …`, `source date: …`) and `date_to` (the capture date, an upper
            bound) are read.
        clues: Further evidence that the caller has.

    Returns:
        The interval. Empty with confidence 0 when nothing is known; with only the capture date
        known, `date_to` alone is set and the confidence is 0. Where nothing but a word dates it,
        `date_from` is its year, the end stays open (or the capture date) and the confidence is 0.2.
    """
    floor = FIRST_HTML if document.format == "html" else 0
    return weigh([*finders.find(document), *clues], document.date_to, floor)


def weigh(clues: Sequence[Clue], not_after: str = "", not_before: int = 0) -> Dating:
    """Return the dating that `clues` support together.

    Args:
        clues: Evidence in any order.
        not_after: Latest possible day, `YYYY-MM-DD`, or empty.
        not_before: First possible year. Only what the source itself says can be older.
    """
    ceiling = int(not_after[:4]) if not_after else None
    usable = [c for c in clues if ceiling is None or int(c.first[:4]) <= ceiling]
    late = [c for c in clues if ceiling is not None and int(c.first[:4]) > ceiling]
    usable = _telling(_newest_of_each_kind(usable), not_before)
    if not usable:
        if not_after:
            return Dating("", not_after, f"no evidence; not after {not_after} (capture)", 0.0)
        return Dating("", "", "no evidence", 0.0)
    if all(c.kind == "product" for c in usable):
        bound = usable[0]
        return Dating(bound.first, not_after, f"not before: {bound.text}", 0.2)
    years = _years(usable, ceiling, not_before)
    votes = [0.0] * len(years)
    for clue in usable:
        first, last = int(clue.first[:4]), int(clue.last[:4])
        kind, sure = clue.kind, round(clue.sure, 2)
        for index, year in enumerate(years):
            gap = 0 if first <= year <= last else year - last if year > last else year - first
            votes[index] += _vote(kind, sure, last - first + 1, gap)
    top = max(votes)
    shares = [math.exp(v - top) for v in votes]
    total = sum(shares)
    shares = [s / total for s in shares]
    low, high = _shortest(shares)
    held = sum(shares[low : high + 1])
    since, until = years[low], years[high]
    against = [c for c in usable if _contradicts(c, since, until)]
    ordered = sorted(usable, key=_order)
    confidence = held * _strength(ordered, since, until)
    evidence = "; ".join(c.text for c in ordered[:SHOWN] if c not in against)
    for clue in against[:3]:
        confidence *= 1 - 0.35 * KINDS[clue.kind].trust * clue.sure
        evidence += f"; contradiction: {clue.text} says {_span(clue)}"
    if late:
        evidence += f"; ignored: {late[0].text} is after the capture on {not_after}"
    date_from, date_to = _days(ordered, since, until)
    if not_after and date_to > not_after:
        date_to = max(not_after, date_from)
    best = min(max(years[_median(shares)], int(date_from[:4])), int(date_to[:4]))
    sure = round(min(confidence, 0.99), 3)
    return Dating(date_from, date_to, evidence.removeprefix("; "), sure, best)


def best_year(dating: Dating) -> float | None:
    """Return the most probable year: the median, or else the middle of the interval.

    `None` when the interval is open.

    >>> best_year(Dating("1996-01-01", "1997-12-31", "", 0.9))
    1996.5
    """
    if dating.best is not None:
        return dating.best
    if not dating.date_from or not dating.date_to:
        return None
    return (int(dating.date_from[:4]) + int(dating.date_to[:4])) / 2


def _telling(clues: Sequence[Clue], not_before: int) -> list[Clue]:
    """Leave out what cannot be the document's date: older dates that it only speaks of."""
    clues = [c for c in clues if c.kind == "source" or int(c.last[:4]) >= not_before]
    settled = max((c.first for c in clues if c.kind in SETTLED and c.sure >= 0.7), default="")
    return [
        c
        for c in clues
        if not (c.kind in ("year", "newest") and int(c.last[:4]) < int(settled[:4] or 0))
    ]


def _years(clues: Sequence[Clue], ceiling: int | None, not_before: int) -> list[int]:
    """Return the years that any of `clues` speaks for, in order."""
    found: set[int] = set()
    for clue in clues:
        first, last = int(clue.first[:4]), int(clue.last[:4])
        found.update(range(first - (0 if clue.kind in BOUNDS else 4), last + 13))
    latest = max(min(ceiling or 9999, max(found)), min(found))
    earliest = not_before if not_before <= latest else 0
    return sorted(year for year in found if earliest <= year <= latest)


def _median(shares: Sequence[float]) -> int:
    """Return the index at which half of the sum is reached."""
    half = sum(shares) / 2
    for index, share in enumerate(shares):
        half -= share
        if half <= 1e-12:
            return index
    return len(shares) - 1


def _newest_of_each_kind(clues: Sequence[Clue]) -> list[Clue]:
    """Return one clue a kind: the newest sure one, because documents also quote older dates."""
    chosen: dict[str, Clue] = {}
    for clue in clues:
        if clue.kind not in KINDS:
            raise ValueError(f"clue kind {clue.kind!r} is unknown; use one of {', '.join(KINDS)}")
        other = chosen.get(clue.kind)
        if other is None or (clue.sure >= 0.6, clue.last) > (other.sure >= 0.6, other.last):
            chosen[clue.kind] = clue
    return list(chosen.values())


FLOOR = 1 / 60
"""Vote of a clue that is wrong: any of some sixty years."""


@cache
def _vote(kind: str, sure: float, span: int, gap: int) -> float:
    """Return the logarithm of a clue's vote for the year `gap` years behind its last one.

    A negative gap counts from its first year. `span` is the number of years it names.
    """
    after, before, tail = KINDS[kind].after, KINDS[kind].before, KINDS[kind].tail
    trust = KINDS[kind].trust * sure
    if gap == 0:
        weight = after[0]
    elif gap > 0:
        beyond = gap - len(after) + 1
        weight = after[gap] if beyond <= 0 else after[-1] * tail**beyond
    else:
        weight = before[-gap - 1] if -gap <= len(before) else 0.0
    return math.log(trust * weight / span + (1 - trust) * FLOOR)


def _shortest(shares: Sequence[float]) -> tuple[int, int]:
    """Return first and last index of the shortest run that holds `MASS`."""
    best = (0, len(shares) - 1)
    low, held = 0, 0.0
    for high, share in enumerate(shares):
        held += share
        while held - shares[low] >= MASS:
            held -= shares[low]
            low += 1
        if held >= MASS and high - low < best[1] - best[0]:
            best = (low, high)
    return best


def _contradicts(clue: Clue, since: int, until: int) -> bool:
    first, last = int(clue.first[:4]), int(clue.last[:4])
    if clue.kind in BOUNDS or clue.kind == "copyright":
        return first > until
    if clue.kind in ("newest", "year"):
        return first > until + 1
    return first > until + 1 or last < since - 1


def _order(clue: Clue) -> tuple[float, str]:
    return -KINDS[clue.kind].trust * clue.sure + (0.5 if clue.kind in BOUNDS else 0.0), clue.kind


def _span(clue: Clue) -> str:
    first, last = clue.first[:4], clue.last[:4]
    return first if first == last else f"{first}-{last}"


def _strength(clues: Sequence[Clue], since: int, until: int) -> float:
    """Return how far the best agreeing clue is trusted: a bound alone is weak evidence."""
    agreeing = [c for c in clues if not _contradicts(c, since, until)]
    values = [KINDS[c.kind].trust * c.sure * (0.6 if c.kind in BOUNDS else 1.0) for c in agreeing]
    return max(values, default=0.2)


def _days(clues: Sequence[Clue], since: int, until: int) -> tuple[str, str]:
    """Return the interval in days: a stated day when the year is settled and a clue names one."""
    if since == until:
        for clue in clues:
            exact = clue.kind in (
                "source",
                "mail",
                "path day",
                "statement",
                "path",
                "http",
                "dateline",
            )
            if exact and int(clue.first[:4]) == since == int(clue.last[:4]) and clue.sure >= 0.8:
                return clue.first, clue.last
    return f"{since:04}-01-01", f"{until:04}-12-31"
