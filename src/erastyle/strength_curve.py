"""The measured strengths of a style model: `strength.json` in its folder, their rows and chart.

The file goes wherever the folder is copied, and names the weights it belongs to by their hash. It
is written after the training and is no part of its output: no key and no manifest holds it
(`manifest.LATER`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.eval.report.parts import Chart
from erastyle.pipeline.runtime import manifest
from erastyle.variants import ScoredVariant

NAME = PurePath(manifest.LATER).name
METRICS = {"style": "style_score", "would_pass": "style_pass", "anachronisms": "anachronisms"}
"""Key of a row -> id of the metric in score.json."""
GATE_LINES = {"capability_change": "capability", "general_loss": "general_loss"}
"""Key of a row -> id of the gate line in score.json."""


def row(scored: ScoredVariant) -> dict[str, Any]:
    """Return the curve's values at one strength; None where something was not measured."""
    metrics = {key: scored.metric(id_) for key, id_ in METRICS.items()}
    lines = {key: scored.line(id_) for key, id_ in GATE_LINES.items()}
    return {
        "verdict": scored.score["verdict"],
        **{key: metric and metric["style"] for key, metric in metrics.items()},
        **{key: line and line["value"] for key, line in lines.items()},
    }


def chart(rows: Sequence[dict[str, Any]]) -> Chart:
    """Return the measured strengths as curves; what was not measured leaves a gap."""
    titles = {
        "style": "style",
        "would_pass": "would pass",
        "capability_change": "capability, change",
        "anachronisms": "anachronisms per 1,000 words",
    }
    curves = {
        title: [(row["strength"], row[key]) for row in rows if row[key] is not None]
        for key, title in titles.items()
    }
    return Chart(
        "Style and its cost by strength",
        "Each point was generated and scored on the same briefs at that strength.",
        "strength",
        {title: points for title, points in curves.items() if points},
    )


def digest(folder: Path) -> str:
    """Return the sha256 of the description and the weights of a style model."""
    total = hashlib.sha256()
    for path in (folder / "style.json", *sorted(folder.rglob("*.safetensors"))):
        total.update(f"{path.relative_to(folder).as_posix()}\0{manifest.sha256(path)}\n".encode())
    return total.hexdigest()


def write(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows into the style-model folder `folder`, whole or not at all."""
    data = {"model": digest(folder), "rows": list(rows)}
    # Not in the folder itself: a file that an interruption left there would count as damage.
    temporary = folder.parent.with_name(f".{folder.parent.name}.{NAME}")
    temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / NAME)


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the measured strengths of the style model in `folder`; empty where none was.

    Raises:
        ModelError: The file cannot be read, or belongs to other weights.
    """
    path = folder / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        model, rows = data["model"], data["rows"]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise ModelError(
            f"{path} is damaged. Remove it, or measure again with `erastyle strength RUN`."
        ) from None
    if model != digest(folder):
        raise ModelError(f"{path} is of another model. Measure again with `erastyle strength RUN`.")
    return list(rows)


def strongest(folder: Path) -> float:
    """Return the highest measured strength of a style model that passed the gate.

    Raises:
        ModelError: None was measured, the file belongs to another model, or none passed.
    """
    rows = read(folder)
    if not rows:
        raise ModelError(
            f"{folder} has no measured strengths. Run `erastyle strength RUN` with its run first."
        )
    passed = [row["strength"] for row in rows if row["verdict"] == "PASS"]
    if not passed:
        verdicts = ", ".join(f"{row['strength']:g} {row['verdict']}" for row in rows)
        raise ModelError(
            f"No strength of {folder} passed the gate ({verdicts}). Choose one by number."
        )
    return float(max(passed))
