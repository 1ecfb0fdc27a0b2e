"""A neutral language model: how surprising a text is to it, and what it makes of the text.

A neutral model has neither learnt the era nor written the text: a base never judges its own child
alone. Any object with `name` and `read` serves. `TorchNeutral` reads with a causal language
model that somebody else has loaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

MAX_TOKENS = 256
"""Tokens of each text that are read, from its start."""
LAYER_SHARE = 2 / 3
"""Depth of the hidden states that are kept: layer 20 of 30 was better than 10 and 30."""
ROUGH_BITS = 10.0
"""Bits from which a token counts as rough."""
LONG_ENOUGH = 60
"""Tokens below which every text is rougher: not compared."""


@dataclass(frozen=True, slots=True)
class NeutralReading:
    """What a neutral model says of one text.

    Attributes:
        bits_per_byte: Surprise of the tokens read, in bits for each byte of theirs.
        rough_share: Share of the tokens of more than `ROUGH_BITS`.
        tokens: Tokens read.
        hidden: Mean hidden state at two thirds of the depth. Shape: (width,).
    """

    bits_per_byte: float
    rough_share: float
    tokens: int
    hidden: NDArray[np.float32]


class NeutralModel(Protocol):
    """What a judge asks of a language model."""

    name: str
    """Name and version: scores of different models are never compared."""

    def read(self, texts: Sequence[str]) -> list[NeutralReading]:
        """Return a reading of the prose of each text."""
        ...


class TorchNeutral:
    """Reads with a causal language model of transformers, one text at a time."""

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        """Read with `model`.

        Args:
            model: A causal language model in evaluation mode.
            tokenizer: Its tokenizer.
            name: Name and version.
        """
        self.name = name
        self._model = model
        self._tokenizer = tokenizer

    def read(self, texts: Sequence[str]) -> list[NeutralReading]:
        """Return a reading of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> NeutralReading:
        import torch

        line = text[: 12 * MAX_TOKENS]
        ids = self._tokenizer(line, add_special_tokens=False)["input_ids"][:MAX_TOKENS]
        if len(ids) < 2:
            width = int(self._model.config.hidden_size)
            return NeutralReading(math.nan, math.nan, len(ids), np.zeros(width, np.float32))
        row = torch.tensor([ids], device=self._model.device)
        with torch.inference_mode():
            out = self._model(row, output_hidden_states=True)
            logs = torch.log_softmax(out.logits[0, :-1].float(), dim=-1)
            nats = -logs.gather(1, row[0, 1:, None])[:, 0].cpu().numpy().astype(np.float64)
            layer = round((len(out.hidden_states) - 1) * LAYER_SHARE)
            hidden = out.hidden_states[layer][0].float().mean(dim=0).cpu().numpy()
        bits = nats / math.log(2)
        size = len(self._tokenizer.decode(ids[1:]).encode())
        return NeutralReading(
            float(bits.sum()) / max(size, 1), float((bits > ROUGH_BITS).mean()), len(ids), hidden
        )
