"""Neighbours: does each sentence, line or text between tags follow the one before it?

What tells neighbours from two units of the same text that are none: the last word and the first,
the tag between them, marks and shapes, pronouns, words in common, what stands at the beginning and
at the end. Pairs are counted in prose of any time; the negative pairs are units of the same text
in another order, so that topic, era and author play no part. A text is measured against its own
reorderings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.judge.questions.dense_head import DenseHead
from erastyle.eval.judge.questions.ngrams import Tokens
from erastyle.eval.judge.views import TextView, Units

COUNTED = 2
"""Reorderings of each text whose pairs are counted as none."""
REORDERED = 6
"""Reorderings that a text is measured against."""
BITS = 16
SMOOTHING = 2.0
MIN_UNITS = 6
"""Fewest units whose order is looked at."""
MOST_TEXTS = 500
"""Texts of other times that are counted, and as many that weigh."""
PAIRS: tuple[tuple[str, str, bool], ...] = (
    ("last", "first", False),
    ("last", "first", True),
    ("first", "first", False),
    ("first", "first", True),
    ("mark", "first two", False),
    ("mark", "shape", True),
    ("shape", "shape", True),
    ("shape", "first", True),
    ("person", "person", False),
    ("person", "first", False),
    ("none", "first two", True),
    ("none", "shape", True),
    ("mark", "none", True),
    ("last", "none", True),
)
"""What of a unit, what of the next, and whether with the tags between them."""
PLACES: tuple[str, ...] = ("first", "first two", "shape", "person")
"""What of a unit is counted with its place in the text."""
DENSE = 4
WIDTH = len(PAIRS) + len(PLACES) + DENSE

_MIX = np.uint64(0xBF58476D1CE4E5B9)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_START = np.arange(1, len(PAIRS) + 1, dtype=np.uint64) * _STEP
_MASK = np.uint64((1 << BITS) - 1)


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How often pairs stand next to each other, and how often they would by chance.

    Attributes:
        near: Counts of neighbours. Shape: (templates, 2**BITS).
        far: Counts of pairs in other orders, for one order.
    """

    near: NDArray[np.float32]
    far: NDArray[np.float32]

    @classmethod
    def of(cls, texts: Sequence[TextView]) -> PairCounts:
        """Return the counts of texts; of one with too few units there are none."""
        size = len(PAIRS) + len(PLACES)
        near, far = np.zeros((size, 1 << BITS), np.float32), np.zeros((size, 1 << BITS), np.float32)
        kept: list[NDArray[np.uint32]] = []
        for view in texts:
            units = view.units
            if units.count >= MIN_UNITS:
                kept.append(_keys(units, _orders(view, COUNTED)))
        for template in range(size):
            if not kept:
                break
            one = np.concatenate([k[template, 0] for k in kept])
            other = np.concatenate([k[template, 1:].ravel() for k in kept])
            near[template] = np.bincount(one, minlength=1 << BITS)
            far[template] = np.bincount(other, minlength=1 << BITS) / COUNTED
        return cls(near, far)

    def __add__(self, other: PairCounts) -> PairCounts:
        """Return the counts of both."""
        return PairCounts(self.near + other.near, self.far + other.far)


@dataclass(frozen=True, slots=True)
class NeighbourLessons:
    """What prose of other times teaches of neighbours, the same for every part of the sites.

    Attributes:
        counts: Pairs of one half of the texts.
        views: The other half, which says how much each kind of pair weighs.
    """

    counts: PairCounts
    views: Sequence[TextView]

    @classmethod
    def of(cls, texts: Sequence[TextView]) -> NeighbourLessons:
        """Return what `texts` teach; their sentences stand in the order they were written in."""
        counted = [v for v in texts if v.seed % 2]
        weighed = [v for v in texts if not v.seed % 2]
        return cls(PairCounts.of(counted[:MOST_TEXTS]), weighed[:MOST_TEXTS])


