"""Stage `score`: judge base and style model on the same briefs, and write the report."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from erastyle.corpus import general as general_texts
from erastyle.corpus.document import Document, Format
from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options
from erastyle.eval import anachronism, assemble, diversity, gate
from erastyle.eval.copying import Index, Overlap
from erastyle.eval.features import Text
from erastyle.eval.measures import Answers, Cost, Measure, Paired, Rate, Share
from erastyle.eval.style import HEADS, MIN_WORDS, StyleModel
from erastyle.pipeline import ledger, models
from erastyle.pipeline.ledger import Shards
from erastyle.pipeline.stage import Context, Stage, Stats

CLASSIFIER = "style.skops"
GENERAL_SITES = 10  # the general texts count as so many sites, so that folds can part them
_TAG = re.compile(r"<[A-Za-z!][^<>]*>")


class ScoreOptions(Options):
    """Options of `score`."""

    capability: bool = True
    """Whether both models answer the capability tasks. It takes most of the time."""
    every: int = Field(default=1, ge=1)
    """Ask one capability item in so many; for a quick look."""
    real: int = Field(default=200, ge=8)
    """Most real documents of the test sites that outputs are compared with."""
    most: int = Field(default=3000, ge=50)
    """Most documents of each side that the style score is learnt from."""
    samples: int = Field(default=8, ge=0)
    """Outputs that the report shows, worst and first ones."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=1, ge=1, exclude=True)
    """Threads of torch for the capability tasks."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What was measured on one set of texts.

    Attributes:
        scores: By head: probability of being of the era, NaN where nothing could be judged.
            Shape: (texts,).
        hits: Anachronisms of each text.
        words: Words of each text.
    """

    scores: dict[str, Any]
    hits: list[list[anachronism.Hit]]
    words: list[int]


@dataclass(slots=True)
class Capability:
    """Answers and costs of both models on the same general items.

    Attributes:
        tasks: Answers by task.
        cost: Bits of each held-out general text.
        bits_per_byte: Of the base and of the style model.
        by_class: Bits per byte by token class, base and style model.
        problems: What could not be measured.
    """

    tasks: dict[str, Answers] = field(default_factory=dict)
    cost: Cost | None = None
    bits_per_byte: tuple[float, float] = (math.nan, math.nan)
    by_class: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def text_of(document: Document) -> Text:
    """Return a document as the style score reads it."""
    return Text(document.body, document.prose, document.format)


