"""Time: words, names, tags and years later than the era.

One hit fails a text only where it is as good as certain; otherwise two that have nothing to do with
each other. What real documents of the era hold themselves is excused: a label may be off by a year,
and people wrote `<header>` for `<HEAD>`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from erastyle.eval.anachronism import hits as anachronism
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.judge.views import MAX_BODY, TextView

CERTAIN = 0.95
"""Certainty from which one later word fails a text."""
HITS = 2
"""Later terms that fail a text together."""
EXCUSED_SITES = 2
"""Sites of real documents on which a term stands that is then no sign of a later time."""


@dataclass(frozen=True, slots=True)
class TimeQuestion:
    """What is later than the era.

    Attributes:
        cutoff: Last year that belongs to the era.
        excused: Terms that real documents of the era hold, so that they prove nothing.
    """

    cutoff: int
    excused: frozenset[str]

    @classmethod
    def fit(cls, real: Sequence[TextView], sites: Sequence[str], cutoff: int) -> TimeQuestion:
        """Return the question, what real documents of two sites hold excused.

        Args:
            real: Real documents of the era.
            sites: Site of each.
            cutoff: Last year that belongs to the era.
        """
        where: dict[str, set[str]] = defaultdict(set)
        for view, site in zip(real, sites, strict=True):
            for hit in hits_of(view, cutoff):
                where[hit.term].add(site)
        excused = frozenset(t for t, held in where.items() if len(held) >= EXCUSED_SITES)
        return cls(cutoff, excused)

    def later(self, view: TextView, brief: str = "") -> list[Hit]:
        """Return what of a text is later than the era, each term once, the surest first.

        Args:
            view: A text.
            brief: The request that it answers: what it names is not held against the text.
        """
        return surest_terms(
            hit
            for hit in hits_of(view, self.cutoff, brief)
            if hit.term not in self.excused and not hit.in_brief
        )

    def plain(self) -> dict[str, Any]:
        """Return the question as text and numbers."""
        return {"cutoff": self.cutoff, "excused": "\n".join(sorted(self.excused))}

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> TimeQuestion:
        """Return the question that `plain` took apart."""
        return cls(int(state["cutoff"]), frozenset(filter(None, state["excused"].split("\n"))))


def hits_of(view: TextView, cutoff: int, brief: str = "") -> list[Hit]:
    """Return everything in a text that is later than `cutoff`."""
    return anachronism.find(view.text.body[:MAX_BODY], view.text.format, cutoff, brief)


def surest_terms(hits: Iterable[Hit]) -> list[Hit]:
    """Return each later term once, the surest first."""
    terms: dict[str, Hit] = {}
    for hit in hits:
        if hit.term not in terms or hit.certainty > terms[hit.term].certainty:
            terms[hit.term] = hit
    return sorted(terms.values(), key=lambda hit: (-hit.certainty, hit.start))


def fails(later: Sequence[Hit]) -> bool:
    """Say whether later terms, each once, fail a text.

    Two tags of one kind of later markup are one sign; two words are two.
    """
    kinds = Counter("word" if h.kind in ("word", "year") else "markup" for h in later)
    independent = kinds["word"] + min(kinds["markup"], 1)
    # A year in the text may be a plan or a mistake of a label: alone it is never certain.
    return any(h.certainty >= CERTAIN and h.kind == "word" for h in later) or independent >= HITS


def amount(later: Sequence[Hit]) -> float:
    """Return how much later words weigh, for a percentile: little is worse."""
    return -float(np.sum([h.certainty for h in later]))
