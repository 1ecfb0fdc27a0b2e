"""Model card and dataset card: what the Hugging Face Hub and people read about a run.

Both are made from a `Report` alone, so they say what the report says. Numbers stand with their
interval; what was not measured is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.era import Era
from erastyle.eval.cards import croissant
from erastyle.eval.gate.line import GateLine
from erastyle.eval.metric import Metric
from erastyle.eval.report.numbers import between, capital, in_unit, kwh, number
from erastyle.eval.report.parts import Corpus
from erastyle.eval.report.report import Report

MODEL, DATASET, CROISSANT = "model-card.md", "dataset-card.md", "croissant.json"
MOST = 20
"""Licences and reasons that a card lists; what comes after is summed."""
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
LICENCES = {
    "apache-2.0": "apache-2.0", "mit": "mit", "cc0": "cc0-1.0", "cc0-1.0": "cc0-1.0",
    "public domain": "pdm", "cc-by-4.0": "cc-by-4.0", "cc-by-sa-4.0": "cc-by-sa-4.0",
}  # fmt: skip
"""What a licence statement begins with -> how the Hub calls it."""


def write(report: Report, out: Path, era: Era, documents: Path) -> None:
    """Write both cards and the Croissant description into `out`.

    Args:
        report: What was measured.
        out: Folder of the score.
        era: The era.
        documents: Folder of the stage whose documents the dataset is.
    """
    (out / MODEL).write_text(model_card(report, era), encoding="utf-8")
    (out / DATASET).write_text(dataset_card(report, era), encoding="utf-8")
    (out / CROISSANT).write_text(croissant.describe(report, era, documents, out), encoding="utf-8")


def _front(values: Mapping[str, Any]) -> str:
    import yaml

    text = yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}---\n"


def licence_of(licences: Mapping[str, int]) -> dict[str, str]:
    """Return the Hub's fields for a licence: its name where all documents have the same known one.

    >>> licence_of({"Apache-2.0 (generated)": 3})
    {'license': 'apache-2.0'}
    >>> licence_of({"": 1, "MIT": 2})["license"]
    'other'
    """
    names = {_known(stated) for stated in licences}
    if len(names) == 1 and (name := names.pop()):
        return {"license": name}
    return {"license": "other", "license_name": "as-stated-by-each-source"}


def _known(stated: str) -> str:
    found = [hub for start, hub in LICENCES.items() if stated.casefold().startswith(start)]
    return found[-1] if found else ""


def size_of(documents: int) -> str:
    """Return the Hub's size category.

    >>> size_of(531), size_of(1000), size_of(99_999_999)
    ('n<1K', '1K<n<10K', 'n>10M')
    """
    names = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "n>10M")
    return names[sum(documents >= size for size in SIZES)]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def model_index(report: Report) -> list[dict[str, Any]]:
    """Return the `model-index` of the card: every measured number, with interval and verdict."""
    data = {
        "name": f"{capital(report.era_title or report.title)}: briefs of held-out sites",
        "type": f"erastyle-{_slug(report.run) or 'run'}",
    }
    results = []
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in report.measures:
        if row.style is not None:
            rows.setdefault(row.group or "other", []).append(_metric(row, report.level))
    for group, metrics in rows.items():
        task = {"type": "text-generation", "name": capital(group)}
        results.append({"task": task, "dataset": dict(data), "metrics": metrics})
    judged = [line for line in report.gate if line.value is not None]
    lines = [_gate_metric(line, report.gate_level) for line in judged]
    if lines:
        task = {"type": "text-generation", "name": "Gate"}
        results.append({"task": task, "dataset": dict(data), "metrics": lines})
    return [{"name": report.run or "style model", "results": results}] if results else []


def _metric(row: Metric, level: str) -> dict[str, Any]:
    extra = {
        "unit": row.unit, "base_model": row.base, "real_text": row.real,
        "difference": row.difference, "low": row.low, "high": row.high,
        "value_low": row.style_low, "value_high": row.style_high, "interval": level,
    }  # fmt: skip
    known = {k: _short(v) for k, v in extra.items() if v is not None and v != ""}
    if all(end is None for end in (row.low, row.high, row.style_low, row.style_high)):
        known.pop("interval", None)
    return {
        "type": _slug(row.id),
        "name": capital(row.name),
        "value": _short(row.style),
        "args": known,
    }


def _short(value: Any) -> Any:
    """Return a number with six digits; the rest is noise. Other values stay."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _gate_metric(line: GateLine, level: str) -> dict[str, Any]:
    extra = {"low": line.low, "high": line.high, "interval": level, "limit": line.limit,
             "verdict": line.verdict}  # fmt: skip
    known = {k: _short(v) for k, v in extra.items() if v is not None and v != ""}
    name = f"Gate: {line.name}"
    return {
        "type": _slug(f"gate-{line.id}"),
        "name": name,
        "value": _short(line.value),
        "args": known,
    }


