"""Conversions between Arrow arrays, NumPy arrays and text without `pyarrow.array` and `to_numpy`.

Those two import pandas if it is installed. The import takes a third of a second, a tenth of the
duplicate search in 100 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


def numbers(values: NDArray[Any]) -> pa.Array:
    """Return an Arrow array that shares the memory of a flat NumPy array of numbers."""
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def flat(array: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Return whole numbers without nulls as a NumPy array that shares the memory of one chunk."""
    import pyarrow as pa

    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    dtype = np.dtype(str(array.type))
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype)[chunk.offset :][: len(chunk)]
        for chunk in chunks
        if len(chunk)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, dtype), *parts])


def strings(texts: Sequence[str]) -> pa.Array:
    """Return an Arrow `large_string` array of `texts`."""
    import pyarrow as pa

    raws = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([0, *map(len, raws)], dtype=np.int64)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(raws))]
    return pa.Array.from_buffers(pa.large_string(), len(raws), buffers)


def lists(values: NDArray[Any]) -> pa.Array:
    """Return an Arrow `large_list` of the rows of a matrix. Shape: (rows, width), width > 0."""
    import pyarrow as pa

    offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int64)
    return pa.LargeListArray.from_arrays(numbers(offsets), numbers(values.ravel()))


def binaries(values: NDArray[np.uint8]) -> pa.Array:
    """Return an Arrow `large_binary` of the rows of a matrix of bytes. Shape: (rows, width)."""
    import pyarrow as pa

    offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(pa.large_binary(), len(values), buffers)


def matrix(array: pa.Array, width: int) -> NDArray[np.uint8]:
    """Return rows of binaries of one width as a matrix of bytes. Shape: (len(array), width)."""
    import pyarrow as pa

    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    array = array.cast(pa.large_binary())
    start = np.frombuffer(array.buffers()[1], np.int64)[array.offset] if len(array) else 0
    data = np.frombuffer(array.buffers()[2] or b"", np.uint8)
    return data[start : start + len(array) * width].reshape(len(array), width)
