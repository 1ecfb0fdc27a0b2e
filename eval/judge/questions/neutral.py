"""A neutral language model: how surprising a text is to it, and what it makes of the text.

A neutral model has neither learnt the era nor written the text: a base never judges its own child
alone. Any object with `name` and `read` serves. `TorchNeutral` reads with a causal language
model that somebody else has loaded.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

MAX_TOKENS = 256
"""Tokens of each text that are read, from its start."""
MAX_CHARS = 12 * MAX_TOKENS
MORE_TOKENS = 16
"""Tokens that a text may have more of when its sentences change places."""
ENOUGH_FOR_ORDER = 100
"""Tokens below which the order of sentences is not looked at."""
MIN_UNITS = 6
"""Fewest sentences and lines whose order is looked at."""
LAYER_SHARE = 2 / 3
"""Depth of the hidden states that are kept: layer 20 of 30 was better than 10 and 30."""
ROUGH_BITS = 10.0
"""Bits from which a token counts as rough."""
LONG_ENOUGH = 60
"""Tokens below which every text is rougher: not compared."""


_UNIT = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")


@dataclass(frozen=True, slots=True)
class NeutralReading:
    """What a neutral model says of one text.

    Attributes:
        bits_per_byte: Surprise of the tokens read, in bits for each byte of theirs; NaN: the model
            was not run to its end.
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

    def hear(self, texts: Sequence[str]) -> list[NeutralReading]:
        """Return a reading of each text that has hidden states alone, at half the cost."""
        ...

    def order(self, texts: Sequence[str]) -> list[float]:
        """Return how many bits per byte each text gains by the order of its sentences."""
        ...


class TorchNeutral:
    """Reads with a causal language model of transformers, one text at a time, each text once."""

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        """Read with `model`.

        Args:
            model: A causal language model in evaluation mode.
            tokenizer: Its tokenizer.
            name: Name and version.
        """
        self.name = name
        self.readings: dict[str, NeutralReading] = {}
        """Readings by hash of the text's start: a text is read once."""
        self.orders: dict[str, float] = {}
        """Gains of the order of sentences, by hash of the text's start."""
        self._model = model
        self._tokenizer = tokenizer
        self._lower: Any = None

    def read(self, texts: Sequence[str]) -> list[NeutralReading]:
        """Return a reading of each text."""
        return [self._once(text, whole=True) for text in texts]

    def hear(self, texts: Sequence[str]) -> list[NeutralReading]:
        """Return a reading of each text whose bits are missing: the lower layers alone are run."""
        return [self._once(text, whole=False) for text in texts]

    def order(self, texts: Sequence[str]) -> list[float]:
        """Return how many bits per byte the order of sentences saves, against the order reversed.

        NaN: too short, or too few sentences.
        """
        gains = []
        for text in texts:
            key = start_hash(text)
            if key not in self.orders:
                self.orders[key] = self._gain(text)
            gains.append(self.orders[key])
        return gains

    def _once(self, text: str, *, whole: bool) -> NeutralReading:
        key = start_hash(text)
        known = self.readings.get(key)
        if known is None or (whole and math.isnan(known.bits_per_byte) and known.tokens > 1):
            known = self.readings[key] = self._whole(text) if whole else self._lower_half(text)
        return known

    def _ids(self, text: str, most: int = MAX_TOKENS) -> list[int]:
        ids = self._tokenizer(text[:MAX_CHARS], add_special_tokens=False)["input_ids"]
        return list(ids[:most])

    def _whole(self, text: str) -> NeutralReading:
        ids = self._ids(text)
        if len(ids) < 2:
            return self._nothing(len(ids))
        bits, hidden = self._bits(ids)
        size = len(self._tokenizer.decode(ids[1:]).encode())
        rough = float((bits > ROUGH_BITS).mean())
        return NeutralReading(float(bits.sum()) / max(size, 1), rough, len(ids), hidden)

    def _nothing(self, tokens: int) -> NeutralReading:
        width = int(self._model.config.hidden_size)
        return NeutralReading(math.nan, math.nan, tokens, np.zeros(width, np.float32))

    def _bits(self, ids: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return the bits of each token but the first, and the mean hidden state."""
        import torch

        row = torch.tensor([list(ids)], device=self._model.device)
        with torch.inference_mode():
            out = self._model(row, output_hidden_states=True)
            logs = torch.log_softmax(out.logits[0, :-1].float(), dim=-1)
            nats = -logs.gather(1, row[0, 1:, None])[:, 0].cpu().numpy().astype(np.float64)
            layer = round((len(out.hidden_states) - 1) * LAYER_SHARE)
            hidden = out.hidden_states[layer][0].float().mean(dim=0).cpu().numpy()
        return nats / math.log(2), hidden

    def _lower_half(self, text: str) -> NeutralReading:
        import torch

        ids = self._ids(text)
        if len(ids) < 2:
            return self._nothing(len(ids))
        if self._lower is None:
            self._lower = _lower_layers(self._model)
        row = torch.tensor([ids], device=self._model.device)
        with torch.inference_mode():
            hidden = self._lower(row).last_hidden_state[0].float().mean(dim=0).cpu().numpy()
        return NeutralReading(math.nan, math.nan, len(ids), hidden)

    def _gain(self, text: str) -> float:
        ids = self._ids(text)
        if len(ids) < ENOUGH_FOR_ORDER:
            return math.nan
        shown = self._tokenizer.decode(ids)
        mixed = reordered(shown)
        if mixed is None:
            return math.nan
        size = len(self._tokenizer.decode(ids[1:]).encode())
        known = self._once(text, whole=True).bits_per_byte
        bits, _ = self._bits(self._ids(mixed, MAX_TOKENS + MORE_TOKENS))
        return float(bits.sum()) / size - known


def _lower_layers(model: Any) -> Any:
    """Return the model up to the layer whose hidden states are kept; weights are shared."""
    import copy

    import torch

    lower = copy.copy(model.model)
    lower._modules = dict(model.model._modules)
    count = round(len(model.model.layers) * LAYER_SHARE)
    lower.layers = torch.nn.ModuleList(list(model.model.layers)[:count])
    lower.norm = torch.nn.Identity()
    return lower


def start_hash(text: str) -> str:
    """Return a hash of the part of a text that is read."""
    return hashlib.sha256(text[:MAX_CHARS].encode("utf-8", "surrogatepass")).hexdigest()


def reordered(text: str) -> str | None:
    r"""Return a text with its sentences and lines reversed, the first and the last in their places.

    The white space between them stays where it is. None: there are fewer than `MIN_UNITS`.

    >>> reordered("One.  Two.\nThree. Four. Five. Six.")
    'One.  Five.\nFour. Three. Two. Six.'
    """
    between = [match[0] for match in _UNIT.finditer(text)]
    units = _UNIT.split(text)
    if len(units) < MIN_UNITS:
        return None
    moved = [units[0], *units[-2:0:-1], units[-1]]
    return "".join(unit + space for unit, space in zip(moved, [*between, ""], strict=True))
