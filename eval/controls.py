"""Negative controls: a noise-damaged model and a model that memorised its documents.

A gate that passes everything looks like a gate that found nothing wrong. So each report judges,
with the same measuring functions and the same lines, the fine-tuned model after noise was added to
its weights, and after it was trained on a few passages alone; with it, outputs that simply are
training documents. The model is given back as it was.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from erastyle.corpus.copying.search import LONG, Index
from erastyle.corpus.copying.tokens import words
from erastyle.corpus.era import Gate
from erastyle.eval.baseline_stage import questions_of
from erastyle.eval.capability import scoring
from erastyle.eval.gate.gate import Control, control
from erastyle.eval.material import Material
from erastyle.eval.measurement import Answers, Cost, Measurement, Share
from erastyle.eval.measures import capability, copying
from erastyle.eval.measures.memorization import EXTRACTION
from erastyle.eval.memorization import extraction
from erastyle.eval.memorization.extraction import Continued, ExtractionPassage, passages
from erastyle.eval.model_answers import ModelAnswers, general
from erastyle.train.model.generation import Writer

WORSE = 1.25
"""How many times as many bits general text must cost before a model counts as damaged."""
DOUBLINGS = 10
TEXTS = 24
"""General texts that a damaged model is measured on, about."""
LEARNT = 8
"""Passages that are memorised."""
STEPS = 40
ENOUGH = 0.5  # share of the passages after which no more is learnt: far beyond any limit
RATE = 3e-3
PREFIX = 25  # tokens before a passage that is memorised
READ = 24
"""Training documents that stand for the outputs of a model that writes what it read."""


def changeable(model: Any) -> list[Any]:
    """Return the weights that a control changes: the adapter's, or all matrices of a full model."""
    adapter = [p for name, p in model.named_parameters() if "lora_" in name]
    return adapter or [p for p in model.parameters() if p.dim() >= 2]


@contextmanager
def restored(weights: Sequence[Any]) -> Iterator[None]:
    """Give `weights` back as they were."""
    import torch

    kept = [(w, w.data.clone(), w.requires_grad) for w in weights]
    try:
        yield
    finally:
        with torch.no_grad():
            for weight, data, grad in kept:
                weight.data.copy_(data)
                weight.requires_grad_(grad)
                weight.grad = None


def add_noise(weights: Sequence[Any], factor: float, seed: int) -> None:
    """Add normal noise of `factor` times the typical size of each weight's matrix; seeded."""
    import torch

    random = torch.Generator().manual_seed(seed)
    sizes = [float(w.detach().float().pow(2).mean().sqrt()) for w in weights]
    typical = float(np.median([s for s in sizes if s > 0] or [0.02]))
    with torch.no_grad():
        for weight, size in zip(weights, sizes, strict=True):
            noise = torch.randn(weight.shape, generator=random) * factor * (size or typical)
            weight.data.add_(noise.to(weight.device, weight.dtype))


