"""A hashed n-gram language model in numpy: interpolated Witten-Bell, stored as arrays.

Tokens are 64-bit numbers (characters, hashed words, hashed tags), so one model serves prose, word
classes and markup. Every n-gram keeps its interpolated probability and every history its back-off
weight, as in an ARPA file; n-grams that occur once are dropped from the third order on.

Source:
    Witten, Bell, "The zero-frequency problem", 1991; Chen, Goodman, "An empirical study of
    smoothing techniques for language modeling", 1999.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_START = np.uint64(0x5851F42D4C957F2D)
UNSEEN_TYPES = 1_000
"""Words that the vocabulary is taken to hold besides those seen: the floor of a probability."""
KEPT_WHOLE = 2
"""Up to this order n-grams that occur once are kept."""


@dataclass(frozen=True, slots=True)
class NgramTable:
    """N-grams of one order, and the histories before them.

    Attributes:
        keys: Hashes of n-grams, ascending.
        logs: Natural logarithm of each n-gram's interpolated probability.
        histories: Hashes of histories, ascending.
        backoffs: Natural logarithm of each history's weight of the lower order.
    """

    keys: Tokens
    logs: NDArray[np.float32]
    histories: Tokens
    backoffs: NDArray[np.float32]


def _grams(tokens: Tokens, order: int) -> list[Tokens]:
    """Return the hash of the n-gram that ends at each token, for n = 0 to `order`."""
    grams = [np.zeros(len(tokens), np.uint64)]
    for _ in range(order):
        before = np.empty_like(grams[-1])
        before[0] = _START
        before[1:] = grams[-1][:-1]
        state = (before * _STEP + tokens) * _MIX
        grams.append(state ^ (state >> np.uint64(31)))
    return grams


def _joined(sequences: Sequence[Tokens], order: int) -> tuple[Tokens, NDArray[np.bool_]]:
    """Return all sequences in a row, start marks before each, and which tokens are real."""
    pad = np.full(order - 1, _START, np.uint64)
    parts: list[Tokens] = []
    real: list[NDArray[np.bool_]] = []
    for sequence in sequences:
        parts += [pad, sequence]
        real += [np.zeros(order - 1, bool), np.ones(len(sequence), bool)]
    if not parts:
        return np.zeros(0, np.uint64), np.zeros(0, bool)
    return np.concatenate(parts), np.concatenate(real)


def _lookup(
    keys: Tokens, values: NDArray[np.float32], asked: Tokens
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the value of each key that is there, and which ones are."""
    if not len(keys):
        return np.zeros(len(asked), np.float32), np.zeros(len(asked), bool)
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return values[at], keys[at] == asked


@dataclass(frozen=True, slots=True)
class NgramModel:
    """An n-gram language model over 64-bit tokens.

    Attributes:
        floor: Natural logarithm of the probability of a token that was never seen.
        tables: One a length of n-gram, the shortest first.
    """

    floor: float
    tables: tuple[NgramTable, ...]

    @property
    def order(self) -> int:
        """Longest n-gram."""
        return len(self.tables)

    @classmethod
    def fit(cls, sequences: Sequence[Tokens], order: int) -> NgramModel:
        """Return a model of the sequences, each of which begins anew.

        Args:
            sequences: Tokens of each text.
            order: Longest n-gram, at least 1.
        """
        tokens, real = _joined(sequences, order)
        grams = _grams(tokens, order)
        at = np.flatnonzero(real)
        types = len(np.unique(grams[1][at])) + UNSEEN_TYPES
        below = np.full(len(at), 1.0 / types)
        floor, tables = float(np.log(1.0 / types)), []
        for n in range(1, order + 1):
            keys, first, inverse, counts = np.unique(
                grams[n][at], return_index=True, return_inverse=True, return_counts=True
            )
            before = at - 1
            context = np.where(before >= 0, grams[n - 1][before], np.uint64(0))
            histories, place = np.unique(context, return_inverse=True)
            totals = np.bincount(place, minlength=len(histories)).astype(np.float64)
            kinds = np.bincount(place[first], minlength=len(histories)).astype(np.float64)
            backoff = kinds / (totals + kinds)
            share = counts[inverse] / (totals + kinds)[place]
            below = share + backoff[place] * below
            kept = counts > 1 if n > KEPT_WHOLE else np.ones(len(keys), bool)
            tables.append(
                NgramTable(
                    keys[kept],
                    np.log(below[first][kept]).astype(np.float32),
                    histories,
                    np.log(backoff).astype(np.float32),
                )
            )
        return cls(floor, tuple(tables))

    def logs(self, sequences: Sequence[Tokens]) -> NDArray[np.float64]:
        """Return the mean log probability of a token of each sequence, by order.

        Args:
            sequences: Tokens of each text; an empty one gets NaN.

        Returns:
            Natural logarithms; the last row is of the whole model.

            Shape: (order, len(sequences)).
        """
        tokens, real = _joined(sequences, self.order)
        grams = _grams(tokens, self.order)
        at = np.flatnonzero(real)
        text = np.repeat(np.arange(len(sequences)), [len(s) for s in sequences])
        lengths = np.array([len(s) for s in sequences], np.float64)
        value = np.full(len(at), self.floor)
        means = np.full((self.order, len(sequences)), np.nan)
        for n, table in enumerate(self.tables, 1):
            known, hit = _lookup(table.keys, table.logs, grams[n][at])
            context = np.where(at > 0, grams[n - 1][at - 1], np.uint64(0))
            # Where the history was never seen, the lower order is the answer as it is.
            weight, seen = _lookup(table.histories, table.backoffs, context)
            value = np.where(hit, known, value + np.where(seen, weight, 0.0))
            with np.errstate(invalid="ignore", divide="ignore"):
                means[n - 1] = np.bincount(text, weights=value, minlength=len(sequences)) / lengths
        return means

    def plain(self) -> dict[str, Any]:
        """Return the model as arrays and numbers."""
        state: dict[str, Any] = {"floor": self.floor, "order": self.order}
        for n, table in enumerate(self.tables, 1):
            state[f"{n}"] = {
                "keys": table.keys,
                "logs": table.logs.astype(np.float16),
                "histories": table.histories,
                "backoffs": table.backoffs.astype(np.float16),
            }
        return state

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> NgramModel:
        """Return the model that `plain` took apart; logarithms were rounded to 16 bits."""
        tables = [state[f"{n}"] for n in range(1, int(state["order"]) + 1)]
        return cls(
            float(state["floor"]),
            tuple(
                NgramTable(
                    t["keys"],
                    t["logs"].astype(np.float32),
                    t["histories"],
                    t["backoffs"].astype(np.float32),
                )
                for t in tables
            ),
        )
