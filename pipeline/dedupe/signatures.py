"""What the search for duplicates knows of each document, in one pass over the corpus.

A fingerprint is small (about 900 bytes) and made by one Daft plan: two hashes for exact copies,
the bands of a MinHash signature for candidates, and a sketch of it to weigh candidates with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import daft

    from erastyle.pipeline.dedupe.options import DuplicateOptions

GROUPS = 8
"""Columns that the bands are spread over, so that one pass reads only an eighth."""

TOGETHER = 512
"""Documents that are normalised at once: more take more memory and no less time."""


def read(files: Sequence[Path], *columns: str) -> daft.DataFrame:
    """Return the plan that reads `columns` of Parquet `files` of documents, and their key.

    The key is a 64-bit hash of the id: a number is quick to group, join and sort by, and its order
    does not depend on how documents are spread over files.
    """
    import daft
    from daft import col
    from daft import functions as f

    frame = daft.read_parquet([str(file) for file in files])
    return frame.select(f.hash(col("id")).alias("key"), *columns)


def write(
    files: Sequence[Path], options: DuplicateOptions, folder: Path, texts: Path | None = None
) -> None:
    """Write the fingerprints of all documents to `folder` as Parquet.

    Columns: `key`, `raw` and `text` (64-bit hashes of the raw bytes and of the normalised prose),
    `words`, `bands_0` … (lists of 64-bit band hashes), `sketch` (8 bits of each MinHash value);
    with `texts`, a folder that the normalised texts are put into, also `file`, `start` and `size`.
    """
    from daft import col
    from daft import functions as f

    frame = read(files, "raw_sha256", "prose").with_column(
        "normal", _normaliser(texts)(col("key"), col("prose"))
    )
    places = ("file", "start", "size") if texts else ()
    frame = frame.select(
        "key",
        f.hash(col("raw_sha256")).alias("raw"),
        f.get(col("normal"), "text").alias("normal"),
        *(f.get(col("normal"), name).alias(name) for name in ("words", *places)),
    )
    if options.shingle == "word-3":
        tokens, size = col("normal"), 3
    else:
        tokens, size = _sampler(options)(col("normal")), 1
    signature = f.minhash(
        tokens,
        num_hashes=options.hashes,
        ngram_size=size,
        seed=options.seed,
    )
    frame = frame.select(
        "key",
        "raw",
        f.hash(col("normal")).alias("text"),
        "words",
        *places,
        _banding(options)(signature),
    )
    frame.write_parquet(str(folder), write_mode="overwrite")


def _normaliser(texts: Path | None) -> Any:
    import daft
    from daft import DataType

    fields = {"text": DataType.string(), "words": DataType.int32()}
    if texts:
        fields |= {"file": DataType.uint64(), "start": DataType.int64(), "size": DataType.int64()}

    def normal(key: daft.Series, prose: daft.Series) -> Any:
        import pyarrow as pa

        from erastyle.corpus.text.arrow import numbers
        from erastyle.corpus.text.normalise import normalise_all
        from erastyle.pipeline.dedupe import text_cache

        text, words = normalise_all(prose.to_arrow())
        columns = [text, numbers(words)]
        if texts:
            name = int(key.to_arrow()[0].as_py()) if len(text) else 0
            columns += text_cache.put(texts, name, text)
        return pa.StructArray.from_arrays(columns, names=list(fields))

    batched = daft.func.batch(
        return_dtype=DataType.struct(fields), use_process=False, batch_size=512
    )
    return batched(normal)


def _sampler(options: DuplicateOptions) -> Any:
    import daft
    from daft import DataType

    ocr, sample = options.ocr, options.sample

    def sampled(text: daft.Series) -> Any:
        from erastyle.corpus.text.arrow import strings

        return strings([char_tokens(t, ocr, sample) for t in text.to_arrow().to_pylist()])

    batched = daft.func.batch(return_dtype=DataType.string(), use_process=False)
    return batched(sampled)


def char_tokens(text: str, ocr: bool, sample: int) -> str:
    """Return character shingles of a normalised text as words for MinHash.

    One in `sample` is chosen, by its own hash, so that two texts choose the same of what they
    share: the similarity that MinHash sees stays the same and costs a fraction. A text in which
    hardly any would be chosen keeps its smallest ones.
    """
    from erastyle.corpus.text.normalise import fold
    from erastyle.corpus.text.shingles import char_hashes

    hashes = char_hashes(fold(text) if ocr else text.replace(" ", ""), 9)
    chosen = hashes[hashes < np.uint64((1 << 64) // sample - 1)] if sample > 1 else hashes
    if len(chosen) < 16:
        chosen = np.sort(hashes)[:16]
    return _hex(chosen)


def _hex(values: np.typing.NDArray[np.uint64]) -> str:
    out = np.full((len(values), 9), 32, np.uint8)
    low = values.astype("<u4").view(np.uint8).reshape(len(values), 4)
    # Two letters a byte: any spelling will do that is the same every time and holds no space.
    out[:, 0:8:2] = (low >> 4) + 97
    out[:, 1:8:2] = (low & 15) + 97
    return out.tobytes()[:-1].decode("ascii")


def groups(bands: int) -> list[np.typing.NDArray[np.int64]]:
    """Return which bands are in which column."""
    return np.array_split(np.arange(bands), min(GROUPS, bands))


def _banding(options: DuplicateOptions) -> Any:
    import daft
    from daft import DataType

    parts = groups(options.bands)
    members = band_members(options.hashes, options.bands, options.rows)
    fields = {f"bands_{i}": DataType.list(DataType.uint64()) for i in range(len(parts))}
    fields["sketch"] = DataType.binary()

    def banded(signature: daft.Series) -> Any:
        import pyarrow as pa

        from erastyle.corpus.text.arrow import binaries, flat, lists

        array = signature.to_arrow()
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        values = flat(array.flatten()).reshape(len(array), -1)
        hashes = band_hashes(values, members)
        columns = [lists(hashes[:, part]) for part in parts]
        columns.append(binaries(values.astype(np.uint8)))
        return pa.StructArray.from_arrays(columns, names=list(fields))

    batched = daft.func.batch(return_dtype=DataType.struct(fields), unnest=True, use_process=False)
    return batched(banded)


def band_members(hashes: int, bands: int, rows: int) -> np.typing.NDArray[np.int64]:
    """Return which MinHash values make each band. Shape: (bands, rows).

    A value serves in several bands: with 64 values, 96 bands of 4 find as much as 32 bands of 4
    made of 128 values would, and more, because MinHash costs by the value. The choice is fixed.
    """
    from erastyle.corpus.text.hashing import mix

    numbers = np.arange(bands * hashes, dtype=np.uint64).reshape(bands, hashes)
    return np.sort(np.argsort(mix(numbers + np.uint64(1)), axis=1)[:, :rows], axis=1)


def band_hashes(
    signatures: np.typing.NDArray[np.uint32], members: np.typing.NDArray[np.int64]
) -> np.typing.NDArray[np.uint64]:
    """Return a 64-bit hash of each band of each signature; equal values in other bands differ.

    Shape: (documents, hashes) and (bands, rows) to (documents, bands).
    """
    from erastyle.corpus.text.hashing import mix

    bands, rows = members.shape
    out = np.broadcast_to(mix(np.arange(1, bands + 1, dtype=np.uint64)), (len(signatures), bands))
    for row in range(rows):
        out = (out ^ signatures[:, members[:, row]]) * np.uint64(0x9E3779B97F4A7C15)
    return mix(out)


def orders(
    sketches: np.typing.NDArray[np.uint8],
) -> np.typing.NDArray[np.uint32]:
    """Return two numbers of each sketch that similar ones are often next to each other by.

    Shape: (documents, hashes) to (documents, 2); from 8 hashes on the two have nothing in common.
    """
    half = sketches.shape[1] // 2
    parts = (sketches[:, :4], sketches[:, half : half + 4])
    return np.hstack([np.ascontiguousarray(part).view(">u4") for part in parts]).astype(np.uint32)


def estimate(
    one: np.typing.NDArray[np.uint8], other: np.typing.NDArray[np.uint8]
) -> np.typing.NDArray[np.float32]:
    """Return the estimated Jaccard similarity of rows of sketches.

    Shape: (pairs, hashes) twice to (pairs,).

    Source:
        Li and König, "b-Bit Minwise Hashing", 2010, with b = 8: one in 256 values agrees by chance.
    """
    agree = np.count_nonzero(one == other, axis=-1) / one.shape[-1]
    return np.asarray((agree - 1 / 256) / (1 - 1 / 256), np.float32)


def slack(threshold: float, hashes: int) -> float:
    """Return how far below a threshold an estimate may lie before a pair is given up.

    Four standard errors: one true pair in 30,000 at the very threshold is lost, fewer above it.
    """
    return 4 * math.sqrt(threshold * (1 - threshold) / hashes)
