"""Extraction: whether a model continues a training document word for word, given its beginning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from erastyle.eval.memorization.document_rows import Row, draw
from erastyle.train.model.inference import (
    BATCH_TOKENS,
    greedy_tokens,
    max_length,
    scoring,
)
from erastyle.train.model.prompt import Encoder

LENGTH = 50
"""Tokens of the prefix, and of the continuation that the model must repeat."""

FEWEST = 16
"""Tokens below which a document has no loss."""


@dataclass(frozen=True, slots=True)
class ExtractionPassage:
    """50 tokens of a training document, and its next 50 tokens.

    Attributes:
        row: The request and the document.
        start: First token of the prefix in the document.
        context: Tokens of the request and of the prefix.
        continuation: The next `LENGTH` tokens.
        text: The continuation as text.
    """

    row: Row
    start: int
    context: tuple[int, ...]
    continuation: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Continued:
    """How far a model repeats the continuation of a passage.

    Attributes:
        passage: The passage.
        repeated: Tokens that greedy decoding repeats before the first other one.
        alike: Share of the tokens that are the likeliest one after the true tokens before them.
    """

    passage: ExtractionPassage
    repeated: int
    alike: float

    @property
    def whole(self) -> bool:
        """Whether the whole continuation is repeated."""
        return self.repeated >= len(self.passage.continuation)


def passages(
    rows: Sequence[Row], tokenizer: Any, count: int = 300, seed: int = 1, length: int = LENGTH
) -> list[ExtractionPassage]:
    """Return passages for extraction: one of each document, then a second one of each, and so on.

    Args:
        rows: Training rows. Documents of fewer than two `length` tokens are left out.
        tokenizer: The tokenizer of the model.
        count: Most passages; there are fewer where no more fit without overlap.
        seed: Same rows and seed, same passages.
        length: Tokens of the prefix and of the continuation.
    """
    tried: list[ExtractionPassage] = []
    encoder = Encoder(tokenizer)
    able = []
    for row in draw(rows, count, seed):
        ids = encoder.text(row.text)
        if len(ids) >= 2 * length:
            able.append((row, ids))
    turn = 0
    while len(tried) < count and able:
        left = []
        for row, ids in able:
            start = 2 * length * turn
            if start + 2 * length > len(ids):
                continue
            left.append((row, ids))
            if len(tried) < count:
                cut = ids[start + length : start + 2 * length]
                context = (*encoder.prompt(row.request), *ids[start : start + length])
                tried.append(
                    ExtractionPassage(row, start, context, tuple(cut), tokenizer.decode(cut))
                )
        able, turn = left, turn + 1
    return tried


def continued(
    model: Any,
    tokenizer: Any,
    asked: Sequence[ExtractionPassage],
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
) -> list[Continued]:
    """Return how far `model` repeats the continuation of each passage."""
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
    tried: Iterable[Continued], is_common: Callable[[str], bool]
) -> tuple[Continued, ...]:
    """Return the passages repeated whole whose continuation is not common property.

    Args:
        tried: Passages and how far they were repeated.
        is_common: Whether a text is a phrase that many sites have, such as a licence.
    """
    return tuple(one for one in tried if one.whole and not is_common(one.passage.text))
