"""The two heads of the style classifier, markup and prose, and how their scores are combined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.style.features import HEADS, Head, StyleFeatures
from erastyle.eval.style.hashed_rows import Row
from erastyle.eval.style.linear import Linear, sigmoid

Whole = tuple[float, float, float, float]
"""Weights of the markup and prose log odds, offset and bound of the page as a whole."""


@dataclass(frozen=True, slots=True)
class ClassifierHeads:
    """Fitted heads.

    Attributes:
        linear: The linear classifier of each head that could be fitted.
        whole: How both are added for the page as a whole.
    """

    linear: Mapping[Head, Linear]
    whole: Whole

    def scores(self, features: StyleFeatures) -> dict[str, NDArray[np.float64]]:
        """Return calibrated probabilities of being of the era, by head, whole and era."""
        logits = {}
        for head in HEADS:
            values = np.full(len(features.reasons), np.nan)
            rows = features.rows[head]
            at = np.array([i for i, row in enumerate(rows) if row is not None], np.int64)
            if head in self.linear and len(at):
                model = self.linear[head]
                values[at] = model.logit(model.raw([cast("Row", rows[i]) for i in at]))
            logits[head] = values
        return combine(logits, self.whole)


def combine(
    logits: Mapping[Head, NDArray[np.float64]], whole: Whole
) -> dict[str, NDArray[np.float64]]:
    """Return probabilities by head, of both together, and the lower of the two as `era`."""
    markup, prose = logits["markup"], logits["prose"]
    one, two, offset, bound = whole
    both = np.clip(one * markup + two * prose + offset, -bound, bound)
    both = np.where(np.isnan(markup), prose, both)
    return {
        "markup": sigmoid(markup),
        "prose": sigmoid(prose),
        "whole": sigmoid(both),
        "era": sigmoid(np.fmin(markup, prose)),
    }
