"""The report at the root of a run: that of the score, with what was compared and dialled since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from erastyle import strength_curve as dial
from erastyle.corpus.errors import ModelError
from erastyle.eval.report import page
from erastyle.eval.report.parts import Chart, FurtherTable

PAGE = "report.html"
COMPARED = "compare.json"


def publish(root: Path, score: Path) -> None:
    """Write `report.html` of the run from the score in `score`, with links that lead from there.

    Raises:
        RunError: There is no report to begin with, or it cannot be written.
    """
    tables, charts = [], []
    if compared := _read(root / COMPARED):
        tables.append(methods(compared))
    if dialled := _dialled(root / "model"):
        charts.append(curve(dialled))
    page.publish(score, root / PAGE, tables, charts)


def again(root: Path) -> None:
    """Write the page once more, after something was compared or dialled.

    A run that was never scored has no page to be written.
    """
    score = (root / "score.json").resolve()
    if score.is_file():
        publish(root, score.parent)


def _dialled(model: Path) -> list[dict[str, Any]]:
    """Return the curve of the model; one that is of other weights says nothing here."""
    try:
        return dial.read(model)
    except ModelError:
        return []


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def methods(compared: dict[str, Any]) -> FurtherTable:
    """Return what `erastyle compare` found, a measure a row and a method a column."""
    from erastyle.commands.compare import cell

    rows = compared["rows"]
    cells = [
        ["verdict", *(row["verdict"] for row in rows)],
        *(
            [title, *("\n".join(filter(None, cell(row, name))) for row in rows)]
            for name, title in compared["titles"].items()
        ),
    ]
    note = (
        f"{compared['advice']} On {compared['briefs']} briefs, the same for all. Second lines: "
        "95 % intervals; of capability and general loss the one-sided 95 % bounds of the gate."
    )
    columns = ("measure", *(row["method"] for row in rows))
    return FurtherTable("Could one not just prompt?", columns, cells, note, drawn=gains(rows))


def gains(rows: list[dict[str, Any]]) -> Chart | None:
    """Return the style that each method gains against what it costs, with intervals of both.

    The cost is the rise of the general loss, or where no method has one the capability lost.
    """
    by_loss = any(row.get("general_loss") is not None for row in rows)
    name, turn = ("general_loss", 1) if by_loss else ("capability", -1)
    points: dict[str, list[tuple[float, float]]] = {}
    spans: dict[str, list[float | None]] = {}
    for row in rows:
        cost, gain = row.get(name), row.get("style_gain")
        if cost is None or gain is None:
            continue
        points[row["method"]] = [(turn * cost, gain)]
        ends = [
            None if (end := row.get(f"{name}_{side}")) is None else turn * end
            for side in (("low", "high") if by_loss else ("high", "low"))
        ]
        spans[row["method"]] = [*ends, row.get("style_gain_low"), row.get("style_gain_high")]
    if not points:
        return None
    return Chart(
        "What each method gains, and what it costs",
        "The base model lies where the dotted lines cross; best is high and left. Lines are the "
        "intervals of the table below, which holds the numbers.",
        "general loss, relative rise" if by_loss else "capability lost",
        points,
        "against",
        spans=spans,
        up="gain of style",
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
