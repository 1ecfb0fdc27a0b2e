"""From measurements and a run directory to the `Report` that people read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from erastyle.corpus.document import Document
from erastyle.eval.anachronism import Hit
from erastyle.eval.copying import Overlap
from erastyle.eval.diversity import Comparison
from erastyle.eval.gate import Verdict
from erastyle.eval.measures import Answers
from erastyle.eval.report import (
    Chart,
    Example,
    GateLine,
    MeasureRow,
    Reason,
    Report,
    Sample,
    SourceRow,
    StageRow,
)
from erastyle.eval.statistics import paired_bootstrap, tango
from erastyle.eval.style import StyleModel
from erastyle.pipeline import ledger, manifest
from erastyle.pipeline.manifest import Manifest
from erastyle.pipeline.stage import Context

if TYPE_CHECKING:
    from erastyle.eval.score import Capability, Scored

STAGES = ("ingest", "clean", "dedupe", "split", "pairs", "train", "generate")
OF_DOCUMENTS = STAGES[:5]  # the others count rows and briefs, which no figure of documents can show
EXAMPLES = 3  # dropped documents that the report shows for each reason
ROWS = "the rows are in kept/*.parquet beside this file"


def report(
    context: Context[Any],
    verdict: Verdict,
    style: StyleModel,
    base: Scored,
    output: Scored,
    real: Scored,
    overlaps: Sequence[Overlap],
    varied: Comparison,
    general: Capability,
    outputs: Sequence[Mapping[str, Any]],
    documents: Mapping[str, Document],
    digest: str,
    samples: int,
    views: Sequence[str],
) -> Report:
    """Return the report of a run.

    Args:
        context: Of the score stage.
        verdict: Of the gate.
        found: What the gate judged.
        style: The fitted style model.
        base: Measured on the base model's texts.
        output: Measured on the style model's texts for the same briefs.
        real: Measured on real documents of the test sites.
        overlaps: What each output has in common with the training documents.
        varied: Diversity of the outputs beside real documents.
        general: Capability before and after.
        outputs: Rows of the generate stage.
        documents: All documents of the run by id.
        digest: Hash of the classifier's file.
        samples: Outputs to show.
        views: Heads of the style score that the era has.
    """
    done = manifests(context)
    rows = [
        *style_rows(base, output, real, style, outputs, views),
        *text_rows(output, real, overlaps, varied, outputs),
        *capability_rows(general),
    ]
    lines = [
        GateLine(
            line.name, line.measured, _finite(line.value), _finite(line.low), _finite(line.high),
            line.limit, line.verdict, line.explanation,
        )
        for line in verdict.lines
    ]  # fmt: skip
    series = {"base": base, "style": output, "real": real}
    train = done.get("train")
    return Report(
        title=f"{context.era.title}: a style model and what it cost",
        era_title=context.era.title,
        run=context.root.name,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        verdict=verdict.verdict,
        verdict_sentence=verdict.sentence,
        summary=summary(rows, done, outputs),
        gate=lines,
        measures=rows,
        stages=[stage_row(name, done[name]) for name in OF_DOCUMENTS if name in done],
        reasons=reasons(context, done),
        timeline={str(k): int(v) for k, v in done["clean"].stats["years"].items()}
        if "clean" in done
        else {},
        distributions={
            view: {name: [_finite(v) for v in s.scores[view]] for name, s in series.items()}
            for view in views
        },
        curves=curves(context.inputs["train"], train),
        charts=charts(style),
        samples=pick(outputs, base, output, overlaps, documents, samples, context.seed),
        sources=sources(documents.values()),
        commands=[
            f"erastyle run --run {context.root}",
            f"erastyle status {context.root}",
            f"erastyle verify {context.root}",
            f"erastyle why {context.root} ID",
        ],
        environment=environment(context, done, digest),
        caveats=caveats(style, general, documents.values(), len(outputs)),
    )


def manifests(context: Context[Any]) -> dict[str, Manifest]:
    """Return the manifests of the stages that led to this score, in order."""
    found: dict[str, Manifest] = {}
    waiting = [context.inputs["generate"], context.inputs["split"]]
    while waiting:
        folder = waiting.pop()
        read = manifest.read(folder)
        if read is None or read.identity["stage"] in found:
            continue
        found[read.identity["stage"]] = read
        waiting += [context.root / name / key for name, key in read.identity["needs"].items()]
    return {name: found[name] for name in STAGES if name in found}


def stage_row(name: str, found: Manifest) -> StageRow:
    """Return the row of a stage."""
    s = found.stats
    return StageRow(
        name, found.key, s["read"], s["kept"], s["dropped"], s["quarantined"], found.seconds
    )


def reasons(context: Context[Any], done: Mapping[str, Manifest]) -> list[Reason]:
    """Return why documents were dropped or put away, with a few examples for each reason."""
    rows = []
    for name, found in done.items():
        if not found.stats["reasons"]:
            continue
        folder = context.root / name / found.key
        shown: dict[str, list[Example]] = {}
        for row in ledger.rows(folder / "dropped"):
            kept = shown.setdefault(row["reason"], [])
            if len(kept) < EXAMPLES:
                kept.append(Example(row["source"], row["detail"], row["excerpt"]))
        for row in ledger.rows(folder / "quarantine", ["source", "error"]):
            kept = shown.setdefault(row["error"].split(":")[0], [])
            if len(kept) < EXAMPLES:
                kept.append(Example(row["source"], row["error"]))
        for reason, count in found.stats["reasons"].items():
            rows.append(Reason(name, reason, count, shown.get(reason, [])))
    return rows


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _mean(values: Any) -> float | None:
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(known.mean()) if len(known) else None


def style_rows(
    base: Scored,
    output: Scored,
    real: Scored,
    style: StyleModel,
    outputs: Sequence[Mapping[str, Any]],
    views: Sequence[str],
) -> list[MeasureRow]:
    """Return the rows of the style score."""
    rows = []
    sites = [str(row["site"]) for row in outputs]
    for view in (*views, "era"):
        before, after = (np.asarray(s.scores[view], float) for s in (base, output))
        known = ~np.isnan(before) & ~np.isnan(after)
        name = {"era": "style, the lower of the two"}.get(view, f"style of the {view}")
        difference = low = high = None
        if known.sum() >= 2:
            estimate = paired_bootstrap(
                before[known].tolist(), after[known].tolist(),
                [s for s, k in zip(sites, known, strict=True) if k],
            )  # fmt: skip
            difference, low, high = map(_finite, (estimate.value, estimate.low, estimate.high))
        unjudged = int(np.isnan(before).sum()), int(np.isnan(after).sum())
        note = "The probability that people of the era wrote the text."
        if any(unjudged):
            note += f" Not judged: {unjudged[0]} of the base, {unjudged[1]} of the style model."
        rows.append(
            MeasureRow(
                name, "probability", _mean(before), _mean(after), _mean(real.scores[view]),
                difference, low, high, "higher", note, "style",
            )
        )  # fmt: skip
    plain, styled, period = (
        float((np.nan_to_num(s.scores["era"], nan=0.0) >= style.threshold).mean())
        for s in (base, output, real)
    )
    rows.append(
        MeasureRow(
            "share that would pass", "share", plain, styled, period, styled - plain, None, None,
            "higher",
            f"Above {style.threshold:.2f}, which 90 % of real held-out documents reach.", "style",
        )
    )  # fmt: skip
    return rows


def _rate(scored: Scored) -> float | None:
    words = sum(scored.words)
    return 1000 * sum(map(len, scored.hits)) / words if words else None


def text_rows(
    output: Scored,
    real: Scored,
    overlaps: Sequence[Overlap],
    varied: Comparison,
    outputs: Sequence[Mapping[str, Any]],
) -> list[MeasureRow]:
    """Return the rows of anachronisms, copying, diversity and endings."""
    rows = [
        MeasureRow(
            "anachronisms", "per 1,000 words", None, _rate(output), _rate(real), better="lower",
            note="Words, names and markup that came later; what the brief asks for is left out.",
            group="anachronism",
        ),
        MeasureRow(
            "outputs with 50 tokens of a source", "share", None,
            sum(bool(o.copies) for o in overlaps) / len(overlaps), better="lower", group="copying",
        ),
        MeasureRow(
            "runs of 8 tokens that stand in a source", "share", None,
            _mean([math.nan if o.gram_share is None else o.gram_share for o in overlaps]),
            better="lower", group="copying",
            note="The longest passage in common has "
            f"{max((o.longest.length for o in overlaps if o.longest), default=0)} tokens.",
        ),
    ]  # fmt: skip
    names = {
        "distinct-3": ("distinct runs of 3 words", "higher"),
        "compression": ("compressibility", "lower"),
        "vendi": ("different texts (Vendi)", "higher"),
    }
    for name, (shown, better) in names.items():
        if name in varied.ratios:
            way: Literal["higher", "lower"] = "higher" if better == "higher" else "lower"
            note = "At equal number and length; real text is 1."
            rows.append(
                MeasureRow(shown, "of real text", None, varied.ratios[name], 1.0, better=way,
                           note=note, group="diversity")
            )  # fmt: skip
    plain, styled = (
        sum(bool(r[f"{who}_stopped"]) for r in outputs) / len(outputs) for who in ("base", "style")
    )
    rows.insert(
        0,
        MeasureRow(
            "texts that end by themselves", "share", plain, styled, None, styled - plain,
            None, None, "higher", "The others reached the length limit.", "style",
        ),
    )  # fmt: skip
    return rows


def capability_rows(general: Capability) -> list[MeasureRow]:
    """Return the rows of what the models know in general."""
    rows = []
    for name, answers in general.tasks.items():
        rows.append(_task_row(name, answers))
    before, after = map(_finite, general.bits_per_byte)
    if before is not None and after is not None:
        rows.append(
            MeasureRow(
                "general text", "bits per byte", before, after, None, after - before, None, None,
                "lower", f"{100 * (after / before - 1):+.1f} % on held-out modern prose.",
                "capability",
            )
        )  # fmt: skip
    for name, (one, two) in general.by_class.items():
        if one is not None and two is not None and name in ("word", "newline", "number"):
            rows.append(
                MeasureRow(f"general text, {name} tokens", "bits per byte", one, two, None,
                           two - one, None, None, "lower", "", "capability")
            )  # fmt: skip
    return rows


def _task_row(name: str, answers: Answers) -> MeasureRow:
    before, after = np.array(answers.before, bool), np.array(answers.after, bool)
    lost, gained = int((before & ~after).sum()), int((~before & after).sum())
    estimate = tango(lost, gained, len(before))
    return MeasureRow(
        f"capability: {name}", "share right", float(before.mean()), float(after.mean()), None,
        estimate.value, estimate.low, estimate.high, "higher",
        f"{len(before)} items; guessing gets {answers.chance:.2f}.", "capability",
    )  # fmt: skip


def summary(
    rows: Sequence[MeasureRow], done: Mapping[str, Manifest], outputs: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return what a reader in a hurry must know."""
    by_name = {row.name: row for row in rows}
    lines = []
    if "ingest" in done and "pairs" in done:
        kept = done["pairs"].stats["splits"]
        lines.append(
            f"{done['ingest'].stats['read']:,} records became {kept.get('train', 0):,} training "
            f"documents; every other one is in the ledger with its reason."
        )
    style = by_name["style, the lower of the two"]
    if style.base is not None and style.style is not None:
        lines.append(
            f"On {len(outputs)} briefs of unseen sites the style score went from {style.base:.2f} "
            f"to {style.style:.2f}; real documents of those sites have {style.real or 0:.2f}."
        )
    general = by_name.get("general text")
    if general and general.base and general.style:
        change = 100 * (general.style / general.base - 1)
        lines.append(f"General text costs {change:+.1f} % bits per byte after the training.")
    return lines


