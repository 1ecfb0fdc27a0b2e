"""report.html at the root of a run: the score's report with comparison and strengths added."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from erastyle import method_table, strength_curve
from erastyle.corpus.errors import ModelError
from erastyle.eval.report import page

PAGE = "report.html"


def publish(root: Path, score: Path) -> None:
    """Write `report.html` of the run from the score in `score`, with links that lead from there.

    Raises:
        RunError: There is no report to begin with, or it cannot be written.
    """
    tables, charts = [], []
    if compared := _compared(root / method_table.NAME):
        tables.append(method_table.table(compared))
    if strengths := _strengths(root / "model"):
        charts.append(strength_curve.chart(strengths))
    page.publish(score, root / PAGE, tables, charts)


def rewrite(root: Path) -> None:
    """Write the report again, after a comparison or a measurement of strengths.

    A run that was never scored has no report.
    """
    score = (root / "score.json").resolve()
    if score.is_file():
        publish(root, score.parent)


def _compared(file: Path) -> dict[str, Any]:
    """Return the comparison; empty where none was made, or by a version that knew no metric ids."""
    if not file.is_file():
        return {}
    compared: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return compared if "titles" in compared else {}


def _strengths(model: Path) -> list[dict[str, Any]]:
    """Return the measured strengths of the model; none where they belong to other weights."""
    try:
        return strength_curve.read(model)
    except ModelError:
        return []
