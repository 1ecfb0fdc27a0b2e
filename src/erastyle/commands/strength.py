"""Style, capability and anachronisms against strength: the dial is measured here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle import run_report as pages
from erastyle import strength_curve as dial
from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model import folder
from erastyle.variants import Scored, Variant, run

STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


def measure(
    root: Path, strengths: Sequence[float], overrides: Sequence[str], progress: Progress
) -> list[dict[str, Any]]:
    """Generate and score at each strength, and return a row of each.

    The curve is written into the folder of the style model, and linked at the top of the run.

    Raises:
        ModelError: The run's method has no strength.
        RunError: It is not a finished run.
    """
    method = folder.describe(root / "model").method
    if method not in folder.TRAINED:
        raise ModelError(f"{root} was made with method {method}, which has no strength.")
    variants = [Variant(f"strength {s:g}", (f"generate.strength={s}",)) for s in strengths]
    rows = []
    for strength, scored in zip(strengths, run(root, variants, overrides, progress), strict=True):
        rows.append({"strength": strength, **row(scored)})
        dial.write(root / "train" / scored.manifests["train"].key / "model", rows)
    _link(root)
    pages.again(root)
    return rows


def _link(root: Path) -> None:
    """Put a link to the curve of the run's style model at the top of the run."""
    temporary = root / f".{dial.NAME}.partial"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path("model") / dial.NAME)
    temporary.replace(root / dial.NAME)


def row(scored: Scored) -> dict[str, Any]:
    """Return what the curve shows of one strength; None where it was not measured."""
    style = scored.metric("style_score")
    passing = scored.metric("style_pass")
    later = scored.metric("anachronisms")
    capability, general = scored.line("capability"), scored.line("general_loss")
    return {
        "verdict": scored.score["verdict"],
        "style": style and style["style"],
        "would_pass": passing and passing["style"],
        "anachronisms": later and later["style"],
        "capability_change": capability and capability["value"],
        "general_loss": general and general["value"],
    }


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the curve as a table."""
    from rich.console import Console
    from rich.table import Table

    names = [name for name in rows[0] if name != "verdict"]
    table = Table(*(name.replace("_", " ") for name in names), "verdict", box=None)
    for line in rows:
        cells = ("-" if line[name] is None else f"{line[name]:.3f}" for name in names)
        table.add_row(*cells, line["verdict"])
    Console().print(table)
