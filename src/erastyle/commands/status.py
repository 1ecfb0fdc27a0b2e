"""The command `status`: what a run directory holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from erastyle.commands.options import Debug, Format, Json, RunArgument
from erastyle.commands.tables import TableFormat, print_rows, print_table
from erastyle.commands.terminal import print_json, reported

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.manifest import Manifest


@reported
def status(
    *,
    run: RunArgument,
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show what a run directory holds: stages, counts, times."""
    del debug
    from erastyle import planned_run
    from erastyle.pipeline.runtime import manifest
    from erastyle.writing import unlabelled

    newest: dict[str, Manifest] = {}
    partial: list[str] = []
    for name, folder in planned_run.stage_outputs(run):
        if folder.name.endswith(".partial"):
            partial.append(name)
        elif (finished := manifest.read(folder)) and (
            name not in newest or newest[name].finished < finished.finished
        ):
            newest[name] = finished
    bare = unlabelled.read(run)
    if json or format is TableFormat.JSON:
        stages = {name: output.model_dump(mode="json") for name, output in newest.items()}
        print_json({"run": str(run), "stages": stages, "partial": partial, "unlabelled": bare})
    elif not print_rows(_rows(newest, partial), COLUMNS, format):
        _print(newest, partial)
        if bare:
            texts = sum(int(entry.get("texts", 1)) for entry in bare)
            last = bare[-1].get("at", "unknown")
            typer.echo(
                f"{texts} texts were written without a label, last {last}: {run / unlabelled.NAME}"
            )
    return 0


COLUMNS = ("stage", "key", "read", "kept", "dropped", "quarantined", "seconds", "state")


def _rows(newest: dict[str, Manifest], partial: list[str]) -> list[dict[str, Any]]:
    """Return a row for each stage: its newest output, or that it has none."""
    from erastyle.stages import STAGES

    rows: list[dict[str, Any]] = []
    for stage in STAGES:
        output = newest.get(stage.name)
        if output is None:
            state = "interrupted" if stage.name in partial else "to do"
            rows.append({"stage": stage.name, "state": state})
            continue
        counts = {name: output.stats[name] for name in ("read", "kept", "dropped", "quarantined")}
        rows.append(
            {"stage": stage.name, "key": output.key, **counts, "seconds": output.seconds}
            | {"state": "done"}
        )
    return rows


def _print(newest: dict[str, Manifest], partial: list[str]) -> None:
    """Print a line for each stage."""
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for row in _rows(newest, partial):
        cells = ("" if (v := row.get(name)) is None else v for name in COLUMNS)
        table.add_row(*(f"{v:,.1f}" if isinstance(v, float) else str(v) for v in cells))
    print_table(table)