def learn(documents: Sequence[Document], most: int, seed: int) -> StyleModel:
    """Return a style model that tells the period's documents from the modern ones.

    Args:
        documents: Documents of the train and dev sites, both sides.
        most: Most documents of each side; a seeded choice.
        seed: Same documents and seed, same model.

    Raises:
        ModelError: Too few documents or sites of one side.
    """
    chosen: list[Document] = []
    for modern in (False, True):
        side = [d for d in documents if (d.origin == "modern") == modern]
        if len(side) > most:
            order = np.random.default_rng(seed).permutation(len(side))[:most]
            side = [side[i] for i in sorted(order)]
        chosen += side
    labels = [int(d.origin != "modern") for d in chosen]
    if not all(labels.count(label) for label in (0, 1)):
        raise ModelError(
            "There are no modern documents to learn the difference from. Give some with "
            "--contrast, or leave it out to use the generated ones."
        )
    texts, sites = [text_of(d) for d in chosen], [d.site for d in chosen]
    # A base model answers in neutral prose that neither side holds. Without such texts on the
    # modern side the classifier would have no opinion of it, and say so with any number.
    plain = list(islice(_general(seed), labels.count(0) // 2))
    texts += [Text(text, text, "text") for text in plain]
    labels += [0] * len(plain)
    sites += [f"general {n % GENERAL_SITES}" for n in range(len(plain))]
    return StyleModel.fit(texts, labels, sites, seed)


def _general(seed: int) -> Iterator[str]:
    """Yield general modern prose: texts, then answers long enough to be judged."""
    yield from general_texts.texts("train")
    for _, answer in general_texts.rows(100_000, seed):
        if len(answer.split()) >= MIN_WORDS + 10:
            yield answer


def look(style: StyleModel, texts: Sequence[Text], briefs: Sequence[str], cutoff: int) -> Scored:
    """Return style scores, anachronisms and lengths of `texts`.

    Args:
        style: The fitted style model.
        texts: What to judge.
        briefs: The request of each text, or empty strings: what a brief asks for is no slip.
        cutoff: Last year from which words and markup may come.
    """
    hits = [
        [h for h in anachronism.find(t.body, t.format, cutoff, brief) if not h.in_brief]
        for t, brief in zip(texts, briefs, strict=True)
    ]
    scores = style.scores(texts)
    bare = [n for n, t in enumerate(texts) if t.format == "html" and not _TAG.search(t.body)]
    for head in ("markup", "whole", "era"):
        # The classifier only knows pages; a text without a single tag is none, of no era.
        scores[head][bare] = 0.0
    proses = [anachronism.visible(t.body) if t.format == "html" else t.body for t in texts]
    return Scored(scores, hits, [len(prose.split()) for prose in proses])


def capability(folder: Path, device: str, threads: int, every: int, strength: float) -> Capability:
    """Return what base and style model know in general, on the same items.

    Raises:
        ModelError: The models cannot be loaded.
    """
    from contextlib import nullcontext

    from erastyle.eval import capability as asked

    description = models.describe(folder)
    model = models.load_style(folder, device)
    tokenizer = models.load_tokenizer(description.base)
    tasks, texts = asked.shipped(every=every), general_texts.texts("held-out")[::every]
    if description.method == "lora":
        base, off = model, model.disable_adapter()
    else:
        base, off = models.load_base(description.base, device), nullcontext()
    with off:
        before = asked.score(base, tokenizer, tasks, threads=threads)
        cost_before = asked.perplexity(base, tokenizer, texts, threads=threads)
    models.set_strength(model, strength)
    after = asked.score(model, tokenizer, tasks, threads=threads)
    cost_after = asked.perplexity(model, tokenizer, texts, threads=threads)
    found = Capability(problems=[*before.problems, *after.problems])
    for name, result in before.tasks.items():
        if not result.problem and not after.tasks[name].problem:
            found.tasks[name] = Answers(
                result.correct.tolist(),
                after.tasks[name].correct.tolist(),
                result.chance,
            )
    if problem := cost_before.problem or cost_after.problem:
        found.problems.append(f"general text: {problem}")
    else:
        found.cost = Cost(cost_before.text_bits.tolist(), cost_after.text_bits.tolist())
        found.bits_per_byte = (
            cost_before.bits_per_byte or math.nan,
            cost_after.bits_per_byte or math.nan,
        )
        found.by_class = {
            name: (bits.bits_per_byte, cost_after.by_class[name].bits_per_byte)
            for name, bits in cost_before.by_class.items()
            if bits.bytes
        }
    return found


def measures(
    base: Scored,
    output: Scored,
    real: Scored,
    overlaps: Sequence[Overlap],
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
        threshold: The score that 90 % of real held-out documents reach.
        general: Capability before and after.
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
    found["anachronisms"] = Rate(
        [len(h) for h in output.hits], output.words, [len(h) for h in real.hits], real.words
    )
    found["copied"] = Share(sum(bool(o.copies) for o in overlaps), len(overlaps))
    if general.cost:
        found["general loss"] = general.cost
    for name, answers in general.tasks.items():
        found[f"capability: {name}"] = answers
    return found


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
    briefs = [row["brief"] for row in outputs]
    cutoff = era.lexicon_cutoff
    base = look(style, [Text(r["base"], "", form) for r in outputs], briefs, cutoff)
    output = look(style, [Text(r["style"], "", form) for r in outputs], briefs, cutoff)
    real = look(style, [text_of(d) for d in test], [""] * len(test), cutoff)
    progress.advance()

    training = [d for d in documents if d.split == "train" and d.origin != "modern"]
    index = Index.build((d.id, d.body, d.site) for d in training)
    overlaps = [index.check(row["style"]) for row in outputs]
    varied = diversity.compare(
        [row["style"] for row in outputs], [d.body for d in test], context.seed
    )
    progress.advance()

    general = Capability(problems=["the capability check was switched off"])
    if options.capability:
        general = capability(
            context.inputs["train"] / "model",
            options.device or models.best_device(),
            options.threads,
            options.every,
            _strength(context.inputs["generate"]),
        )
    progress.advance()

    views = [head for head in HEADS if html or head != "markup"]
    found = measures(
        base, output, real, overlaps, style.threshold, general,
        [row["site"] for row in outputs], views,
    )  # fmt: skip
    expected = [c for c in gate.CHECKS if html or c != "style gain: markup"]
    verdict = gate.judge(found, era.gate, expected, context.seed)
    progress.advance()

    _write_rows(context.out, outputs, base, output, overlaps)
    report = assemble.report(
        context, verdict, style, base, output, real, overlaps, varied, general, outputs,
        {d.id: d for d in documents}, digest, options.samples, views,
    )  # fmt: skip
    (context.out / "score.json").write_text(report.to_json() + "\n", encoding="utf-8")
    description = style.report.to_json() | {"sha256": digest, "threshold": style.threshold}
    text = json.dumps(description, indent=1) + "\n"
    (context.out / "style.json").write_text(text, encoding="utf-8")
    from erastyle.eval import report as page

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
    }


def _strength(folder: Path) -> float:
    from erastyle.pipeline import manifest

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
                "style_anachronisms": [h.term for h in output.hits[n]],
                "style_longest_copy": longest.length if longest else 0,
                "style_copied_grams": overlaps[n].gram_share,
            }
        )
    shards.close()


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


SCORE = Stage(
    "score",
    "Score base and style model, judge the gate, write the report.",
    ScoreOptions,
    _run,
    needs=("split", "train", "generate"),
    era=("title", "formats", "lexicon_cutoff", "gate"),
    seeded=True,
)
