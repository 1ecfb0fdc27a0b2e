"""Dates a document: where its date comes from, as an interval, a year and the evidence.

Every clue votes over years. A statement such as `Last updated` votes for its year and a little for
the years after it (people change pages without a word), a copyright line for a few years, markup or
a product name for all years from its first appearance on, a capture date for all years before it.
How much a clue says depends on the kind of document (`erastyle.corpus.dates.weights`). The votes
together give a distribution over years: the interval is the shortest run of years with the share of
it that held 95 % of the labels of other sites, and the best year is the median. The confidence is
the share in the interval, lowered when clues contradict each other. A document without evidence
gets an empty interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from erastyle.corpus.dates import evidence as finders
from erastyle.corpus.dates import weights
from erastyle.corpus.dates.evidence import Clue
from erastyle.corpus.document import Document

__all__ = ["KINDS", "Clue", "Dating", "best_year", "date", "usable", "weigh"]

DOUBTFUL = 0.4
"""Clues that are less sure than this, such as `'25` or a misread word, decide nothing alone."""
SHOWN = 6
"""Most clues that the evidence names."""


class Dating(NamedTuple):
    """The date of a document.

    Attributes:
        date_from: First possible date, `YYYY-MM-DD`, or empty.
        date_to: Last possible date, or empty.
        evidence: The clues, the strongest first, with `; ` between them; names contradictions.
        confidence: How sure the true date is inside the interval, 0 (nothing known) to 1.
        best: Median year of the distribution, or `None` if the interval is open.
        shares: How likely each year is; empty where the evidence is one day or only a bound.
    """

    date_from: str
    date_to: str
    evidence: str
    confidence: float
    best: int | None = None
    shares: Mapping[int, float] = MappingProxyType({})


KINDS = {
    "source": 0.998,
    "mail": 0.998,
    "path day": 0.98,
    "statement": 0.97,
    "http": 0.85,
    "dateline": 0.9,
    "path": 0.96,
    "comment": 0.85,
    "newest": 0.88,
    "stale": 0.9,
    "copyright": 0.88,
    "year": 0.8,
    "generator": 0.95,
    "product": 0.93,
    "markup": 0.98,
}
"""Kinds of clues, the strongest first: the share of each that gives the document's own date."""

BOUNDS = ("generator", "product", "markup")
"""Kinds that give a lower bound only."""
NEVER_BEFORE = ("generator", "markup")
"""Bounds that are hardly ever misread; a dated word can be another one."""
SETTLED = ("source", "mail", "path day", "statement", "dateline", "copyright", "newest")
"""Kinds that overrule older dates in the running text."""
FIRST_HTML = 1991
"""Year of the first web page; a page is not older, whatever years it mentions."""


def date(document: Document, clues: Sequence[Clue] = ()) -> Dating:
    """Return the date of `document`.

    Args:
        document: The document. Its body, source, `date_evidence` (header lines from ingest such as
            `mail date: …`, `http last-modified: …`, `source date: …`) and `date_to` (the capture
            date, an upper bound) are read.
        clues: Further evidence from the caller.

    Returns:
        The interval. Without evidence it is empty and the confidence is 0; a known capture date
        then sets `date_to`. If words alone date the document, `date_from` is the year of the
        newest one, the end is open (or the capture date), and the confidence is 0.2.
    """
    floor = FIRST_HTML if document.format == "html" else 0
    return weigh([*finders.find(document), *clues], document.date_to, floor)


