"""g-values: pseudorandom bits of a token behind its context, which the watermark prefers to be 1.

A keyed 64-bit hash of the last tokens and a candidate gives the bits of all layers at once. The
arithmetic is that of 64-bit integers that wrap around, so numpy and torch give the same bits on
every machine.

Sources:
    Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature
    634, 2024 (SynthID-Text).
    Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014 (how bits are mixed).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYERS = 30
"""Layers of the tournament; as in the paper."""
CONTEXT = 4
"""Tokens before a candidate that decide its g-values with it; as in the paper."""
KEY = 0x6572617374796C65
"""The public key: the letters of `erastyle`. Whoever changes it detects no text of others."""
_GOLDEN = 0x9E3779B97F4A7C15


def _signed(value: int) -> int:
    """Return the signed 64-bit integer with the same bits."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


_STEP, _FIRST, _SECOND = map(_signed, (_GOLDEN, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _shifted(values: Any, bits: int) -> Any:
    """Return values shifted to the right; zeros follow, whatever the sign."""
    return (values >> bits) & ((1 << (64 - bits)) - 1)


def _mixed(values: Any) -> Any:
    """Return values whose every bit depends on all bits of the given ones."""
    values = (values ^ _shifted(values, 30)) * _FIRST
    values = (values ^ _shifted(values, 27)) * _SECOND
    return values ^ _shifted(values, 31)


def context_hashes(contexts: Sequence[Sequence[int]] | NDArray[Any], key: int = KEY) -> Any:
    """Return a hash of each context.

    Args:
        contexts: The last `CONTEXT` tokens before a candidate. Shape: (contexts, CONTEXT).
        key: The key.

    Returns:
        Shape: (contexts,), 64-bit integers.
    """
    tokens = np.asarray(contexts, dtype=np.int64).reshape(-1, CONTEXT)
    hashes = np.full(len(tokens), _signed(key), dtype=np.int64)
    for column in range(CONTEXT):
        hashes = _mixed(hashes + (tokens[:, column] + 1) * _STEP)
    return hashes


def g_hashes(contexts: Any, tokens: Any) -> Any:
    """Return a number for each candidate, whose bit n is its g-value of layer n.

    Args:
        contexts: Hashes of contexts, as an array or a tensor that broadcasts with `tokens`.
        tokens: Candidates, as 64-bit integers of the same library.
    """
    return _mixed(_mixed(contexts + (tokens + 1) * _STEP))


def bits(hashes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the g-values of each layer.

    Returns:
        0 or 1. Shape: (*shape of the hashes, LAYERS).
    """
    g: NDArray[np.int64] = (hashes[..., None] >> np.arange(LAYERS, dtype=np.int64)) & 1
    return g
