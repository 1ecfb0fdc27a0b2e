"""All methods on the same briefs: what each gains, and what it costs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erastyle import run_report as pages
from erastyle.eval.report import details, numbers
from erastyle.eval.statistics import bootstrap
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model import folder
from erastyle.variants import Scored, Variant, run

NAME = pages.COMPARED
METHODS: tuple[str, ...] = ("prompt", "few-shot", "retrieve", "lora", "blend", "full")
FIRST = {"style_score": "style, the lower of the two", "style_gain": "gain of style"}
LAST = {
    "capability": "capability, change",
    "general_loss": "general loss, relative rise",
    "train_seconds": "training s",
    "seconds_per_page": "s / page",
    "kwh_train": "training kWh",
    "kwh_per_1000_pages": "kWh / 1,000 pages",
}
"""Columns of the table before and after those of the metrics; where a row also has `NAME_low` and
`NAME_high`, that is the interval."""
SIGNED = ("style_gain", "capability", "general_loss")


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
        result = {
            "titles": titles(found[0]),
            "rows": rows,
            "advice": advice(found, seed),
            "briefs": len(found[0].rows),
        }
        (root / NAME).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    pages.again(root)
    return result


def row(scored: Scored) -> dict[str, Any]:
    """Return one line of the table; None where something was not measured.

    Metrics that ask to be compared stand under their id. Intervals of style, gain and
    distinguishability are those of the metrics, with 95 %; those of capability and general loss are
    the one-sided 95 % bounds of the gate.
    """
    style = scored.metric("style_score")
    train, generate = scored.manifests["train"], scored.manifests["generate"]
    cells: dict[str, Any] = {}
    for metric in compared(scored):
        cells |= _three(metric["id"], metric, "style", "style_low", "style_high")
    return {
        "method": scored.name,
        "verdict": scored.score["verdict"],
        **_three("style_score", style, "style", "style_low", "style_high"),
        **_three("style_gain", style, "difference", "low", "high"),
        **cells,
        **_three("capability", scored.line("capability"), "value", "low", "high"),
        **_three("general_loss", scored.line("general_loss"), "value", "low", "high"),
        "train_seconds": train.seconds,
        "kwh_train": train.measured.get("energy_kwh"),
        "seconds_per_page": generate.measured.get("seconds_per_answer"),
        "kwh_per_1000_pages": details.kwh_per_1000_pages(generate),
    }


def compared(scored: Scored) -> list[dict[str, Any]]:
    """Return the metrics that ask to be compared."""
    return [metric for metric in scored.score["measures"] if metric.get("compared")]


def titles(scored: Scored) -> dict[str, str]:
    """Return the columns of the table and what a person calls them."""
    named = {metric["id"]: f"{metric['name']}, {metric['unit']}" for metric in compared(scored)}
    return FIRST | named | LAST


def _three(
    name: str, found: Mapping[str, Any] | None, value: str, low: str, high: str
) -> dict[str, float | None]:
    """Return a number with the ends of its interval."""
    known = found or {}
    ends = {"": value, "_low": low, "_high": high}
    return {f"{name}{end}": known.get(of) for end, of in ends.items()}


def styles(scored: Scored) -> list[float]:
    """Return the style score of each output; one that cannot be judged counts 0."""
    return [r["style_era"] if r["style_era"] is not None else 0.0 for r in scored.rows]


def failed(scored: Scored) -> list[str]:
    """Return the names of the gate lines that FAILED."""
    return [g["name"] for g in scored.score["gate"] if g["verdict"] == "FAIL"]


def advice(found: Sequence[Scored], seed: int) -> str:
    """Return one sentence that says which method to use, and how sure that is.

    The candidates are the methods that FAIL no line of the gate. The best trained one is held
    against the best that trains nothing, brief by brief.
    """
    mean = {s.name: _mean(styles(s)) for s in found}
    sound = [s for s in found if not failed(s)]
    trained = [s for s in sound if s.name in folder.TRAINED]
    shown = [s for s in sound if s.name not in folder.TRAINED]
    what = "; ".join(f"{s.name}: {', '.join(failed(s))}" for s in found if failed(s))
    if not sound:
        return f"Use none as they are: each fails the gate ({what})."
    best = max(sound, key=lambda s: mean[s.name])
    if not trained or not shown:
        others = f" The others fail ({what})." if what else ""
        return f"Use {best.name}: of those that fail nothing it has the most of the style.{others}"
    learnt, prompted = (max(group, key=lambda s: mean[s.name]) for group in (trained, shown))
    interval = bootstrap.paired_bootstrap(styles(prompted), styles(learnt), seed=seed)
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


def cell(row: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return a number of the table and its interval in words, empty where it has none.

    >>> cell({"vendi": 0.5, "vendi_low": 0.25, "vendi_high": 0.75}, "vendi")
    ('0.500', '0.250 to 0.750')
    >>> cell({"copied": None}, "copied")
    ('not measured', '')
    """
    sign = name in SIGNED
    if name.startswith("kwh") and row.get(name) is not None:
        return numbers.kwh(row[name]).removesuffix(" kWh"), ""
    span = numbers.between(row.get(f"{name}_low"), row.get(f"{name}_high"), sign)
    return numbers.number(row.get(name), sign), span


def show(result: Mapping[str, Any]) -> None:
    """Print the table, a method a column: there are more measures than methods."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", *(row["method"] for row in result["rows"]), box=None)
    table.add_row("verdict", *(row["verdict"] for row in result["rows"]))
    for name, title in result["titles"].items():
        cells = (cell(row, name) for row in result["rows"])
        table.add_row(title, *("\n".join(filter(None, lines)) for lines in cells))
    console = Console()
    console.print(table)
    console.print(f"\n{result['advice']}", highlight=False)
