"""From the results of a run to the `Report` that people read, in one pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from erastyle.corpus.document import Document
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.gate.gate import Verdict
from erastyle.eval.material import Judgements, Material, by_id
from erastyle.eval.measures import capability, contradictions
from erastyle.eval.metric import GROUPS, ITEM_ROWS, OUTPUT_ROWS, Metric, finite
from erastyle.eval.report import corpus_view, details, epochs, first_screen, kept_knowledge
from erastyle.eval.report.keyness import LOOKED_AT, keyness
from erastyle.eval.report.parts import Chart, Corpus, Sample
from erastyle.eval.report.pictures import Pictures, PlainAnswer, StyleYear
from erastyle.eval.report.report import Report
from erastyle.eval.report.tables import DroppedDocument, Reason, SourceRow, StageRow
from erastyle.eval.strength_costs import Costs
from erastyle.eval.style import features
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.text_metrics import text_of
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.pipeline.runtime.stage import Context

STAGES = (
    "ingest",
    "clean",
    "dedupe",
    "split",
    "pairs",
    "comparison",
    "classifier",
    "baseline",
    "train",
    "generate",
)  # in the order in which they run
OF_DOCUMENTS = STAGES[:5]  # the others count rows and briefs, which no figure of documents can show
EXAMPLES = 3  # dropped documents that the report shows for each reason


@dataclass(frozen=True, slots=True)
class RunResults:
    """Everything that was measured of a run.

    Attributes:
        context: Context of the score stage.
        material: What the measures looked at.
        metrics: All metrics.
        verdict: The gate's verdict.
        costs: What each strength of the style costs.
        items: How many items each check and metric has, by id.
    """

    context: Context[Any]
    material: Material
    metrics: Sequence[Metric]
    verdict: Verdict
    costs: Costs
    items: frozenset[str]


def build(results: RunResults) -> Report:
    """Return the report of a run; the Parquet files with its rows are there already."""
    context, material, verdict = results.context, results.material, results.verdict
    done = manifests(context)
    metrics = sorted(results.metrics, key=lambda metric: GROUPS.index(metric.group))
    sides = {"base": material.base, "style": material.style, "real": material.real}
    views = [view for view in ("markup", "prose") if material.html or view != "markup"]
    samples = pick(material)
    ours = [document for document in material.documents if document.origin != "modern"]
    modern = [document for document in material.documents if document.origin == "modern"]
    shown = pictures(material, ours, modern)
    corpus = details.corpus_of(material.documents, material.learnt)
    return Report(
        title=f"{context.era.title}: report on a fine-tuned model",
        era_title=context.era.title,
        run=context.root.name,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        verdict=verdict.verdict,
        verdict_sentence=verdict.sentence,
        headline=headline(material.judgements, real_name(material)),
        banner=banner(material),
        real_name=real_name(material),
        summary=[
            *summary(metrics, done, material, corpus),
            *(c.sentence for c in verdict.controls),
        ],
        gate=[
            replace(line, rows=ITEM_ROWS if has_items(line.id, results.items) else "")
            for line in verdict.lines
        ],
        controls=list(verdict.controls),
        briefs_needed=verdict.briefs,
        briefs_available=done["pairs"].stats["splits"].get("test", 0) if "pairs" in done else None,
        measures=metrics,
        stages=[stage_row(name, done[name]) for name in OF_DOCUMENTS if name in done],
        reasons=reasons(context, done),
        answers=first_answers(results, shown, corpus, done),
        pictures=shown,
        timeline=details.timeline(material.documents) or years_of(done),
        distributions={
            view: {
                name: [finite(value) for value in side.scores.scores[view]]
                for name, side in sides.items()
            }
            for view in views
        },
        curves=curves(context.inputs["train"], done.get("train")),
        charts=[*charts(material.classifier), *strength_chart(results.costs)],
        samples=details.samples(samples, material),
        sources=sources(ours),
        comparison=sources(modern),
        commands=[
            f"erastyle run --run {context.root}",
            f"erastyle status {context.root}",
            f"erastyle verify {context.root}",
            f"erastyle why {context.root} ID",
        ],
        environment=environment(context, done, material.classifier_digest),
        caveats=caveats(material),
        corpus=corpus,
        files=[
            details.row_file(
                context.out, OUTPUT_ROWS, "an output: a brief and what the models made of it"
            ),
            details.row_file(context.out, ITEM_ROWS, "an item of a check of the gate"),
        ],
        energy=details.energy(done),
        kwh_per_1000_pages=details.kwh_per_1000_pages(done["generate"])
        if "generate" in done
        else None,
        tables=kept_knowledge.tables(
            capability.answers(material), material.options.every, contradictions.measure(material)
        ),
        training=epochs.epochs(context.inputs["train"], material.classifier, material.format),
    )


def pictures(material: Material, ours: Sequence[Document], modern: Sequence[Document]) -> Pictures:
    """Return what the pictures of the corpus show.

    Args:
        material: What the measures looked at.
        ours: Documents of the era.
        modern: Documents of the comparison corpus.
    """
    era = material.era
    pairs = ledger.rows(material.inputs["pairs"] / "kept", ["document_id", "kind"])
    kinds = {str(row["document_id"]): str(row["kind"]) for row in pairs if row["kind"]}
    years, undated = corpus_view.years(ours)
    far, surely = corpus_view.outside(ours, era)
    held_out = [document for document in modern if document.split == "test"]
    return Pictures(
        era_first=era.period.first.year,
        era_last=era.period.last.year,
        years=years,
        undated=undated,
        outside=far,
        surely_outside=surely,
        sites=corpus_view.sites(ours, kinds),
        all_sites=len({document.site for document in ours}),
        lengths=corpus_view.lengths(
            {
                "documents of the era": (d.prose or d.body for d in ours),
                "comparison documents": (d.prose or d.body for d in modern),
                "texts of the fine-tuned model": map(features.prose_of, material.style.texts),
            }
        ),
        evidence=corpus_view.evidence(ours),
        key=keyness(material.tests, held_out, material.classifier),
        key_period=min(len(material.tests), LOOKED_AT),
        key_comparison=min(len(held_out), LOOKED_AT),
        styles=style_years(material, held_out),
    )


def style_years(material: Material, held_out: Sequence[Document]) -> list[StyleYear]:
    """Return the style score of held-out documents of both sides that have a date and a score."""
    modern = held_out[: len(material.tests)]
    theirs = material.classifier.scores([text_of(document) for document in modern])["era"]
    points = []
    for side, documents, scores in (
        ("period", material.tests, material.real.scores.scores["era"]),
        ("comparison", modern, theirs),
    ):
        for document, score in zip(documents, scores, strict=True):
            year, value = corpus_view.middle_year(document), finite(score)
            if year is None and side == "comparison" and document.date_to:
                year = corpus_view.fraction(document.date_to)
            if year is not None and value is not None:
                points.append(StyleYear(year, round(value, 4), side))
    return points


def first_answers(
    results: RunResults, shown: Pictures, corpus: Corpus, done: Mapping[str, Manifest]
) -> list[PlainAnswer]:
    """Return what a reader asks first, with the answers."""
    material = results.material
    options = done["train"].identity["options"] if "train" in done else {}
    return first_screen.answers(
        first_screen.Facts(
            era=results.context.era.title,
            base=str(options.get("base", "unknown")),
            method=str(options.get("method", "")),
            corpus=corpus,
            generated=generated([d for d in material.documents if d.origin != "modern"]),
            pictures=shown,
            judged=material.judgements.reporting,
            real=real_name(material),
            verdict=results.verdict,
        )
    )


def has_items(id_: str, items: frozenset[str]) -> bool:
    """Return whether a line has items, itself or as the mean of others."""
    return any(name == id_ or name.startswith(f"{id_}.") for name in items)


def years_of(done: Mapping[str, Manifest]) -> dict[str, int]:
    """Return the documents of each year, as the clean stage counted them."""
    years = done["clean"].stats["years"] if "clean" in done else {}
    return {str(year): int(count) for year, count in years.items()}


def strength_chart(costs: Costs) -> list[Chart]:
    """Return the curve of what each strength of the style costs, where it was measured."""
    if len(costs) < 2:
        return []
    curves = {
        name: [(s, cost) for s, values in sorted(costs.items()) if (cost := values[n]) is not None]
        for n, name in enumerate(("general text, bits per byte", "capability, share right"))
    }
    note = "General text and the mean over the shipped tasks, a quarter of their items."
    return [Chart("What each strength costs", note, "strength", curves)]


def manifests(context: Context[Any]) -> dict[str, Manifest]:
    """Return the manifests of the stages that led to this score, in order."""
    done: dict[str, Manifest] = {}
    waiting = list(context.inputs.values())
    while waiting:
        folder = waiting.pop()
        read = manifest.read(folder)
        if read is None or read.identity["stage"] in done:
            continue
        done[read.identity["stage"]] = read
        waiting += [context.root / name / key for name, key in read.identity["needs"].items()]
    return {name: done[name] for name in STAGES if name in done}


def stage_row(name: str, done: Manifest) -> StageRow:
    """Return the row of a stage."""
    s = done.stats
    return StageRow(
        name, done.key, s["read"], s["kept"], s["dropped"], s["quarantined"], done.seconds
    )


def reasons(context: Context[Any], done: Mapping[str, Manifest]) -> list[Reason]:
    """Return why documents were dropped or put away, with a few examples for each reason."""
    rows = []
    for name, stage in done.items():
        if not stage.stats["reasons"]:
            continue
        folder = context.root / name / stage.key
        shown: dict[str, list[DroppedDocument]] = {}
        for row in ledger.rows(folder / "dropped"):
            kept = shown.setdefault(row["reason"], [])
            if len(kept) < EXAMPLES:
                kept.append(DroppedDocument(row["source"], row["detail"], row["excerpt"]))
        for row in ledger.rows(folder / "quarantine", ["source", "error"]):
            kept = shown.setdefault(row["error"].split(":")[0], [])
            if len(kept) < EXAMPLES:
                kept.append(DroppedDocument(row["source"], row["error"]))
        for reason, count in stage.stats["reasons"].items():
            rows.append(Reason(name, reason, count, shown.get(reason, [])))
    return rows


def headline(judgements: Judgements, real: str) -> str:
    """Return the strict number in a sentence: texts that cannot be judged do not pass.

    Args:
        judgements: What the judges say.
        real: What the documents that outputs are compared with are called.
    """
    if not judgements.reporting:
        return f"Whether the texts pass as documents of the era was not judged: {judgements.note}."
    base, style, held_out = (
        f"{sum(judgement.passes for judgement in side)} of {len(side)}"
        for side in judgements.reporting
    )
    texts = judgements.reporting[1]
    judged = sum(judgement.outcome != "cannot judge" for judgement in texts)
    rest = "the other does not pass" if len(texts) - judged == 1 else "the others do not pass"
    all_or_part = f"{judged} of {len(texts)} could be judged, {rest}"
    return (
        f"{style} texts of the fine-tuned model pass as documents of the era ({base} of the base, "
        f"{held_out} {real}); {all_or_part if judged < len(texts) else 'all could be judged'}."
    )


def summary(
    metrics: Sequence[Metric], done: Mapping[str, Manifest], material: Material, corpus: Corpus
) -> list[str]:
    """Return what a reader in a hurry must know."""
    by_id_ = {metric.id: metric for metric in metrics}
    lines = []
    if "ingest" in done and "pairs" in done:
        lines.append(
            f"{done['ingest'].stats['read']:,} records became {corpus.documents:,} documents; "
            "every other one is in the ledger with its reason. The model learnt from "
            f"{corpus.learnt_of()}."
        )
    style = by_id_["style_score"]
    if style.base is not None and style.style is not None:
        lines.append(
            f"On {len(material.outputs)} briefs of unseen sites the style score of those that "
            f"can be scored went from {style.base:.2f} to {style.style:.2f}; "
            f"{real_name(material)} of those sites have {style.real or 0:.2f}."
        )
    general = by_id_.get("general_text")
    if general and general.base and general.style:
        change = 100 * (general.style / general.base - 1)
        word = "rose" if change > 0 else "fell"
        lines.append(f"Bits per byte on general text {word} by {abs(change):.1f} %.")
    return lines


def real_name(material: Material) -> str:
    """Return what the documents that outputs are compared with are called."""
    return "held-out sample pages" if generated(material.tests) else "real documents"


def generated(documents: Sequence[Document]) -> int:
    """Return how many of the documents the program generated itself."""
    return sum(document.origin == "synthetic" for document in documents)


def banner(material: Material) -> str:
    """Return what a reader must know before any number, or nothing."""
    ours = [document for document in material.documents if document.origin != "modern"]
    made = generated(ours)
    if not made:
        return ""
    which = "All" if made == len(ours) else f"{made:,} of the"
    return (
        f"{which} {len(ours):,} documents of this run are generated sample pages, not documents of "
        "the period. The run shows that the program works; it says nothing about the period."
    )


def curves(folder: Path, train: Manifest | None) -> dict[str, list[tuple[float, float]]]:
    """Return the losses over training tokens."""
    path = folder / "history.json"
    if train is None or not path.is_file():
        return {}
    history = json.loads(path.read_text(encoding="utf-8"))
    per_step = train.stats["tokens"] / max(1, train.stats["updates"])
    names = {"loss": "training", "eval_style_loss": "dev sites", "eval_general_loss": "general"}
    losses: dict[str, list[tuple[float, float]]] = {}
    for row in history:
        for key, name in names.items():
            if key in row:
                losses.setdefault(name, []).append((row["step"] * per_step, row[key]))
    return {name: points for name, points in losses.items() if len(points) > 1}


def charts(style: StyleClassifier) -> list[Chart]:
    """Return the reliability diagram of the style score."""
    measured = style.report.test or style.report.held_out
    points = {
        head: [(b.predicted, b.observed) for b in m.bins]
        for head, m in measured.items()
        if head in ("markup", "prose") and len(m.bins) > 1
    }
    if not points:
        return []
    note = (
        "Of the documents that get a probability, the share that is of the era; a large mark "
        "stands for many documents. Ideal: equal."
    )
    weights = {head: [float(b.count) for b in measured[head].bins] for head in points}
    return [
        Chart(
            "Calibration of the style score",
            note,
            "predicted probability",
            points,
            "calibration",
            weights,
        )
    ]


def pick(material: Material) -> list[Sample]:
    """Return the outputs to show: the lowest scores, and others drawn by chance."""
    count, outputs = material.options.samples, material.outputs
    base, style = material.base.scores, material.style.scores
    documents = by_id(material.documents)
    scores = np.nan_to_num(np.asarray(style.scores["era"], float), nan=-1.0)
    worst = np.argsort(scores, kind="stable")[: count // 2].tolist()
    order = np.random.default_rng(material.seed).permutation(len(outputs))
    others = [int(n) for n in order if n not in worst][: count - len(worst)]
    kinds: list[tuple[int, Literal["worst", "sample"]]] = [
        *((n, "worst") for n in worst),
        *((n, "sample") for n in others),
    ]
    names = ("markup", "prose", "era")
    samples = []
    for n, kind in kinds:
        row, document = outputs[n], documents.get(str(outputs[n]["document_id"]))
        samples.append(
            Sample(
                brief=row["brief"],
                kind=kind,
                format="html" if document is None else document.format,
                base=row["base"],
                style=row["style"],
                real=row["real"],
                real_source=document.source if document else "",
                scores={
                    **{f"fine-tuned model, {h}": finite(style.scores[h][n]) for h in names},
                    **{f"base, {h}": finite(base.scores[h][n]) for h in names},
                },
                copied=[
                    (*m.characters, _source(documents, m.document))
                    for m in material.overlaps[n].copies
                ],
                anachronisms=[describe(hit) for hit in style.hits[n]],
            )
        )
    return samples


def _source(documents: Mapping[str, Document], id_: str) -> str:
    return documents[id_].source if id_ in documents else id_


def describe(hit: Hit) -> str:
    """Return a hit as a person should read it."""
    return f"{hit.term}: {hit.kind}, first seen {hit.first_year} ({hit.source})"


def sources(documents: Sequence[Document]) -> list[SourceRow]:
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
    values = {"seed": str(context.seed), "era": context.era.name, "style classifier": digest}
    if "train" in done:
        options = done["train"].identity["options"]
        values["base model"] = f"{options['base']} {done['train'].identity['reads']['base']}"
        settings = done["train"].stats.get("settings", {})
        rank = f", rank {settings['rank']}" if options["method"] == "lora" and settings else ""
        values["method"] = f"{options['method']}{rank}"
    values |= {f"{name} stage": m.key for name, m in done.items()}
    return values | manifest.versions()


def caveats(material: Material) -> list[str]:
    """Return what the numbers do not say."""
    problems = dict.fromkeys(
        [*material.problems, *material.before.problems, *material.after.problems]
    )
    lines = [
        "A style score says how a classifier sees a text, not whether a historian would take it "
        "for a source. It was learnt from these sites and this comparison corpus.",
        "The style classifier and the fine-tuned model learnt from the same training sites; both "
        "are measured here on sites that neither has seen.",
        "Anachronisms are looked up in lists of dated words and markup: what is not listed is not "
        "noticed.",
        "Everything generated here was written by a machine and must not be cited as a document.",
        *material.classifier.report.warnings,
        *problems,
    ]
    if text := banner(material):
        lines.insert(0, text)
    if len(material.outputs) < 100:
        lines.append(
            f"{len(material.outputs)} outputs are few: the intervals are wide. Raise "
            "generate.briefs."
        )
    return lines
