"""The command `strength`: style, capability and anachronisms at several strengths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Json, RunArgument, Set
from erastyle.commands.tables import print_table
from erastyle.commands.terminal import link_atomically, measure_and_show, reported
from erastyle.corpus.errors import ModelError

if TYPE_CHECKING:
    from erastyle.pipeline.runtime.progress import Progress

STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


@reported
def strength(
    *,
    run: RunArgument,
    at: Annotated[
        list[float] | None, typer.Option("--at", help="Strength to measure. Repeatable.")
    ] = None,
    set: Set = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Measure style, capability and anachronisms at several strengths."""
    del debug
    return measure_and_show(
        lambda progress: measure(run, at or STRENGTHS, set or [], progress), _show, json=json
    )


def measure(
    root: Path, strengths: Sequence[float], overrides: Sequence[str], progress: Progress
) -> list[dict[str, Any]]:
    """Generate and score at each strength, and return a row for each.

    The rows are written into the folder of the style model, and linked at the top of the run.

    Raises:
        ModelError: The run's method has no strength.
        RunError: It is not a finished run.
    """
    from erastyle import run_report, strength_curve, variants
    from erastyle.train.model import folder

    method = folder.describe(root / "model").method
    if method not in folder.TRAINED:
        raise ModelError(f"{root} was made with method {method}, which has no strength.")
    wanted = [variants.Variant(f"strength {s:g}", (f"generate.strength={s}",)) for s in strengths]
    measured = []
    scored = variants.run(root, wanted, overrides, progress)
    for value, variant in zip(strengths, scored, strict=True):
        measured.append({"strength": value, **strength_curve.row(variant)})
        model = root / "train" / variant.manifests["train"].key / "model"
        strength_curve.write(model, measured)
    link_atomically(root / strength_curve.NAME, Path("model") / strength_curve.NAME)
    run_report.rewrite(root)
    return measured


def _show(measured: Sequence[dict[str, Any]]) -> None:
    """Print the rows as a table."""
    from rich.table import Table

    names = [name for name in measured[0] if name not in ("verdict", "too_costly")]
    table = Table(*(name.replace("_", " ") for name in names), "verdict", box=None)
    for row in measured:
        cells = ("-" if row[name] is None else f"{row[name]:.3f}" for name in names)
        table.add_row(*cells, row["verdict"])
    print_table(table)
