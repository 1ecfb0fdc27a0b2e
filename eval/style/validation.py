"""Validation of the style classifier: AUC, calibration, and the report that is stored with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.statistics.ranking import auc
from erastyle.eval.style.linear import Bin, calibration


@dataclass(frozen=True, slots=True)
class HeadValidation:
    """How well one head tells era from contrast on documents of sites it was not fitted to.

    Attributes:
        auc: Area under the ROC curve with its interval, sites resampled.
        calibration_error: Expected calibration error, classes weighing the same.
        bins: The reliability diagram.
        documents: Documents that were judged.
        sites: Sites of these documents.
    """

    auc: Estimate
    calibration_error: float
    bins: tuple[Bin, ...]
    documents: int
    sites: int


@dataclass(frozen=True, slots=True)
class StyleReport:
    """Report of a fitted classifier.

    Attributes:
        documents: Documents used, era and contrast.
        sites: Sites used, era and contrast.
        too_short: Documents left out because they were too short.
        held_out: Validation of each head on the left-out folds of the cross-validation.
        test: Validation of each head on sites that had no part in fitting, calibration or
            threshold. Empty where there were too few sites.
        passed: Share of real test documents of the era above the threshold; NaN without a test set.
        passed_low: Lower end of the interval of `passed`, sites resampled; NaN without a test set.
        passed_high: Upper end of it.
        warnings: What to know before trusting the scores.
    """

    documents: tuple[int, int]
    sites: tuple[int, int]
    too_short: int
    held_out: Mapping[str, HeadValidation]
    test: Mapping[str, HeadValidation]
    passed: float
    passed_low: float = math.nan
    passed_high: float = math.nan
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON; missing values are None."""
        return cast("dict[str, Any]", _plain(asdict(self)))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def validate(
    scores: Mapping[str, NDArray[np.float64]],
    labels: NDArray[np.int64],
    sites: NDArray[np.str_],
    seed: int,
) -> dict[str, HeadValidation]:
    """Return the validation of each head; a head without scores of both classes is left out.

    Args:
        scores: Probabilities by head, NaN where nothing was judged. Shape: (documents,) each.
        labels: 1 for the era. Shape: (documents,).
        sites: Site of each document. Shape: (documents,).
        seed: Seed of the bootstrap over sites.
    """
    by_head = {}
    for head, values in scores.items():
        known = ~np.isnan(values)
        truth = labels[known]
        if len(np.unique(truth)) < 2:
            continue
        error, bins = calibration(values[known], truth)
        area = auc(values[known], truth, groups=sites[known], seed=seed)
        by_head[head] = HeadValidation(
            area, error, bins, int(known.sum()), len(np.unique(sites[known]))
        )
    return by_head


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def read_report(plain: Mapping[str, Any]) -> StyleReport:
    """Return the report that `StyleReport.to_json` wrote."""

    def measured(item: Mapping[str, Any]) -> HeadValidation:
        area = item["auc"]
        return HeadValidation(
            Estimate(
                _number(area["value"]), _number(area["low"]), _number(area["high"]), area["n"]
            ),
            _number(item["calibration_error"]),
            tuple(Bin(**b) for b in item["bins"]),
            item["documents"],
            item["sites"],
        )

    return StyleReport(
        documents=tuple(plain["documents"]),
        sites=tuple(plain["sites"]),
        too_short=plain["too_short"],
        held_out={h: measured(m) for h, m in plain["held_out"].items()},
        test={h: measured(m) for h, m in plain["test"].items()},
        passed=_number(plain["passed"]),
        passed_low=_number(plain["passed_low"]),
        passed_high=_number(plain["passed_high"]),
        warnings=tuple(plain["warnings"]),
    )
