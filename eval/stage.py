"""Stage `score`: judge base and style model on the same briefs, and write the report."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from erastyle.corpus.document import Document, Format
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ErastyleError, ModelError, SourceError
from erastyle.corpus.options import Options
from erastyle.eval.cards import cards
from erastyle.eval.copying.search import Index, Overlap
from erastyle.eval.diversity import variety
from erastyle.eval.gate import controls, gate
from erastyle.eval.memorization import rows
from erastyle.eval.metric import Measure, Paired, Rate, Ratio, Share
from erastyle.eval.model_metrics import Capability, Questions, ask, load
from erastyle.eval.report import build, epochs, evidence
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.style import counterfactual
from erastyle.eval.style.classifier import HEADS, StyleModel, distinguishability
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import Scored as Scored
from erastyle.eval.text_metrics import learn, look, style_scores, text_of
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.ledger import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.train.model import devices

CLASSIFIER = "style.skops"


class ScoreOptions(Options):
    """Options of `score`."""

    capability: bool = True
    """Whether the models themselves are asked. It takes most of the time; without it there is
    nothing about capability, bias, memory and a damaged control."""
    every: int = Field(default=1, ge=1)
    """Ask one capability item in so many; for a quick look."""
    tasks: tuple[str, ...] = ()
    """Names of lm-eval tasks to ask as well: its own, or those of `task_folder`."""
    task_folder: Path | None = Field(default=None, exclude=True)
    """Folder with YAML files of lm-eval tasks of your own."""
    task_items: int | None = Field(default=None, ge=1)
    """Ask only the first items of each of `tasks`; null asks all."""
    instructions: bool = True
    """Whether both models answer requests whose form a program checks."""
    bias: bool = True
    """Whether the likelihoods of pairs of sentences about groups of people are compared."""
    regard: int = Field(default=19, ge=0, le=76)
    """Neutral requests about groups of people that both models answer; 0 for none."""
    extraction: int = Field(default=300, ge=0)
    """Passages of training documents with which extraction is tried; 300 without a hit pass."""
    members: int = Field(default=48, ge=0)
    """Documents of training, and of the test sites, for membership inference and overfitting."""
    controls: bool = True
    """Whether a damaged and a memorised model are made, which the gate must fail."""
    strengths: tuple[float, ...] = ()
    """Strengths of the style at which capability and general text are measured too."""
    mauve: bool = False
    """Whether MAUVE is computed between outputs and real documents."""
    real: int = Field(default=200, ge=8)
    """Most real documents of the test sites that outputs are compared with."""
    most: int = Field(default=3000, ge=50)
    """Most documents of each side that the style score is learnt from."""
    samples: int = Field(default=8, ge=0)
    """Outputs that the report shows, worst and first ones."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=1, ge=1, exclude=True)
    """Threads of torch for what the models are asked."""


@dataclass(frozen=True, slots=True)
class Apart:
    """How well a fresh classifier tells outputs from real documents, or why nobody knows."""

    estimate: Estimate | None
    problem: str = ""
    mauve: Estimate | None = None
    mauve_problem: str = ""


def measures(
    base: Scored,
    output: Scored,
    real: Scored,
    overlaps: Sequence[Overlap],
    varied: variety.Comparison,
    moved: Paired,
    threshold: float,
    general: Capability,
    sites: Sequence[str],
    views: Sequence[str],
) -> dict[str, Measure]:
    """Return what the gate judges.

    Args:
        base: Of the base model's texts.
        output: Of the style model's texts for the same briefs.
        real: Of real documents of the test sites.
        overlaps: What each output has in common with the training documents.
        varied: Diversity of the outputs beside real documents.
        moved: Style scores before and after the era was named in the texts.
        threshold: The score that 90 % of real held-out documents reach.
        general: What both models answered.
        sites: Site of each brief.
        views: Heads of the style score that the era has.
    """
    found: dict[str, Measure] = {
        f"style gain: {view}": Paired(
            base.scores[view].tolist(), output.scores[view].tolist(), tuple(sites)
        )
        for view in views
    }
    passed = int((np.nan_to_num(output.scores["era"], nan=0.0) >= threshold).sum())
    found["style pass"] = Share(passed, len(output.words))
    found[gate.COUNTERFACTUAL] = moved
    found["anachronisms"] = Rate(
        [len(h) for h in output.hits], output.words, [len(h) for h in real.hits], real.words
    )
    found["copied"] = Share(sum(bool(o.copies) for o in overlaps), len(overlaps))
    for name in ("compression", "distinct-3", "vendi"):
        if name in varied.ratios:
            found[name] = Ratio(varied.ratios[name], varied.without[name])
    if general.extraction:
        found["extraction"] = general.extraction
    if general.gap and general.memory:
        found["overfit gap"] = general.gap
        found["membership"] = general.memory.ranking
    if general.cost:
        found["general loss"] = general.cost
    for name, answers in general.tasks.items():
        found[f"capability: {name}"] = answers
    return found


