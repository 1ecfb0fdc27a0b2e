"""Model card: the fine-tuned model of a run, for the Hugging Face Hub and for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from erastyle.corpus.era import Era
from erastyle.eval.cards.sections import (
    bullets,
    energy,
    front_matter,
    how_to_repeat,
    licence_of,
    sources,
    table,
)
from erastyle.eval.gate.line import GateLine
from erastyle.eval.metric import Metric
from erastyle.eval.report import kept_knowledge
from erastyle.eval.report.numbers import between, capital, in_unit, number
from erastyle.eval.report.parts import Corpus
from erastyle.eval.report.report import Report

KNOWLEDGE = (kept_knowledge.TASKS, kept_knowledge.ITEMS, kept_knowledge.FACTS)
MOST_ROWS = 20
LIMITS = (
    "A style score says how a classifier sees a text. People notice what classifiers do not, and "
    "fooling a classifier proves nothing about people.",
    "The model carries the prejudice of its period and of its base model. Where the scores above "
    "hold a line on bias, it says how far; otherwise nothing was measured.",
    "Do not pass its texts off as documents, do not cite them, and do not write in the name of "
    "people who lived.",
)


def model_card(report: Report, era: Era) -> str:
    """Return the card of the fine-tuned model, Markdown with the Hub's metadata in front."""
    base, method = _base(report), report.environment.get("method", "")
    parts = [
        f"# {capital(report.era_title or report.title)}: a fine-tuned model",
        f"A language model that was fine-tuned to write in the manner of {era.title} "
        f"({era.medium}). **Everything it writes is made by a machine.** It is no document of the "
        "period and no source: mark it wherever it is shown, and check every fact in it.",
        "## Verdict",
        f"**{report.verdict or 'No verdict'}.** {report.verdict_sentence}",
        *([report.headline] if report.headline else []),
        *bullets(report.summary),
        "## Scores",
        *_scores(report.measures, report.level),
        "## Gate",
        *_gate(report),
        *_knowledge(report),
        "## Known failures",
        *bullets(failures(report) or ["None of the checks that were made failed or stayed open."]),
        "## Training",
        *bullets(
            [
                f"base model: {base or 'not recorded'}",
                f"method: {method or 'not recorded'}",
                f"training documents: {_learnt(report.corpus)}",
                f"energy: {energy(report)}",
            ]
        ),
        *sources(report),
        "## Limits",
        *bullets([*LIMITS, *report.caveats]),
        *how_to_repeat(report),
    ]
    return front_matter(_front(report, era)) + "\n" + "\n\n".join(parts) + "\n"


def _front(report: Report, era: Era) -> dict[str, Any]:
    base, method = _base(report), report.environment.get("method", "")
    front: dict[str, Any] = {
        "language": era.language,
        **licence_of(report.corpus.licences if report.corpus else {}),
        "library_name": "peft" if method.startswith("lora") else "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["erastyle", "period-style", era.name, "machine-made-text"],
    }
    if re.fullmatch(r"[\w.-]+/[\w.-]+", base):
        front["base_model"] = base
    if index := model_index(report):
        front["model-index"] = index
    return front


def model_index(report: Report) -> list[dict[str, Any]]:
    """Return the `model-index` of the card: every measured number, with interval and verdict."""
    dataset = {
        "name": f"{capital(report.era_title or report.title)}: briefs of held-out sites",
        "type": f"erastyle-{_slug(report.run) or 'run'}",
    }
    by_group: dict[str, list[dict[str, Any]]] = {}
    for row in report.measures:
        if row.style is not None:
            by_group.setdefault(row.group or "other", []).append(_metric(row, report.level))
    tasks = {capital(group): metrics for group, metrics in by_group.items()}
    judged = [line for line in report.gate if line.value is not None]
    if judged:
        tasks["Gate"] = [_gate_metric(line, report.gate_level) for line in judged]
    results = [
        {
            "task": {"type": "text-generation", "name": name},
            "dataset": dict(dataset),
            "metrics": metrics,
        }
        for name, metrics in tasks.items()
    ]
    return [{"name": report.run or "fine-tuned model", "results": results}] if results else []


