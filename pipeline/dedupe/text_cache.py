"""Normalised texts put aside while the corpus is read, so that a few can be looked at again.

Verification needs the texts of candidates, a fraction spread over the whole corpus: reading and
normalising everything a second time took a fifth of the search. The texts lie in plain files, one a
batch, and each row keeps where its own is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

SHARE = 0.25
"""Most of the free disk that texts may take."""


def fits(files: Sequence[Path], folder: Path) -> bool:
    """Say whether the prose of Parquet `files` may lie beside `folder` once more, unpacked."""
    import pyarrow.parquet as pq

    size = 0
    for file in files:
        meta = pq.read_metadata(file)
        column = meta.schema.names.index("prose")
        size += sum(
            meta.row_group(i).column(column).total_uncompressed_size
            for i in range(meta.num_row_groups)
        )
    return size <= SHARE * shutil.disk_usage(folder).free


def put(folder: Path, name: int, texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Write `texts` (Arrow `large_string`) to the file `name`; return file, start and size of each.

    A batch that is done twice writes the same file again.
    """
    from erastyle.corpus.text.arrow import numbers

    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1]
    data = texts.buffers()[2]
    first, last = (int(offsets[0]), int(offsets[-1])) if len(texts) else (0, 0)
    with (folder / f"{name:016x}").open("wb") as file:
        if last > first:
            file.write(memoryview(data)[first:last])
    return (
        numbers(np.full(len(texts), name, np.uint64)),
        numbers(offsets[:-1] - first),
        numbers(np.diff(offsets)),
    )


def get(folder: Path, places: Iterable[tuple[int, int, int, int]]) -> Iterator[tuple[int, str]]:
    """Yield key and text for rows of (file, start, size, key), each file opened once."""
    for name, rows in groupby(sorted(places), key=lambda row: row[0]):
        with (folder / f"{name:016x}").open("rb") as file:
            for _, start, size, key in rows:
                file.seek(start)
                yield key, file.read(size).decode("utf-8", "surrogatepass")
