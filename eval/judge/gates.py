"""Thresholds inside the judge, learnt from real documents alone: measure, percentile, budget.

A gate has a budget: the share of real documents that it may turn away. A text's share of a budget
is percentile / budget; the verdict is the smallest of all gates. Budgets are unequal, because
the minimum of many equal ones would leave too little for the voice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Question = Literal["form", "voice", "sense", "time"]
QUESTIONS: tuple[Question, ...] = ("form", "voice", "sense", "time")

SITE_POWER = 0.5
"""A site of n documents weighs n**SITE_POWER."""
TAIL = 0.10
"""Share of the real documents whose spread says how fast the percentile falls below the lowest."""
SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class RealGate:
    """What one gate is.

    Attributes:
        id: Short name, used in files and tables.
        question: The question that it belongs to.
        budget: Share of real documents that it may turn away.
        words: What a text that fails it is told.
    """

    id: str
    question: Question
    budget: float
    words: str


GATES = (
    RealGate("tags", "form", 0.008, "markup unlike pages of the era"),
    RealGate("dialect", "form", 0.008, "markup later than the era"),
    RealGate("nesting", "form", 0.010, "closing tags that close nothing"),
    RealGate("layout", "form", 0.015, "laid out unlike documents of the era"),
    RealGate("voice", "voice", 0.100, "does not sound like the era"),
    RealGate("medium", "voice", 0.030, "sounds like a letter or a posting"),
    RealGate("cliches", "voice", 0.008, "overdone: stock phrases of the era, one after another"),
    RealGate("loud", "voice", 0.005, "overdone: exclamation marks and capitals"),
    RealGate("order", "sense", 0.015, "words out of order"),
    RealGate("sequence", "sense", 0.040, "sentences out of order"),
    RealGate("repetition", "sense", 0.004, "repeats itself"),
    RealGate("amount", "sense", 0.008, "too little to read"),
    RealGate("sentences", "sense", 0.008, "hardly any sentences"),
    RealGate("letters", "sense", 0.006, "more signs than words"),
    RealGate("rough", "sense", 0.012, "too rough for a neutral language model"),
)
GATE = {gate.id: gate for gate in GATES}


def site_weights(sites: Sequence[str]) -> NDArray[np.float64]:
    """Return weights that add up to 1, a site of n documents n**`SITE_POWER` of it.

    >>> [round(float(w), 3) for w in site_weights(["a", "a", "a", "a", "b"])]
    [0.167, 0.167, 0.167, 0.167, 0.333]
    """
    _, inverse, counts = np.unique(np.asarray(sites), return_inverse=True, return_counts=True)
    weights = counts[inverse] ** (SITE_POWER - 1.0)
    normed: NDArray[np.float64] = weights / weights.sum()
    return normed


@dataclass(frozen=True, slots=True)
class LengthNorm:
    """How a measure of real documents changes with their length: short texts vary more.

    Attributes:
        middle: Mean of the measure at length n: middle[0] + middle[1] * log(n).
        spread: Variance below it: spread[0] + spread[1] / n.
    """

    middle: tuple[float, float]
    spread: tuple[float, float]

    @classmethod
    def of(
        cls,
        measured: NDArray[np.float64],
        weights: NDArray[np.float64],
        lengths: NDArray[np.float64],
    ) -> LengthNorm:
        """Return the norm of real documents. Shape: (documents,) each."""
        from scipy.optimize import nnls

        low, high = np.quantile(measured, (0.05, 0.95))
        log = np.log(np.maximum(lengths, 1.0))
        root = np.sqrt(weights)
        columns = np.stack([np.ones(len(log)), log], axis=1) * root[:, None]
        clipped = np.clip(measured, low, high)
        middle, *_ = np.linalg.lstsq(columns, clipped * root, rcond=None)
        below = np.minimum(measured - middle[0] - middle[1] * log, 0.0)
        columns = np.stack([np.ones(len(log)), 1 / np.maximum(lengths, 1.0)], axis=1)
        spread, _ = nnls(columns * root[:, None], below**2 * root)
        floor = float(np.var(measured)) * 1e-3 + 1e-12
        return cls(
            (float(middle[0]), float(middle[1])), (float(spread[0]) + floor, float(spread[1]))
        )

    def apply(
        self, measured: NDArray[np.float64], lengths: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the measure in standard deviations from what is usual at its length."""
        long = np.maximum(lengths, 1.0)
        usual = self.middle[0] + self.middle[1] * np.log(long)
        normed: NDArray[np.float64] = (measured - usual) / np.sqrt(
            self.spread[0] + self.spread[1] / long
        )
        return normed