def _metric(row: Metric, level: str) -> dict[str, Any]:
    extra = {
        "unit": row.unit,
        "base_model": row.base,
        "real_text": row.real,
        "difference": row.difference,
        "low": row.low,
        "high": row.high,
        "value_low": row.style_low,
        "value_high": row.style_high,
        "interval": level,
    }
    known = _known(extra)
    if all(end is None for end in (row.low, row.high, row.style_low, row.style_high)):
        known.pop("interval", None)
    return {
        "type": _slug(row.id),
        "name": capital(row.name),
        "value": _short(row.style),
        "args": known,
    }


def _gate_metric(line: GateLine, level: str) -> dict[str, Any]:
    extra = {
        "low": line.low,
        "high": line.high,
        "interval": level,
        "limit": line.limit,
        "verdict": line.verdict,
    }
    name = f"Gate: {line.name}"
    slug = _slug(f"gate-{line.id}")
    return {"type": slug, "name": name, "value": _short(line.value), "args": _known(extra)}


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that were measured, shortened."""
    return {k: _short(v) for k, v in values.items() if v is not None and v != ""}


def _short(value: Any) -> Any:
    """Return a number with six digits; the rest is noise. Other values stay."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def _base(report: Report) -> str:
    return report.environment.get("base model", "").rsplit(" ", 1)[0]


def failures(report: Report) -> list[str]:
    """Return what did not pass, one sentence each: lines of the gate, then controls."""
    order = {"FAIL": 0, "INCONCLUSIVE": 1, "NOT INFORMATIVE": 2}
    lines = sorted(
        (line for line in report.gate if line.verdict in order),
        key=lambda line: order[line.verdict],
    )
    sentences = [
        f"{line.verdict}: {line.name}: {_measured(line)} ({line.limit}). {line.explanation}".strip()
        for line in lines
    ]
    controls = [f"Control: {c.sentence}" for c in report.controls if not c.as_it_should]
    return [*sentences, *controls]


def _measured(line: GateLine) -> str:
    span = between(line.low, line.high)
    return number(line.value) + (f", {span}" if span else "")


def _limit(line: GateLine) -> str:
    return f"{line.limit}; here {line.bound}" if line.bound else line.limit


def _knowledge(report: Report) -> Iterator[str]:
    """Yield what the model still knows by task, and items and facts that went wrong."""
    shown = {table.title: table for table in report.tables if table.title in KNOWLEDGE}
    if not shown:
        return
    yield "## What the model still knows"
    for title, given in shown.items():
        rows = [[str(cell) for cell in row] for row in given.cells]
        yield f"{capital(title)}:"
        yield table(given.columns, rows[:MOST_ROWS])
        if len(rows) > MOST_ROWS:
            yield f"{len(rows) - MOST_ROWS:,} more rows stand in the report."


def _learnt(corpus: Corpus | None) -> str:
    return f"learnt from {corpus.learnt_of()}" if corpus else "not recorded"


def _scores(rows: Sequence[Metric], level: str) -> Iterator[str]:
    if not rows:
        yield "Base model and fine-tuned model were not compared."
        return
    columns = (
        "Measure",
        "Base model",
        f"Fine-tuned model ({level})",
        "Real text",
        f"Difference ({level})",
    )
    yield table(columns, [_score_cells(row) for row in rows])


def _score_cells(row: Metric) -> tuple[str, ...]:
    name = f"{row.name} ({row.unit})" if row.unit else row.name
    base, style, real = (in_unit(v, row.unit) for v in (row.base, row.style, row.real))
    alone = between(row.style_low, row.style_high)
    change = "" if row.difference is None else number(row.difference, sign=True)
    span = between(row.low, row.high, sign=True)
    return (
        name,
        base,
        f"{style} ({alone})" if alone else style,
        real,
        f"{change} ({span})" if span else change,
    )


def _gate(report: Report) -> Iterator[str]:
    if not report.gate:
        yield "No gate was evaluated."
        return
    cells = [(line.name, _measured(line), _limit(line), line.verdict) for line in report.gate]
    yield table(("Check", f"Measured ({report.gate_level})", "Limit", "Verdict"), cells)
    if report.controls:
        yield "Controls, which must fail:"
        yield from bullets([f"{c.name}: {c.verdict}. {c.sentence}" for c in report.controls])
