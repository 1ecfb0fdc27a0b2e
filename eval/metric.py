"""A metric: one number of the base model, the fine-tuned model and real text, with an identifier.

Programs look a metric up by its `id`. Only the page and the terminal show its `name`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

GROUPS = ("style", "dating", "anachronism", "copying", "diversity", "capability", "bias")
"""Groups of a full report; the page names those without a metric."""
OUTPUT_ROWS = "kept/000000.parquet"
"""Where the rows of the outputs are, relative to the report."""
ITEM_ROWS = "rows/gate.parquet"
"""Where the items behind checks and metrics are, relative to the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number before and after training, beside that of real text.

    Attributes:
        id: What programs look it up by: `style_score`, `capability.grammar`.
        name: What a person calls it.
        unit: `probability`, `per 1,000 words`, `bits per byte`.
        base: Value of the base model; `None` or not a number: not measured.
        style: Value of the fine-tuned model.
        real: Value of real, held-out text.
        difference: Fine-tuned model less base, paired.
        low: Lower end of the interval of the difference.
        high: Upper end of the interval of the difference.
        better: Which way is better; empty where neither is.
        note: A remark, one sentence.
        group: One of `GROUPS`, or empty.
        rows: Path of the rows behind it, relative to the report, or empty.
        style_low: Lower end of the interval of `style`, where that is measured by itself.
        style_high: Upper end of the interval of `style`.
        compared: Whether `erastyle compare` shows the value of each method.
    """

    id: str
    name: str
    unit: str
    base: float | None = None
    style: float | None = None
    real: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "lower", ""] = ""
    note: str = ""
    group: str = ""
    rows: str = ""
    style_low: float | None = None
    style_high: float | None = None
    compared: bool = False


def share_of_texts(
    id_: str,
    name: str,
    sides: Sequence[Sequence[float] | Any],
    *,
    note: str = "",
    compared: bool = False,
) -> Metric:
    """Return the metric of a share of the texts, or of a mean from 0 to 1; higher is better.

    Args:
        id_: What programs look it up by.
        name: What a person calls it.
        sides: A value of each text of the base, of the fine-tuned model and, where there are any,
            of real documents.
        note: A remark, one sentence.
        compared: Whether `erastyle compare` shows it.
    """
    base, style, *real = (math.fsum(map(float, side)) / max(1, len(side)) for side in sides)
    return Metric(
        id=id_,
        name=name,
        unit="share",
        base=base,
        style=style,
        real=real[0] if real else None,
        difference=style - base,
        better="higher",
        note=note,
        group="style",
        rows=OUTPUT_ROWS,
        compared=compared,
    )


def finite(value: float | None) -> float | None:
    """Return `value`, or None for infinity and for what is no number."""
    return float(value) if value is not None and math.isfinite(value) else None


def mean_of_known(values: Sequence[float] | Any) -> float | None:
    """Return the mean of the values that are numbers, or None where none is."""
    known = [float(value) for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else None
