"""Intervals and tests for before/after comparisons on the same items.

Everything is deterministic under its seed. `level` is two-sided for intervals (0.95 leaves 2.5 % on
either side) unless the docstring says one-sided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

REPEATS = 2_000
KEPT_DRAWS = 1_000
"""Most clusters for which the drawn samples are kept for the next check: 16 MB at most."""
MIN_UNITS = 8
"""Fewest independent items from which anything is concluded."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    Attributes:
        value: The estimate.
        low: Lower end.
        high: Upper end.
        n: Independent units it rests on: items, or clusters where items were clustered.
    """

    value: float
    low: float
    high: float
    n: int


def _quantile(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """Return a share and Wilson's score interval.

    >>> share = wilson(0, 20)
    >>> share.low, round(share.high, 4)
    (0.0, 0.1611)

    Raises:
        ValueError: `n` is not positive or `successes` is not within it.

    Source:
        Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share; give 0 <= successes <= n and n >= 1.")
    z = _quantile(0.5 + level / 2)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Estimate(share, low, high, n)


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """Return a share and its exact interval, which covers at least `level` whatever the share is.

    >>> round(clopper_pearson(0, 748, level=0.9).high, 5)
    0.004

    Raises:
        ValueError: `n` is not positive or `successes` is not within it.

    Source:
        Clopper, Pearson, "The use of confidence or fiducial limits", 1934.
    """
    from scipy.special import betaincinv

    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share; give 0 <= successes <= n and n >= 1.")
    tail = (1 - level) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Estimate(successes / n, low, high, n)


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
    n = lost + gained
    if n == 0:
        return 1.0
    from scipy.stats import binom

    return min(1.0, 2.0 * float(binom.cdf(min(lost, gained), n, 0.5)))


def _tango_z(gained: int, lost: int, n: int, difference: float) -> float:
    """Return the score statistic of `difference` = share gained - share lost."""
    a = 2.0 * n
    b = -gained - lost + (2 * n - gained + lost) * difference
    c = -lost * difference * (1 - difference)
    root = max(b * b - 4 * a * c, 0.0)
    share_lost = (math.sqrt(root) - b) / (2 * a)
    variance = n * (2 * share_lost + difference * (1 - difference))
    distance = gained - lost - n * difference
    if variance <= 1e-12:
        return 0.0 if abs(distance) < 1e-9 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def tango(lost: int, gained: int, n: int, level: float = 0.95) -> Estimate:
    """Return the change of a share on the same items, after minus before, with Tango's interval.

    Holds its level where few pairs differ, also with no discordant pair at all.

    Args:
        lost: Items right before and wrong after.
        gained: Items wrong before and right after.
        n: All items.
        level: Two-sided.

    >>> change = tango(lost=8, gained=1, n=44)
    >>> round(change.low, 4), round(change.value, 4), round(change.high, 4)
    (-0.3028, -0.1591, -0.0317)

    Raises:
        ValueError: More discordant pairs than items, or no items.

    Source:
        Tango, "Equivalence test and confidence interval for the difference in proportions for the
        paired-sample design", Statistics in Medicine 17, 1998.
    """
    if n < 1 or lost < 0 or gained < 0 or lost + gained > n:
        raise ValueError(f"{lost} lost and {gained} gained of {n} items cannot be.")
    z = _quantile(0.5 + level / 2)
    value = (gained - lost) / n

    def bound(goal: float, inner: float, outer: float) -> float:
        # The statistic falls with the difference; bisection needs nothing else.
        for _ in range(50):
            middle = (inner + outer) / 2
            if (_tango_z(gained, lost, n, middle) < goal) == (goal > 0):
                inner = middle
            else:
                outer = middle
        return (inner + outer) / 2

    low, high = bound(z, value, -1.0), bound(-z, value, 1.0)
    return Estimate(value, low, high, n)


# --- bootstrap ------------------------------------------------------------------------------


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
    """Return how often each of n clusters is in each sample: the same for every check of a run."""
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

    Whole clusters are drawn, so that items of one site or brief are not taken for independent.

    Args:
        values: One a item. Shape: (items,).
        weights: What each item counts, for ratios such as errors per word; equal by default.
        groups: Cluster of each item; each its own by default.
        repeats: Bootstrap samples.
        seed: Same seed, same result.

    Returns:
        Mean, means of the samples, sorted, and clusters.

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


def _expanded(tail: float, n: int) -> float:
    """Return the tail of the bootstrap distribution to read for a tail of `tail`.

    The plain percentile interval of n items is too narrow by sqrt((n-1)/n) and uses the normal
    where it should use Student's t.

    Source:
        Hesterberg, "What teachers should know about the bootstrap", 2015, section 4 (expanded
        percentile interval).
    """
    from scipy.special import stdtrit

    if n < 2:
        return 0.0
    return _normal_cdf(math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, tail)))


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
        The change. With one cluster its interval is infinite: one unit says nothing of others.

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
    """Return the expanded percentile interval of what `bootstrap_means` returned.

    The end on the side to which the data are skewed is moved out by what the percentiles miss.
    """
    if n < 2:
        return Estimate(value, -math.inf, math.inf, n)
    tail = _expanded((1 - level) / 2, n)
    low, high = np.quantile(means, [tail, 1 - tail])
    missed = _skewed(means)
    return Estimate(value, float(low) + min(missed, 0.0), float(high) + max(missed, 0.0), n)


