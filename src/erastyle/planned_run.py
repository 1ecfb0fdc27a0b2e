"""A run directory with its configuration and the steps that the runner planned for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from erastyle import config
from erastyle.config import RunConfig
from erastyle.corpus.errors import RunError
from erastyle.pipeline.runtime import manifest, runner
from erastyle.pipeline.runtime.runner import Step
from erastyle.stages import STAGES


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run directory, its configuration and the planned steps.

    Attributes:
        root: The run directory.
        config: The whole configuration.
        steps: One step for each stage, in the order in which they run.
    """

    root: Path
    config: RunConfig
    steps: list[Step]

    def step(self, stage: str) -> Step:
        """Return the step of the stage with this name."""
        return next(step for step in self.steps if step.stage.name == stage)


def plan(loaded: RunConfig, root: Path) -> PlannedRun:
    """Plan every stage of a configuration in the run directory `root`."""
    steps = runner.plan(STAGES, config.stage_options(loaded), loaded.era, loaded.seed, root)
    return PlannedRun(root, loaded, steps)


def load_saved(root: Path, overrides: Iterable[str] = ()) -> PlannedRun:
    """Plan the configuration that the run directory `root` holds.

    Args:
        root: A run directory.
        overrides: `section.name=value`, as for --set.

    Raises:
        RunError: It is not a run directory.
        ConfigError: The configuration or an override is not valid.
    """
    return plan(config.load(str(run_file(root)), overrides), root)


def pairs_behind(root: Path) -> Path | None:
    """Return the folder of the pairs that the model of a run was trained on; None: not there.

    It is read from the training's own manifest: an earlier version may have made it under a key
    that the plan of today does not have.
    """
    made = manifest.read((root / "model").resolve().parent)
    if made is None or "pairs" not in made.identity["needs"]:
        return None
    folder = root / "pairs" / made.identity["needs"]["pairs"]
    return folder if manifest.read(folder) else None


def stage_outputs(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (stage, folder) of every output below `root`, unfinished ones included.

    Raises:
        RunError: It is not a run directory.
    """
    run_file(root)
    for stage in STAGES:
        for folder in sorted((root / stage.name).glob("*/")):
            yield stage.name, folder


def run_file(root: Path) -> Path:
    """Return the file that holds the configuration of the run directory `root`.

    Raises:
        RunError: It is not a run directory.
    """
    file = root / config.NAME
    if not file.is_file():
        raise RunError(f"{root} is not a run directory: it holds no {config.NAME}.")
    return file
