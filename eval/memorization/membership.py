"""Membership: can training documents be told from others by how much likelier they became?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.measurement import Gap, Ranking
from erastyle.eval.memorization.extraction import FEWEST, Continued
from erastyle.eval.memorization.rows import Row, request_ids, text_ids
from erastyle.train.model.inference import (
    BATCH_TOKENS,
    max_length,
    scoring,
    token_loglikelihoods,
)

READ = 128
"""Tokens of a document that its loss is taken over."""


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
