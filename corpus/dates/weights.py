"""How much each kind of clue says of the years around it, in each kind of document.

The numbers stand in `weights.tsv`, made by `python benchmarks/date_weights.py --write` from the
labels of the checking collections: logarithms of how much likelier a document is of a year than of
the year that the clue states. The votes of a document's clues add up, and the numbers of all kinds
were fitted together, so that clues which repeat each other are not counted twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

__all__ = ["CONTEXTS", "GAPS", "MASS", "REACH", "context", "table", "weight"]

GAPS = (-33, -17, -9, -5, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 10, 15, 25, 41)
"""First gap of each column but the first: years from what a clue states to the year voted on."""
CONTEXTS = ("page", "text", "old", "new page")
"""Kinds of document: HTML up to 2001, text, text that states no year from 1960 on, newer HTML."""
MASS = {"page": 0.93, "text": 0.96, "old": 0.975, "new page": 0.95}
"""Share of the distribution in the interval: as much as holds 95 % of the labels of sites that the
numbers were not counted on."""
REACH = {"page": (8, 30), "text": (20, 30), "old": (40, 70), "new page": (8, 30)}
"""Years before and behind a clue that are thought possible."""
NEWER_PAGE = 2001
OLDER_TEXT = 1960


def context(stated: Sequence[int], *, page: bool) -> str:
    """Return the kind of document, one of `CONTEXTS`.

    Args:
        stated: Years of the clues: for a page of all but dated words, else of the sure statements.
        page: Whether it is HTML.

    >>> context([1995], page=True), context([2012], page=True), context([1912], page=False)
    ('page', 'new page', 'old')
    """
    newest = max(stated, default=None)
    if page:
        return "page" if newest is None or newest <= NEWER_PAGE else "new page"
    return "text" if newest is None or newest >= OLDER_TEXT else "old"


@cache
def weight(kind: str, context: str, gap: int) -> float:
    """Return the vote of a clue for a year.

    Args:
        kind: Kind of the clue.
        context: Kind of document.
        gap: Years from the clue's last year; if negative, from its first year.
    """
    return table()[kind, context][bisect_right(GAPS, gap)]


@cache
def table() -> dict[tuple[str, str], tuple[float, ...]]:
    """Return the numbers of each kind of clue in each context."""
    text = (files("erastyle.corpus.dates") / "weights.tsv").read_text(encoding="utf-8")
    numbers: dict[tuple[str, str], tuple[float, ...]] = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "kind\t")):
            kind, where, *columns = line.split("\t")
            numbers[kind, where] = tuple(map(float, columns))
    return numbers
