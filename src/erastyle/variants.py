"""One run with one thing varied: the stages before it are shared, the rest is done for each value.

Variants live in the run directory like any other output, under their own keys. So a sweep that is
interrupted goes on where it was, and a variant that equals the run itself costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erastyle import config
from erastyle.corpus.errors import RunError
from erastyle.pipeline.runtime import ledger, runner
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.pipeline.runtime.progress import Progress
from erastyle.stages import STAGES


@dataclass(frozen=True, slots=True)
class Variant:
    """A name and what it changes.

    Attributes:
        name: For people: `few-shot`, `0.50`.
        overrides: `section.name=value`, as for --set.
    """

    name: str
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A variant that was trained, generated and scored.

    Attributes:
        name: Name of the variant.
        score: The content of `score.json`.
        rows: One row an output, as the score stage wrote it.
        manifests: Of every stage, by name.
    """

    name: str
    score: dict[str, Any]
    rows: list[dict[str, Any]]
    manifests: dict[str, Manifest]

    def metric(self, id_: str) -> dict[str, Any] | None:
        """Return the metric with this id, or None where it was not measured."""
        return next((m for m in self.score["measures"] if m["id"] == id_), None)

    def line(self, id_: str) -> dict[str, Any] | None:
        """Return the gate line with this id, or None."""
        return next((g for g in self.score["gate"] if g["id"] == id_), None)


def run(
    root: Path, variants: Sequence[Variant], overrides: Sequence[str], progress: Progress
) -> Iterator[Scored]:
    """Do what is missing of each variant, and yield them in order.

    Args:
        root: A run directory.
        variants: What to vary.
        overrides: Changes for all variants.
        progress: Where to report.

    Raises:
        RunError: It is not a run directory, or another process holds it.
        ErastyleError: A stage refused.
    """
    target = root / config.NAME
    if not target.is_file():
        raise RunError(f"{root} is not a run directory: it holds no {config.NAME}.")
    with runner.lock(root):
        for variant in variants:
            progress.done(f"{variant.name}:")
            loaded = config.load(str(target), [*overrides, *variant.overrides])
            options = config.stage_options(loaded)
            steps = runner.plan(STAGES, options, loaded.era, loaded.seed, root)
            outcomes = list(runner.run(steps, progress))
            folder = outcomes[-1].step.folder
            score = json.loads((folder / "score.json").read_text(encoding="utf-8"))
            yield Scored(
                variant.name,
                score,
                list(ledger.rows(folder / "kept")),
                {o.step.stage.name: o.manifest for o in outcomes},
            )
