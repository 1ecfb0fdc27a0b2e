"""Hashed feature rows: which columns a document uses, and with what value.

Features are hashed into a fixed number of columns, so a classifier is two arrays and needs no
vocabulary.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

Row = tuple[NDArray[np.int32], NDArray[np.float64]]
"""Columns of one document and their values. Shape: (features,) each."""

TOKEN_BITS = 15
"""Named features, such as tags and function words, are hashed into 2**15 columns."""


@lru_cache(maxsize=1 << 16)
def column(token: str, bits: int) -> int:
    """Return the column of a named feature; cached, because few tokens make up most markup.

    >>> column("word:of the", 17) == column("word:of the", 17) < 2**17
    True
    """
    return (zlib.crc32(token.encode("utf-8", "surrogatepass")) * 2654435761 >> 7) % (1 << bits)


def token_row(counts: Counter[str], bits: int = TOKEN_BITS) -> Row:
    """Return columns and values of named features: 1 + log(count) of each."""
    at = np.fromiter((column(token, bits) for token in counts), np.int32, len(counts))
    values = 1.0 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))
    places, inverse = np.unique(at, return_inverse=True)
    summed = np.bincount(inverse, weights=values, minlength=len(places)).astype(np.float64)
    return places, summed


def matrix(rows: Sequence[Row], columns: int) -> sparse.csr_matrix:
    """Return rows as one sparse matrix. Shape: (len(rows), columns)."""
    from scipy import sparse

    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    indices = [at for at, _ in rows] or [np.zeros(0, np.int32)]
    values = [v for _, v in rows] or [np.zeros(0)]
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(indices), ends), shape=(len(rows), columns)
    )
