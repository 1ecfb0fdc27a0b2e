"""Distinguishability: how well a fresh classifier tells outputs from real documents."""

from __future__ import annotations

from erastyle.corpus.era import Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Ranking
from erastyle.eval.metric import OUTPUT_ROWS, Metric, finite
from erastyle.eval.style import separation
from erastyle.eval.style.features import Text
from erastyle.eval.style.separation import Distinguishability

APART = Check(
    "distinguishability",
    "distinguishability",
    "AUC of a fresh classifier between outputs and the documents of their briefs, beginnings of "
    "equal length; 0.5: it cannot tell",
    "max_distinguishability",
    Ranking,
    checks.auc_below,
    on_briefs=True,
    of_texts=True,
)
CHECKS = (APART,)


def measure(material: Material) -> Distinguishability:
    """Train a classifier on outputs and the documents of their briefs, and test it elsewhere."""
    real = [Text(str(row["real"]), "", material.format) for row in material.outputs]
    return separation.measure(material.style.texts, real, material.style.sites, material.seed)


def metrics(result: Distinguishability) -> list[Metric]:
    """Return the AUC with its interval, and that of real documents against real ones."""
    estimate = result.separation.estimate if result.separation else None
    note = (
        "Of a fresh classifier between outputs and the documents of their briefs, cut to one "
        "length; at 0.5 it cannot tell. Real: one half of the documents against the other."
    )
    return [
        Metric(
            id=APART.id,
            name="distinguishability from real documents",
            unit="AUC",
            style=estimate.value if estimate else None,
            real=result.control.value if result.control else None,
            better="lower",
            note=note if estimate else result.problem,
            group="style",
            rows=OUTPUT_ROWS,
            style_low=finite(estimate.low) if estimate else None,
            style_high=finite(estimate.high) if estimate else None,
            compared=True,
        )
    ]


def items(result: Distinguishability) -> dict[str, Measurement]:
    """Return the score of each text; nothing where it was not measured."""
    if (apart := result.separation) is None:
        return {}
    labels = [bool(label) for label in apart.labels]
    return {APART.id: Ranking(apart.scores.tolist(), labels, tuple(map(str, apart.sites)))}


def check(result: Distinguishability, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of the AUC; where it was not measured it is open, and says why."""
    measured = items(result)
    if not measured:
        return [APART.empty(result.problem)]
    return [APART.line(measured[APART.id], limits, seed)]
