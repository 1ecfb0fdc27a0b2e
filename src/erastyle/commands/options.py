"""What a person asks of a stage: the options that all stage commands share, and what they do.

A stage command is a function of an `Asked` and of its own options. `stage_command` gives it the
shared ones: those that put the run together before its own, those of how it is done after them.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from erastyle.commands.run import Job

Run = Annotated[
    Path | None, typer.Option("--run", metavar="DIR", help="Run directory; runs/ERA when left out.")
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        help="Base model: starter, smollm2, a GGUF file, a folder, or a hub name "
        "(see `erastyle bases`).",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.NAME=VALUE", help="Replace one value. Repeatable."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would run, and why.")]


Yes = Annotated[
    bool,
    typer.Option("--yes", help="Fetch a base that is not here without asking."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks and the libraries' notes.")]

TARGET: dict[str, Any] = {
    "target": Annotated[
        str | None,
        typer.Argument(
            metavar="[ERA|RUN.yaml]",
            help="A shipped era, an era profile or a run file; left out, the run directory's own.",
            show_default=False,
        ),
    ]
}
BEFORE: dict[str, Any] = {
    "source": Annotated[
        list[str] | None,
        typer.Option("--source", help="Period documents: a path, or KIND:LOCATION. Repeatable."),
    ],
    "contrast": Annotated[
        list[str] | None,
        typer.Option("--contrast", help="Modern documents of the same kind. Repeatable."),
    ],
    "base": Base,
    "run": Run,
    "set": Set,
}
AFTER: dict[str, Any] = {
    "engine": Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="native|ray",
            help="Where `dedupe` runs: on this machine, or on a Ray cluster (extra `ray`).",
            show_default=False,
        ),
    ],
    "address": Annotated[
        str | None,
        typer.Option("--address", metavar="HOST:PORT", help="A running Ray cluster."),
    ],
    "dry_run": DryRun,
    "yes": Yes,
    "json": Json,
    "debug": Debug,
}
FLAGS = ("dry_run", "yes", "json", "debug")


@dataclass(frozen=True, slots=True)
class Asked:
    """The shared options of a stage command, as they were given.

    Attributes:
        target: An era, a profile or a run file; None: the run directory's own.
        source: Period documents.
        contrast: Modern documents.
        base: Base model.
        run: Run directory.
        set: Values to replace.
        engine: Where copies are sought.
        address: Of a cluster.
        dry_run: Whether only to say what would run.
        json: Whether to print JSON.
    """

    target: str | None = None
    source: Sequence[str] | None = None
    contrast: Sequence[str] | None = None
    base: str | None = None
    run: Path | None = None
    set: Sequence[str] | None = None
    engine: str | None = None
    address: str | None = None
    dry_run: bool = False
    json: bool = False

    def of(self, target: str | None) -> Asked:
        """Return the same for another target; a run directory is one as well."""
        if target and self.run is None and (Path(target) / "run.yaml").is_file():
            return replace(self, target=None, run=Path(target))
        return replace(self, target=target)

    def job(self, *further: str) -> Job:
        """Return the planned run, with further values to replace."""
        from erastyle.commands import run as work

        values = [*work.on(self.engine, self.address, self.set), *further]
        return work.job(self.target, self.run, self.source, self.contrast, self.base, values)

    def do(self, until: str | None, *further: str, from_: str | None = None, show: int = 0) -> int:
        """Do the stages up to `until`, or say what would be done, and return the exit code."""
        from erastyle.commands import run as work

        job = self.job(*further)
        if self.dry_run:
            return work.show_plan(job, until, json=self.json)
        return work.do(job, from_=from_, until=until, show=show, json=self.json)


def allow_fetching() -> None:
    """Do as if ERASTYLE_FETCH=1 were set, here and in the processes that are started."""
    os.environ["ERASTYLE_FETCH"] = "1"


def stage_command(command: Callable[..., int]) -> Callable[..., int]:
    """Return `command` with the shared options added to its own, for typer to read.

    Args:
        command: Takes an `Asked` and then its own options. Those that can be given by position
            take the place of the target; those that cannot stand behind `--set`.
    """
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    first = [option for option in own if option.kind is option.POSITIONAL_OR_KEYWORD]
    later = [option for option in own if option.kind is option.KEYWORD_ONLY]
    before = [*(first or _shared(TARGET)), *_shared(BEFORE)]

    def wrapped(**options: Any) -> int:
        options.pop("debug")
        if options.pop("yes"):
            allow_fetching()
        given = {option.name: options.pop(option.name) for option in own}
        return command(Asked(**options), **given)

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    parameters = [*before, *later, *_shared(AFTER)]
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    wrapped.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in keyword}
    return wrapped


def _shared(options: dict[str, Any]) -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, kind, default=False if name in FLAGS else None, annotation=of)
        for name, of in options.items()
    ]