def curves(folder: Path, train: Manifest | None) -> dict[str, list[tuple[float, float]]]:
    """Return the losses over training tokens."""
    import json

    path = folder / "history.json"
    if train is None or not path.is_file():
        return {}
    history = json.loads(path.read_text(encoding="utf-8"))
    per_step = train.stats["tokens"] / max(1, train.stats["updates"])
    names = {"loss": "training", "eval_style_loss": "dev sites", "eval_general_loss": "general"}
    found: dict[str, list[tuple[float, float]]] = {}
    for row in history:
        for key, name in names.items():
            if key in row:
                found.setdefault(name, []).append((row["step"] * per_step, row[key]))
    return {name: points for name, points in found.items() if len(points) > 1}


def charts(style: StyleModel) -> list[Chart]:
    """Return the reliability diagram of the style score."""
    measured = style.report.test or style.report.held_out
    points = {
        head: [(b.predicted, b.observed) for b in m.bins]
        for head, m in measured.items()
        if head in ("markup", "prose") and len(m.bins) > 1
    }
    if not points:
        return []
    note = "Of the documents that get a probability, the share that is of the era. Ideal: equal."
    return [Chart("Calibration of the style score", note, "predicted probability", points)]


def pick(
    outputs: Sequence[Mapping[str, Any]],
    base: Scored,
    output: Scored,
    overlaps: Sequence[Overlap],
    documents: Mapping[str, Document],
    count: int,
    seed: int,
) -> list[Sample]:
    """Return the outputs to show: the lowest scores, and others drawn by chance."""
    scores = np.nan_to_num(np.asarray(output.scores["era"], float), nan=-1.0)
    worst = np.argsort(scores, kind="stable")[: count // 2].tolist()
    drawn = [n for n in np.random.default_rng(seed).permutation(len(outputs)) if n not in worst]
    shown: list[Sample] = []
    kinds: list[tuple[int, Literal["worst", "sample"]]] = [(n, "worst") for n in worst]
    for n, kind in [*kinds, *((int(n), "sample") for n in drawn[: count - len(worst)])]:
        row, document = outputs[n], documents.get(str(outputs[n]["document_id"]))
        names = ("markup", "prose", "era")
        shown.append(
            Sample(
                row["brief"], kind, "html" if document is None else document.format,
                row["base"], row["style"], row["real"], document.source if document else "",
                {
                    **{f"style model, {h}": _finite(output.scores[h][n]) for h in names},
                    **{f"base, {h}": _finite(base.scores[h][n]) for h in names},
                },
                [(*m.characters, _source(documents, m.document)) for m in overlaps[n].copies],
                [describe(hit) for hit in output.hits[n]],
            )
        )  # fmt: skip
    return shown


def _source(documents: Mapping[str, Document], id_: str) -> str:
    return documents[id_].source if id_ in documents else id_


def describe(hit: Hit) -> str:
    """Return a hit as a person should read it."""
    return f"{hit.term}: {hit.kind}, first seen {hit.first_year} ({hit.source})"


def sources(documents: Any) -> list[SourceRow]:
    """Return the sites with most documents, with licence and origin."""
    counts: Counter[tuple[str, str, str]] = Counter(
        (d.site, d.licence, d.origin) for d in documents
    )
    return [
        SourceRow(site, count, licence, origin)
        for (site, licence, origin), count in counts.most_common(40)
    ]


def environment(context: Context[Any], done: Mapping[str, Manifest], digest: str) -> dict[str, str]:
    """Return what decides the numbers: versions, seeds, hashes."""
    found = {"seed": str(context.seed), "era": context.era.name, "style classifier": digest}
    if "train" in done:
        options = done["train"].identity["options"]
        found["base model"] = f"{options['base']} {done['train'].identity['reads']['base']}"
        found["method"] = f"{options['method']}, rank {options['rank']}"
    found |= {f"{name} stage": m.key for name, m in done.items()}
    return found | manifest.versions()


def caveats(
    style: StyleModel,
    general: Capability,
    documents: Any,
    outputs: int,
) -> list[str]:
    """Return what the numbers do not say."""
    found = [
        "A style score says how a classifier sees a text, not whether a historian would take it "
        "for a source. It was learnt from these sites and this contrast.",
        "The style score and the style model learnt from the same training sites; both are "
        "measured here on sites that neither has seen.",
        "Anachronisms are found from lists of dated words and markup: what is not listed is not "
        "found.",
        "Everything generated here was written by a machine and must not be cited as a document.",
        *style.report.warnings,
        *general.problems,
    ]
    origins = Counter(d.origin for d in documents)
    if origins["synthetic"]:
        found.insert(
            0,
            f"{origins['synthetic']:,} of the {sum(origins.values()):,} documents are generated "
            "sample pages, not documents of the period: this run shows that the program works, "
            "and says nothing about the 1990s.",
        )
    if outputs < 100:
        found.append(f"{outputs} outputs are few: the intervals are wide. Raise generate.briefs.")
    return found