def weigh(clues: Sequence[Clue], not_after: str = "", not_before: int = 0) -> Dating:
    """Return the date that `clues` support together.

    Args:
        clues: Evidence in any order.
        not_after: Latest possible day, `YYYY-MM-DD`, or empty.
        not_before: First possible year; only a date from the source itself can be older.
    """
    telling = usable(clues, not_after, not_before)
    if not telling:
        if not_after:
            return Dating("", not_after, f"no evidence; not after {not_after} (capture)", 0.0)
        return Dating("", "", "no evidence", 0.0)
    if all(c.kind == "product" for c in telling):
        bound = telling[0]
        return Dating(bound.first, not_after, f"not before: {bound.text}", 0.2)
    where = context_of(telling, not_before)
    years = possible(telling, where, not_after, not_before)
    shares = _distribution(telling, where, years)
    low, high = shortest(shares, weights.MASS[where])
    held = sum(shares[low : high + 1])
    since, until = years[low], years[high]
    against = [c for c in telling if _contradicts(c, since, until)]
    ordered = sorted(telling, key=_order)
    confidence = held * _strength(ordered, since, until)
    evidence = "; ".join(c.text for c in ordered[:SHOWN] if c not in against)
    for clue in against[:3]:
        confidence *= 1 - 0.35 * KINDS[clue.kind] * clue.sure
        evidence += f"; contradiction: {clue.text} says {_span(clue)}"
    late = [c for c in clues if not_after and c.first[:4] > not_after[:4]]
    if late:
        evidence += f"; ignored: {late[0].text} is after the capture on {not_after}"
    date_from, date_to = _days(ordered, since, until)
    if not_after and date_to > not_after:
        date_to = max(not_after, date_from)
    best = min(max(years[_median(shares)], int(date_from[:4])), int(date_to[:4]))
    sure = round(min(confidence, 0.99), 3)
    of_years = {} if date_from == date_to else dict(zip(years, shares, strict=True))
    return Dating(date_from, date_to, evidence.removeprefix("; "), sure, best, of_years)


def best_year(dating: Dating) -> float | None:
    """Return the most probable year: the median, otherwise the middle of the interval.

    An open interval gives `None`.

    >>> best_year(Dating("1996-01-01", "1997-12-31", "", 0.9))
    1996.5
    """
    if dating.best is not None:
        return dating.best
    if not dating.date_from or not dating.date_to:
        return None
    return (int(dating.date_from[:4]) + int(dating.date_to[:4])) / 2


def usable(clues: Sequence[Clue], not_after: str = "", not_before: int = 0) -> list[Clue]:
    """Return the clues that say something of a document's date: at most one of each kind.

    Args:
        clues: Evidence in any order.
        not_after: Latest possible day, `YYYY-MM-DD`, or empty.
        not_before: First possible year.
    """
    early = [c for c in clues if not not_after or c.first[:4] <= not_after[:4]]
    telling = _telling(_newest_of_each_kind(early), not_before)
    if all(c.sure < DOUBTFUL for c in telling if c.kind != "markup"):  # they never decide alone
        return [c for c in telling if c.kind == "markup"]
    return telling


def context_of(clues: Sequence[Clue], not_before: int) -> str:
    """Return the kind of document whose weights hold, by its clues.

    Args:
        clues: What `usable` returned.
        not_before: First possible year; only a page has one.
    """
    if not_before:
        return weights.context([int(c.first[:4]) for c in clues if c.kind != "product"], page=True)
    sure = [c for c in clues if c.kind not in BOUNDS and c.sure >= finders.SURE]
    return weights.context([int(c.last[:4]) for c in sure], page=False)


def states(clues: Sequence[Clue]) -> bool:
    """Say whether a document states a date: then its bounds say no more than `not before`."""
    return any(c.kind not in (*BOUNDS, "year") and c.sure >= finders.SURE for c in clues)


def _distribution(clues: Sequence[Clue], where: str, years: Sequence[int]) -> list[float]:
    """Return how likely each of `years` is, in sum 1."""
    votes = [0.0] * len(years)
    stated = states(clues)
    for clue in clues:
        first, last = int(clue.first[:4]), int(clue.last[:4])
        plain = stated and clue.kind in BOUNDS
        for index, year in enumerate(years):
            gap = 0 if first <= year <= last else year - last if year > last else year - first
            if plain:
                gap = min(gap, 0)
            votes[index] += clue.sure * weights.weight(clue.kind, where, gap)
    top = max(votes)
    shares = [math.exp(v - top) for v in votes]
    total = sum(shares)
    return [s / total for s in shares]


