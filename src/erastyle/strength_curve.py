"""The measured strengths of a style model: `strength.json` in its folder, their rows and chart.

The file goes wherever the folder is copied, and names the weights it belongs to by their hash. It
is written after the training and is no part of its output: no key and no manifest holds it
(`manifest.LATER`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime import manifest

if TYPE_CHECKING:  # a server asks for the file's name alone: these would cost it seconds
    from erastyle.eval.report.parts import Chart
    from erastyle.variants import ScoredVariant

NAME = PurePath(manifest.LATER).name
METRICS = {
    "passes": "style_pass",
    "passes_choosing": "style_pass.choosing",
    "style": "style_score",
    "anachronisms": "anachronisms",
}
"""Key of a row -> id of the metric in score.json."""
GATE_LINES = {"capability_change": "capability", "general_loss": "general_loss"}
"""Key of a row -> id of the gate line in score.json."""


def row(scored: ScoredVariant) -> dict[str, Any]:
    """Return the curve's values at one strength; None where something was not measured."""
    metrics = {key: scored.metric(id_) for key, id_ in METRICS.items()}
    lines = {key: scored.line(id_) for key, id_ in GATE_LINES.items()}
    return {
        "verdict": scored.score["verdict"],
        "too_costly": scored.costs(),
        **{key: metric and metric["style"] for key, metric in metrics.items()},
        **{key: line and line["value"] for key, line in lines.items()},
    }


def chart(rows: Sequence[dict[str, Any]]) -> Chart:
    """Return the measured strengths as curves; what was not measured leaves a gap."""
    from erastyle.eval.report.parts import Chart

    titles = {
        "passes": "passes as a document of the era",
        "passes_choosing": "the same by the judge that chooses",
        "style": "style",
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


def chosen(folder: Path) -> dict[str, Any]:
    """Return the row of the measured strength that the choosing judge passes most often.

    Strengths that break a limit of the gate on what the texts cost are left out; of equal ones the
    weakest is taken. The row's `passes` is of the judge that only reports: it had no say.

    Raises:
        ModelError: None was measured, none was judged, the file belongs to another model, or each
            costs too much.
    """
    rows = read(folder)
    again = "Run `erastyle strength RUN` with its run first."
    if not rows:
        raise ModelError(f"{folder} has no measured strengths. {again}")
    judged = [row for row in rows if row.get("passes_choosing") is not None]
    if not judged:
        raise ModelError(f"No strength of {folder} was judged. {again} Or choose one by number.")
    sound = [row for row in judged if not row["too_costly"]]
    if not sound:
        why = "; ".join(f"{row['strength']:g}: {', '.join(row['too_costly'])}" for row in judged)
        raise ModelError(
            f"Each strength of {folder} breaks a limit on what it costs ({why}). Choose one by "
            "number."
        )
    return max(sound, key=lambda row: (row["passes_choosing"], -row["strength"]))


def of_choice(row: Mapping[str, Any]) -> str:
    """Return in a sentence what was chosen, and what the judge that only reports says of it."""
    reported = row["passes"]
    word = "was not asked" if reported is None else f"passes {100 * reported:.0f} %"
    return (
        f"strength {row['strength']:g}: the judge that chooses passes "
        f"{100 * row['passes_choosing']:.0f} % of its texts, the one that only reports {word}"
    )
