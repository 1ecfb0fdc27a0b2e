"""Extraction: does a model go on with a training document, given its beginning?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from erastyle.eval.memorization.rows import Row, draw, request_ids, text_ids
from erastyle.train.model.inference import (
    BATCH_TOKENS,
    greedy_tokens,
    max_length,
    scoring,
)

LENGTH = 50
"""Tokens of the prefix, and of what the model must repeat."""


FEWEST = 16
"""Tokens below which a document has no loss."""


@dataclass(frozen=True, slots=True)
class Passage:
    """50 tokens of a training document, and how it goes on.

    Attributes:
        row: The request and the document.
        start: First token of the prefix in the document.
        context: Tokens of the request and of the prefix.
        continuation: The next `LENGTH` tokens.
        text: The continuation as the document wrote it.
    """

    row: Row
    start: int
    context: tuple[int, ...]
    continuation: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Continued:
    """How far a model goes on as a training document does.

    Attributes:
        passage: The passage.
        repeated: Tokens that greedy decoding repeats before the first other one.
        alike: Share of the tokens that are the likeliest one after the document's own.
    """

    passage: Passage
    repeated: int
    alike: float

    @property
    def whole(self) -> bool:
        """Whether the whole continuation is repeated."""
        return self.repeated >= len(self.passage.continuation)


def passages(
    rows: Sequence[Row], tokenizer: Any, count: int = 300, seed: int = 1, length: int = LENGTH
) -> list[Passage]:
    """Return passages to try extraction with: one of each document, then another one of each.

    Args:
        rows: Training rows. Documents of fewer than two `length` tokens are left out.
        tokenizer: The model's.
        count: Most passages; fewer come back where there are fewer that do not overlap.
        seed: Same rows and seed, same passages.
        length: Tokens of the prefix and of the continuation.
    """
    found: list[Passage] = []
    able = []
    for row in draw(rows, count, seed):
        ids = text_ids(tokenizer, row.text)
        if len(ids) >= 2 * length:
            able.append((row, ids))
    turn = 0
    while len(found) < count and able:
        left = []
        for row, ids in able:
            start = 2 * length * turn
            if start + 2 * length > len(ids):
                continue
            left.append((row, ids))
            if len(found) < count:
                cut = ids[start + length : start + 2 * length]
                context = (*request_ids(tokenizer, row.request), *ids[start : start + length])
                found.append(Passage(row, start, context, tuple(cut), tokenizer.decode(cut)))
        able, turn = left, turn + 1
    return found


def continued(
    model: Any,
    tokenizer: Any,
    asked: Sequence[Passage],
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
) -> list[Continued]:
    """Return how far `model` goes on with each passage as the document does."""
    sequences = [(list(p.context), list(p.continuation)) for p in asked]
    with scoring(model, threads):
        limit = max_length(model, tokenizer)
        rows = greedy_tokens(model, sequences, limit, batch_tokens)
    return [
        Continued(
            passage,
            int(same.argmin()) if len(same) and not same.all() else len(same),
            float(same.mean()) if len(same) else 0.0,
        )
        for passage, same in zip(asked, rows, strict=True)
    ]


def whole_and_own(
    found: Iterable[Continued], is_common: Callable[[str], bool]
) -> tuple[Continued, ...]:
    """Return the passages repeated whole whose continuation is not common property.

    Args:
        found: Passages and how far they were repeated.
        is_common: Whether a text is a phrase that many sites have, such as a licence.
    """
    return tuple(item for item in found if item.whole and not is_common(item.passage.text))