def damaged(
    writer: Writer,
    texts: Sequence[str],
    tasks: Sequence[scoring.Task],
    before: ModelAnswers,
    limits: Gate,
    *,
    thin: int = 6,
    seed: int = 1,
    threads: int = 1,
) -> Control:
    """Return the control of a damaged model: noise is doubled until general text costs more.

    Args:
        writer: The fine-tuned model.
        texts: General texts.
        tasks: Capability tasks.
        before: Answers of the base model to these texts and tasks.
        limits: Gate thresholds from the era profile.
        thin: Ask one item in so many of a task that has enough.
        seed: Seed of the noise.
        threads: CPU threads.
    """
    model, tokenizer = writer.model, writer.tokenizer
    weights = changeable(model)
    step = max(1, len(texts) // TEXTS)
    texts, bits = texts[::step], before.text_bits[::step]
    few = list(texts[:8])
    fewer = [
        scoring.Task(task.name, task.items[:: _thin(task, thin)], task.by_length)
        for task in tasks
        if task.name in before.tasks
    ]
    for factor in (0.5 * 2**doubling for doubling in range(1, DOUBLINGS + 1)):
        with restored(weights):
            add_noise(weights, factor, seed)
            tried = scoring.perplexity(model, tokenizer, few, threads=threads).text_bits
            if np.isfinite(tried).all() and tried.sum() < WORSE * sum(bits[: len(few)]):
                continue
            cost = scoring.perplexity(model, tokenizer, texts, threads=threads)
            answered = scoring.score(model, tokenizer, fewer, threads=threads)
            break
    else:
        return control("a damaged model", "No noise that was tried did any damage.", [])
    general_loss = Cost(list(bits), _no_nan(cost.text_bits))
    measured: dict[str, Measurement] = {}
    for task in (t for t in tasks if t.name in answered.tasks):
        right = list(before.tasks[task.name].right)[:: _thin(task, thin)]
        wrong = answered.tasks[task.name].correct.tolist()
        measured[capability.task_check(task.name).id] = Answers(right, wrong, task.chance)
    lines = [
        capability.GENERAL.line(general_loss, limits, seed),
        *capability.lines(measured, limits, seed, complete=False),
    ]
    how = f"Noise of {factor:g} times their size was added to the weights that were trained."
    return control("a damaged model", how, lines)


def _thin(task: scoring.Task, thin: int) -> int:
    return thin if len(task.items) >= thin * scoring.MIN_ITEMS else 1


def _no_nan(bits: Any) -> list[float]:
    return [float(b) if math.isfinite(b) else math.inf for b in bits]


def train_on(
    model: Any,
    tokenizer: Any,
    asked: Sequence[ExtractionPassage],
    threads: int = 1,
    steps: int = STEPS,
) -> tuple[list[Continued], int]:
    """Return how far the model goes on with `asked` after it was trained on them alone.

    Returns:
        What `extraction.continued` says of each, and the updates that it took.
    """
    import torch

    # The end of the prefix alone: short rows are learnt in seconds.
    short = [replace(p, context=p.context[-PREFIX:]) for p in asked]
    weights = changeable(model)
    before, training = torch.get_num_threads(), model.training
    torch.set_num_threads(threads)
    with restored(weights), torch.enable_grad():
        for weight in weights:
            weight.requires_grad_(True)
        model.eval()  # without dropout it learns faster
        optimiser = torch.optim.Adam(weights, lr=RATE)
        ids, mask, labels = _batch(short, model.device)
        taken = steps
        for step in range(steps):
            made = model(input_ids=ids, attention_mask=mask, labels=labels)
            right = made.logits[:, :-1].argmax(dim=-1) == labels[:, 1:]
            whole = (right | (labels[:, 1:] < 0)).all(dim=1)
            if float(whole.float().mean()) >= ENOUGH:
                taken = step
                break
            optimiser.zero_grad()
            made.loss.backward()
            optimiser.step()
        went_on = extraction.continued(model, tokenizer, short, threads=threads)
    torch.set_num_threads(before)
    model.train(training)
    return went_on, taken


def _batch(asked: Sequence[ExtractionPassage], device: Any) -> tuple[Any, Any, Any]:
    """Return ids, mask and labels of passages, padded; only the continuation is learnt."""
    import torch

    rows = [[*p.context, *p.continuation] for p in asked]
    width = max(map(len, rows))
    ids = torch.tensor([r + [0] * (width - len(r)) for r in rows], device=device)
    mask = torch.tensor([[1] * len(r) + [0] * (width - len(r)) for r in rows], device=device)
    labels = torch.full_like(ids, -100)
    for line, passage in enumerate(asked):
        learnt = slice(len(passage.context), len(rows[line]))
        labels[line, learnt] = ids[line, learnt]
    return ids, mask, labels


def memorised(
    documents: Sequence[tuple[str, str]],
    index: Index,
    limits: Gate,
    *,
    learnt: Sequence[Continued] = (),
    steps: int = 0,
    is_common: Callable[[str], bool] = lambda _text: False,
    seed: int = 1,
) -> Control:
    """Return the control of a model that writes what it read.

    Args:
        documents: (id, text) of training documents.
        index: The index that outputs are checked against.
        limits: Gate thresholds from the era profile.
        learnt: What `train_on` returned, if a model was asked.
        steps: Updates that it took.
        is_common: Whether a text is a phrase that many sites have, such as a licence.
        seed: Seed of the draw of documents.
    """
    order = np.random.default_rng(seed).permutation(len(documents))
    drawn: list[str] = []
    for n in order:
        if len(words(documents[n][1])) >= LONG:
            drawn.append(documents[n][1])
        if len(drawn) == READ:
            break
    copies = sum(bool(index.check(text).copies) for text in drawn)
    lines = [copying.COPIED.line(Share(copies, len(drawn)), limits, seed)]
    how = f"{len(drawn)} training documents stood for its outputs."
    if learnt:
        own = extraction.whole_and_own(learnt, is_common)
        lines.append(EXTRACTION.line(Share(len(own), len(learnt)), limits, seed))
        how += f" The fine-tuned model was trained {steps} updates on {len(learnt)} passages alone."
    return control("a memorised model", how, lines)


def make(material: Material) -> list[Control]:
    """Return the controls of a run; where no model is asked, that of copied outputs alone."""
    if not material.options.controls:
        return []
    begun, seed, threads = time.monotonic(), material.seed, material.options.threads
    limits, seen = material.era.gate, material.rows.seen
    texts = [(row.document, row.text) for row in seen]
    if not (material.asked and material.trained):
        return [memorised(texts, material.index, limits, seed=seed)]
    writer, controls = material.pair.fine_tuned(material.strength), []
    if material.before.text_bits:
        questions = questions_of(material.options)
        tasks = scoring.shipped(every=questions.every)
        controls.append(
            damaged(
                writer,
                general(questions),
                tasks,
                material.before,
                limits,
                seed=seed,
                threads=threads,
            )
        )
    learnt: list[Continued] = []
    steps = 0
    if tried := passages(seen, writer.tokenizer, LEARNT, seed):
        learnt, steps = train_on(writer.model, writer.tokenizer, tried, threads)
    controls.append(
        memorised(
            texts,
            material.index,
            limits,
            learnt=learnt,
            steps=steps,
            is_common=material.is_common,
            seed=seed,
        )
    )
    material.timed("controls", begun)
    return controls
