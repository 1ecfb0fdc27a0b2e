"""Bootstrap over clusters: means, paired differences, and p-values from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from erastyle.eval.statistics.intervals import Estimate, expanded_tail, normal_quantile

REPEATS = 2_000
KEPT_DRAWS = 1_000
"""Most clusters whose samples are kept for the next check: 16 MB at most."""


def _clusters(
    values: NDArray[np.float64], weights: NDArray[np.float64], groups: Sequence[object] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if groups is None:
        return values * weights, weights
    if len(groups) != len(values):
        raise ValueError(f"{len(groups)} groups for {len(values)} values; give one for each.")
    _, place = np.unique(np.asarray([str(g) for g in groups]), return_inverse=True)
    sums: NDArray[np.float64] = np.bincount(place, values * weights).astype(np.float64)
    return sums, np.bincount(place, weights).astype(np.float64)


@lru_cache(maxsize=4)
def _draws(n: int, repeats: int, seed: int) -> NDArray[np.float64]:
    """Return how often each of n clusters is in each sample; the checks of a run share it."""
    random = np.random.default_rng(seed)
    chosen = random.integers(0, n, (repeats, n)) + n * np.arange(repeats)[:, None]
    counts = np.bincount(chosen.ravel(), minlength=repeats * n)
    return counts.reshape(repeats, n).astype(np.float64)


def bootstrap_means(
    values: ArrayLike,
    weights: ArrayLike | None = None,
    groups: Sequence[object] | None = None,
    repeats: int = REPEATS,
    seed: int = 1,
) -> tuple[float, NDArray[np.float64], int]:
    """Return the weighted mean of `values`, its bootstrap distribution and the number of clusters.

    Whole clusters are drawn, because items of one site or brief are not independent.

    Args:
        values: Value of each item. Shape: (items,).
        weights: Weight of each item, for ratios such as errors per word; equal by default.
        groups: Cluster of each item; by default every item is a cluster.
        repeats: Bootstrap samples.
        seed: Same seed, same result.

    Returns:
        Mean, sorted means of the samples, and number of clusters.

        Shape of the second: (repeats,).

    Raises:
        ValueError: Empty, not finite, or of different lengths.
    """
    data = np.asarray(values, np.float64)
    weight = np.ones(len(data)) if weights is None else np.asarray(weights, np.float64)
    if not len(data) or data.shape != weight.shape or not np.isfinite(data).all():
        raise ValueError("The bootstrap needs one finite value and one weight for each item.")
    sums, masses = _clusters(data, weight, groups)
    n = len(sums)
    if n <= KEPT_DRAWS:
        times = _draws(n, repeats, seed)
        means = (times @ sums) / (times @ masses)
    else:
        random = np.random.default_rng(seed)
        means = np.empty(repeats)
        step = max(1, 2_000_000 // n)
        for start in range(0, repeats, step):
            chosen = random.integers(0, n, (min(step, repeats - start), n))
            means[start : start + step] = sums[chosen].sum(axis=1) / masses[chosen].sum(axis=1)
    return float(sums.sum() / masses.sum()), np.sort(means), n


def paired_bootstrap(
    before: ArrayLike,
    after: ArrayLike,
    groups: Sequence[object] | None = None,
    level: float = 0.95,
    repeats: int = REPEATS,
    seed: int = 1,
) -> Estimate:
    """Return the mean change on the same items, after minus before, with its bootstrap interval.

    Args:
        before: Score of each item before. Shape: (items,).
        after: Score of each item after. Shape: (items,).
        groups: Cluster of each item, such as its site or brief.
        level: Two-sided.
        repeats: Bootstrap samples.
        seed: Same seed, same result.

    Returns:
        The change. With one cluster its interval is infinite.

    Raises:
        ValueError: Empty, not finite, or of different lengths.
    """
    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if first.shape != second.shape:
        raise ValueError(f"{first.size} scores before and {second.size} after; pairs are needed.")
    return mean_interval(second - first, None, groups, level, repeats, seed)


def mean_interval(
    values: ArrayLike,
    weights: ArrayLike | None = None,
    groups: Sequence[object] | None = None,
    level: float = 0.95,
    repeats: int = REPEATS,
    seed: int = 1,
) -> Estimate:
    """Return a (weighted) mean with its expanded percentile bootstrap interval.

    Arguments and errors are those of `bootstrap_means`; `level` is two-sided.
    """
    return interval_of(*bootstrap_means(values, weights, groups, repeats, seed), level)


def interval_of(value: float, means: NDArray[np.float64], n: int, level: float) -> Estimate:
    """Return the expanded percentile interval of a distribution from `bootstrap_means`.

    On the side to which the data are skewed, the end moves out by the amount that percentiles miss.
    """
    if n < 2:
        return Estimate(value, -math.inf, math.inf, n)
    tail = expanded_tail((1 - level) / 2, n)
    low, high = np.quantile(means, [tail, 1 - tail])
    missed = _skewed(means)
    return Estimate(value, float(low) + min(missed, 0.0), float(high) + max(missed, 0.0), n)


def _skewed(means: NDArray[np.float64]) -> float:
    """Return by how much a percentile end falls short where the data are skewed.

    For each unit of skewness a t interval needs (1 + 2 z^2) / 6 standard errors, and percentiles
    hold (z^2 - 1) / 6 of them. z is that of one-sided 95 %.

    Source:
        Johnson, "Modified t tests and confidence intervals for asymmetrical populations", 1978;
        Hall, "The bootstrap and Edgeworth expansion", 1992.
    """
    spread = float(means.std())
    if spread <= 1e-12:
        return 0.0
    skewness = float(((means - means.mean()) ** 3).mean()) / spread**3
    return spread * skewness * (1.645**2 + 2) / 6


def p_above(means: NDArray[np.float64], limit: float, n: int) -> float:
    """Return the one-sided p-value that the true mean is not above `limit`.

    Agrees with `mean_interval`: it is 0.025 where the lower end of the 95 % interval is `limit`.

    Args:
        means: Bootstrap distribution of the mean, from `bootstrap_means`. Shape: (repeats,).
        limit: Value that the mean should exceed.
        n: Number of clusters.
    """
    from scipy.special import stdtr

    if n < 2:
        return 1.0
    limit -= min(_skewed(means), 0.0)
    below = (float((means <= limit).sum()) + 1.0) / (len(means) + 2.0)
    return float(stdtr(n - 1, normal_quantile(below) * math.sqrt((n - 1) / n)))
