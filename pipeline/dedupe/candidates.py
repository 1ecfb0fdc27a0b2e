"""Pairs of documents that may be near-duplicates: they share bands, and their sketches agree.

No step is quadratic in the size of a bucket. Every choice is made in the order of keys (hashes of
ids), so the result does not depend on how documents are spread over files or workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.corpus.text.arrow import flat
from erastyle.pipeline.dedupe import connected, signatures

if TYPE_CHECKING:
    import daft
    from numpy.typing import NDArray

    from erastyle.pipeline.dedupe.options import DuplicateOptions

    Keys = NDArray[np.uint64]
    Indices = NDArray[np.int64]

ALL_PAIRS = 8
"""Largest bucket of which every pair is a candidate; a larger one gives a star and two chains."""


def repeated(frame: daft.DataFrame, column: str) -> tuple[Keys, Keys]:
    """Return `key` and `column` of the rows whose value in `column` others share.

    Ascending by value, then key. Only these rows leave the plan: what is unique never does.
    """
    from daft import col

    counts = frame.groupby(column).agg(col("key").count().alias("members"))
    shared = counts.where(col("members") > 1).select(column)
    table = frame.select("key", column).join(shared, on=column, how="semi").to_arrow()
    keys = flat(table["key"])
    values = flat(table[column])
    order = np.lexsort((keys, values))
    return keys[order], values[order]


def exact(folder: Path, options: DuplicateOptions) -> tuple[Keys, Keys]:
    """Return the documents with exact copies, and for each the smallest key among its copies.

    Copies have the same raw bytes, or the same normalised prose of at least `min_words` words.

    Returns:
        Keys, ascending, and the key of the group of each.
    """
    import daft
    from daft import col

    frame = daft.read_parquet(f"{folder}/*.parquet")
    worded = frame.where(col("words") >= options.min_words)
    both = [
        repeated(frame.select("key", "raw"), "raw"),
        repeated(worded.select("key", "text"), "text"),
    ]
    keys = np.unique(np.concatenate([members for members, _ in both]))
    ends = []
    for members, values in both:
        first = np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]
        heads = members[np.flatnonzero(first)][np.cumsum(first) - 1] if len(values) else members
        ends.append((np.searchsorted(keys, members), np.searchsorted(keys, heads)))
    one, other = (np.concatenate(side) for side in zip(*ends, strict=True))
    return keys, keys[connected.smallest(one, other, len(keys))]


LARGE_COLUMNS = 3
"""Columns of bands in which a large bucket gives pairs: near-duplicates share many columns."""
SORTED_COLUMNS = 1
"""Columns in which the members of a large bucket are also paired with neighbours by sketch."""


def candidates(folder: Path, skip: Keys, options: DuplicateOptions, workspace: Path) -> Pairs:
    """Return the pairs of documents that share a band and whose sketches agree well enough.

    In memory are the keys, the hashes of as many bands as fit, and the pairs.

    Args:
        folder: Fingerprints.
        skip: Keys of exact copies that another copy stands for.
        options: Bands, rows, threshold, memory.
        workspace: Folder for the sketches, which are mapped rather than read.
    """
    files = sorted(folder.glob("*.parquet"))
    keys, mask = _searched(files, skip, options)
    order = np.argsort(keys)
    keys = keys[order]
    sketches = _sketches(files, mask, order, options, workspace / "sketches.u8")

    def orders(rows: Indices) -> NDArray[np.uint32]:
        return signatures.orders(sketches[rows])

    pairs = np.zeros(0, np.int64)
    for column, group in enumerate(signatures.groups(options.bands)):
        together, parts = passes(len(keys), len(group), options.memory_mb << 20)
        for first in range(0, len(group), together):
            bands = range(first, min(first + together, len(group)))
            for part in range(parts):
                batches = [pairs]
                for places, hashes in _bands(files, column, bands, mask, order, (part, parts)):
                    at, values = shared(hashes)
                    members = at if places is None else places[at]
                    batches.append(bucket_pairs(members, values, len(keys), column, orders))
                pairs = np.unique(np.concatenate(batches))
    one, other = np.divmod(pairs, max(1, len(keys)))
    weight = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), 100_000):
        span = slice(start, start + 100_000)
        weight[span] = signatures.estimate(sketches[one[span]], sketches[other[span]])
    keep = weight >= options.threshold - signatures.slack(options.threshold, options.hashes)
    return Pairs(keys, sketches, one[keep], other[keep], weight[keep])


def passes(documents: int, width: int, memory: int) -> tuple[int, int]:
    """Return how many bands are read at once, and into how many parts the values of one are cut.

    A hash takes 8 bytes, and four times that while it is sorted and compared.

    >>> passes(1_000_000, 12, 1 << 30), passes(1_000_000, 12, 1 << 26), passes(10**8, 12, 1 << 30)
    ((12, 1), (2, 1), (1, 3))
    """
    each = max(1, documents * 32)
    if memory >= each:
        return min(width, memory // each), 1
    return 1, -(-each // memory)


def shared(values: Keys) -> tuple[Indices, Keys]:
    """Return the places of values that occur more than once, and the values.

    Ascending by value, then place.
    """
    order = np.argsort(values)  # not stable, but three times as fast
    values = values[order]
    chosen = np.zeros(len(values), bool)
    chosen[1:] = values[1:] == values[:-1]
    chosen[:-1] |= chosen[1:]
    places, values = order[chosen], values[chosen]
    order = np.lexsort((places, values))
    return places[order], values[order]


def _searched(
    files: Sequence[Path], skip: Keys, options: DuplicateOptions
) -> tuple[Keys, NDArray[np.bool_]]:
    import pyarrow.parquet as pq

    keys, words = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
    for file in files:
        table = pq.ParquetFile(file).read(["key", "words"])
        keys.append(flat(table["key"]))
        words.append(flat(table["words"]))
    all_keys = np.concatenate(keys)
    mask = np.concatenate(words) >= options.min_words
    if len(skip):
        mask &= ~np.isin(all_keys, skip)
    return all_keys[mask], mask


def _batches(files: Sequence[Path], column: str) -> Iterator[Any]:
    import pyarrow.parquet as pq

    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(8192, columns=[column]):
            yield batch.column(0)


def _bands(
    files: Sequence[Path],
    column: int,
    bands: range,
    mask: NDArray[np.bool_],
    order: Indices,
    part: tuple[int, int],
) -> Iterator[tuple[Indices | None, NDArray[np.uint64]]]:
    """Yield the hashes of some bands of a column, in the order of the keys.

    Where `part` is not (0, 1), it says which of how many parts of the values is wanted; then also
    yields the documents that these are of.
    """
    out = np.empty((len(bands), len(order)), np.uint64) if part[1] == 1 else None
    some: list[tuple[Indices, NDArray[np.uint64]]] = []
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    row, at = 0, 0
    for array in _batches(files, f"bands_{column}"):
        values = flat(array.flatten()).reshape(len(array), -1)[mask[row : row + len(array)]]
        values = values[:, bands.start : bands.stop]
        here = place[at : at + len(values)]
        if out is not None:
            out[:, here] = values.T
        else:
            wanted = values[:, 0] % np.uint64(part[1]) == part[0]
            some.append((here[wanted], values[wanted, 0]))
        row, at = row + len(array), at + len(values)
    if out is not None:
        yield from ((None, hashes) for hashes in out)
    elif some:
        places, hashes = (np.concatenate(side) for side in zip(*some, strict=True))
        sort = np.argsort(places)
        yield places[sort], hashes[sort]


class Pairs:
    """Candidate pairs `keys[one[i]]`, `keys[other[i]]`, `one[i] < other[i]`, likeliest first.

    Attributes:
        keys: Documents that were searched, ascending.
        sketches: A sketch of each. Shape: (keys, hashes).
        one: Index of a document of each pair.
        other: Index of the other one.
        weight: Estimated similarity of each pair.
    """

    def __init__(
        self,
        keys: Keys,
        sketches: NDArray[np.uint8],
        one: Indices,
        other: Indices,
        weight: NDArray[np.float32],
    ) -> None:
        """Sort the pairs by falling estimate, then key."""
        order = np.lexsort((other, one, -weight))
        self.keys, self.sketches = keys, sketches
        self.one, self.other, self.weight = one[order], other[order], weight[order]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.one)


def _sketches(
    files: Sequence[Path],
    mask: NDArray[np.bool_],
    order: Indices,
    options: DuplicateOptions,
    path: Path,
) -> NDArray[np.uint8]:
    """Return the sketches in the order of the keys, from a file that the system pages in."""
    from erastyle.corpus.text.arrow import matrix

    size = options.hashes
    if not len(order):
        return np.zeros((0, size), np.uint8)
    out = np.memmap(path, np.uint8, "w+", shape=(len(order), size))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    row, at = 0, 0
    for array in _batches(files, "sketch"):
        part = matrix(array, size)[mask[row : row + len(array)]]
        out[place[at : at + len(part)]] = part
        row, at = row + len(array), at + len(part)
    return out


def bucket_pairs(
    members: Indices,
    values: Keys,
    size: int,
    column: int,
    orders: Callable[[Indices], NDArray[np.uint32]],
) -> Indices:
    """Return the candidate pairs of buckets as `one * size + other`, ascending, each once.

    A bucket of n documents gives all its pairs up to `ALL_PAIRS`. A larger one gives at most 3 n:
    each document with the first, and neighbours in two orders that bring similar sketches together.
    That connects the true pairs of a bucket of half the corpus without comparing all its pairs.

    Args:
        members: Index of each document, ascending within a bucket. Shape: (rows,).
        values: Band hash of each row, ascending.
        size: Above every index.
        column: Number of the column of bands; large buckets give fewer pairs in later ones.
        orders: Gives for indices what their neighbours are found by. Shape: (indices, 2).
    """
    if not len(values):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    sizes = np.diff(np.append(starts, len(values)))
    pairs: list[Indices] = []

    def add(left: Indices, right: Indices) -> None:
        low, high = np.minimum(left, right), np.maximum(left, right)
        pairs.append((low * size + high)[low != high])

    for count in range(2, ALL_PAIRS + 1):
        rows = members[starts[sizes == count][:, None] + np.arange(count)]
        left, right = np.triu_indices(count, 1)
        add(rows[:, left].ravel(), rows[:, right].ravel())
    large = np.repeat(sizes > ALL_PAIRS, sizes)
    if column < LARGE_COLUMNS and large.any():
        bucket = np.repeat(np.arange(len(sizes)), sizes)[large]
        rows = members[large]
        add(members[starts][bucket], rows)
        for by in orders(rows).T if column < SORTED_COLUMNS else ():
            order = np.lexsort((rows, by, bucket))
            near, same = rows[order], bucket[order][1:] == bucket[order][:-1]
            add(near[:-1][same], near[1:][same])
    return np.unique(np.concatenate(pairs))


def chosen(frame: daft.DataFrame, keys: Keys) -> Iterable[Any]:
    """Yield Arrow batches of the rows of `frame` with one of `keys`."""
    import daft
    import pyarrow as pa

    from erastyle.corpus.text.arrow import numbers

    if not len(keys):
        return
    yield from frame.join(
        daft.from_arrow(pa.table([numbers(keys)], names=["key"])), on="key", how="semi"
    ).to_arrow_iter()
