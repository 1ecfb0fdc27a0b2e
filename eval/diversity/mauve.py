"""MAUVE: how much of what a model writes lies where real documents lie, and the other way round.

The measure is that of Pillutla and others; what a text is compared by is not: instead of a large
language model's vectors the n-grams of its prose, reduced by a singular value decomposition, so
that nothing is downloaded. Values of both kinds must not be compared with each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.style import features
from erastyle.eval.style.features import Text

MIN_DOCUMENTS = 50
"""Fewest documents a side: with fewer the clusters are too few to hold a distribution."""
PER_CLUSTER = 10
"""Documents of the smaller side for each cluster, as Pillutla and others advise."""
SCALE = 5.0
DIMENSIONS = 50


def mauve(
    generated: Sequence[Text],
    real: Sequence[Text],
    level: float = 0.95,
    repeats: int = 500,
    seed: int = 1,
) -> Estimate:
    """Return MAUVE of generated and real documents with its interval.

    1: the same distribution. 0: nothing in common. Two samples of the same documents do not reach
    1, but what `self_mauve` gives for samples of that size.

    Args:
        generated: Texts of a model.
        real: Documents that the model was not trained on.
        level: Two-sided, of a bootstrap over documents within the clusters once found.
        repeats: Bootstrap samples.
        seed: Same texts and seed, same result.

    Raises:
        ModelError: Fewer than `MIN_DOCUMENTS` documents a side that can be judged.

    Source:
        Pillutla, Swayamdipta, Zellers, Thickstun, Welleck, Choi, Harchaoui, "MAUVE: Measuring the
        gap between neural text and human text using divergence frontiers", 2021.
    """
    one, two = _rows(generated), _rows(real)
    return _compare(one, two, level, repeats, seed)


def self_mauve(real: Sequence[Text], size: int, seed: int = 1) -> float:
    """Return MAUVE between two halves of real documents: what a perfect imitation would reach.

    Args:
        real: At least twice `MIN_DOCUMENTS` documents.
        size: Most documents a half: as many as were generated.
        seed: Which documents are in which half.

    Raises:
        ModelError: Too few documents.
    """
    rows = _rows(real)
    order = np.random.default_rng(seed).permutation(len(rows))
    half = min(size, len(rows) // 2)
    one, two = ([rows[i] for i in part] for part in (order[:half], order[half : 2 * half]))
    return _compare(one, two, 0.95, 0, seed).value


def _rows(texts: Sequence[Text]) -> list[features.Row]:
    from erastyle.eval.style.classifier import look

    return [row for row in look(texts, english=False).rows["prose"] if row is not None]


def _compare(
    one: Sequence[features.Row], two: Sequence[features.Row], level: float, repeats: int, seed: int
) -> Estimate:
    for name, rows in (("generated", one), ("real", two)):
        if len(rows) < MIN_DOCUMENTS:
            raise ModelError(
                f"MAUVE needs at least {MIN_DOCUMENTS} {name} documents that can be judged, and "
                f"there are {len(rows)}. Add some, or use distinguishability."
            )
    counts = features.matrix([*one, *two], features.PROSE_COLUMNS)
    cluster = quantise(_vectors(counts, seed), min(len(one), len(two)) // PER_CLUSTER, seed)
    size = int(cluster.max()) + 1
    p = np.bincount(cluster[: len(one)], minlength=size)
    q = np.bincount(cluster[len(one) :], minlength=size)
    value = frontier(p, q)
    if not repeats:
        return Estimate(value, np.nan, np.nan, min(len(one), len(two)))
    random = np.random.default_rng(seed)
    shares = p / p.sum(), q / q.sum()
    drawn = [
        frontier(random.multinomial(len(one), shares[0]), random.multinomial(len(two), shares[1]))
        for _ in range(repeats)
    ]
    # Resampling adds noise of its own, which lowers MAUVE: the interval is turned around the value.
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        value, max(0.0, 2 * value - float(high)), min(1.0, 2 * value - float(low)),
        min(len(one), len(two)),
    )  # fmt: skip


def _vectors(counts: object, seed: int) -> NDArray[np.float64]:
    """Return TF-IDF vectors reduced to at most `DIMENSIONS`, each of length 1."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import normalize

    weighted = TfidfTransformer().fit_transform(counts)
    weighted = weighted[:, np.flatnonzero(np.bincount(weighted.indices) > 1)]
    few = min(DIMENSIONS, min(weighted.shape) - 1)
    reduced = TruncatedSVD(few, random_state=seed).fit_transform(weighted)
    found: NDArray[np.float64] = normalize(reduced)
    return found


def quantise(vectors: NDArray[np.float64], clusters: int, seed: int) -> NDArray[np.int64]:
    """Return the k-means cluster of each vector. Shape: (vectors,)."""
    from sklearn.cluster import KMeans

    found = KMeans(max(2, clusters), n_init=3, max_iter=200, random_state=seed).fit(vectors)
    labels: NDArray[np.int64] = found.labels_.astype(np.int64)
    return labels


def frontier(p: ArrayLike, q: ArrayLike, scale: float = SCALE, points: int = 25) -> float:
    """Return the area under the divergence frontier of two histograms.

    Args:
        p: Counts or shares. Shape: (clusters,).
        q: Likewise.
        scale: What divergences are multiplied by before they are exponentiated.
        points: Mixtures between the ends.

    Raises:
        ValueError: A histogram is empty, or they have different lengths.

    >>> frontier([5, 5], [5, 5]), frontier([5, 0], [0, 5])
    (1.0, 0.0...)
    """
    one, two = np.asarray(p, np.float64), np.asarray(q, np.float64)
    if one.shape != two.shape or not one.sum() > 0 or not two.sum() > 0:
        raise ValueError("frontier needs two histograms of the same length that hold something")
    one, two = one / one.sum(), two / two.sum()
    x, y = [0.0], [1.0]
    for weight in np.linspace(1e-6, 1 - 1e-6, points):
        mixed = weight * one + (1 - weight) * two
        x.append(float(np.exp(-scale * _divergence(two, mixed))))
        y.append(float(np.exp(-scale * _divergence(one, mixed))))
    xs, ys = np.array([*x, 1.0]), np.array([*y, 0.0])
    order = np.lexsort((-ys, xs))
    other = np.lexsort((-xs, ys))
    # The mean of both directions, as in the authors' program: they differ where the curve is steep.
    area = (np.trapezoid(ys[order], xs[order]) + np.trapezoid(xs[other], ys[other])) / 2
    return round(float(area), 6)


def _divergence(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    there = one > 0
    return float(np.sum(one[there] * np.log(one[there] / two[there])))
