"""Dating: when the texts seem to have been written, by their words and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.eval.dating.lexical import Dated
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.metric import OUTPUT_ROWS, Metric

CHECKS: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class DatingResult:
    """Dates of all texts by their style.

    Attributes:
        base: Dates of the base model's texts.
        style: Dates of the fine-tuned model's texts.
        real: Dates of real documents.
        period: First and last year of the era.
    """

    base: Sequence[Dated]
    style: Sequence[Dated]
    real: Sequence[Dated]
    period: tuple[int, int]


def measure(material: Material) -> DatingResult:
    """Return the dates that the texts' words and tags speak of."""
    sides = (material.base, material.style, material.real)
    base, style, real = (side.scores.dated for side in sides)
    period = material.era.period
    return DatingResult(base, style, real, (period.first.year, period.last.year))


def metrics(result: DatingResult) -> list[Metric]:
    """Return the median year, and the share of texts that could be of the period."""
    first, last = result.period
    sides = (result.base, result.style, result.real)

    def summary(dates: Sequence[Dated]) -> tuple[float | None, float | None]:
        known = [d for d in dates if not d.reason]
        if not known:
            return None, None
        inside = sum(d.low <= last + 1 and d.high >= first for d in known) / len(known)
        return float(np.median([d.year for d in known])), inside

    years, shares = zip(*map(summary, sides), strict=True)
    unknown = [sum(bool(d.reason) for d in dates) for dates in sides]
    note = (
        "By dated words and tags, stated dates aside; these say what a text is not older than, so "
        "the year leans late. Compare it with that of real documents. Cannot tell: "
        f"{unknown[0]} of the base, {unknown[1]} of the fine-tuned model, {unknown[2]} of the real "
        "ones."
    )
    return [
        Metric(
            id="written_year",
            name="year of writing, median",
            unit="year",
            base=years[0],
            style=years[1],
            real=years[2],
            note=note,
            group="dating",
            rows=OUTPUT_ROWS,
        ),
        Metric(
            id="written_in_period",
            name="texts that could be of the period",
            unit="share",
            base=shares[0],
            style=shares[1],
            real=shares[2],
            better="higher",
            note="The 80 % interval of the year meets the period.",
            group="dating",
            rows=OUTPUT_ROWS,
        ),
    ]


def items(_result: DatingResult) -> Mapping[str, Measurement]:
    """Return nothing: the rows of the outputs are the items."""
    return {}


def check(_result: DatingResult, _limits: Gate, _seed: int) -> list[GateLine]:
    """Return nothing: the gate does not judge dates."""
    return []
