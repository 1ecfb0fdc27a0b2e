"""Fit the style classifier: its heads, their calibration, its thresholds, and its validation.

No site has documents on both sides of any split.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError
from erastyle.eval.statistics.bootstrap import mean_interval
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.style.features import COLUMNS, HEADS, MIN_WORDS, Head, StyleFeatures
from erastyle.eval.style.hashed_rows import Row
from erastyle.eval.style.heads import ClassifierHeads, Whole, combine
from erastyle.eval.style.linear import (
    Linear,
    calibrate,
    fit_linear,
    folds,
    keep_apart,
    threshold,
    weigh,
)
from erastyle.eval.style.validation import HeadValidation, StyleReport, validate

MIN_DOCUMENTS = 8
"""Fewest documents of a class to fit on."""
MIN_SITES = 2
"""Fewest sites of a class to fit on: one to learn from, one to calibrate on."""
FOLDS = 4
TEST_SHARE = 0.2
"""Share of sites kept for the test, where there are at least `TEST_SITES` of each class."""
TEST_SITES = 10
PASS_SHARE = 0.9
"""Share of real held-out documents of the era that lie above the threshold."""


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """Features of documents with their classes and sites.

    Attributes:
        features: Features of each document.
        labels: 1 for the era, 0 for contrast. Shape: (documents,).
        sites: Site of each document. Shape: (documents,).
    """

    features: StyleFeatures
    labels: NDArray[np.int64]
    sites: NDArray[np.str_]

    @classmethod
    def of(
        cls, features: StyleFeatures, labels: Sequence[int], groups: Sequence[str]
    ) -> LabelledFeatures:
        """Return features with their classes and sites.

        Raises:
            ModelError: The lists have different lengths, or a label is neither 1 nor 0.
        """
        texts = len(features.reasons)
        if not texts == len(labels) == len(groups):
            raise ModelError(
                f"The style classifier got {texts} texts, {len(labels)} labels and {len(groups)} "
                "sites; give each text one label and one site."
            )
        classes = np.asarray(labels, np.int64)
        if not np.isin(classes, (0, 1)).all():
            raise ModelError("The style classifier takes labels 1 (era) and 0 (contrast) only.")
        return cls(features, classes, np.asarray(groups, np.str_))

    def judged(self) -> NDArray[np.int64]:
        """Return the places of the documents that can be judged.

        Raises:
            ModelError: A class has too few of them, or too few sites.
        """
        at = np.array([i for i, reason in enumerate(self.features.reasons) if not reason], np.int64)
        self.require_enough(at)
        return at

    def require_enough(self, at: NDArray[np.int64]) -> None:
        """Make sure that the documents at `at` are enough to fit on.

        Raises:
            ModelError: A class has too few documents or sites.
        """
        for label, name in ((1, "era"), (0, "contrast")):
            sites = self.sites[at][self.labels[at] == label]
            if len(sites) < MIN_DOCUMENTS:
                raise ModelError(
                    f"The style classifier needs at least {MIN_DOCUMENTS} {name} documents of "
                    f"{MIN_WORDS} words or more, and there are {len(sites)}. Add {name} documents."
                )
            if len(np.unique(sites)) < MIN_SITES:
                raise ModelError(
                    f"The style classifier needs {name} documents of at least {MIN_SITES} sites to "
                    f"test itself on a site it did not learn; all {len(sites)} are of "
                    f"{sites[0]!r}. Add {name} documents of other sites."
                )

    def with_head(self, head: Head, among: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places in `among` whose documents have features of `head`."""
        return np.array([i for i in among if self.features.rows[head][i] is not None], np.int64)

    def rows(self, head: Head, at: NDArray[np.int64]) -> list[Row]:
        """Return the rows of documents that have features of `head`."""
        return [cast("Row", self.features.rows[head][i]) for i in at]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The result of a fit.

    Attributes:
        heads: The fitted heads.
        threshold: Threshold of pages.
        text_threshold: Threshold of plain texts.
        sites: Digests of the sites that were learnt.
        report: What was measured on sites that were not learnt.
    """

    heads: ClassifierHeads
    threshold: float
    text_threshold: float
    sites: frozenset[str]
    report: StyleReport


def site_digest(site: str) -> str:
    """Return the digest by which a classifier recognises a site without keeping its name."""
    return hashlib.sha256(site.encode()).hexdigest()[:16]


def fit(documents: LabelledFeatures, seed: int) -> Fitted:
    """Return heads, thresholds and validation of a classifier of `documents`.

    Raises:
        ModelError: A class has too few documents or sites.
    """
    labels, sites = documents.labels, documents.sites
    judged = documents.judged()
    warnings: list[str] = []
    test = _test_sites(labels[judged], sites[judged], seed)
    learn, check = judged[~test], judged[test]
    keep_apart({"learning and calibration": sites[learn], "test": sites[check]})
    if not len(check):
        warnings.append(
            f"Fewer than {TEST_SITES} sites a class: no test set, figures are cross-validated."
        )
    linear, crossed = _fit_heads(documents, learn, seed, warnings)
    heads = ClassifierHeads(linear, _fit_whole(crossed, labels, sites))
    scores = combine(crossed, heads.whole)
    limits = _thresholds(documents, learn, scores["era"], warnings)
    tested: Mapping[str, HeadValidation] = {}
    passed = Estimate(math.nan, math.nan, math.nan, 0)
    if len(check):
        outcome = heads.scores(documents.features.select(check))
        tested = validate(outcome, labels[check], sites[check], seed)
        passed = _passed(documents, check, outcome["era"], limits)
    report = StyleReport(
        documents=(int(labels[judged].sum()), int((1 - labels[judged]).sum())),
        sites=tuple(len(np.unique(sites[judged][labels[judged] == c])) for c in (1, 0)),  # type: ignore[arg-type]
        too_short=len(labels) - len(judged),
        held_out=validate(
            {head: values[learn] for head, values in scores.items()},
            labels[learn],
            sites[learn],
            seed,
        ),
        test=tested,
        passed=passed.value,
        passed_low=passed.low,
        passed_high=passed.high,
        warnings=tuple(warnings),
    )
    learnt = frozenset(site_digest(site) for site in np.unique(sites[learn]))
    return Fitted(heads, *limits, learnt, report)


def _test_sites(labels: NDArray[np.int64], sites: NDArray[np.str_], seed: int) -> NDArray[np.bool_]:
    if min(len(np.unique(sites[labels == c])) for c in (0, 1)) < TEST_SITES:
        return np.zeros(len(labels), bool)
    chosen: NDArray[np.bool_] = folds(labels, sites, round(1 / TEST_SHARE), seed) == 0
    return chosen


def _fit_heads(
    documents: LabelledFeatures, learn: NDArray[np.int64], seed: int, warnings: list[str]
) -> tuple[dict[Head, Linear], dict[Head, NDArray[np.float64]]]:
    """Return the fitted heads and the cross-validated log odds; add a warning for one left out."""
    linear: dict[Head, Linear] = {}
    crossed: dict[Head, NDArray[np.float64]] = {}
    for head in HEADS:
        have = documents.with_head(head, learn)
        if head == "markup" and not len(have):
            continue
        try:
            documents.require_enough(have)
        except ModelError as error:
            warnings.append(f"No {head} head: {error}")
            continue
        linear[head], crossed[head] = fit_head(documents, head, have, seed)
    for head in HEADS:
        crossed.setdefault(head, np.full(len(documents.labels), np.nan))
    return linear, crossed


def fit_head(
    documents: LabelledFeatures, head: Head, have: NDArray[np.int64], seed: int
) -> tuple[Linear, NDArray[np.float64]]:
    """Return a head fitted on the documents at `have`, and their cross-validated log odds.

    Returns:
        The calibrated head, and the log odds of each document from the fold that left it out; NaN
        where there are none.

        Shape of the second: (documents,).

    Raises:
        ModelError: No fold could be tested on sites of both classes.
    """
    labels, sites = documents.labels[have], documents.sites[have]
    fold, raw = _cross_validate(documents, head, have, seed)
    known = ~np.isnan(raw)
    if len(np.unique(labels[known])) < 2:
        raise ModelError(
            f"The {head} head could not be tested on sites it did not learn: too few sites, "
            "and they hold both classes. Add documents of other sites."
        )
    model = fit_linear(documents.rows(head, have), COLUMNS[head], labels, sites, seed)
    weights = weigh(labels[known], sites[known])
    model.slope, model.offset, bound = calibrate(raw[known], labels[known], weights)
    model.low, model.high = -bound, bound
    crossed = np.full(len(documents.labels), np.nan)
    for number in np.unique(fold):  # calibrated by the other folds, so that its error is honest
        mine, rest = known & (fold == number), known & (fold != number)
        if not mine.any():
            continue
        if len(np.unique(labels[rest])) < 2:
            rest = known
        slope, offset, bound = calibrate(raw[rest], labels[rest], weigh(labels[rest], sites[rest]))
        crossed[have[mine]] = np.clip(slope * raw[mine] + offset, -bound, bound)
    return model, crossed


def _cross_validate(
    documents: LabelledFeatures, head: Head, have: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the fold of each document, and its decision value from a fit without that fold."""
    labels, sites = documents.labels[have], documents.sites[have]
    count = min(FOLDS, *(len(np.unique(sites[labels == c])) for c in (0, 1)))
    fold = folds(labels, sites, count, seed)
    raw = np.full(len(have), np.nan)
    for number in range(count):
        out = fold == number
        if len(np.unique(labels[~out])) < 2 or not out.any():
            continue
        rows = documents.rows(head, have[~out])
        part = fit_linear(rows, COLUMNS[head], labels[~out], sites[~out], seed)
        raw[out] = part.raw(documents.rows(head, have[out]))
    return fold, raw


