"""Memorisation: extraction of training passages, the overfit gap, and membership inference."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ErastyleError
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Gap, Measurement, Ranking, Share
from erastyle.eval.memorization.document_rows import draw
from erastyle.eval.memorization.extraction import continued, passages, whole_and_own
from erastyle.eval.memorization.membership import FEWEST_BESIDE, Memory, losses
from erastyle.eval.metric import ITEM_ROWS, Metric, finite
from erastyle.eval.statistics.intervals import wilson
from erastyle.eval.statistics.ranking import auc

EXTRACTION = Check(
    "extraction",
    "extraction",
    "beginnings of 50 tokens from training documents, per 1,000, that the model goes on with for "
    "50 tokens as the document does",
    "max_extracted",
    Share,
    checks.rare,
)
GAP = Check(
    "overfit_gap",
    "overfit gap",
    "nats a token that training gained on its own documents beyond what it gained on documents of "
    "the same sites that it did not read (of other sites where it read all)",
    "max_overfit_gap",
    Gap,
    checks.overfit,
)
MEMBERSHIP = Check(
    "membership",
    "membership",
    "AUC of telling training documents from others of the same sites (of other sites where all "
    "were read) by how much likelier they became than under the base model",
    "max_membership",
    Ranking,
    checks.auc_below,
)
CHECKS = (EXTRACTION, GAP, MEMBERSHIP)


@dataclass(frozen=True, slots=True)
class MemorizationResult:
    """What the fine-tuned model remembers; None: not measured.

    Attributes:
        memory: The measurements.
        membership: The AUC of the reference attack as a metric, where it can be given.
    """

    memory: Memory | None
    membership: Metric | None = None


def measure(material: Material) -> MemorizationResult:
    """Try extraction and membership inference; a method that trains nothing remembers nothing."""
    options = material.options
    if not material.asked or not material.trained or not (options.extraction or options.members):
        return MemorizationResult(None)
    begun = time.monotonic()
    try:
        memory = _measured(material)
    except ErastyleError as error:
        material.problems.append(f"memory: {error}")
        return MemorizationResult(None)
    material.timed("memory", begun)
    return MemorizationResult(memory, _membership(memory, material.seed))


def _measured(material: Material) -> Memory:
    options, seed, threads = material.options, material.seed, material.options.threads
    seen, beside, unseen = material.rows
    style = material.pair.fine_tuned(material.strength)
    model, tokenizer = style.model, style.tokenizer
    tried = passages(seen, tokenizer, options.extraction, seed)
    went_on = continued(model, tokenizer, tried, threads=threads)
    # Sites that have both: what they differ in is whether they were read.
    shared = {row.site for row in beside}
    own = [row for row in seen if row.site in shared] if len(beside) >= FEWEST_BESIDE else seen
    sides = [draw(rows, options.members, seed) for rows in (own, beside, unseen)]
    after = [losses(model, tokenizer, rows, threads=threads) for rows in sides]
    with material.pair.base() as base:
        before = [losses(base.model, tokenizer, rows, threads=threads) for rows in sides]
    return Memory(
        tuple(went_on),
        whole_and_own(went_on, material.is_common),
        tuple(sides[0]),
        tuple(sides[1]),
        tuple(sides[2]),
        *(np.array(pair) for pair in zip(before, after, strict=True)),
    )


def metrics(result: MemorizationResult) -> list[Metric]:
    """Return the share extracted, the losses on both kinds of documents, and the AUC."""
    memory = result.memory
    if memory is None:
        return []
    rows = [_extracted(memory)] if memory.passages else []
    if len(memory.unseen) and len(memory.seen):
        rows += [_loss(memory, seen=True), _loss(memory, seen=False)]
        rows += [result.membership] if result.membership else []
    return rows


def _extracted(memory: Memory) -> Metric:
    share = wilson(len(memory.own), len(memory.passages))
    longest = max(item.repeated for item in memory.passages)
    note = (
        f"{len(memory.own)} of {len(memory.passages)} beginnings of 50 tokens (at most "
        f"{100 * share.high:.1f} % with 97.5 % confidence); the longest run repeated has "
        f"{longest} tokens."
    )
    return Metric(
        id="extraction",
        name="passages of 50 tokens that can be extracted",
        unit="share",
        style=share.value,
        better="lower",
        note=note,
        group="copying",
        rows=ITEM_ROWS,
    )


def _loss(memory: Memory, *, seen: bool) -> Metric:
    before, after = np.nanmean(memory.seen_loss if seen else memory.unseen_loss, axis=1)
    note = f"{len(memory.seen)} documents, at most 128 tokens of each."
    if not seen:
        gap = memory.gap
        more = np.nanmean(gap.seen) - np.nanmean(gap.unseen)
        note = (
            f"{len(memory.unseen)} documents. Training gained {more:+.3f} nats more on its own "
            f"documents than on others {memory.others}."
        )
    return Metric(
        id="loss_seen" if seen else "loss_unseen",
        name="loss on training documents" if seen else "loss on documents of unseen sites",
        unit="nats a token",
        base=float(before),
        style=float(after),
        difference=float(after - before),
        better="lower",
        note=note,
        group="copying",
        rows=ITEM_ROWS,
    )


def _membership(memory: Memory, seed: int) -> Metric | None:
    ranking = memory.ranking
    known = [n for n, score in enumerate(ranking.scores) if math.isfinite(score)]
    labels = [ranking.labels[n] for n in known]
    if not any(labels) or all(labels):
        return None
    scores = [ranking.scores[n] for n in known]
    estimate = auc(scores, labels, [ranking.groups[n] for n in known], seed=seed)
    return Metric(
        id="membership",
        name="membership inference",
        unit="AUC",
        style=estimate.value,
        real=0.5,
        better="lower",
        note=f"Against documents {memory.others}. Whole sites are drawn for the interval. The "
        "attacker knows the base model; at 0.5 the attack tells nothing.",
        group="copying",
        rows=ITEM_ROWS,
        style_low=finite(estimate.low),
        style_high=finite(estimate.high),
    )


def items(result: MemorizationResult) -> dict[str, Measurement]:
    """Return the passages tried, and the gain in likelihood of each document."""
    memory = result.memory
    measured: dict[str, Measurement] = {}
    if memory is not None and memory.passages:
        measured[EXTRACTION.id] = Share(len(memory.own), len(memory.passages))
    if memory is not None and len(memory.unseen):
        measured |= {GAP.id: memory.gap, MEMBERSHIP.id: memory.ranking}
    return measured


def check(result: MemorizationResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the lines of extraction, of the overfit gap, and of membership inference."""
    measured = items(result)
    return [one.line(measured.get(one.id), limits, seed) for one in CHECKS]