def _skewed(means: NDArray[np.float64]) -> float:
    """Return by how much a percentile end falls short where the data are skewed.

    Percentiles hold a part of the skewness, (z^2 - 1) / 6 standard errors a unit of it, of the
    (1 + 2 z^2) / 6 that a t interval of skewed data needs; z is that of one-sided 95 %.

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
        limit: What the mean should exceed.
        n: Clusters.
    """
    from scipy.special import stdtr

    if n < 2:
        return 1.0
    limit -= min(_skewed(means), 0.0)
    below = (float((means <= limit).sum()) + 1.0) / (len(means) + 2.0)
    return float(stdtr(n - 1, _quantile(below) * math.sqrt((n - 1) / n)))


# --- area under the curve -------------------------------------------------------------------


def auc(
    scores: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[object] | NDArray[np.str_] | None = None,
    level: float = 0.95,
    repeats: int = 500,
    seed: int = 1,
) -> Estimate:
    """Return the area under the ROC curve with its interval.

    Args:
        scores: Higher means label 1. Shape: (items,).
        labels: 1 or 0. Shape: (items,).
        groups: Cluster of each item. With clusters, whole clusters are resampled within their
            class; without, DeLong's variance on the logit scale.
        level: Two-sided.
        repeats: Bootstrap samples, with clusters.
        seed: Same seed, same result.

    Returns:
        The area; `n` is the smaller class, in clusters where there are clusters.

    Raises:
        ValueError: A class is missing, or a score is not a number.

    Source:
        DeLong, DeLong, Clarke-Pearson, "Comparing the areas under two or more correlated receiver
        operating characteristic curves", 1988; fast form: Sun, Xu, 2014.
    """
    from scipy.stats import rankdata

    value, truth = np.asarray(scores, np.float64), np.asarray(labels).astype(np.int64)
    ones, zeros = int((truth == 1).sum()), int((truth == 0).sum())
    if not ones or not zeros or np.isnan(value).any():
        raise ValueError("An AUC needs items of both classes, each with a score.")
    rank = rankdata(value)
    area = (rank[truth == 1].sum() / ones - (ones + 1) / 2) / zeros
    if groups is not None:
        return _cluster_auc(value, truth, groups, float(area), level, repeats, seed)
    above = (rank[truth == 1] - rankdata(value[truth == 1])) / zeros
    below = 1 - (rank[truth == 0] - rankdata(value[truth == 0])) / ones
    spread = [float(np.var(v, ddof=1)) / len(v) if len(v) > 1 else 0.25 for v in (above, below)]
    z = _quantile(0.5 + level / 2)
    # Near 0 and 1 the variance vanishes; half a pair more keeps the interval from having no width.
    pairs = ones * zeros
    kept = min(max(float(area), 0.5 / pairs), 1 - 0.5 / pairs)
    floor = kept * (1 - kept) / min(ones, zeros)
    error = math.sqrt(max(sum(spread), floor * 0.05)) / (kept * (1 - kept))
    centre = math.log(kept / (1 - kept))
    low, high = (1 / (1 + math.exp(-min(max(centre + s * z * error, -700), 700))) for s in (-1, 1))
    return Estimate(float(area), min(low, float(area)), max(high, float(area)), min(ones, zeros))


def _cluster_auc(
    value: NDArray[np.float64],
    truth: NDArray[np.int64],
    groups: Sequence[object] | NDArray[np.str_],
    area: float,
    level: float,
    repeats: int,
    seed: int,
) -> Estimate:
    keys = np.array([f"{t} {g}" for t, g in zip(truth.tolist(), groups, strict=True)])
    names, place = np.unique(keys, return_inverse=True)
    is_one = np.array([name.startswith("1") for name in names])
    order = np.argsort(value, kind="stable")
    place, ranked, one = place[order], value[order], truth[order] == 1
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    random = np.random.default_rng(seed)
    areas = np.empty(repeats)
    sides = [np.flatnonzero(is_one), np.flatnonzero(~is_one)]
    for number in range(repeats):
        times = np.zeros(len(names))
        for side in sides:
            chosen = random.integers(0, len(side), len(side))
            np.add.at(times, side[chosen], 1.0)
        weight = times[place]
        ones = np.diff(np.cumsum(np.where(one, weight, 0.0))[ends], prepend=0.0)
        zeros = np.diff(np.cumsum(np.where(one, 0.0, weight))[ends], prepend=0.0)
        lower = np.cumsum(zeros) - zeros
        areas[number] = (ones * (lower + 0.5 * zeros)).sum() / (ones.sum() * zeros.sum())
    n = min(len(side) for side in sides)
    if n < 2:
        return Estimate(area, 0.0, 1.0, n)
    tail = _expanded((1 - level) / 2, n)
    low, high = np.quantile(areas, [tail, 1 - tail])
    return Estimate(area, min(float(low), area), max(float(high), area), n)


# --- nothing lost ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """Whether an accuracy on the same items is shown not to have fallen by a margin or more.

    Attributes:
        change: After minus before; one-sided bounds at the level of the test on either side.
        margin: Largest loss that is tolerated, positive.
        p: One-sided p-value of a loss of at least `margin`.
        p_loss: One-sided p-value that the loss is smaller than `margin`: small means a proven loss.
        power: Probability of showing non-inferiority if nothing was lost, with this many items.
        needed: Items with which that probability is 80 %.
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

    Tango's score test; where items are clustered also a cluster bootstrap, and the worse of the two
    counts.

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
    p = 1 - _normal_cdf(_tango_z(gained, lost, n, -margin))
    p_loss = _normal_cdf(_tango_z(gained, lost, n, -margin))
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
    z = _quantile(level)
    power = _normal_cdf(margin * math.sqrt(n / share) - z)
    needed = math.ceil(share * ((z + _quantile(0.8)) / margin) ** 2)
    enough = units >= MIN_UNITS
    return NonInferiority(change, margin, p, p_loss, power, needed, mcnemar(lost, gained), enough)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected so that any false alarm among all is as rare as the level says.

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
