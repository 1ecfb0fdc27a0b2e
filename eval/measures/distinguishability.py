"""Distinguishability: how well a fresh classifier tells outputs from real documents."""

from __future__ import annotations

from collections.abc import Mapping

from erastyle.corpus.era import Gate
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.metric import OUTPUT_ROWS, Metric, finite
from erastyle.eval.style import distinguishability
from erastyle.eval.style.distinguishability import Distinguishability

CHECKS: tuple[Check, ...] = ()


def measure(material: Material) -> Distinguishability:
    """Train a classifier on outputs and real documents, and test it on other sites."""
    sites = [*material.style.sites, *material.real.sites]
    return distinguishability.measure(
        material.style.texts, material.real.texts, sites, material.seed
    )


def metrics(result: Distinguishability) -> list[Metric]:
    """Return the AUC with its interval."""
    estimate = result.estimate
    note = "Of a fresh classifier between outputs and real documents; at 0.5 it cannot tell."
    return [
        Metric(
            id="distinguishability",
            name="distinguishability from real documents",
            unit="AUC",
            style=estimate.value if estimate else None,
            real=0.5 if estimate else None,
            better="lower",
            note=note if estimate else result.problem,
            group="style",
            rows=OUTPUT_ROWS,
            style_low=finite(estimate.low) if estimate else None,
            style_high=finite(estimate.high) if estimate else None,
            compared=True,
        )
    ]


def items(_result: Distinguishability) -> Mapping[str, Measurement]:
    """Return nothing: the rows of the outputs are the items."""
    return {}


def check(_result: Distinguishability, _limits: Gate, _seed: int) -> list[GateLine]:
    """Return nothing: the gate does not judge distinguishability."""
    return []
