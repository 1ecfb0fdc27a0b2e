"""Whether a row of tokens bears the watermark: the weighted mean of its g-values, and a p-value.

Each context counts once, at its first place. Without a watermark the g-values behind different
contexts are independent bits, 0 and 1 equally often: that is the assumption, and it holds for a
text that was written without regard to the key, because the hash is a mixing function that knows
nothing of language. A sum of such bits with weights w has variance sum(w^2) / 4 for each context,
so the standardised mean is standard normal, to a very good approximation from the first context on
(30 bits) and with a thinner tail: cosh(x) <= exp(x^2 / 2).

Where a part of a text bears the mark, the part says more than the whole. So windows of half the
text, a quarter and so on are tested too. The whole text has one half of the false alarms, all
windows together the other half (Bonferroni).

Source:
    Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature
    634, 2024 (weighted mean of g-values).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erastyle.train.model.watermark.g_values import (
    CONTEXT,
    KEY,
    LAYERS,
    bits,
    context_hashes,
    g_hashes,
)

WEIGHTS = np.linspace(10.0, 1.0, LAYERS)
"""Weight of each layer: the first ones choose among more tokens and so tell more."""
SMALLEST = 32
"""Fewest contexts of a window."""


@dataclass(frozen=True, slots=True)
class WatermarkEvidence:
    """What a row of tokens says about the watermark.

    Attributes:
        contexts: Unrepeated contexts, each with the token behind it.
        mean: Weighted mean of their g-values; about 0.5 without a watermark.
        p_whole: Chance that an unmarked text of this length has such a mean or a greater one.
        p: Chance that any test of this text, whole or window, says as much without a watermark.
        start: First token of the window that says most.
        end: Token behind its last one.
    """

    contexts: int
    mean: float
    p_whole: float
    p: float
    start: int
    end: int


def unrepeated(ids: Sequence[int]) -> NDArray[np.int64]:
    """Return the places of the tokens whose context stands there for the first time."""
    tokens = np.asarray(ids, dtype=np.int64)
    if len(tokens) <= CONTEXT:
        return np.zeros(0, dtype=np.int64)
    contexts = np.lib.stride_tricks.sliding_window_view(tokens, CONTEXT)[:-1]
    first = np.unique(contexts, axis=0, return_index=True)[1]
    return np.sort(first).astype(np.int64) + CONTEXT


def g_values(ids: Sequence[int], places: NDArray[np.int64], key: int = KEY) -> NDArray[np.int64]:
    """Return the g-values of the tokens at some places.

    Returns:
        0 or 1. Shape: (places, LAYERS).
    """
    tokens = np.asarray(ids, dtype=np.int64)
    contexts = tokens[places[:, None] + np.arange(-CONTEXT, 0)]
    return bits(g_hashes(context_hashes(contexts, key), tokens[places]))


def upper_tail(z: float) -> float:
    """Return the chance that a standard normal number is at least `z`.

    >>> round(upper_tail(0.0), 3), round(upper_tail(2.326), 3)
    (0.5, 0.01)
    """
    return 0.5 * math.erfc(z / math.sqrt(2))


def evidence(ids: Sequence[int], key: int = KEY) -> WatermarkEvidence:
    """Return what a row of tokens says about the watermark.

    Args:
        ids: Token ids.
        key: The key.
    """
    places = unrepeated(ids)
    if not len(places):
        return WatermarkEvidence(0, 0.5, 1.0, 1.0, 0, len(ids))
    means = g_values(ids, places, key) @ (WEIGHTS / WEIGHTS.sum())
    deviation = math.sqrt(float((WEIGHTS**2).sum())) / 2 / float(WEIGHTS.sum())
    scores = (means - 0.5) / deviation
    p_whole = upper_tail(float(scores.sum()) / math.sqrt(len(scores)))
    p, first, last = p_whole, 0, len(scores)
    starts, sizes = _windows(len(scores))
    if len(starts):
        sums = np.concatenate([[0.0], scores.cumsum()])
        z = (sums[starts + sizes] - sums[starts]) / np.sqrt(sizes)
        best = int(z.argmax())
        p_window = len(starts) * upper_tail(float(z[best]))
        if p_window < p_whole:
            first, last = int(starts[best]), int(starts[best] + sizes[best])
        p = min(1.0, 2 * min(p_whole, p_window))
    end = int(places[last - 1]) + 1 if last < len(places) else len(ids)
    start = int(places[first]) if first else 0
    return WatermarkEvidence(len(places), float(means.mean()), p_whole, p, start, end)


def _windows(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the starts and sizes of the windows of a text: halves, quarters …, which overlap."""
    starts: list[int] = []
    sizes: list[int] = []
    size = count // 2
    while size >= SMALLEST:
        own = range(0, count - size + 1, max(1, size // 2))
        starts += own
        sizes += [size] * len(own)
        size //= 2
    return np.asarray(starts, dtype=np.int64), np.asarray(sizes, dtype=np.int64)
