"""Style, capability and anachronisms against strength: the dial, measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle import pages
from erastyle.corpus.errors import ModelError
from erastyle.pipeline import models
from erastyle.pipeline.progress import Progress
from erastyle.sweep import Scored, Variant, run

NAME = pages.DIALLED
STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


def measure(
    root: Path, strengths: Sequence[float], overrides: Sequence[str], progress: Progress
) -> list[dict[str, Any]]:
    """Generate and score at each strength, write `strength.json`, and return its rows.

    Raises:
        ModelError: The run's method has no strength.
        RunError: It is not a finished run.
    """
    method = models.describe(root / "model").method
    if method not in models.TRAINED:
        raise ModelError(f"{root} was made with method {method}, which has no strength.")
    key = (root / "model").resolve().parent.name
    variants = [Variant(f"strength {s:g}", (f"generate.strength={s}",)) for s in strengths]
    rows = []
    for strength, scored in zip(strengths, run(root, variants, overrides, progress), strict=True):
        rows.append({"strength": strength, **row(scored)})
        text = json.dumps({"model": key, "rows": rows}, indent=1) + "\n"
        (root / NAME).write_text(text, encoding="utf-8")
    pages.again(root)
    return rows


def row(scored: Scored) -> dict[str, Any]:
    """Return what the curve shows of one strength; None where it was not measured."""
    style = scored.measure("style, the lower of the two") or scored.measure("style of the prose")
    passing = scored.measure("share that would pass")
    slips = scored.measure("anachronisms")
    capability, general = scored.line("capability"), scored.line("general loss")
    return {
        "verdict": scored.score["verdict"],
        "style": style and style["style"],
        "would_pass": passing and passing["style"],
        "anachronisms": slips and slips["style"],
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


def strongest(root: Path) -> float:
    """Return the strongest measured strength that passed the gate.

    Raises:
        ModelError: None was measured, the curve is of another model, or none passed.
    """
    path = root / NAME
    if not path.is_file():
        raise ModelError(f"{root} has no measured strengths. Run `erastyle strength {root}` first.")
    data = json.loads(path.read_text(encoding="utf-8"))
    if data["model"] != (root / "model").resolve().parent.name:
        raise ModelError(f"{path} is of an earlier model. Run `erastyle strength {root}` again.")
    passed = [r["strength"] for r in data["rows"] if r["verdict"] == "PASS"]
    if not passed:
        seen = ", ".join(f"{r['strength']:g} {r['verdict']}" for r in data["rows"])
        raise ModelError(f"No strength of {root} passed the gate ({seen}). Choose one by number.")
    return float(max(passed))