def naming_the_era(
    style: StyleModel,
    texts: Sequence[Text],
    sites: Sequence[str],
    era: Era,
    change: Callable[[str, Format, Era], str] = counterfactual.dated,
) -> Paired:
    """Return the style scores of `texts` before and after `change` named the era in them."""
    # Both sides are rendered anew: a prose that was given would hide the change, or be one.
    plain = [Text(t.body, "", t.format) for t in texts]
    named = [Text(change(t.body, t.format, era), "", t.format) for t in texts]
    before, after = style_scores(style, plain)["era"], style_scores(style, named)["era"]
    return Paired(before.tolist(), after.tolist(), tuple(sites))


def told_apart(
    outputs: Sequence[Text],
    real: Sequence[Text],
    groups: Sequence[str],
    seed: int,
    with_mauve: bool = False,
) -> Apart:
    """Return how well a fresh classifier tells outputs from real documents, and MAUVE if wanted."""
    estimate, likeness, problems = None, None, ["", ""]
    try:
        estimate = distinguishability(outputs, real, groups, seed)
    except ErastyleError as error:
        problems[0] = str(error)
    if with_mauve:
        from erastyle.eval.diversity.mauve import mauve

        try:
            likeness = mauve(outputs, real, seed=seed)
        except ErastyleError as error:
            problems[1] = str(error)
    return Apart(estimate, problems[0], likeness, problems[1])


def rows_of(pairs: Path, train: Path) -> tuple[list[rows.Row], list[rows.Row]]:
    """Return the rows that the style model was trained on, and those of the test sites."""
    # A document may be asked for several times, and some of its rows be left out.
    left_out = {(row["id"], row["excerpt"]) for row in ledger.rows(train / "dropped")}
    seen, unseen = [], []
    for row in ledger.rows(pairs / "kept"):
        if row["role"] != "style":
            continue
        found = rows.Row(
            row["document_id"],
            row["site"],
            row["prompt"][0]["content"],
            row["completion"][0]["content"],
        )
        if row["split"] == "train" and (found.document, found.request) not in left_out:
            seen.append(found)
        elif row["split"] == "test":
            unseen.append(found)
    return seen, unseen


def _run(context: Context[ScoreOptions]) -> Stats:
    options, era, progress = context.options, context.era, context.progress
    progress.start("score", 6, "steps")
    documents = list(ledger.read(context.inputs["split"]))
    outputs = list(ledger.rows(context.inputs["generate"] / "kept"))
    if not outputs:
        raise ModelError("There are no outputs to score. Run `erastyle generate` again.")
    html = "html" in era.formats
    form: Format = "html" if html else "text"

    style = learn([d for d in documents if d.split != "test"], options.most, context.seed)
    digest = style.save(context.out / CLASSIFIER)
    progress.advance()

    test = [d for d in documents if d.split == "test" and d.origin != "modern"]
    order = np.random.default_rng(context.seed).permutation(len(test))[: options.real]
    test = [test[i] for i in sorted(order)]
    briefs, sites = [row["brief"] for row in outputs], [row["site"] for row in outputs]
    plain, styled = ([Text(row[who], "", form) for row in outputs] for who in ("base", "style"))
    base, output = look(style, plain, briefs, era), look(style, styled, briefs, era)
    real = look(style, [text_of(d) for d in test], [""] * len(test), era)
    moved, titled = (
        naming_the_era(style, [*plain, *styled], [*sites, *sites], era, change)
        for change in (counterfactual.dated, counterfactual.named)
    )
    apart = told_apart(
        styled, [text_of(d) for d in test], [*sites, *(d.site for d in test)], context.seed,
        options.mauve,
    )  # fmt: skip
    progress.advance()

    training = [d for d in documents if d.split == "train" and d.origin != "modern"]
    index = Index.build((d.id, d.body, d.site) for d in training)
    overlaps = [index.check(row["style"]) for row in outputs]
    varied = variety.compare(
        [row["style"] for row in outputs], [d.body for d in test], context.seed
    )
    progress.advance()

    general = asked_of(context, index)
    progress.advance()

    views = [head for head in HEADS if html or head != "markup"]
    found = measures(
        base, output, real, overlaps, varied, moved, style.threshold, general, sites, views
    )
    expected = [c for c in gate.CHECKS if html or c != "style gain: markup"]
    verdict = gate.judge(
        found, era.gate, expected, context.seed, general.controls, len(outputs)
    )  # fmt: skip
    progress.advance()

    _write_rows(context.out, outputs, base, output, overlaps)
    report = build.report(
        context, verdict, style, base, output, real, overlaps, varied, general, outputs,
        {d.id: d for d in documents}, digest, options.samples, views, apart, moved,
        titled, corpus_of(training),
    )  # fmt: skip
    report = evidence.add(
        report, context.out, outputs, documents, style, era, found, build.manifests(context),
        evidence.asked(general),
    )  # fmt: skip
    report = replace(report, training=epochs.epochs(context.inputs["train"], style, form))
    (context.out / "score.json").write_text(report.to_json() + "\n", encoding="utf-8")
    cards.write(report, context.out, era, context.inputs["split"])
    description = style.report.to_json() | {"sha256": digest, "threshold": style.threshold}
    text = json.dumps(description, indent=1) + "\n"
    (context.out / "style.json").write_text(text, encoding="utf-8")
    from erastyle.eval.report import page

    page.write(report, context.out / "report.html")
    progress.advance()
    return {
        "read": len(outputs),
        "kept": len(outputs),
        "dropped": 0,
        "quarantined": 0,
        "reasons": {},
        "verdict": verdict.verdict,
        "classifier": digest,
        "parts": general.seconds,
    }