def _fit_whole(
    crossed: Mapping[Head, NDArray[np.float64]], labels: NDArray[np.int64], sites: NDArray[np.str_]
) -> Whole:
    both = ~np.isnan(crossed["markup"]) & ~np.isnan(crossed["prose"])
    if len(np.unique(labels[both])) < 2:
        return 0.5, 0.5, 0.0, 20.0
    summed = crossed["markup"][both] + crossed["prose"][both]
    slope, offset, bound = calibrate(summed, labels[both], weigh(labels[both], sites[both]))
    return slope, slope, offset, bound


def _is_page(documents: LabelledFeatures) -> NDArray[np.bool_]:
    return np.array([row is not None for row in documents.features.rows["markup"]], bool)


def _thresholds(
    documents: LabelledFeatures,
    learn: NDArray[np.int64],
    scores: NDArray[np.float64],
    warnings: list[str],
) -> tuple[float, float]:
    """Return the thresholds of pages and of plain texts; add a warning for one of few sites."""
    page, sites = _is_page(documents), documents.sites
    real = learn[(documents.labels[learn] == 1) & ~np.isnan(scores[learn])]
    kinds = {"pages": real[page[real]], "plain texts": real[~page[real]]}
    kinds = {kind: at for kind, at in kinds.items() if len(at) >= MIN_DOCUMENTS}
    limits: list[float] = []
    # A page has two views and the lower counts: it reaches less than a plain text.
    for kind, at in (kinds or {"documents": real}).items():
        limit, sure = threshold(scores[at], sites[at], PASS_SHARE)
        limits.append(limit)
        if not sure:
            warnings.append(
                f"The threshold of {kind} rests on {len(np.unique(sites[at]))} sites of the era: "
                "of documents of other sites more or fewer than 90 % may pass. From 19 sites on "
                "it can be trusted."
            )
    return limits[0], limits[-1]


def _passed(
    documents: LabelledFeatures,
    check: NDArray[np.int64],
    scores: NDArray[np.float64],
    limits: tuple[float, float],
) -> Estimate:
    """Return the share of test documents of the era that lie above their threshold."""
    era = documents.labels[check] == 1
    limit_of = np.where(_is_page(documents)[check][era], *limits)
    reached = (scores[era] >= limit_of).astype(np.float64)
    return mean_interval(reached, groups=documents.sites[check][era].tolist())
