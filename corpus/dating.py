r"""When a document was written: an interval, a confidence, and the evidence a person can check.

Every clue votes over years: a statement such as `Last updated` for its year and a little for the
years behind it (pages are changed without a word), a copyright line for a few years, markup or a
product name for everything from its first appearance on, a capture date for everything before.
The votes are multiplied, each mixed with a floor because every kind of clue is wrong at times. The
interval is the shortest run of years that holds 90 % of the result; the confidence is what it
holds, lowered when clues contradict each other. A document without evidence gets an empty interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from erastyle.corpus import clues as finders
from erastyle.corpus.clues import Clue
from erastyle.corpus.document import Document

__all__ = ["KINDS", "Clue", "Dating", "Kind", "best_year", "date", "weigh"]

MASS = 0.9
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
    """

    date_from: str
    date_to: str
    evidence: str
    confidence: float


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
    "path day": Kind(0.97, (0.97, 0.02), (0.01,)),
    "statement": Kind(0.95, (0.9, 0.06, 0.03), (), 0.5),
    "http": Kind(0.85, (0.95,), (0.05, 0.02)),
    "dateline": Kind(0.88, (0.8, 0.1, 0.03), (), 0.7),
    "path": Kind(0.92, (0.92, 0.05), (0.02,)),
    "comment": Kind(0.85, (0.6, 0.2, 0.12, 0.05), (), 0.6),
    "newest": Kind(0.85, (0.7, 0.12, 0.05, 0.03), (0.02,), 0.85),
    "stale": Kind(0.9, (0.35, 0.2, 0.2, 0.12), (), 0.5),
    "copyright": Kind(0.85, (0.7, 0.15, 0.06, 0.04), (), 0.8),
    "year": Kind(0.75, (0.45, 0.15, 0.08, 0.06), (0.06, 0.03, 0.02), 0.93),
    "generator": Kind(0.95, (0.3, 0.3, 0.2, 0.1), (), 0.6),
    "product": Kind(0.93, (0.06, 0.08, 0.09), (), 0.97),
    "markup": Kind(0.97, (0.08, 0.13, 0.2, 0.2, 0.16, 0.06), (), 0.82),
}
"""Trust in each kind of clue, strongest first; rounded from counts on labelled documents."""

BOUNDS = ("generator", "product", "markup")
"""Kinds that say `not before`."""


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
    return weigh([*finders.find(document), *clues], document.date_to)


def weigh(clues: Sequence[Clue], not_after: str = "") -> Dating:
    """Return the dating that `clues` support together.

    Args:
        clues: Evidence in any order.
        not_after: Latest possible day, `YYYY-MM-DD`, or empty.
    """
    ceiling = int(not_after[:4]) if not_after else None
    usable = [c for c in clues if ceiling is None or int(c.first[:4]) <= ceiling]
    late = [c for c in clues if ceiling is not None and int(c.first[:4]) > ceiling]
    usable = _newest_of_each_kind(usable)
    if not usable:
        if not_after:
            return Dating("", not_after, f"no evidence; not after {not_after} (capture)", 0.0)
        return Dating("", "", "no evidence", 0.0)
    if all(c.kind == "product" for c in usable):
        bound = usable[0]
        return Dating(bound.first, not_after, f"not before: {bound.text}", 0.2)
    first = min(int(c.first[:4]) for c in usable) - 4
    last = max(int(c.last[:4]) for c in usable) + 12
    if ceiling is not None:
        last = max(min(last, ceiling), first)
    years = range(first, last + 1)
    votes = [0.0] * len(years)
    for clue in usable:
        for index, year in enumerate(years):
            votes[index] += math.log(_vote(clue, year))
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
    return Dating(date_from, date_to, evidence.removeprefix("; "), round(min(confidence, 0.99), 3))


def best_year(dating: Dating) -> float | None:
    """Return the middle of the interval in years, or `None` when it is open.

    >>> best_year(Dating("1996-01-01", "1997-12-31", "", 0.9))
    1996.5
    """
    if not dating.date_from or not dating.date_to:
        return None
    return (int(dating.date_from[:4]) + int(dating.date_to[:4])) / 2


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


def _vote(clue: Clue, year: int) -> float:
    kind = KINDS[clue.kind]
    trust = kind.trust * clue.sure
    first, last = int(clue.first[:4]), int(clue.last[:4])
    if first <= year <= last:
        weight = kind.after[0] / (last - first + 1)
    elif year > last:
        gap = year - last
        if gap < len(kind.after):
            weight = kind.after[gap]
        else:
            weight = kind.after[-1] * kind.tail ** (gap - len(kind.after) + 1)
    else:
        gap = first - year
        weight = kind.before[gap - 1] if gap <= len(kind.before) else 0.0
    return trust * weight + (1 - trust) * FLOOR


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
