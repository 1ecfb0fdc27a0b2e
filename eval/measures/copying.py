"""Copying: what the outputs share word for word with the training documents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from erastyle.corpus.copying.matches import Overlap
from erastyle.corpus.era import Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Share
from erastyle.eval.metric import OUTPUT_ROWS, Metric, mean_of_known

COPIED = Check(
    "copied",
    "copied",
    "outputs per 1,000 that hold 50 consecutive tokens of a training document",
    "max_copied",
    Share,
    checks.rare,
    on_briefs=True,
)
CHECKS = (COPIED,)


@dataclass(frozen=True, slots=True)
class CopyingResult:
    """What each output has in common with the training documents."""

    overlaps: Sequence[Overlap]


def measure(material: Material) -> CopyingResult:
    """Look each output up in the index of the training documents."""
    return CopyingResult(material.overlaps)


def metrics(result: CopyingResult) -> list[Metric]:
    """Return the share of outputs with a copy, and the share of copied 8-grams."""
    overlaps = result.overlaps
    longest = max((o.longest.length for o in overlaps if o.longest), default=0)
    shares = [math.nan if o.gram_share is None else o.gram_share for o in overlaps]
    return [
        Metric(
            id="copied",
            name="outputs with 50 tokens of a source",
            unit="share",
            style=sum(bool(o.copies) for o in overlaps) / len(overlaps),
            better="lower",
            group="copying",
            rows=OUTPUT_ROWS,
        ),
        Metric(
            id="copied_8grams",
            name="runs of 8 tokens that stand in a source",
            unit="share",
            style=mean_of_known(shares),
            better="lower",
            note=f"The longest passage in common has {longest} tokens.",
            group="copying",
            rows=OUTPUT_ROWS,
            compared=True,
        ),
    ]


def items(result: CopyingResult) -> dict[str, Measurement]:
    """Return how many outputs hold a copy."""
    return {COPIED.id: Share(sum(bool(o.copies) for o in result.overlaps), len(result.overlaps))}


def check(result: CopyingResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of outputs that hold a copy."""
    return [COPIED.line(items(result)[COPIED.id], limits, seed)]
