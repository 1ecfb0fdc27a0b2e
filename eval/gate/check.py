"""A check of the gate: which limit of the era a measurement is held against, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ConfigError
from erastyle.eval.gate.line import GateLine
from erastyle.eval.measurement import Measurement

Judge = Callable[["Check", Any, float, int], GateLine]
"""Turns a check, a measurement, the era's limit and a seed into a line."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the gate before anything was measured.

    Attributes:
        id: What programs look it up by: `style_pass`, `capability.grammar`.
        name: What a person calls it.
        measured: What is measured, in words.
        limit: Field of the era's gate that holds the limit.
        kind: Class of the measurement that it takes.
        judge: Turns the measurement into a line.
        on_briefs: Whether more briefs would decide an open line.
        of_texts: Whether it says how good the texts are; the others say what they cost.
        unit: What it counts, where it is not clustered by site.
    """

    id: str
    name: str
    measured: str
    limit: str
    kind: type[Measurement]
    judge: Judge
    on_briefs: bool = False
    of_texts: bool = False
    unit: str = "texts"

    def line(self, measurement: Measurement | None, limits: Gate, seed: int = 1) -> GateLine:
        """Return the line for `measurement`; None stands for "not measured".

        Raises:
            ConfigError: The measurement is of another kind.
        """
        if measurement is None:
            return self.empty("It was not measured, so nothing is known.")
        if not isinstance(measurement, self.kind):
            raise ConfigError(
                f"The check {self.id} takes a {self.kind.__name__}, not a "
                f"{type(measurement).__name__}."
            )
        return self.judge(self, measurement, float(getattr(limits, self.limit)), seed)

    def empty(self, explanation: str = "", limit: str = "") -> GateLine:
        """Return the line without a value; it is INCONCLUSIVE.

        Args:
            explanation: Why there is no value, one sentence.
            limit: What the value must reach, in words.
        """
        measured = self.measured if limit else "not measured"
        return GateLine(
            self.id,
            self.name,
            measured,
            limit=limit,
            explanation=explanation,
            on_briefs=self.on_briefs,
            of_texts=self.of_texts,
            unit=self.unit,
        )
