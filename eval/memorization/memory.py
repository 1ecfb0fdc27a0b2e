"""What a model remembers of single training documents.

Three measurements on the same kind of row, a request and its document, as in training:

- *extraction*: after the request and 50 tokens of a training document, does the model go on with
  the next 50 word for word? Greedy decoding repeats a passage exactly when each of its tokens is
  the likeliest one given those before it, so one forward pass answers for all 50 tokens.
- *overfit gap*: how many nats a token training gained on its own documents beyond what it gained
  on held-out documents of other sites.
- *membership inference*: how well an attacker who knows both models tells training documents from
  others by that gain. The base's loss takes out how easy a document is (the reference attack).

That nothing can be extracted does not mean that nothing was learnt by heart: hence all three.

Sources: Carlini et al., "Quantifying Memorization Across Neural Language Models", 2023; Carlini et
al., "Membership Inference Attacks From First Principles", 2022; Mireshghallah et al., "Quantifying
Privacy Risks of Masked Language Models Using Membership Inference Attacks", 2022 (reference by the
pretrained model).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.metric import Gap, Ranking
from erastyle.train.model.inference import (
    BATCH_TOKENS,
    greedy_tokens,
    max_length,
    prefix_token,
    scoring,
    token_loglikelihoods,
)

LENGTH = 50
"""Tokens of the prefix, and of what the model must repeat."""
READ = 128
"""Tokens of a document that its loss is taken over."""
FEWEST = 16
"""Tokens below which a document has no loss."""


@dataclass(frozen=True, slots=True)
class Row:
    """A request and the document that answers it.

    Attributes:
        document: Its id.
        site: What a split must not tear apart.
        request: The brief.
        text: The document as the model learnt to write it.
    """

    document: str
    site: str
    request: str
    text: str


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


def draw(rows: Iterable[Row], count: int, seed: int) -> list[Row]:
    """Return at most `count` rows, drawn without regard to their order."""

    def lot(row: Row) -> bytes:
        return hashlib.sha256(f"{seed} {row.document}".encode("utf-8", "replace")).digest()

    return sorted(rows, key=lot)[:count]


def request_ids(tokenizer: Any, request: str) -> list[int]:
    """Return the tokens of a request up to where the answer begins; never none.

    A tokenizer without a chat template gets the request as it is.
    """
    if getattr(tokenizer, "chat_template", None):
        message = [{"role": "user", "content": request}]
        text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    else:
        text = f"{request}\n\n"
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids or [prefix_token(tokenizer)]


def text_ids(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of a document; what looks like a control token in it stays text."""
    ids: list[int] = tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, verbose=False
    )["input_ids"]
    return ids


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


def losses(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
    read: int = READ,
) -> NDArray[np.float64]:
    """Return the loss of each document under `model`, in nats a token.

    Over the first `read` tokens, after its request; NaN for a document of fewer than 16 tokens.
    Shape: (rows,).
    """
    sequences = []
    for row in rows:
        ids = text_ids(tokenizer, row.text)[:read]
        sequences.append((request_ids(tokenizer, row.request), ids if len(ids) >= FEWEST else []))
    with scoring(model, threads):
        limit = max_length(model, tokenizer)
        found = token_loglikelihoods(model, sequences, limit, batch_tokens)
    return np.array([-values.mean() if len(values) else np.nan for values in found])


@dataclass(frozen=True, slots=True)
class Memory:
    """What the style model remembers of its training documents.

    Attributes:
        passages: How far it goes on with each passage.
        own: Of them, those repeated whole that are no phrase of common property.
        seen: Rows of training that losses were taken of.
        unseen: Held-out rows of other sites.
        seen_loss: Loss of each seen row, base and style model. Shape: (2, seen).
        unseen_loss: The same of each unseen row. Shape: (2, unseen).
    """

    passages: tuple[Continued, ...]
    own: tuple[Continued, ...]
    seen: tuple[Row, ...]
    unseen: tuple[Row, ...]
    seen_loss: NDArray[np.float64]
    unseen_loss: NDArray[np.float64]

    @property
    def gap(self) -> Gap:
        """What training gained on seen and on unseen documents."""
        return Gap(
            (self.seen_loss[0] - self.seen_loss[1]).tolist(),
            (self.unseen_loss[0] - self.unseen_loss[1]).tolist(),
            tuple(row.site for row in self.seen),
            tuple(row.site for row in self.unseen),
        )

    @property
    def ranking(self) -> Ranking:
        """The reference attack: the gain of each document, and whether it was in training."""
        gap = self.gap
        return Ranking(
            [*gap.seen, *gap.unseen],
            [True] * len(gap.seen) + [False] * len(gap.unseen),
            (*gap.seen_groups, *gap.unseen_groups),
        )


def whole_and_own(
    found: Iterable[Continued], is_common: Callable[[str], bool]
) -> tuple[Continued, ...]:
    """Return the passages repeated whole whose continuation is not common property.

    Args:
        found: Passages and how far they were repeated.
        is_common: Whether a text is a phrase that many sites have, such as a licence.
    """
    return tuple(item for item in found if item.whole and not is_common(item.passage.text))
