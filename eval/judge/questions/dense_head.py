"""A linear classifier of few dense columns: manner, or hidden rows of a neutral model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PENALTY = 0.01
"""Inverse strength of the L2 penalty, on standardised dimensions."""


@dataclass(frozen=True, slots=True)
class DenseHead:
    """A logistic regression over standardised columns.

    Attributes:
        mean: Of each dimension. Shape: (width,).
        spread: Standard deviation of each dimension. Shape: (width,).
        coef: Shape: (width,).
        intercept: A number.
    """

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    coef: NDArray[np.float32]
    intercept: float

    @classmethod
    def fit(
        cls, rows: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> DenseHead:
        """Return a head that tells label 1 from label 0.

        Args:
            rows: Columns of texts. Shape: (texts, width).
            labels: 1 for the era. Shape: (texts,).
            weights: Of each text. Shape: (texts,).
        """
        from sklearn.linear_model import LogisticRegression

        mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-3
        model = LogisticRegression(C=PENALTY, max_iter=500)
        model.fit((rows - mean) / spread, labels, sample_weight=weights)
        coef = model.coef_[0].astype(np.float32)
        return cls(mean, spread, coef, float(model.intercept_[0]))

    def raw(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return decision values of texts. Shape: (texts,)."""
        values = ((rows - self.mean) / self.spread) @ self.coef + self.intercept
        return values.astype(np.float64)

    def plain(self) -> dict[str, Any]:
        """Return the head as arrays and numbers."""
        return {
            "mean": self.mean,
            "spread": self.spread,
            "coef": self.coef,
            "intercept": self.intercept,
        }

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> DenseHead:
        """Return the head that `plain` took apart."""
        return cls(state["mean"], state["spread"], state["coef"], float(state["intercept"]))
