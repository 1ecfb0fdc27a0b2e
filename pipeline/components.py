"""Connected components: which documents hang together through pairs of copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]


def smallest(one: Indices, other: Indices, size: int) -> Indices:
    """Return for each of the numbers 0 … `size` - 1 the smallest that it is connected with.

    Edges join `one[i]` and `other[i]`. Every round hooks roots to smaller neighbours and halves the
    paths, so a chain of a million takes some twenty rounds.

    Shape: (size,).

    Source:
        Shiloach and Vishkin, "An O(log n) parallel connectivity algorithm", 1982.
    """
    label = np.arange(size)
    while len(one):
        low, high = np.minimum(label[one], label[other]), np.maximum(label[one], label[other])
        live = low != high
        one, other, low, high = one[live], other[live], low[live], high[live]
        np.minimum.at(label, high, low)
        while not np.array_equal(label, jumped := label[label]):
            label = jumped
    return label
