"""Two models that must fail: one that was damaged, one that learnt its documents by heart.

A gate that passes everything looks like a gate that found nothing wrong. So each report judges,
with the same measuring functions and the same lines, the style model after noise was added to its
weights, and after it was made to learn a few passages by heart; with it, outputs that simply are
training documents. The model is given back as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.eval.capability import scoring as known
from erastyle.eval.copying.search import LONG, Index, words
from erastyle.eval.gate.gate import Control, control
from erastyle.eval.memorization import extraction
from erastyle.eval.memorization.extraction import Passage
from erastyle.eval.metric import Answers, Cost, Measure, Share

WORSE = 1.25
"""How many times as many bits general text must cost before a model counts as damaged."""
DOUBLINGS = 10
TEXTS = 24
"""General texts that a damaged model is measured on, about."""
LEARNT = 8
"""Passages that are learnt by heart."""
STEPS = 40
ENOUGH = 0.5  # share of the passages after which no more is learnt: far beyond any limit
RATE = 3e-3
PREFIX = 25  # tokens before a passage that is learnt by heart
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
    model: Any,
    tokenizer: Any,
    texts: Sequence[str],
    before: Sequence[float],
    tasks: Sequence[known.Task],
    answered: Mapping[str, Answers],
    limits: Gate,
    thin: int = 6,
    seed: int = 1,
    threads: int = 1,
) -> Control:
    """Return the control of a damaged model: noise is doubled until general text costs more.

    Args:
        model: The style model.
        tokenizer: Its tokenizer.
        texts: General text.
        before: Bits of each under the base model.
        tasks: Capability tasks.
        answered: Answers of the base model by task, to the same items.
        limits: Of the era.
        thin: Ask one item in so many of a task that has enough.
        seed: Of the noise.
        threads: CPU threads.
    """
    weights = changeable(model)
    step = max(1, len(texts) // TEXTS)
    texts, before = texts[::step], before[::step]
    few = list(texts[:8])
    factor = 0.5
    for _ in range(DOUBLINGS):
        factor *= 2
        with restored(weights):
            add_noise(weights, factor, seed)
            bits = known.perplexity(model, tokenizer, few, threads=threads).text_bits
            if np.isfinite(bits).all() and bits.sum() < WORSE * sum(before[: len(few)]):
                continue
            cost = known.perplexity(model, tokenizer, texts, threads=threads)
            fewer = [
                known.Task(t.name, t.items[:: _thin(t, thin)], t.by_length)
                for t in tasks
                if t.name in answered
            ]
            result = known.score(model, tokenizer, fewer, threads=threads)
            break
    else:
        return control("a damaged model", "No noise that was tried did any damage.", {}, limits)
    measures: dict[str, Measure] = {"general loss": Cost(list(before), _no_nan(cost.text_bits))}
    for task in (t for t in tasks if t.name in result.tasks):
        right = list(answered[task.name].before)[:: _thin(task, thin)]
        wrong = result.tasks[task.name].correct.tolist()
        measures[f"capability: {task.name}"] = Answers(right, wrong, task.chance)
    how = f"Noise of {factor:g} times their size was added to the weights that were trained."
    return control("a damaged model", how, measures, limits, seed)


def _thin(task: known.Task, thin: int) -> int:
    return thin if len(task.items) >= thin * known.MIN_ITEMS else 1


def _no_nan(bits: Any) -> list[float]:
    return [float(b) if math.isfinite(b) else math.inf for b in bits]


def by_heart(
    model: Any,
    tokenizer: Any,
    asked: Sequence[Passage],
    threads: int = 1,
    steps: int = STEPS,
) -> tuple[list[extraction.Continued], int]:
    """Return how far the model goes on with `asked` after it was made to learn them by heart.

    Returns:
        What `memory.continued` says of each, and the updates that it took.
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
        found = extraction.continued(model, tokenizer, short, threads=threads)
    torch.set_num_threads(before)
    model.train(training)
    return found, taken


def _batch(asked: Sequence[Passage], device: Any) -> tuple[Any, Any, Any]:
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
    learnt: Sequence[extraction.Continued] = (),
    steps: int = 0,
    is_common: Callable[[str], bool] = lambda _text: False,
    seed: int = 1,
) -> Control:
    """Return the control of a model that writes what it read.

    Args:
        documents: (id, text) of training documents.
        index: The index that outputs are checked against.
        limits: Of the era.
        learnt: What `by_heart` returned, if a model was asked.
        steps: Updates that it took.
        is_common: See `memory.whole_and_own`.
        seed: Which documents are drawn.
    """
    order = np.random.default_rng(seed).permutation(len(documents))
    drawn: list[str] = []
    for n in order:
        if len(words(documents[n][1])) >= LONG:
            drawn.append(documents[n][1])
        if len(drawn) == READ:
            break
    copies = sum(bool(index.check(text).copies) for text in drawn)
    measures: dict[str, Measure] = {"copied": Share(copies, len(drawn))}
    how = f"{len(drawn)} training documents stood for its outputs."
    if learnt:
        own = extraction.whole_and_own(learnt, is_common)
        measures["extraction"] = Share(len(own), len(learnt))
        how += f" The style model was trained {steps} updates on {len(learnt)} passages alone."
    return control("a memorised model", how, measures, limits, seed)