def _base(report: Report) -> str:
    return report.environment.get("base model", "").rsplit(" ", 1)[0]


def model_card(report: Report, era: Era) -> str:
    """Return the card of the style model, Markdown with the Hub's metadata in front."""
    base, method = _base(report), report.environment.get("method", "")
    licences = report.corpus.licences if report.corpus else {}
    front: dict[str, Any] = {
        "language": era.language,
        **licence_of(licences),
        "library_name": "peft" if method.startswith("lora") else "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["erastyle", "period-style", era.name, "machine-made-text"],
    }
    if re.fullmatch(r"[\w.-]+/[\w.-]+", base):
        front["base_model"] = base
    if index := model_index(report):
        front["model-index"] = index
    parts = [
        f"# {capital(report.era_title or report.title)}: a style model",
        f"A language model that was trained to write in the manner of {era.title} "
        f"({era.medium}). **Everything it writes is made by a machine.** It is no document of the "
        "period and no source: mark it wherever it is shown, and check every fact in it.",
        "## Verdict",
        f"**{report.verdict or 'No verdict'}.** {report.verdict_sentence}",
        *_bullets(report.summary),
        "## Scores",
        *_scores(report.measures, report.level),
        "## Gate",
        *_gate(report),
        "## Known failures",
        *_bullets(failures(report) or ["None of the checks that were made failed or stayed open."]),
        "## Training",
        *_bullets([
            f"base model: {base or 'not recorded'}",
            f"method: {method or 'not recorded'}",
            f"training documents: {_split(report.corpus, 'train')}",
            f"energy: {energy(report)}",
        ]),
        *_corpus(report),
        "## Limits",
        *_bullets([
            "A style score says how a classifier sees a text. People notice what classifiers do "
            "not, and fooling a classifier proves nothing about people.",
            "The model carries the prejudice of its period and of its base model. Where the scores "
            "above hold a line on bias, it says how far; where they do not, nobody has looked.",
            "Not for passing texts off as documents, for citing, or for writing in the name of "
            "people who lived.",
            *report.caveats,
        ]),
        *_repeat(report),
    ]  # fmt: skip
    return _front(front) + "\n" + "\n\n".join(parts) + "\n"


def dataset_card(report: Report, era: Era) -> str:
    """Return the card of the corpus, Markdown with the Hub's metadata in front."""
    corpus = report.corpus or Corpus(0, 0, 0, 0)
    machine = sum(n for name, n in corpus.origins.items() if name in ("synthetic", "rewritten"))
    front = {
        "pretty_name": f"{capital(era.title)}: documents",
        "language": era.language,
        **licence_of(corpus.licences),
        "task_categories": ["text-generation"],
        "size_categories": [size_of(corpus.documents + corpus.contrast)],
        "tags": ["erastyle", "period-documents", era.name],
        "annotations_creators": ["machine-generated"],
    }
    share = _share(machine, corpus.documents)
    parts = [
        f"# {capital(era.title)}: documents",
        f"{corpus.documents:,} documents of {corpus.sites:,} sites ({corpus.words:,} words), "
        f"dated, cleaned and freed from duplicates, and {corpus.contrast:,} modern documents for "
        "contrast. One row a document: see `croissant.json` for the columns.",
        f"**Made by a machine: {machine:,} of {corpus.documents:,} documents ({share}).** "
        "The column `origin` says it of each.",
        *_corpus(report),
        "## Dates",
        f"Possible dates run from {corpus.first or 'not known'} to {corpus.last or 'not known'}. "
        f"{corpus.documents - corpus.dated:,} documents have no date. "
        "`date_evidence` says what a date rests on, `date_confidence` how sure it is.",
        _table(("Year", "Documents"), [(year, f"{n:,}") for year, n in corpus.years.items()]),
        "## What was dropped, and why",
        *_dropped(report),
        "## Splits",
        _table(("Split", "Documents"), [(name or "none", f"{n:,}")
                                        for name, n in corpus.splits.items()]),
        "Sites are never torn apart, and near duplicates never stand on both sides.",
        "## Limits",
        *_bullets([
            "Licences are what the sources state. Of documents without a statement the rights are "
            "not known: check them before you pass any of them on.",
            "What survived in archives is not what there was: large, English and technical sites "
            "were kept more often.",
            "Documents may hold names, addresses and opinions of living people, and words that "
            "hurt.",
            *report.caveats,
        ]),
        "## Energy",
        f"{capital(energy(report))}.",
        *_repeat(report),
    ]  # fmt: skip
    return _front(front) + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def failures(report: Report) -> list[str]:
    """Return what did not pass, one sentence each: lines of the gate, then controls."""
    order = {"FAIL": 0, "INCONCLUSIVE": 1, "NOT INFORMATIVE": 2}
    open_ = [line for line in report.gate if line.verdict in order]
    found = [
        f"{line.verdict}: {line.name}: {_measured(line)} ({line.limit}). {line.explanation}".strip()
        for line in sorted(open_, key=lambda line: order[line.verdict])
    ]
    return [*found, *(f"Control: {c.sentence}" for c in report.controls if not c.as_it_should)]