@dataclass(frozen=True, slots=True)
class NeighbourModel:
    """What was learnt of neighbours.

    Attributes:
        ratios: Logarithm of neighbours over chance. Shape: (templates, 2**BITS).
        head: What the gains of a text weigh together.
    """

    ratios: NDArray[np.float16]
    head: DenseHead

    @classmethod
    def fit(
        cls, real: Sequence[TextView], sites: Sequence[str], lessons: NeighbourLessons
    ) -> NeighbourModel | None:
        """Return a model; None: too few texts have units enough.

        Args:
            real: Documents of the era; every second site is counted, the others weigh.
            sites: Site of each.
            lessons: What prose of other times teaches.
        """
        second = set(sorted(set(sites))[1::2])
        counted = [v for v, site in zip(real, sites, strict=True) if site not in second]
        weighed = [v for v, site in zip(real, sites, strict=True) if site in second]
        counts = lessons.counts + PairCounts.of(counted)
        return cls._weighed(counts, [*weighed, *lessons.views])

    @classmethod
    def _weighed(cls, counts: PairCounts, texts: Sequence[TextView]) -> NeighbourModel | None:
        ratios = np.log((counts.near + SMOOTHING) / (counts.far + SMOOTHING)).astype(np.float16)
        rows, labels = [], []
        for view in texts:
            if view.units.count < MIN_UNITS:
                continue
            values = _values(view, ratios)
            # The last order stands for a text out of order, the others for chance.
            chance = values[1:-1].mean(axis=0)
            root = np.sqrt(view.units.count)
            rows += [(values[0] - chance) * root, (values[-1] - chance) * root]
            labels += [1, 0]
        if len(rows) < 2 * WIDTH:
            return None
        table = np.array(rows, np.float32)
        return cls(ratios, DenseHead.fit(table, np.array(labels), np.ones(len(labels))))

    def measure(self, views: Sequence[TextView]) -> NDArray[np.float64]:
        """Return how far neighbours are neighbours; NaN: fewer than `MIN_UNITS` units."""
        measured = np.full(len(views), np.nan)
        for n, view in enumerate(views):
            if view.units.count < MIN_UNITS:
                continue
            values = _values(view, self.ratios)
            gains = (values[0] - values[1:].mean(axis=0)) * np.sqrt(view.units.count)
            measured[n] = self.head.raw(gains[None, :].astype(np.float32))[0]
        return measured

    def plain(self) -> dict[str, Any]:
        """Return the model as arrays and numbers."""
        return {"ratios": self.ratios, "head": self.head.plain()}

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> NeighbourModel:
        """Return the model that `plain` took apart."""
        return cls(state["ratios"], DenseHead.of_plain(state["head"]))


def _orders(view: TextView, count: int) -> NDArray[np.int64]:
    """Return the text's own order and `count` others. Shape: (1 + count, units)."""
    rng = np.random.default_rng(view.seed)
    size = view.units.count
    return np.array([np.arange(size), *(rng.permutation(size) for _ in range(count))])


def _keys(units: Units, orders: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return the pairs of each order as numbers. Shape: (templates, orders, units)."""
    size = len(PAIRS) + len(PLACES)
    keys = np.zeros((size, *orders.shape), np.uint32)
    left, right = orders[:, :-1], orders[:, 1:]
    for n, (before, after, between) in enumerate(PAIRS):
        key = np.full(left.shape, _START[n])
        if before != "none":
            key = (key + units.codes[before][left]) * _MIX
        key ^= key >> np.uint64(29)
        if after != "none":
            key = (key + units.codes[after][right]) * _STEP
        key ^= key >> np.uint64(31)
        if between:
            key = (key + units.between[1:][None, :]) * _MIX
        keys[n, :, 1:] = ((key ^ (key >> np.uint64(32))) & _MASK).astype(np.uint32)
    places = _places(units.count)
    for n, name in enumerate(PLACES, len(PAIRS)):
        key = (units.codes[name][orders] + places[None, :]) * _MIX
        keys[n] = ((key ^ (key >> np.uint64(32))) & _MASK).astype(np.uint32)
    return keys


def _places(count: int) -> Tokens:
    """Return the kind of each place: the first three, the last three, quarters between."""
    at = np.arange(count)
    kind = 10 + (4 * at) // max(count, 1)
    kind[: min(3, count)] = at[: min(3, count)]
    kind[-3:] = 20 + count - 1 - at[-3:]
    return kind.astype(np.uint64) * _STEP


def _values(view: TextView, ratios: NDArray[np.float16]) -> NDArray[np.float64]:
    """Return the mean of each measure in the text's order, then in `REORDERED` + 1 others."""
    orders = _orders(view, REORDERED + 1)
    keys = _keys(view.units, orders)
    means = np.array([ratios[n][keys[n]].astype(np.float64).mean(axis=1) for n in range(len(keys))])
    shared, caps = view.units.shared, view.units.capitals
    left, right = orders[:, :-1], orders[:, 1:]
    two = shared[orders[:, :-2], orders[:, 2:]]
    three = shared[orders[:, :-3], orders[:, 3:]]
    first = view.units.codes["first"]
    dense = np.array(
        [
            shared[left, right].mean(axis=1),
            two.mean(axis=1) + three.mean(axis=1),
            caps[left, right].mean(axis=1),
            (first[left] == first[right]).mean(axis=1),
        ]
    )
    return np.concatenate([means, dense]).T
