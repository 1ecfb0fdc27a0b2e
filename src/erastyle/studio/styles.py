"""The styles of a studio: one a run, with what can be done with it before anything is loaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from erastyle.corpus import era as eras
from erastyle.corpus.document import Format
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ErastyleError, RunError
from erastyle.train.model.folder import describe

RUN_FILE = "run.yaml"
REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class StudioStyle:
    """A run as the studio sees it.

    Attributes:
        name: Its name in addresses and lists.
        run: The run directory.
        era: Its era; None: the run file cannot be used.
        base: The base of its model; empty: it has none.
        problem: Why it cannot write; empty: it can.
    """

    name: str
    run: Path
    era: Era | None
    base: str = ""
    problem: str = ""

    @property
    def title(self) -> str:
        """What a person calls its era."""
        return self.era.title if self.era else self.name

    @property
    def format(self) -> Format:
        """What its era writes."""
        return self.era.format if self.era else "text"

    @property
    def report(self) -> Path | None:
        """The run's report; None: it was not scored yet."""
        file = self.run / REPORT
        return file if file.is_file() else None


def styles_of(runs: Sequence[Path]) -> list[StudioStyle]:
    """Return the styles of some run directories; names that would be equal get a number.

    Raises:
        RunError: A folder is not a run directory.
    """
    styles: list[StudioStyle] = []
    for run in dict.fromkeys(path.resolve() for path in runs):
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", run.name).strip("-.") or "run"
        taken = {style.name for style in styles}
        name = next(n for n in (plain, *(f"{plain}-{k}" for k in range(2, 999))) if n not in taken)
        styles.append(_style(name, run))
    return styles


def _style(name: str, run: Path) -> StudioStyle:
    file = run / RUN_FILE
    if not file.is_file():
        raise RunError(
            f"{run} is not a run directory: it holds no {RUN_FILE}. Name a folder that "
            "`erastyle run` made."
        )
    try:
        era = _era(file)
    except (ErastyleError, ValidationError, yaml.YAMLError, OSError, ValueError) as error:
        why = str(error).splitlines()[0]
        return StudioStyle(name, run, None, problem=f"{file} cannot be used: {why}.")
    if not (run / "model" / "style.json").is_file():
        return StudioStyle(
            name, run, era, problem=f"It has no model yet: `erastyle run --run {run}` trains one."
        )
    try:
        return StudioStyle(name, run, era, describe(run / "model").base)
    except ErastyleError as error:
        return StudioStyle(name, run, era, problem=str(error))


def _era(file: Path) -> Era:
    """Return the era of a run, from its file alone: reading the whole of it costs seconds.

    Raises:
        ValueError: The file names no era.
    """
    values = yaml.safe_load(file.read_text(encoding="utf-8"))
    known = values.get("era") if isinstance(values, dict) else None
    if isinstance(known, str):
        return eras.load(known)
    if not isinstance(known, dict):
        raise ValueError("it names no era")  # noqa: TRY004 - a fault of the file
    era = Era.model_validate(known)
    if "files" not in known and era.name in eras.names():
        # The run began before eras had this field: its files are those of the shipped era.
        return era.model_copy(update={"files": eras.load(era.name).files})
    return era