def energy(report: Report) -> str:
    """Return the energy of the run, and of 1,000 generated texts, in words.

    The score itself is not in it: the card is written before the score has ended.
    """
    if not report.energy:
        return "not measured"
    stages = ", ".join(f"{name} {kwh(used)}" for name, used in report.energy.items())
    pages = report.kwh_per_1000_pages
    more = "" if pages is None else f"; {kwh(pages)} for 1,000 generated texts"
    return f"{kwh(sum(report.energy.values()))} up to the score, estimated ({stages}){more}"


def _measured(line: GateLine) -> str:
    span = between(line.low, line.high)
    return number(line.value) + (f", {span}" if span else "")


def _split(corpus: Corpus | None, name: str) -> str:
    return f"{corpus.splits.get(name, 0):,}" if corpus else "not recorded"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _bullets(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(f"- {_plain(line)}" for line in lines)


def _plain(text: str) -> str:
    """Return `text` on one line, so that it cannot begin a heading, a table or a tag."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [columns, ["---"] * len(columns), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _scores(rows: Sequence[Metric], level: str) -> Iterator[str]:
    if not rows:
        yield "Base and style model were not compared."
        return
    cells = []
    for row in rows:
        span = between(row.low, row.high, sign=True)
        change = "" if row.difference is None else number(row.difference, sign=True)
        base, style, real = (in_unit(v, row.unit) for v in (row.base, row.style, row.real))
        alone = between(row.style_low, row.style_high)
        cells.append((f"{row.name} ({row.unit})" if row.unit else row.name, base,
                      f"{style} ({alone})" if alone else style, real,
                      f"{change} ({span})" if span else change))  # fmt: skip
    columns = ("Measure", "Base model", f"Style model ({level})", "Real text",
               f"Difference ({level})")  # fmt: skip
    yield _table(columns, cells)


def _gate(report: Report) -> Iterator[str]:
    if not report.gate:
        yield "No gate was evaluated."
        return
    cells = [(line.name, _measured(line), line.limit, line.verdict) for line in report.gate]
    yield _table(("Check", f"Measured ({report.gate_level})", "Limit", "Verdict"), cells)
    if report.controls:
        yield "Controls, which must fail:"
        yield from _bullets([f"{c.name}: {c.verdict}. {c.sentence}" for c in report.controls])


def _corpus(report: Report) -> Iterator[str]:
    if report.corpus is None:
        return
    corpus = report.corpus
    yield "## Sources and licences"
    for what, counts in (("Origin", corpus.origins), ("Licence as stated", corpus.licences)):
        cells = [
            (name or "not stated", f"{n:,}", _share(n, corpus.documents))
            for name, n in list(counts.items())[:MOST]
        ]
        rest = list(counts.values())[MOST:]
        if rest:
            cells.append((f"{len(rest)} others", f"{sum(rest):,}",
                          _share(sum(rest), corpus.documents)))  # fmt: skip
        yield _table((what, "Documents", "Share"), cells)


def _dropped(report: Report) -> Iterator[str]:
    yield _table(
        ("Stage", "Read", "Kept", "Dropped", "Quarantined"),
        [(s.name, *(f"{n:,}" for n in (s.read, s.kept, s.dropped, s.quarantined)))
         for s in report.stages],
    )  # fmt: skip
    reasons = sorted(report.reasons, key=lambda reason: -reason.count)
    cells = [(r.reason, r.stage, f"{r.count:,}") for r in reasons[:MOST]]
    if len(reasons) > MOST:
        rest = sum(r.count for r in reasons[MOST:])
        cells.append((f"{len(reasons) - MOST} other reasons", "", f"{rest:,}"))
    yield _table(("Reason", "Stage", "Documents"), cells)


def _repeat(report: Report) -> Iterator[str]:
    yield "## How to repeat it"
    if report.commands:
        shown = "\n".join(portable(command, report.run) for command in report.commands)
        yield f"```\n{shown}\n```"
    cells = [(name, f"`{text}`") for name, text in report.environment.items()]
    yield _table(("What", "Value"), cells)


def portable(command: str, run: str) -> str:
    """Return `command` with the run directory by its name alone: a card is read elsewhere.

    >>> portable("erastyle why /home/somebody/runs/kites ID", "kites")
    'erastyle why kites ID'
    """
    return re.sub(rf"\S*/{re.escape(run)}(?=\s|$)", run, command) if run else command
