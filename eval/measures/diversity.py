"""Diversity: signs of a collapsed model, and texts that read like an assistant's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from erastyle.corpus.era import Gate
from erastyle.eval.diversity import variety
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Ratio
from erastyle.eval.metric import OUTPUT_ROWS, Metric
from erastyle.eval.text_metrics import TextMetrics

Better = Literal["higher", "lower"]
NAMES: Mapping[str, tuple[str, str, Better]] = {
    "distinct-3": ("distinct_3", "distinct runs of 3 words", "higher"),
    "compression": ("compression", "compressibility", "lower"),
    "vendi": ("vendi", "different texts (Vendi)", "higher"),
}
"""Key of the ratio -> id, name and better side of its metric."""
MACHINE_NOTE = (
    "By words and forms of assistants. Measured: it finds 84 % of assistants' answers and 14 % of "
    "continuations by models that are no assistants, and takes fewer than 1 % of the texts of each "
    "period collection, and 2 to 7 % of modern ones, for machine-written."
)


def _ratio(id_: str, name: str, what: str, limit: str) -> Check:
    measured = f"{what}, against real text of equal length"
    return Check(id_, name, measured, limit, Ratio, checks.ratio, on_briefs=True)


CHECKS = (
    _ratio("compression", "compression", "how far zlib shortens the outputs", "max_compression"),
    _ratio("distinct_3", "distinct-3", "different runs of 3 words", "min_distinct"),
    _ratio("vendi", "vendi", "effective number of different texts (Vendi)", "min_vendi"),
)


@dataclass(frozen=True, slots=True)
class DiversityResult:
    """Diversity of the outputs beside real documents, and which texts read like an assistant's.

    Attributes:
        comparison: The ratios to real text of equal number and length.
        machine: Share of texts that read like an assistant's answer, of the base model, the
            fine-tuned model and real documents; None where all are too short.
    """

    comparison: variety.Comparison
    machine: tuple[float | None, float | None, float | None]


def measure(material: Material) -> DiversityResult:
    """Compare the outputs with real documents of the test sites."""
    outputs = [row["style"] for row in material.outputs]
    comparison = variety.compare(outputs, [d.body for d in material.tests], material.seed)
    base, style, real = (
        _machine(side.scores) for side in (material.base, material.style, material.real)
    )
    return DiversityResult(comparison, (base, style, real))


def _machine(scored: TextMetrics) -> float | None:
    known = [value for value in scored.machine if value is not None]
    return sum(known) / len(known) if known else None


def metrics(result: DiversityResult) -> list[Metric]:
    """Return the ratios to real text, and the share that reads like an assistant's answer."""
    base, style, real = result.machine
    rows = [
        Metric(
            id="machine_like",
            name="texts that read like an assistant's answer",
            unit="share",
            base=base,
            style=style,
            real=real,
            better="lower",
            note=MACHINE_NOTE,
            group="diversity",
            rows=OUTPUT_ROWS,
        )
    ]
    if style is None and base is None:
        rows = []
    for key, (id_, name, better) in NAMES.items():
        if key in result.comparison.ratios:
            rows.append(
                Metric(
                    id=id_,
                    name=name,
                    unit="of real text",
                    style=result.comparison.ratios[key],
                    real=1.0,
                    better=better,
                    note="At equal number and length; real text is 1.",
                    group="diversity",
                    rows=OUTPUT_ROWS,
                    compared=id_ == "distinct_3",
                )
            )
    return rows


def items(result: DiversityResult) -> dict[str, Measurement]:
    """Return each ratio with its jackknife."""
    ratios, without = result.comparison.ratios, result.comparison.without
    return {NAMES[key][0]: Ratio(ratios[key], without[key]) for key in NAMES if key in ratios}


def check(result: DiversityResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the lines of compressibility, distinct runs of words, and the Vendi score."""
    measured = items(result)
    return [one.line(measured.get(one.id), limits, seed) for one in CHECKS]
