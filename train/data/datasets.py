"""What is trained and evaluated on: pairs chosen, encoded, and refused where they cannot teach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data import rows, self_rehearsal
from erastyle.train.fit import continue_from
from erastyle.train.model.prompt import Encoder, Example, RequestTooLongError
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
    """What is trained and evaluated on.

    Attributes:
        train: Training rows.
        dev: Rows of sites that training never sees, by name: `style`, `general`, `earlier`, and
            `learnt`, a part of the training rows.
        pairs: Training pairs that became rows.
        unread: Training pairs that the budget leaves out.
        split_documents: Style documents that became several rows.
        too_long: Training pairs whose request leaves no room for an answer.
    """

    train: list[Example]
    dev: dict[str, list[Example]]
    pairs: int
    unread: Sequence[Mapping[str, Any]]
    split_documents: int
    too_long: Sequence[Mapping[str, Any]] = ()


def encoded(
    context: Context[TrainOptions],
    pairs: rows.Pairs,
    encoder: Encoder,
    model: PreTrainedModel,
    max_length: int,
) -> Sets:
    """Encode the pairs, keep the budget, and refuse what cannot teach.

    Args:
        context: Of the train stage.
        pairs: By (split, role).
        encoder: Of the base's tokenizer.
        model: The base, which answers general prompts where `rehearsal` is `self`.
        max_length: Longest row in tokens.

    Raises:
        ModelError: Too few rows, or rows that do not teach to stop.
    """
    options, progress = context.options, context.progress
    if options.rehearsal == "self":
        pairs = self_rehearsal.own_answers(
            pairs, model, encoder, context.out / "own-answers.jsonl", context.seed, progress
        )
    every = {key: value for key, value in sorted(pairs.items()) if key[0] in ("train", "dev")}
    every |= continue_from.earlier_pairs(options, every, context.seed)

    unfit: set[int] = set()

    def encode(item: tuple[str, Mapping[str, Any]]) -> list[Example]:
        progress.advance()
        try:
            return rows.encode(item[1], encoder, max_length)
        except RequestTooLongError:
            unfit.add(id(item))
            return []

    items = [(key[1], pair) for key, found in every.items() if key[0] == "train" for pair in found]
    progress.start("train", len(items), "pairs encoded")
    chosen = rows.within(items, encode, options.max_tokens, context.seed)
    too_long = [item[1] for item in items if id(item) in unfit]
    if too_long:
        progress.say(
            f"{len(too_long):,} pairs stay out: their request leaves no room for an answer in "
            f"{max_length:,} tokens"
        )
    chosen = [(item, examples) for item, examples in chosen if examples]
    train = [example for _, examples in chosen for example in examples]
    rows.refuse_bad_rows(train, encoder.eos)
    style = [examples for (role, _), examples in chosen if role == "style"]
    dev: dict[str, list[Example]] = {}
    for name, role in (("style", "style"), ("general", "rehearsal"), ("earlier", "earlier")):
        given = [(role, pair) for pair in every.get(("dev", role), [])]
        count = (FEWEST_DEV_ROWS, DEV_ROWS)
        if found := rows.drawn(given, encode, DEV_TOKENS, count, context.seed):
            dev[name] = _by_length(found)
    if "style" not in dev:
        progress.say("no documents of dev sites: all epochs are trained, and the last one is kept")
    if "style" in dev and style:
        # The style rows alone, as on the dev side: general rows are easier or harder to learn.
        learnt = [example for examples in style for example in examples]
        most = max(len(dev["style"]), FEWEST_DEV_ROWS) // 2
        dev["learnt"] = _by_length(rows.some(learnt, most, context.seed))
    used = {id(item) for item, _ in chosen}
    unread = [item[1] for item in items if id(item) not in used | unfit]
    divided = sum(len(examples) > 1 for examples in style)
    return Sets(train, dev, len(chosen), unread, divided, too_long)


def _by_length(examples: Sequence[Example]) -> list[Example]:
    """Return rows in the order in which batches of neighbours need the least padding."""
    return sorted(examples, key=lambda example: len(example.input_ids))