@dataclass(frozen=True, slots=True)
class RealRange:
    """Where real documents lie in one measure, of which little is worse.

    Attributes:
        values: Ascending, each once. Shape: (values,).
        shares: Share of real documents up to each value, half of its own included.
        scale: How far below the lowest value the percentile falls by a factor of e.
        norm: How the measure changes with the length of a text; None: it is taken as it is.
    """

    values: NDArray[np.float64]
    shares: NDArray[np.float64]
    scale: float
    norm: LengthNorm | None = None

    @classmethod
    def of(
        cls,
        measured: NDArray[np.float64],
        weights: NDArray[np.float64],
        lengths: NDArray[np.float64] | None = None,
    ) -> RealRange | None:
        """Return the range of real documents; NaN is left out. None: there is nothing.

        Args:
            measured: Of real documents. Shape: (documents,).
            weights: Of each document.
            lengths: Of each document, where the measure depends on it.
        """
        known = ~np.isnan(measured)
        if not known.any():
            return None
        norm = None
        if lengths is not None:
            norm = LengthNorm.of(measured[known], weights[known], lengths[known])
            measured = norm.apply(measured, lengths)
        values, inverse = np.unique(measured[known], return_inverse=True)
        mass = np.bincount(inverse, weights=weights[known]).astype(np.float64)
        mass /= mass.sum()
        upto = np.cumsum(mass)
        # One more document, unseen, is reckoned with: no percentile is 0.
        count = max(int(known.sum()), 2)
        shares = (upto - mass / 2) * count / (count + 1) + 0.5 / (count + 1)
        tail = float(values[np.searchsorted(upto, TAIL)] - values[0])
        spread = float(values[-1] - values[0])
        return cls(values, shares, max(tail / 2.0, spread / 50.0, 1e-6), norm)

    def percentile(
        self, measured: NDArray[np.float64], lengths: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return the share of real documents that are as low; NaN where nothing was measured.

        Below the lowest real document the share goes on falling, so that texts stay ranked.
        """
        if self.norm is not None and lengths is not None:
            measured = self.norm.apply(measured, lengths)
        share = np.interp(measured, self.values, self.shares)
        below = np.maximum(self.values[0] - measured, 0.0) / self.scale
        share = np.maximum(share * np.exp(-below), SMALLEST)
        return np.where(np.isnan(measured), np.nan, share)

    def plain(self) -> dict[str, Any]:
        """Return the range as arrays and numbers."""
        norm = [] if self.norm is None else [*self.norm.middle, *self.norm.spread]
        return {
            "values": self.values,
            "shares": self.shares,
            "scale": self.scale,
            "norm": norm,
        }

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> RealRange:
        """Return the range that `plain` took apart."""
        norm = None
        if state["norm"]:
            one, two, three, four = state["norm"]
            norm = LengthNorm((one, two), (three, four))
        return cls(state["values"], state["shares"], float(state["scale"]), norm)


def probit_mean(
    percentiles: Sequence[NDArray[np.float64]], weights: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """Return the mean of percentiles as normal deviates, NaN where all are missing.

    Args:
        percentiles: Each of the same texts.
        weights: Weight of each; None: all weigh the same.
    """
    from scipy.special import ndtri

    deviates = np.array([ndtri(np.clip(p, SMALLEST, 1 - 1e-6)) for p in percentiles])
    known = ~np.isnan(deviates)
    weighed = known * np.reshape(weights or [1.0] * len(percentiles), (-1, 1))
    total = np.where(known, deviates, 0.0) * weighed
    with np.errstate(invalid="ignore"):
        return np.where(known.any(axis=0), total.sum(axis=0) / weighed.sum(axis=0), np.nan)


def weakest(
    percentiles: Mapping[str, NDArray[np.float64]], count: int
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the smallest percentile / budget of each text, and the gate that it is of.

    Args:
        percentiles: By gate; NaN where a gate has nothing to say. Shape: (texts,) each.
        count: Texts.

    Returns:
        Scores, infinite where no gate has anything to say, and ids of gates (empty there).
    """
    score, which = np.full(count, np.inf), [""] * count
    for name, values in percentiles.items():
        if name not in GATE:
            continue
        share = values / GATE[name].budget
        lower = ~np.isnan(share) & (share < score)
        for at in np.flatnonzero(lower):
            which[at] = name
        score[lower] = share[lower]
    return score, which


def real_threshold(scores: NDArray[np.float64], sites: Sequence[str], share: float) -> float:
    """Return the score that `share` of the real documents reach, sites weighed."""
    weights = site_weights(sites)
    order = np.argsort(scores, kind="stable")
    upto = np.cumsum(weights[order])
    at = int(np.searchsorted(upto, 1 - share + 1e-9, side="right"))
    return float(scores[order[min(at, len(order) - 1)]])
