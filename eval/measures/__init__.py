"""The measures of a run, one file each.

A file is one unit:

    CHECKS                      its lines of the gate, before anything was measured
    measure(material) -> Result
    metrics(result)   -> list of Metric, for the tables of report, cards and compare
    check(result, limits, seed) -> list of GateLine
    items(result)     -> the items behind the numbers, by the id of their metric or line

To add one, write such a file and name it in `MEASURES`. The methods it uses (a classifier, an
index, a test) live in the folders beside this one and know nothing of runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ConfigError
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.gate import Control, Verdict, decide
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.measures import (
    adherence,
    anachronism,
    bias,
    capability,
    complete,
    contradictions,
    copying,
    counterfactual,
    dating,
    distinguishability,
    diversity,
    four_questions,
    memorization,
    own_prompt,
    style_score,
)
from erastyle.eval.metric import Metric


class Measure(Protocol):
    """What a file of this folder offers."""

    @property
    def CHECKS(self) -> tuple[Check, ...]:  # noqa: N802 - a constant of the file
        """Its lines of the gate, before anything was measured."""

    def measure(self, material: Material) -> Any:
        """Measure a run."""

    def metrics(self, result: Any) -> list[Metric]:
        """Return the numbers for tables."""

    def check(self, result: Any, limits: Gate, seed: int) -> list[GateLine]:
        """Return the lines of the gate, one for each of `CHECKS` that the era has."""

    def items(self, result: Any) -> Mapping[str, Measurement]:
        """Return the items behind the numbers."""


MEASURES: tuple[Measure, ...] = (
    four_questions,
    style_score,
    adherence,
    contradictions,
    complete,
    counterfactual,
    distinguishability,
    dating,
    anachronism,
    copying,
    memorization,
    diversity,
    capability,
    bias,
    own_prompt,
)
"""All measures, in the order in which the gate shows their lines."""


def checks(measures: Sequence[Measure] = MEASURES) -> list[Check]:
    """Return all checks, in the order of the gate."""
    return [check for measure in measures for check in measure.CHECKS]


def judge(
    measurements: Mapping[str, Measurement],
    limits: Gate,
    controls: Sequence[Control] = (),
    briefs: int = 0,
    seed: int = 1,
    complete: bool = True,
) -> Verdict:
    """Return the gate's verdict over measurements that were made elsewhere.

    Args:
        measurements: By the id of the check: `style_gain.prose`, `capability.TASK`, …
        limits: Gate thresholds from the era profile.
        controls: What must fail; if one does not, the verdict cannot be PASS.
        briefs: Briefs that were answered; for saying how many would decide the open lines.
        seed: Same measurements and seed, same verdict.
        complete: Whether a check without a measurement stands in the verdict as not measured.

    Raises:
        ConfigError: There is no such check, or the measurement is of another kind.
    """
    known = {one.id for one in checks()}
    for name in measurements:
        if name not in known and not name.startswith(f"{capability.MEAN.id}."):
            raise ConfigError(
                f"The gate has no check {name!r}. Known: {', '.join(sorted(known))}, "
                f"{capability.MEAN.id}.TASK."
            )
    lines: list[GateLine] = []
    for one in checks():
        if one.id == capability.MEAN.id:
            lines += capability.lines(measurements, limits, seed, complete=complete)
        elif one.id in measurements or complete:
            lines.append(one.line(measurements.get(one.id), limits, seed))
    return decide(lines, controls, briefs)