def asked_of(context: Context[ScoreOptions], index: Index) -> Capability:
    """Return what both models answer; without them the control of memorised outputs alone."""
    options = context.options
    seen, unseen = rows_of(context.inputs["pairs"], context.inputs["train"])
    if not options.capability:
        found = Capability(problems=["the models were not asked (score.capability is off)"])
        if options.controls:
            texts = [(row.document, row.text) for row in seen]
            found.controls.append(
                controls.memorised(texts, index, context.era.gate, seed=context.seed)
            )
        return found
    both = load(
        context.inputs["train"] / "model",
        options.device or devices.best_device(),
        options.threads,
        _strength(context.inputs["generate"]),
        context.seed,
    )
    questions = Questions(
        every=options.every,
        tasks=options.tasks,
        task_folder=options.task_folder,
        task_items=options.task_items,
        instructions=options.instructions,
        bias=options.bias,
        regard=options.regard,
        extraction=options.extraction,
        members=options.members,
        controls=options.controls,
        strengths=options.strengths,
    )
    return ask(both, questions, seen, unseen, index, context.era.gate, context.progress)


def _reads(options: ScoreOptions) -> Mapping[str, str]:
    """Return digests of the person's own task files: they decide what is asked."""
    if options.task_folder is None:
        return {}
    if not options.task_folder.is_dir():
        raise SourceError(f"{options.task_folder}: no such folder (score.task_folder).")
    files = sorted(p for p in options.task_folder.rglob("*") if p.is_file())
    return {f"task {p.relative_to(options.task_folder)}": manifest.sha256(p) for p in files}


def corpus_of(training: Sequence[Document]) -> list[str]:
    """Return the prose of the training documents, against which prejudice is held."""
    return [d.prose or d.body for d in training]


def _strength(folder: Path) -> float:
    found = manifest.read(folder)
    return float(found.identity["options"]["strength"]) if found else 1.0


def _write_rows(
    out: Path,
    outputs: Sequence[Mapping[str, Any]],
    base: Scored,
    output: Scored,
    overlaps: Sequence[Overlap],
) -> None:
    """Write one row an output: every number of the report can be traced to it."""
    import pyarrow as pa

    heads = ("markup", "prose", "whole", "era")
    columns: list[tuple[str, Any]] = [("document_id", pa.string()), ("brief", pa.string())]
    columns += [(f"{who}_{head}", pa.float64()) for who in ("base", "style") for head in heads]
    columns += [
        ("style_words", pa.int64()),
        ("style_year", pa.float64()),
        ("style_anachronisms", pa.list_(pa.string())),
        ("style_longest_copy", pa.int64()),
        ("style_copied_grams", pa.float64()),
    ]
    shards = Shards(out / "kept", pa.schema(columns))
    for n, row in enumerate(outputs):
        values = {
            f"{who}_{head}": _finite(scored.scores[head][n])
            for who, scored in (("base", base), ("style", output))
            for head in heads
        }
        longest = overlaps[n].longest
        shards.write(
            {
                "document_id": row["document_id"],
                "brief": row["brief"],
                **values,
                "style_words": output.words[n],
                "style_year": _year(output, n),
                "style_anachronisms": [h.term for h in output.hits[n]],
                "style_longest_copy": longest.length if longest else 0,
                "style_copied_grams": overlaps[n].gram_share,
            }
        )
    shards.close()


def _year(scored: Scored, n: int) -> float | None:
    """Return the year that the words and tags of a text speak of, where they speak of one."""
    dated = scored.dated[n]
    return None if dated.reason else _finite(dated.year)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


SCORE = Stage(
    "score",
    "Score base and style model, judge the gate, write the report.",
    ScoreOptions,
    _run,
    needs=("split", "pairs", "train", "generate"),
    era=("title", "period", "formats", "markup", "lexicon_cutoff", "gate"),
    version=3,
    seeded=True,
    reads=_reads,
)
