"""Tests of paired answers: McNemar, non-inferiority, and Holm's correction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from erastyle.eval.statistics.bootstrap import bootstrap_means, interval_of, p_above
from erastyle.eval.statistics.intervals import Estimate, normal_cdf, normal_quantile, tango, tango_z

MIN_UNITS = 8
"""Fewest independent items that allow a conclusion."""


def mcnemar(lost: int, gained: int) -> float:
    """Return the exact two-sided p-value that as many items were lost as gained.

    Args:
        lost: Items right before and wrong after.
        gained: Items wrong before and right after.

    >>> round(mcnemar(1, 9), 5)
    0.02148
    >>> mcnemar(0, 0)
    1.0

    Source:
        McNemar, "Note on the sampling error of the difference between correlated proportions",
        1947; exact form: the binomial test on the discordant pairs.
    """
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + gained).pvalue) if lost + gained else 1.0


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """Non-inferiority test of an accuracy on the same items before and after.

    Attributes:
        change: After minus before, with one-sided bounds at the level of the test on both sides.
        margin: Largest loss that is tolerated, positive.
        p: One-sided p-value against a loss of at least `margin`.
        p_loss: One-sided p-value against a loss smaller than `margin`; a small one proves a loss.
        power: Probability of showing non-inferiority if nothing was lost, with this many items.
        needed: Items that give a power of 80 %.
        mcnemar: Two-sided exact p-value of any change.
        enough: Whether there are enough items to conclude either way.
    """

    change: Estimate
    margin: float
    p: float
    p_loss: float
    power: float
    needed: int
    mcnemar: float
    enough: bool


def noninferiority(
    before: ArrayLike,
    after: ArrayLike,
    margin: float,
    groups: Sequence[object] | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> NonInferiority:
    """Test whether accuracy after is lower than before by less than `margin`.

    It uses Tango's score test. Where items are clustered it adds a cluster bootstrap and takes the
    worse of the two.

    Args:
        before: Whether each item was right before. Shape: (items,).
        after: The same items after. Shape: (items,).
        margin: Largest tolerated loss, as a share of 1, positive.
        groups: Cluster of each item.
        level: One-sided.
        seed: Same seed, same result.

    Raises:
        ValueError: Different lengths, no items, or a margin that is not between 0 and 1.

    Source:
        Tango 1998 (see `tango`); sample size: Liu, Hsueh, Hsieh, Chen, "Tests for equivalence or
        non-inferiority for paired binary data", 2002.
    """
    first, second = np.asarray(before, bool), np.asarray(after, bool)
    if first.shape != second.shape or not len(first):
        raise ValueError(f"{first.size} answers before and {second.size} after; pairs are needed.")
    if not 0 < margin < 1:
        raise ValueError(f"The margin {margin} must lie between 0 and 1.")
    n = len(first)
    lost, gained = int((first & ~second).sum()), int((~first & second).sum())
    change = tango(lost, gained, n, 2 * level - 1)
    p = 1 - normal_cdf(tango_z(gained, lost, n, -margin))
    p_loss = normal_cdf(tango_z(gained, lost, n, -margin))
    units = n
    if groups is not None:
        difference = second.astype(float) - first.astype(float)
        mean, means, units = bootstrap_means(difference, None, groups, seed=seed)
        by_cluster = interval_of(mean, means, units, 2 * level - 1)
        low, high = min(change.low, by_cluster.low), max(change.high, by_cluster.high)
        change = Estimate(mean, low, high, units)
        p = max(p, p_above(means, -margin, units))
        p_loss = max(p_loss, p_above(-means[::-1], margin, units))
    # Discordant share if nothing was lost; one pair more keeps 0 from promising certainty.
    share = min((lost + gained + 1) / (n + 1), 1.0)
    if groups is not None and units > 1 and change.high > change.low:
        # What clustering costs: items are worth n_effective of independent ones.
        alone = tango(lost, gained, n, 2 * level - 1)
        share *= max(1.0, ((change.high - change.low) / (alone.high - alone.low)) ** 2)
    z = normal_quantile(level)
    power = normal_cdf(margin * math.sqrt(n / share) - z)
    needed = math.ceil(share * ((z + normal_quantile(0.8)) / margin) ** 2)
    enough = units >= MIN_UNITS
    return NonInferiority(change, margin, p, p_loss, power, needed, mcnemar(lost, gained), enough)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values with Holm's correction, which controls the family-wise error rate.

    >>> [round(p, 10) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]

    Source:
        Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    if not len(p_values):
        return []
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(p) for p in corrected]
