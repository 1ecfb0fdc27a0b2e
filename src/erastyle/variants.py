"""Run one configuration with one thing varied; the stages before it are shared.

Variants live in the run directory like any other output, under their own keys. So a series that is
interrupted goes on where it was, and a variant that equals the run itself costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erastyle import planned_run
from erastyle.pipeline.runtime import ledger, runner
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.pipeline.runtime.progress import Progress


@dataclass(frozen=True, slots=True)
class Variant:
    """A name and what it changes.

    Attributes:
        name: Name for people: `few-shot`, `0.50`.
        overrides: `section.name=value`, as for --set.
    """

    name: str
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoredVariant:
    """A variant that was trained, generated and scored.

    Attributes:
        name: Name of the variant.
        score: The content of `score.json`.
        rows: One row for each output, as the score stage wrote it.
        manifests: The manifest of every stage, by stage name.
    """

    name: str
    score: dict[str, Any]
    rows: list[dict[str, Any]]
    manifests: dict[str, Manifest]

    def metric(self, id_: str) -> dict[str, Any] | None:
        """Return the metric with this id, or None where it was not measured."""
        return next((m for m in self.score["measures"] if m["id"] == id_), None)

    def compared(self) -> list[dict[str, Any]]:
        """Return the metrics that `erastyle compare` shows."""
        return [metric for metric in self.score["measures"] if metric.get("compared")]

    def line(self, id_: str) -> dict[str, Any] | None:
        """Return the gate line with this id, or None."""
        return next((line for line in self.score["gate"] if line["id"] == id_), None)

    def costs(self) -> list[str]:
        """Return the names of the gate lines of what the texts cost that FAILED."""
        gate = self.score["gate"]
        return [x["name"] for x in gate if x["verdict"] == "FAIL" and not x["of_texts"]]


def run(
    root: Path, variants: Sequence[Variant], overrides: Sequence[str], progress: Progress
) -> Iterator[ScoredVariant]:
    """Run the missing stages of each variant, and yield the variants in order.

    Args:
        root: A run directory.
        variants: What to vary.
        overrides: Changes for all variants.
        progress: Where to report.

    Raises:
        RunError: It is not a run directory, or another process holds it.
        ErastyleError: A stage refused.
    """
    planned_run.run_file(root)  # refused before the directory is locked
    with runner.lock(root):
        for variant in variants:
            progress.done(f"{variant.name}:")
            planned = planned_run.load_saved(root, [*overrides, *variant.overrides])
            outcomes = list(runner.run(planned.steps, progress))
            folder = planned.step("score").folder
            score = json.loads((folder / "score.json").read_text(encoding="utf-8"))
            yield ScoredVariant(
                variant.name,
                score,
                list(ledger.rows(folder / "kept")),
                {o.step.stage.name: o.manifest for o in outcomes},
            )
