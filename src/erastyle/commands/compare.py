"""The command `compare`: all methods on the same briefs, what each gains and what it costs."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Json, RunArgument, Set
from erastyle.commands.tables import print_table, wide_console
from erastyle.commands.terminal import measure_and_show, reported

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.progress import Progress

METHODS: tuple[str, ...] = ("prompt", "few-shot", "retrieve", "lora", "blend", "full")


@reported
def compare(
    *,
    run: RunArgument,
    method: Annotated[
        list[str] | None, typer.Option("--method", help="Repeatable; all six when left out.")
    ] = None,
    set: Set = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Compare training with prompting on the same briefs: what each method gains and costs."""
    del debug
    return measure_and_show(
        lambda progress: measure(run, method or METHODS, set or [], progress), _show, json=json
    )


def measure(
    root: Path,
    methods: Sequence[str],
    overrides: Sequence[str],
    progress: Progress,
    seed: int = 1995,
) -> dict[str, Any]:
    """Train, generate and score each method, write `compare.json`, and return its content.

    Raises:
        RunError: It is not a run directory.
        ErastyleError: A stage refused.
    """
    from erastyle import method_table, run_report, variants
    from erastyle.corpus.atomic import write_atomically

    wanted = [variants.Variant(method, (f"train.method={method}",)) for method in methods]
    scored: list[variants.ScoredVariant] = []
    compared: dict[str, Any] = {}
    for variant in variants.run(root, wanted, overrides, progress):
        scored.append(variant)
        compared = method_table.compare(scored, seed)
        write_atomically(root / method_table.NAME, jsonlib.dumps(compared, indent=1) + "\n")
    run_report.rewrite(root)
    return compared


def _show(compared: Mapping[str, Any]) -> None:
    """Print the table, a column for each method: there are more measures than methods."""
    from rich.table import Table

    from erastyle import method_table

    table = Table("", *(row["method"] for row in compared["rows"]), box=None)
    for cells in method_table.cells(compared):
        table.add_row(*cells)
    print_table(table)
    wide_console().print(f"\n{compared['advice']}", highlight=False)
