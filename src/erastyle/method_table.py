"""A comparison of methods: its rows, its advice, and its table and figure for the report.

`compare.json` in the run directory holds what `erastyle compare` measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from erastyle.eval.report import details, numbers
from erastyle.eval.report.parts import Chart, FurtherTable
from erastyle.eval.statistics import bootstrap
from erastyle.train.model import folder
from erastyle.variants import ScoredVariant

NAME = "compare.json"
FIRST = {
    "style_pass": "passes as a document of the era, share",
    "style_score": "style, the lower of the two",
    "style_gain": "gain of style",
}
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


def compare(methods: Sequence[ScoredVariant], seed: int) -> dict[str, Any]:
    """Return the content of `compare.json`: titles, a row for each method, and the advice."""
    return {
        "titles": titles(methods[0]),
        "rows": [row(method) for method in methods],
        "advice": advice(methods, seed),
        "briefs": len(methods[0].rows),
    }


def titles(scored: ScoredVariant) -> dict[str, str]:
    """Return the title of each column by its name in a row."""
    metrics = {m["id"]: f"{m['name']}, {m['unit']}" for m in scored.compared()}
    return FIRST | metrics | LAST


def row(scored: ScoredVariant) -> dict[str, Any]:
    """Return the row of a method; None where something was not measured.

    The first number is the strict one: a text that cannot be judged does not pass. Metrics that
    ask to be compared stand under their id. Intervals of style, gain and distinguishability are
    those of the metrics, with 95 %; those of capability and general loss are the one-sided 95 %
    bounds of the gate.
    """
    style = scored.metric("style_score")
    train, generate = scored.manifests["train"], scored.manifests["generate"]
    own, gain, bounds = (
        ("style", "style_low", "style_high"),
        ("difference", "low", "high"),
        ("value", "low", "high"),
    )
    metrics: dict[str, Any] = {}
    for metric in scored.compared():
        metrics |= _with_interval(metric["id"], metric, own)
    return {
        "method": scored.name,
        "verdict": scored.score["verdict"],
        "style_pass": (scored.metric("style_pass") or {}).get("style"),
        "pass_gain": (scored.metric("style_pass") or {}).get("difference"),
        **_with_interval("style_score", style, own),
        **_with_interval("style_gain", style, gain),
        **metrics,
        **_with_interval("capability", scored.line("capability"), bounds),
        **_with_interval("general_loss", scored.line("general_loss"), bounds),
        "train_seconds": train.seconds,
        "kwh_train": train.measured.get("energy_kwh"),
        "seconds_per_page": generate.measured.get("seconds_per_answer"),
        "kwh_per_1000_pages": details.kwh_per_1000_pages(generate),
    }


def _with_interval(
    name: str, measure: Mapping[str, Any] | None, keys: tuple[str, str, str]
) -> dict[str, float | None]:
    """Return a number and the ends of its interval under `name`, `name_low` and `name_high`."""
    ends = zip(("", "_low", "_high"), keys, strict=True)
    return {f"{name}{end}": (measure or {}).get(key) for end, key in ends}


def passed(scored: ScoredVariant) -> list[float]:
    """Return 1 for each output that passes as a document of the era, else 0.

    Without judges it is the style score; an output that cannot be judged counts 0 either way.
    """
    key = "style_era" if any(r["style_passes"] is None for r in scored.rows) else "style_passes"
    return [float(r[key] or 0.0) for r in scored.rows]


def advice(methods: Sequence[ScoredVariant], seed: int) -> str:
    """Return one sentence that says which method to use, and how sure that is.

    The candidates are the methods that break no limit of the gate on what the texts cost. Of these
    the trained one whose texts pass most often is held against the best that trains nothing, brief
    by brief.
    """
    mean = {s.name: math.fsum(passed(s)) / max(1, len(passed(s))) for s in methods}
    sound = [s for s in methods if not s.costs()]
    trained = [s for s in sound if s.name in folder.TRAINED]
    prompted = [s for s in sound if s.name not in folder.TRAINED]
    failures = "; ".join(f"{s.name}: {', '.join(s.costs())}" for s in methods if s.costs())
    if not sound:
        return f"Use none as they are: each breaks a limit on what it costs ({failures})."
    if not trained or not prompted:
        best = max(sound, key=lambda s: mean[s.name])
        others = f" The others cost too much ({failures})." if failures else ""
        why = "it passes most often of the methods that keep the limits on what they cost"
        if not mean[best.name]:
            return f"Use none yet: no text of {_names(sound)} passes.{others}"
        return f"Use {best.name}: {why}.{others}"
    if not any(mean[s.name] for s in sound):
        return f"Use none yet: no text of {_names(sound)} passes."
    one, other = (max(group, key=lambda s: mean[s.name]) for group in (trained, prompted))
    return _advice_between(one, other, mean[one.name] - mean[other.name], seed)


def _names(methods: Sequence[ScoredVariant]) -> str:
    return ", ".join(method.name for method in methods)


def _advice_between(
    trained: ScoredVariant, prompted: ScoredVariant, change: float, seed: int
) -> str:
    """Return the advice from a paired interval over the briefs.

    Args:
        trained: The best method that trains.
        prompted: The best method that does not.
        change: Share of passing texts of `trained` minus that of `prompted`.
        seed: Seed of the bootstrap.
    """
    interval = bootstrap.paired_bootstrap(passed(prompted), passed(trained), seed=seed)
    gain = f"{change:+.2f} [{interval.low:+.2f}, {interval.high:+.2f}]"
    briefs = len(trained.rows)
    if interval.low > 0:
        return (
            f"Use {trained.name}: on {briefs} briefs its texts pass more often than those "
            f"of {prompted.name}, the best without training ({gain})."
        )
    if interval.high < 0:
        return (
            f"Use {prompted.name}: you could just prompt. {trained.name}, the best of the trained "
            f"ones, writes fewer texts that pass ({gain})."
        )
    return (
        f"Use {prompted.name} for now: {briefs} briefs do not show that {trained.name} passes "
        f"more often ({gain}), and training costs more. More briefs can decide it."
    )


def cell(row: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Return a number of the table and its interval as text, empty where it has none.

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


def cells(compared: Mapping[str, Any]) -> list[list[str]]:
    """Return the lines of the table: a title, then the cell of each method with its interval."""
    rows = compared["rows"]
    lines = [["verdict", *(row["verdict"] for row in rows)]]
    for name, title in compared["titles"].items():
        lines.append([title, *("\n".join(filter(None, cell(row, name))) for row in rows)])
    return lines


def table(compared: Mapping[str, Any]) -> FurtherTable:
    """Return the table of the report, a row for each measure and a column for each method.

    Args:
        compared: The content of `compare.json`.
    """
    rows = compared["rows"]
    note = (
        f"{compared['advice']} On {compared['briefs']} briefs, the same for all. Second lines: "
        "95 % intervals; of capability and general loss the one-sided 95 % bounds of the gate."
    )
    columns = ("measure", *(row["method"] for row in rows))
    title, lines = "Could one not just prompt?", cells(compared)
    return FurtherTable(title, columns, lines, note, drawn=gains(rows))


def gains(rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Return the style that each method gains against what it costs, with intervals of both.

    The gain is that in the share of texts that pass; where it was not judged, that in the style
    score. The cost is the rise of the general loss, or where no method has one the capability lost.
    """
    by_loss = any(row.get("general_loss") is not None for row in rows)
    name, turn = ("general_loss", 1) if by_loss else ("capability", -1)
    judged = all(row.get("pass_gain") is not None for row in rows)
    gained = "pass_gain" if judged else "style_gain"
    points: dict[str, list[tuple[float, float]]] = {}
    spans: dict[str, list[float | None]] = {}
    for row in rows:
        cost, gain = row.get(name), row.get(gained)
        if cost is None or gain is None:
            continue
        points[row["method"]] = [(turn * cost, gain)]
        ends = [
            None if (end := row.get(f"{name}_{side}")) is None else turn * end
            for side in (("low", "high") if by_loss else ("high", "low"))
        ]
        spans[row["method"]] = [*ends, row.get(f"{gained}_low"), row.get(f"{gained}_high")]
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
        up="gain in texts that pass" if judged else "gain of style",
    )
