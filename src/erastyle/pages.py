"""The report at the root of a run: that of the score, with what was compared and dialled since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from erastyle.eval import report_page
from erastyle.eval.report_parts import Chart, Table

PAGE = "report.html"
COMPARED, DIALLED = "compare.json", "strength.json"


def publish(root: Path, score: Path) -> None:
    """Write `report.html` of the run from the score in `score`, with links that lead from there.

    Raises:
        RunError: There is no report to begin with, or it cannot be written.
    """
    tables, charts = [], []
    if compared := _read(root / COMPARED):
        tables.append(methods(compared))
    dialled = _read(root / DIALLED)
    if dialled and dialled["model"] == (root / "model").resolve().parent.name:
        charts.append(curve(dialled["rows"]))
    report_page.publish(score, root / PAGE, tables, charts)


def again(root: Path) -> None:
    """Write the page once more, after something was compared or dialled.

    A run that was never scored has no page to be written.
    """
    score = (root / "score.json").resolve()
    if score.is_file():
        publish(root, score.parent)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def methods(compared: dict[str, Any]) -> Table:
    """Return what `erastyle compare` found, a method a row."""
    from erastyle.compare import COLUMNS

    cells = [
        [row["method"], row["verdict"], *(row[name] for name in COLUMNS)]
        for row in compared["rows"]
    ]  # fmt: skip
    note = f"{compared['advice']} On {compared['briefs']} briefs, the same for all."
    return Table(
        "Could one not just prompt?", ("method", "verdict", *COLUMNS.values()), cells, note
    )


def curve(rows: list[dict[str, Any]]) -> Chart:
    """Return what `erastyle strength` found as curves; what was not measured leaves a gap."""
    names = {
        "style": "style",
        "would_pass": "would pass",
        "capability_change": "capability, change",
        "anachronisms": "anachronisms per 1,000 words",
    }
    curves = {
        title: [(row["strength"], row[name]) for row in rows if row[name] is not None]
        for name, title in names.items()
    }
    return Chart(
        "The dial",
        "Each point was generated and scored on the same briefs at that strength.",
        "strength",
        {title: points for title, points in curves.items() if points},
    )
