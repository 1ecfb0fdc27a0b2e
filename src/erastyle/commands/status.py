"""The command `status`: what a run directory holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from erastyle.commands.options import Debug, Json, RunArgument
from erastyle.commands.terminal import print_json, reported

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.manifest import Manifest


@reported
def status(*, run: RunArgument, json: Json = False, debug: Debug = False) -> int:
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
    if json:
        stages = {name: output.model_dump(mode="json") for name, output in newest.items()}
        print_json({"run": str(run), "stages": stages, "partial": partial, "unlabelled": bare})
    else:
        _print(newest, partial)
        if bare:
            texts = sum(int(entry.get("texts", 1)) for entry in bare)
            last = bare[-1].get("at", "unknown")
            typer.echo(
                f"{texts} texts were written without a label, last {last}: {run / unlabelled.NAME}"
            )
    return 0


def _print(newest: dict[str, Manifest], partial: list[str]) -> None:
    """Print a line for each stage: its newest output, or that it has none."""
    from erastyle.stages import STAGES

    columns = ("stage", "key", "read", "kept", "dropped", "quarantine", "seconds", "state")
    table = Table(*columns, box=None)
    for stage in STAGES:
        state = "interrupted" if stage.name in partial else "to do"
        if output := newest.get(stage.name):
            counts = [
                f"{output.stats[name]:,}" for name in ("read", "kept", "dropped", "quarantined")
            ]
            table.add_row(stage.name, output.key, *counts, f"{output.seconds:,.1f}", "done")
        else:
            table.add_row(stage.name, "", "", "", "", "", "", state)
    Console().print(table)