def _telling(clues: Sequence[Clue], not_before: int) -> list[Clue]:
    """Return `clues` without older dates that the document only mentions."""
    clues = [c for c in clues if c.kind == "source" or int(c.last[:4]) >= not_before]
    settled = max((c.first for c in clues if c.kind in SETTLED and c.sure >= 0.7), default="")
    return [
        c
        for c in clues
        if not (c.kind in ("year", "newest") and int(c.last[:4]) < int(settled[:4] or 0))
    ]


def possible(
    clues: Sequence[Clue], where: str, not_after: str = "", not_before: int = 0
) -> list[int]:
    """Return the years that `clues` leave possible, in order.

    Args:
        clues: What `usable` returned.
        where: Kind of document.
        not_after: Latest possible day, or empty.
        not_before: First possible year.
    """
    back, on = weights.REACH[where]
    years: set[int] = set()
    for clue in clues:
        first, last = int(clue.first[:4]), int(clue.last[:4])
        years.update(range(first - (0 if clue.kind in NEVER_BEFORE else back), last + on + 1))
    ceiling = int(not_after[:4]) if not_after else 9999
    latest = max(min(ceiling, max(years)), min(years))
    earliest = not_before if not_before <= latest else 0
    return sorted(year for year in years if earliest <= year <= latest)


def _median(shares: Sequence[float]) -> int:
    """Return the first index at which the running sum reaches half of the total."""
    half = sum(shares) / 2
    for index, share in enumerate(shares):
        half -= share
        if half <= 1e-12:
            return index
    return len(shares) - 1


def _newest_of_each_kind(clues: Sequence[Clue]) -> list[Clue]:
    """Return one clue of each kind: the newest sure one, because documents quote older dates."""
    chosen: dict[str, Clue] = {}
    for clue in clues:
        if clue.kind not in KINDS:
            raise ValueError(f"clue kind {clue.kind!r} is unknown; use one of {', '.join(KINDS)}")
        other = chosen.get(clue.kind)
        if other is None or (clue.sure >= 0.6, clue.last) > (other.sure >= 0.6, other.last):
            chosen[clue.kind] = clue
    return list(chosen.values())


def shortest(shares: Sequence[float], mass: float) -> tuple[int, int]:
    """Return the first and last index of the shortest run with a sum of at least `mass`."""
    best = (0, len(shares) - 1)
    low, held = 0, 0.0
    for high, share in enumerate(shares):
        held += share
        while held - shares[low] >= mass:
            held -= shares[low]
            low += 1
        if held >= mass and high - low < best[1] - best[0]:
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
    return -KINDS[clue.kind] * clue.sure + (0.5 if clue.kind in BOUNDS else 0.0), clue.kind


def _span(clue: Clue) -> str:
    first, last = clue.first[:4], clue.last[:4]
    return first if first == last else f"{first}-{last}"


def _strength(clues: Sequence[Clue], since: int, until: int) -> float:
    """Return the trust in the best agreeing clue; a bound alone is weak evidence."""
    agreeing = [c for c in clues if not _contradicts(c, since, until)]
    values = [KINDS[c.kind] * c.sure * (0.6 if c.kind in BOUNDS else 1.0) for c in agreeing]
    return max(values, default=0.2)


EXACT = ("source", "mail", "path day", "statement", "path", "http", "dateline")
"""Kinds of clues that can state a day."""


def _days(clues: Sequence[Clue], since: int, until: int) -> tuple[str, str]:
    """Return the interval in days: it begins on a day that a clue states in its first year.

    It is that day alone if one year remains.
    """
    for clue in clues:
        in_first_year = int(clue.first[:4]) == since == int(clue.last[:4])
        if clue.kind in EXACT and in_first_year and clue.sure >= 0.8:
            return clue.first, clue.last if since == until else f"{until:04}-12-31"
    return f"{since:04}-01-01", f"{until:04}-12-31"
