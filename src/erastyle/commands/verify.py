"""The command `verify`: every file of a run directory or an export against what is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erastyle.commands.options import Debug, Json
from erastyle.commands.terminal import print_json, reported

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.manifest import Manifest


@reported
def verify(
    *,
    run: Annotated[
        Path, typer.Argument(metavar="RUN|EXPORT", help="A run directory, or an export's folder.")
    ],
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Check every file of a run directory or of an export against its recorded hash."""
    del debug
    from erastyle import planned_run
    from erastyle.pipeline.runtime import manifest
    from erastyle.train.export.export_folder import is_export

    if is_export(run):
        return _verify_export(run, json=json)
    problems: list[str] = []
    files = stages = 0
    for _, folder in planned_run.stage_outputs(run):
        if folder.name.endswith(".partial"):
            continue
        recorded = manifest.read(folder)
        if recorded is None:
            problems.append(f"{folder}: no manifest")
            continue
        stages += 1
        files += len(recorded.files)
        problems += _problems(folder, recorded)
    if json:
        print_json({"run": str(run), "stages": stages, "files": files, "problems": problems})
    else:
        for problem in problems:
            typer.echo(problem)
        good = "all as recorded" if not problems else f"{len(problems)} problems"
        typer.echo(f"{stages} outputs, {files} files: {good}")
    return 1 if problems else 0


def _verify_export(export: Path, *, json: bool) -> int:
    """Print what is not as the export was made; its run is not needed."""
    from erastyle.train.export import export_folder

    problems = list(export_folder.problems(export))
    files = sum(path.is_file() for path in export.rglob("*"))
    if json:
        print_json({"export": str(export), "files": files, "problems": problems})
    else:
        for problem in problems:
            typer.echo(problem)
        good = "all as exported" if not problems else f"{len(problems)} problems"
        typer.echo(f"{files} files: {good}")
    return 1 if problems else 0


def _problems(folder: Path, recorded: Manifest) -> Iterator[str]:
    """Yield what differs from the manifest of an output."""
    from erastyle.pipeline.runtime import manifest
    from erastyle.pipeline.runtime.stage import key

    yield from manifest.damage(folder, recorded)
    counts = recorded.stats
    if counts["read"] != counts["kept"] + counts["dropped"] + counts["quarantined"]:
        yield f"{folder}: its counts do not add up"
    if key(recorded.identity) != recorded.key or folder.name != recorded.key:
        yield f"{folder}: its key is not that of its identity"
