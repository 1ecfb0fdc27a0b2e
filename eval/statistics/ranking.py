"""Area under the ROC curve, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from erastyle.eval.statistics.intervals import Estimate, expanded_tail, normal_quantile


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
        groups: Cluster of each item. Whole clusters are resampled within their class. Without
            groups the interval comes from DeLong's variance on the logit scale.
        level: Two-sided.
        repeats: Bootstrap samples, with clusters.
        seed: Same seed, same result.

    Returns:
        The area; `n` counts the items, or clusters, of the smaller class.

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
        areas, n = _cluster_areas(value, truth, groups, repeats, seed)
        return _cluster_interval(float(area), areas, n, level)
    above = (rank[truth == 1] - rankdata(value[truth == 1])) / zeros
    below = 1 - (rank[truth == 0] - rankdata(value[truth == 0])) / ones
    spread = [float(np.var(v, ddof=1)) / len(v) if len(v) > 1 else 0.25 for v in (above, below)]
    z = normal_quantile(0.5 + level / 2)
    # Near 0 and 1 the variance vanishes; half a pair more keeps the width of the interval above 0.
    pairs = ones * zeros
    kept = min(max(float(area), 0.5 / pairs), 1 - 0.5 / pairs)
    floor = kept * (1 - kept) / min(ones, zeros)
    error = math.sqrt(max(sum(spread), floor * 0.05)) / (kept * (1 - kept))
    centre = math.log(kept / (1 - kept))
    low, high = (1 / (1 + math.exp(-min(max(centre + s * z * error, -700), 700))) for s in (-1, 1))
    return Estimate(float(area), min(low, float(area)), max(high, float(area)), min(ones, zeros))


def _cluster_areas(
    value: NDArray[np.float64],
    truth: NDArray[np.int64],
    groups: Sequence[object] | NDArray[np.str_],
    repeats: int,
    seed: int,
) -> tuple[NDArray[np.float64], int]:
    """Return the areas of bootstrap samples of clusters, and the clusters of the smaller class.

    Shape of the first: (repeats,).
    """
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
    return areas, min(len(side) for side in sides)


def _cluster_interval(area: float, areas: NDArray[np.float64], n: int, level: float) -> Estimate:
    if n < 2:
        return Estimate(area, 0.0, 1.0, n)
    tail = expanded_tail((1 - level) / 2, n)
    low, high = np.quantile(areas, [tail, 1 - tail])
    return Estimate(area, min(float(low), area), max(float(high), area), n)
