"""Chooses and encodes the rows that a training learns and is evaluated on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data import choose_rows, earlier_run, rows, self_rehearsal
from erastyle.train.data.training_row import RequestTooLongError, TrainingRow
from erastyle.train.model.prompt import Encoder
from erastyle.train.options import TrainOptions

if TYPE_CHECKING:
    from transformers import PreTrainedModel

DEV_ROWS = 64  # of each kind at most; enough to see a loss turn
FEWEST_DEV_ROWS = 12  # if there are so many, whatever they cost
# Of each kind, which is read before training and after every epoch. A fixed number, so that the
# losses of trainings on much and on little are of the same rows.
DEV_TOKENS = 4500


@dataclass(frozen=True, slots=True)
class Sets:
    """Rows that a training learns and is evaluated on.

    Attributes:
        train: Training rows.
        dev: Rows of sites that training never sees, by name: `style`, `general`, `earlier`, and
            `learnt`, a part of the training rows.
        pairs: Training pairs that became rows.
        unread: Training pairs that the budget leaves out.
        split_documents: Style documents that do not fit a row.
        too_long: Training pairs whose request leaves no room for an answer.
        rests: Training pairs whose beginning is learnt, and not all of the rest.
    """

    train: list[TrainingRow]
    dev: dict[str, list[TrainingRow]]
    pairs: int
    unread: Sequence[Mapping[str, Any]]
    split_documents: int
    too_long: Sequence[Mapping[str, Any]] = ()
    rests: Sequence[Mapping[str, Any]] = ()


def encoded(
    context: Context[TrainOptions],
    pairs: rows.Pairs,
    encoder: Encoder,
    model: PreTrainedModel,
    *,
    max_length: int,
    once: int | None,
) -> Sets:
    """Encode the pairs, keep the budget, and refuse what cannot teach.

    Args:
        context: Context of the train stage.
        pairs: Pairs by (split, role).
        encoder: Encoder of the base's tokenizer.
        model: The base; it answers general prompts where `rehearsal` is `self`.
        max_length: Longest row in tokens.
        once: Most tokens of the training rows; None for no limit.

    Raises:
        ModelError: Too few rows, or rows that do not teach to stop.
    """
    options, progress = context.options, context.progress
    if options.rehearsal == "self":
        pairs = self_rehearsal.own_answers(
            pairs, model, encoder, context.out / "own-answers.jsonl", context.seed, progress
        )
    every = {key: value for key, value in sorted(pairs.items()) if key[0] in ("train", "dev")}
    every |= earlier_run.earlier_pairs(options, every, context.seed)

    unfit: set[int] = set()
    items = [
        {**pair, "role": key[1]}
        for key, given in every.items()
        if key[0] == "train"
        for pair in given
    ]

    def encode(number: int) -> Iterator[TrainingRow]:
        progress.advance()
        try:
            yield from rows.encode(items[number], encoder, max_length)
        except RequestTooLongError:
            unfit.add(number)

    progress.start("train", len(items), "pairs encoded")
    chosen = choose_rows.choose(
        items,
        encode,
        once,
        context.seed,
        longest=max_length,
        continuations=options.continuations,
    )
    too_long = [items[number] for number in sorted(unfit)]
    if too_long:
        progress.say(
            f"{len(too_long):,} pairs stay out: their request leaves no room for an answer in "
            f"{max_length:,} tokens"
        )
    train = [example for examples in chosen.rows.values() for example in examples]
    rows.refuse_bad_rows(train, encoder.eos)
    style = [given for n, given in chosen.rows.items() if items[n]["role"] == "style"]
    dev: dict[str, list[TrainingRow]] = {}

    def encode_all(pair: Mapping[str, Any]) -> list[TrainingRow]:
        try:
            return list(rows.encode(pair, encoder, max_length))
        except RequestTooLongError:
            return []

    for name, role in (("style", "style"), ("general", "rehearsal"), ("earlier", "earlier")):
        count = (FEWEST_DEV_ROWS, DEV_ROWS)
        given = every.get(("dev", role), [])
        if drawn := rows.sample_rows(given, encode_all, DEV_TOKENS, count, context.seed):
            dev[name] = _by_length(drawn)
    if "style" not in dev:
        progress.say("no documents of dev sites: all epochs are trained, and the last one is kept")
    if "style" in dev and style:
        # The style rows alone, as on the dev side: general rows are easier or harder to learn.
        learnt = [example for examples in style for example in examples]
        most = max(len(dev["style"]), FEWEST_DEV_ROWS) // 2
        dev["learnt"] = _by_length(rows.sample(learnt, most, context.seed))
    left = set(range(len(items))) - chosen.rows.keys() - unfit
    unread = [items[number] for number in sorted(left)]
    rests = [items[number] for number in chosen.rests]
    divided = sum(examples[0].part != "whole" for examples in style)
    return Sets(train, dev, len(chosen.rows), unread, divided, too_long, rests)


def _by_length(examples: Sequence[TrainingRow]) -> list[TrainingRow]:
    """Return rows in the order in which batches of neighbours need the least padding."""
    return sorted(examples, key=lambda example: len(example.input_ids))
