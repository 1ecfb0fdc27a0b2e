"""From measurements and a run directory to the `Report` that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from erastyle.corpus.document import Document
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.copying.search import Overlap
from erastyle.eval.diversity.variety import Comparison
from erastyle.eval.gate.gate import Verdict
from erastyle.eval.gate.line import Line
from erastyle.eval.measure_rows import (
    apart_rows,
    bias_rows,
    capability_rows,
    dating_rows,
    finite,
    memory_rows,
    style_rows,
    text_rows,
)
from erastyle.eval.metric import Paired
from erastyle.eval.model_metrics import Capability
from erastyle.eval.report.parts import Chart, Sample
from erastyle.eval.report.report import GROUPS, Report
from erastyle.eval.report.tables import (
    ControlRow,
    Example,
    GateLine,
    MeasureRow,
    Reason,
    SourceRow,
    StageRow,
)
from erastyle.eval.style.classifier import StyleModel
from erastyle.eval.text_metrics import Scored
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.pipeline.runtime.stage import Context

if TYPE_CHECKING:
    from erastyle.eval.stage import Apart

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
    apart: Apart,
    moved: Paired,
    titled: Paired,
    corpus: Sequence[str],
) -> Report:
    """Return the report of a run.

    Args:
        context: Of the score stage.
        verdict: Of the gate.
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
        apart: How well outputs are told from real documents.
        moved: Style scores before and after the era's year was put in.
        titled: Style scores before and after the era's title was put in.
        corpus: Prose of the training documents.
    """
    done = manifests(context)
    rows = [
        *style_rows(base, output, real, style, outputs, views),
        *apart_rows(apart, moved, titled),
        *dating_rows(base, output, real, context.era),
        *text_rows(base, output, real, overlaps, varied, outputs),
        *memory_rows(general, context.seed),
        *capability_rows(general),
        *bias_rows(general, corpus, output),
    ]
    rows.sort(key=lambda row: GROUPS.index(row.group))
    series = {"base": base, "style": output, "real": real}
    train = done.get("train")
    return Report(
        title=f"{context.era.title}: a style model and what it cost",
        era_title=context.era.title,
        run=context.root.name,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        verdict=verdict.verdict,
        verdict_sentence=verdict.sentence,
        summary=[*summary(rows, done, outputs), *(c.sentence for c in verdict.controls)],
        gate=[gate_line(line) for line in verdict.lines],
        controls=[
            ControlRow(
                c.name,
                c.how,
                c.verdict,
                c.as_it_should,
                c.sentence,
                [gate_line(line) for line in c.lines],
            )
            for c in verdict.controls
        ],
        briefs_needed=verdict.briefs,
        measures=rows,
        stages=[stage_row(name, done[name]) for name in OF_DOCUMENTS if name in done],
        reasons=reasons(context, done),
        timeline={str(k): int(v) for k, v in done["clean"].stats["years"].items()}
        if "clean" in done
        else {},
        distributions={
            view: {name: [finite(v) for v in s.scores[view]] for name, s in series.items()}
            for view in views
        },
        curves=curves(context.inputs["train"], train),
        charts=[*charts(style), *strength_chart(general)],
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


def gate_line(line: Line) -> GateLine:
    """Return a line of the gate as the page shows it."""
    return GateLine(
        line.name, line.measured, finite(line.value), finite(line.low), finite(line.high),
        line.limit, line.verdict, line.explanation, power=finite(line.power), n=line.n,
        needed=line.needed,
    )  # fmt: skip


def strength_chart(general: Capability) -> list[Chart]:
    """Return the curve of what each strength of the style costs, where it was measured."""
    if len(general.strengths) < 2:
        return []
    curves = {
        name: [(s, value[n]) for s, value in sorted(general.strengths.items()) if value[n]]
        for n, name in enumerate(("general text, bits per byte", "capability, share right"))
    }
    note = "General text and the mean over the shipped tasks, a quarter of their items."
    known = {name: [(s, float(v)) for s, v in points if v] for name, points in curves.items()}
    return [Chart("What each strength costs", note, "strength", known)]


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
    note = (
        "Of the documents that get a probability, the share that is of the era; a large mark "
        "stands for many documents. Ideal: equal."
    )
    weights = {head: [float(b.count) for b in measured[head].bins] for head in points}
    return [
        Chart("Calibration of the style score", note, "predicted probability", points,
              "calibration", weights)
    ]  # fmt: skip


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
                    **{f"style model, {h}": finite(output.scores[h][n]) for h in names},
                    **{f"base, {h}": finite(base.scores[h][n]) for h in names},
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
