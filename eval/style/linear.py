"""A linear classifier over hashed features, its calibration, and folds by site."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.style.hashed_rows import Row, matrix

if TYPE_CHECKING:
    from scipy import sparse

PENALTY = 100.0
"""Inverse strength of the L2 penalty: weaker than usual, which gained most across genres."""
SITE_POWER = 0.5
"""A site of n documents weighs n**SITE_POWER: more pages count more, but no site dominates."""


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram.

    Attributes:
        predicted: Mean predicted probability.
        observed: Share of documents of the era.
        count: Documents in the bin.
    """

    predicted: float
    observed: float
    count: int


@dataclass(slots=True)
class Linear:
    """Column weights and a logistic regression over hashed columns, with its calibration."""

    weight: NDArray[np.float16]
    coef: NDArray[np.float16]
    intercept: float
    slope: float = 1.0
    offset: float = 0.0
    low: float = -20.0
    high: float = 20.0

    def raw(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Return the decision values of rows. Shape: (len(rows),)."""
        weight, coef = self.weight.astype(np.float64), self.coef.astype(np.float64)
        out = np.empty(len(rows))
        for number, (at, values) in enumerate(rows):
            weighted = values * weight[at]
            length = float(np.sqrt(weighted @ weighted)) or 1.0
            out[number] = weighted @ coef[at] / length + self.intercept
        return out

    def logit(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated log odds of decision values."""
        odds: NDArray[np.float64] = np.clip(self.slope * raw + self.offset, self.low, self.high)
        return odds


def keep_apart(parts: Mapping[str, Iterable[str]]) -> None:
    """Make sure that no site is in two parts, such as learning and test.

    Raises:
        ModelError: A site is in two parts; the message names it and both.
    """
    part_of: dict[str, str] = {}
    for part, sites in parts.items():
        for site in sorted(set(sites)):
            if part_of.setdefault(site, part) != part:
                raise ModelError(
                    f"The site {site!r} is among the sites for {part_of[site]} and for {part}: "
                    "a measurement on it would not be honest. Split by site."
                )


def threshold(
    scores: NDArray[np.float64], sites: NDArray[np.str_], share: float
) -> tuple[float, bool]:
    """Return the score that a document of an unseen site reaches with probability `share`.

    Every site weighs the same, however many documents it has. The unseen site counts as one more
    site, with the lowest scores.

    Args:
        scores: Scores of real documents, by models that did not learn their site.
            Shape: (documents,).
        sites: Site of each document. Shape: (documents,).
        share: Share of documents that should pass, below 1.

    Returns:
        The threshold, and whether there are enough sites for the guarantee. Without enough sites
        the unseen site is not counted.

    Source:
        Dunn, Wasserman, Ramdas, "Distribution-free prediction sets for two-layer hierarchical
        models", 2023 (pooled distribution functions).
    """
    names, inverse, counts = np.unique(sites, return_inverse=True, return_counts=True)
    order = np.argsort(scores, kind="stable")
    below = np.cumsum((1.0 / counts[inverse] / len(names))[order])
    enough = 2 / (len(names) + 1) <= 1 - share
    allowed = 1 - share
    if enough:
        allowed = (allowed - 1 / (len(names) + 1)) * (len(names) + 1) / len(names)
    at = int(np.searchsorted(below, allowed + 1e-12, side="right"))
    return float(scores[order[min(at, len(order) - 1)]]), enough


def sigmoid(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of log odds."""
    return 1.0 / (1.0 + np.exp(-logit))


def weigh(labels: NDArray[np.int64], sites: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return sample weights with mean 1. Shape: (documents,).

    Both classes have the same sum; within a class, a site of n documents weighs n**SITE_POWER.
    """
    weights = np.zeros(len(labels))
    for label in np.unique(labels):
        mine = labels == label
        _, inverse, counts = np.unique(sites[mine], return_inverse=True, return_counts=True)
        share = counts[inverse] ** (SITE_POWER - 1.0)
        weights[mine] = share / share.sum()
    weights *= len(labels) / weights.sum()
    return weights


def folds(
    labels: NDArray[np.int64], sites: NDArray[np.str_], count: int, seed: int
) -> NDArray[np.int64]:
    """Return the fold of each document. Shape: (documents,).

    No site is in two folds, and every fold has documents of both classes where it can.
    """
    random = np.random.default_rng(seed)
    names = np.unique(sites)
    names = names[random.permutation(len(names))]
    per_site = {s: np.bincount(labels[sites == s], minlength=2) for s in names}
    held = np.zeros((count, 2))
    fold_of: dict[str, int] = {}
    # Largest site first, each to the fold with fewest documents of its class, which keeps the
    # largest sites apart.
    for site in sorted(names, key=lambda s: -int(per_site[s].sum())):
        size = per_site[site]
        main = int(size.argmax())
        fold = int(np.lexsort((held.sum(axis=1), held[:, main]))[0])
        held[fold] += size
        fold_of[site] = fold
    return np.array([fold_of[s] for s in sites], np.int64)


def column_weights(
    counts: sparse.csr_matrix, labels: NDArray[np.int64], balance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weight of each column: inverse document frequency times a class ratio.

    The class ratio is the log ratio of naive Bayes. Of all weights that were tried, it gained most
    on sites and genres that were not learnt.

    Args:
        counts: Documents by columns, each column used at least once.
        labels: 1 for the era. Shape: (documents,).
        balance: Weight of each document. Shape: (documents,).

    Source:
        Wang, Manning, "Baselines and bigrams: simple, good sentiment and topic classification",
        2012 (NB-SVM); the inverse document frequency is scikit-learn's, smoothed.
    """
    present = counts.copy()
    present.data = np.ones_like(present.data)
    rare: NDArray[np.float64] = (
        np.log((1 + len(labels)) / (1 + np.asarray(present.sum(axis=0)).ravel())) + 1
    )
    shares = []
    for label in (1, 0):
        mass = present.T @ (balance * (labels == label)) + 1.0
        shares.append(mass / mass.sum())
    rare *= np.abs(np.log(shares[0] / shares[1]))
    return rare


def fit_linear(
    rows: Sequence[Row],
    columns: int,
    labels: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
) -> Linear:
    """Return a classifier of `rows`, not yet calibrated.

    Args:
        rows: Features of each document.
        columns: Columns the features are hashed into.
        labels: 1 for the era. Shape: (documents,).
        sites: Shape: (documents,).
        seed: Same documents and seed, same classifier.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    counts = matrix(rows, columns)
    occurrences = np.bincount(counts.indices, minlength=columns)
    used = np.flatnonzero(occurrences)  # empty columns would cost the solver time
    counts = counts[:, used]
    balance = weigh(labels, sites)
    weight = np.zeros(columns, np.float16)
    weight[used] = column_weights(counts, labels, balance)
    weighted = normalize(counts @ sparse.diags(weight[used].astype(np.float64)))
    model = LogisticRegression(
        C=PENALTY, solver="liblinear", random_state=seed, max_iter=200, tol=1e-3
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # stopping at max_iter is good enough for a ranking
        model.fit(weighted, labels, sample_weight=balance)
    coef = np.zeros(columns, np.float16)
    coef[used] = model.coef_[0]
    return Linear(weight, coef, float(model.intercept_[0]))


def calibrate(
    raw: NDArray[np.float64], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return slope, offset and bound of log odds: Platt's scaling with his targets.

    The bound keeps a score from claiming more than the sample can: with n documents a class no
    probability beyond 1 - 1/(n + 2).

    Source:
        Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    from scipy.optimize import minimize

    positives, negatives = int(labels.sum()), int((1 - labels).sum())
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = parameters[0] * raw + parameters[1]
        value = float(weights @ (np.logaddexp(0.0, logit) - target * logit))
        slope = weights * (sigmoid(np.clip(logit, -40, 40)) - target)
        return value, np.array([slope @ raw, slope.sum()])

    start, bounds = np.array([1.0, 0.0]), [(1e-3, None), (None, None)]
    slope, offset = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(slope), float(offset), math.log(min(positives, negatives) + 1)


def calibration(
    scores: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 10
) -> tuple[float, tuple[Bin, ...]]:
    """Return the expected calibration error of probabilities, and the reliability diagram.

    Both classes weigh the same, as they do in the fit.

    Args:
        scores: Probabilities without NaN. Shape: (documents,).
        labels: 1 for the era. Shape: (documents,).
        bins: Bins of equal width.

    Source:
        Naeini, Cooper, Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
        binning", 2015.
    """
    weights = np.where(labels == 1, 0.5 / max(labels.sum(), 1), 0.5 / max((1 - labels).sum(), 1))
    weights = weights / weights.sum()
    place = np.minimum((scores * bins).astype(int), bins - 1)
    error, diagram = 0.0, []
    for number in range(bins):
        mine = place == number
        if not mine.any():
            continue
        share = weights[mine].sum()
        predicted = float(weights[mine] @ scores[mine] / share)
        observed = float(weights[mine] @ labels[mine] / share)
        error += float(share) * abs(predicted - observed)
        diagram.append(Bin(predicted, observed, int(mine.sum())))
    return error, tuple(diagram)
