"""All methods on the same briefs: what each gains, and what it costs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erastyle import pages
from erastyle.eval import statistics
from erastyle.pipeline import models
from erastyle.pipeline.progress import Progress
from erastyle.sweep import Scored, Variant, run

NAME = pages.COMPARED
METHODS: tuple[str, ...] = ("prompt", "few-shot", "retrieve", "lora", "blend", "full")
STYLE = ("style, the lower of the two", "style of the prose")
COLUMNS = {
    "style": "style",
    "style_low": "gain, from",
    "style_high": "to",
    "would_pass": "would pass",
    "distinguishable": "told from real (AUC)",
    "anachronisms": "anachronisms / 1,000 words",
    "copied": "copied 8-grams",
    "diversity": "distinct 3-grams",
    "capability_change": "capability",
    "general_loss": "general loss",
    "train_seconds": "training s",
    "seconds_per_page": "s / page",
    "kwh_train": "training kWh",
    "kwh_per_1000_pages": "kWh / 1,000 pages",
}


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
    variants = [Variant(method, (f"train.method={method}",)) for method in methods]
    found: list[Scored] = []
    result: dict[str, Any] = {}
    for scored in run(root, variants, overrides, progress):
        found.append(scored)
        rows = [row(s) for s in found]
        result = {"rows": rows, "advice": advice(found, seed), "briefs": len(found[0].rows)}
        (root / NAME).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    pages.again(root)
    return result


def row(scored: Scored) -> dict[str, Any]:
    """Return one line of the table; None where something was not measured."""
    style = next((m for name in STYLE if (m := scored.measure(name))), None)
    train, generate = scored.manifests["train"], scored.manifests["generate"]
    answers = max(1, int(generate.stats["kept"]))
    energy = generate.measured.get("energy_kwh")
    return {
        "method": scored.name,
        "verdict": scored.score["verdict"],
        "style": style and style["style"],
        "style_low": style and style["low"],
        "style_high": style and style["high"],
        "would_pass": _style(scored, "share that would pass"),
        "distinguishable": _style(scored, "told apart from real documents"),
        "anachronisms": _style(scored, "anachronisms"),
        "copied": _style(scored, "runs of 8 tokens that stand in a source"),
        "diversity": _style(scored, "distinct runs of 3 words"),
        "capability_change": _value(scored, "capability"),
        "general_loss": _value(scored, "general loss"),
        "train_seconds": train.seconds,
        "kwh_train": train.measured.get("energy_kwh"),
        "seconds_per_page": generate.measured.get("seconds_per_answer"),
        # The stage writes with both models; its energy is parted by their time.
        "kwh_per_1000_pages": energy and 1000 * energy * _share(scored) / answers,
    }


def _share(scored: Scored) -> float:
    generate = scored.manifests["generate"]
    each = generate.measured.get("seconds_per_answer", 0.0)
    return min(1.0, each * int(generate.stats["kept"]) / max(generate.seconds, 1e-9))


def _style(scored: Scored, name: str) -> float | None:
    found = scored.measure(name)
    return found["style"] if found else None


def _value(scored: Scored, name: str) -> float | None:
    found = scored.line(name)
    return found["value"] if found else None


def styles(scored: Scored) -> list[float]:
    """Return the style score of each output; one that cannot be judged counts 0."""
    return [r["style_era"] if r["style_era"] is not None else 0.0 for r in scored.rows]


def lost(scored: Scored) -> list[str]:
    """Return the gate lines of what a method may not cost that FAILED."""
    names = ("capability", "general loss", "copied", "anachronisms", "extraction", "overfit")
    return [
        g["name"]
        for g in scored.score["gate"]
        if g["verdict"] == "FAIL" and g["name"].startswith(names)
    ]


def advice(found: Sequence[Scored], seed: int) -> str:
    """Return one sentence that says which method to use, and how sure that is.

    The candidates are the methods whose costs did not fail the gate. The best trained one is held
    against the best that trains nothing, brief by brief.
    """
    mean = {s.name: _mean(styles(s)) for s in found}
    sound = [s for s in found if not lost(s)]
    trained = [s for s in sound if s.name in models.TRAINED]
    shown = [s for s in sound if s.name not in models.TRAINED]
    if not sound:
        what = "; ".join(f"{s.name}: {', '.join(lost(s))}" for s in found)
        return f"Use none as they are: each fails the gate ({what})."
    best = max(sound, key=lambda s: mean[s.name])
    if not trained or not shown:
        return f"Use {best.name}: of those compared it has the most of the style and fails nothing."
    learnt, prompted = (max(group, key=lambda s: mean[s.name]) for group in (trained, shown))
    interval = statistics.paired_bootstrap(styles(prompted), styles(learnt), seed=seed)
    change = mean[learnt.name] - mean[prompted.name]
    gain = f"{change:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}]"
    briefs = len(found[0].rows)
    if interval.low > 0:
        return (
            f"Use {learnt.name}: on {briefs} briefs it has more of the style than {prompted.name}, "
            f"the best without training ({gain})."
        )
    if interval.high < 0:
        return (
            f"Use {prompted.name}: you could just prompt. {learnt.name}, the best of the trained "
            f"ones, has less of the style ({gain})."
        )
    return (
        f"Use {prompted.name} for now: {briefs} briefs do not show that {learnt.name} has more of "
        f"the style ({gain}), and training costs more. More briefs can decide it."
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / max(1, len(values))


def show(result: Mapping[str, Any]) -> None:
    """Print the table, a method a column: there are more measures than methods."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", *(row["method"] for row in result["rows"]), box=None)
    table.add_row("verdict", *(row["verdict"] for row in result["rows"]))
    for name, title in COLUMNS.items():
        table.add_row(title, *(_text(row[name]) for row in result["rows"]))
    console = Console()
    console.print(table)
    console.print(f"\n{result['advice']}", highlight=False)


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    if value and abs(value) < 0.0005:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
