"""Membership inference: whether the gain of a document shows that it was in the training data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.measurement import Gap, Ranking
from erastyle.eval.memorization.document_rows import Row
from erastyle.eval.memorization.extraction import FEWEST, Continued
from erastyle.train.model.inference import (
    BATCH_TOKENS,
    max_length,
    scoring,
    token_loglikelihoods,
)
from erastyle.train.model.prompt import Encoder

READ = 128
"""First tokens of a document over which its loss is measured."""
FEWEST_BESIDE = 8
"""Fewest documents of the training's own sites that stand for those it did not read. Against other
sites alone the attack tells sites apart, and calls that memory."""


def losses(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
    read: int = READ,
) -> NDArray[np.float64]:
    """Return the loss of each document under `model`, in nats a token.

    The loss covers the first `read` tokens after the request. NaN for a document of fewer than 16
    tokens. Shape: (rows,).
    """
    sequences = []
    encoder = Encoder(tokenizer)
    for row in rows:
        ids = encoder.text(row.text)[:read]
        sequences.append((encoder.prompt(row.request), ids if len(ids) >= FEWEST else []))
    with scoring(model, threads):
        limit = max_length(model, tokenizer)
        likelihoods = token_loglikelihoods(model, sequences, limit, batch_tokens)
    return np.array([-values.mean() if len(values) else np.nan for values in likelihoods])


@dataclass(frozen=True, slots=True)
class Memory:
    """What the fine-tuned model memorised of its training documents.

    Attributes:
        passages: How far it repeats each passage.
        own: Passages repeated whole that are not common property.
        seen: Training rows whose losses were measured.
        beside: Rows of the same sites that were not learnt; empty: all were.
        unseen: Held-out rows of other sites.
        seen_loss: Loss of each seen row under base and fine-tuned model. Shape: (2, seen).
        beside_loss: Loss of each row beside them, likewise. Shape: (2, beside).
        unseen_loss: Loss of each unseen row, likewise. Shape: (2, unseen).
    """

    passages: tuple[Continued, ...]
    own: tuple[Continued, ...]
    seen: tuple[Row, ...]
    beside: tuple[Row, ...]
    unseen: tuple[Row, ...]
    seen_loss: NDArray[np.float64]
    beside_loss: NDArray[np.float64]
    unseen_loss: NDArray[np.float64]

    @property
    def same_sites(self) -> bool:
        """Whether what was learnt is compared with documents of the same sites."""
        return len(self.beside) >= FEWEST_BESIDE

    @property
    def others(self) -> str:
        """What it is compared with, in words."""
        return "of the same sites" if self.same_sites else "of other sites"

    @property
    def gap(self) -> Gap:
        """The gain of training on seen documents, and on others that it did not read."""
        rows, loss = (
            (self.beside, self.beside_loss) if self.same_sites else (self.unseen, self.unseen_loss)
        )
        return Gap(
            (self.seen_loss[0] - self.seen_loss[1]).tolist(),
            (loss[0] - loss[1]).tolist(),
            tuple(row.site for row in self.seen),
            tuple(row.site for row in rows),
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
