"""Command-line options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from erastyle.commands.tables import TableFormat

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="[ERA|RUN.yaml]",
        help="A shipped era, an era profile or a run file; left out, the run directory's own.",
        show_default=False,
    ),
]
Source = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="PATH|KIND:PLACE",
        help="Period documents: a path, or KIND:LOCATION. Repeatable.",
    ),
]
Contrast = Annotated[
    list[str] | None,
    typer.Option(
        "--contrast",
        metavar="PATH|KIND:PLACE",
        help="Modern documents of the same kind. Repeatable.",
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="NAME|FILE|DIR",
        help="Base model: starter, smollm2, a GGUF file, a folder, or a hub name "
        "(see `erastyle bases`).",
    ),
]
Run = Annotated[
    Path | None, typer.Option("--run", metavar="DIR", help="Run directory; runs/ERA when left out.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.NAME=VALUE", help="Replace one value. Repeatable."),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="native|ray",
        help="Where `dedupe` runs: on this machine, or on a Ray cluster (extra `ray`).",
        show_default=False,
    ),
]
Address = Annotated[
    str | None, typer.Option("--address", metavar="HOST:PORT", help="A running Ray cluster.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would run, and why.")]
Yes = Annotated[bool, typer.Option("--yes", help="Fetch a base that is not here without asking.")]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        min=0.1,
        help="Choose rows, briefs and items so that the run ends in this time on this machine; "
        "what was chosen is written to run.yaml.",
        show_default=False,
    ),
]
Gate = Annotated[
    bool,
    typer.Option("--gate", help="End with the verdict's code: 0 passed, 3 failed, 4 cannot tell."),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        help="Show texts that the model writes while it trains in a pipe too; a terminal always "
        "shows them.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Format = Annotated[
    TableFormat | None,
    typer.Option(
        "--format",
        metavar="table|json|jsonl|tsv",
        help="How to print the rows: a table for people, or for programs.",
        show_default=False,
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks and the libraries' notes.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRequest:
    """The options of a command that runs stages, as the user gave them.

    Attributes:
        target: An era, a profile or a run file; None: the run directory's own.
        source: Period documents.
        contrast: Modern documents.
        base: Base model.
        run: Run directory.
        set: Values to replace.
        engine: Where `dedupe` runs.
        address: Address of a Ray cluster.
        minutes: The time that the run may take; None: as configured.
        dry_run: Whether to print the plan and stop.
        yes: Whether to fetch a missing base without asking.
        verbose: Whether to show texts that are written in training where nobody watches.
        json: Whether to print JSON.
        gate: Whether the exit code is that of the verdict.
    """

    target: str | None = None
    source: Sequence[str] | None = None
    contrast: Sequence[str] | None = None
    base: str | None = None
    run: Path | None = None
    set: Sequence[str] | None = None
    engine: str | None = None
    address: str | None = None
    minutes: float | None = None
    dry_run: bool = False
    yes: bool = False
    verbose: bool = False
    json: bool = False
    gate: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> StageRequest:
        """Return the request out of all options of a command, its `locals()`."""
        return cls(
            **{field.name: options[field.name] for field in fields(cls) if field.name in options}
        )

    def with_target(self, target: str | None) -> StageRequest:
        """Return the request for another target, which can also be a run directory."""
        if target and self.run is None and (Path(target) / "run.yaml").is_file():
            return replace(self, target=None, run=Path(target))
        return replace(self, target=target)


def allow_fetching() -> None:
    """Set ERASTYLE_FETCH=1, here and for the processes that are started."""
    os.environ["ERASTYLE_FETCH"] = "1"
