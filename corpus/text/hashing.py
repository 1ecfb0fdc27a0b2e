"""64-bit hashes of runs of bytes, the same on every machine.

The hashes are part of the result of the duplicate search: changing them changes which documents are
dropped.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

BASE = 0x9E3779B97F4A7C15
"""Base of the polynomial; odd, so that it has an inverse modulo 2**64."""
_INVERSE = pow(BASE, -1, 1 << 64)
_PIECE = 1 << 20  # bytes hashed at a time: two tables of powers of 8 MB each


def hash_runs(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> Hashes:
    """Return a 64-bit hash of `data[start:end]` for ascending starts and ends.

    The hash is a polynomial modulo 2**64, so that prefix sums give any run at once. The mixing step
    of MurmurHash3 follows, because the low bits of such a polynomial are weak.

    Args:
        data: Bytes of a text.
        starts: Offset of the first byte of each run, ascending.
        ends: Offset behind the last byte of each run, ascending.

    Returns:
        Hashes. Shape: (len(starts),).
    """
    out = np.empty(len(starts), np.uint64)
    done = 0
    while done < len(starts):
        origin = int(starts[done])
        upto = max(int(np.searchsorted(ends, origin + _PIECE, side="right")), done + 1)
        size = int(ends[upto - 1]) - origin
        power, inverse = _powers(max(size, 1 << 14))
        sums = np.zeros(size + 1, np.uint64)
        np.cumsum((data[origin : origin + size] + np.uint64(1)) * power[:size], out=sums[1:])
        low = starts[done:upto] - origin
        out[done:upto] = (sums[ends[done:upto] - origin] - sums[low]) * inverse[low]
        done = upto
    out ^= (ends - starts).astype(np.uint64)
    return mix(out)


@functools.lru_cache(maxsize=2)
def _table(size: int) -> tuple[Hashes, Hashes]:
    base, inverse = np.full(size, BASE, np.uint64), np.full(size, _INVERSE, np.uint64)
    base[0] = inverse[0] = 1
    return np.cumprod(base, dtype=np.uint64), np.cumprod(inverse, dtype=np.uint64)


def _powers(size: int) -> tuple[Hashes, Hashes]:
    return _table(1 << (size - 1).bit_length())


def mix(values: Hashes) -> Hashes:
    """Return `values` with every bit depending on every other.

    Source:
        The 64-bit finaliser of MurmurHash3 (Austin Appleby, public domain).
    """
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


def distinct(values: Hashes) -> Hashes:
    """Return the different `values` in ascending order.

    This takes half the time of `numpy.unique` on short arrays.
    """
    values = np.sort(values)
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]
