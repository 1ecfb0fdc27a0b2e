"""Which documents are copies of which: candidates from equal bands, verified by their shingles.

Nothing here is quadratic in the size of a bucket. Every choice is made in the order of keys (hashes
of ids), so the result does not depend on how documents are spread over files or workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.pipeline import fingerprints

if TYPE_CHECKING:
    import daft
    from numpy.typing import NDArray

    from erastyle.pipeline.duplicates import DuplicateOptions

    Keys = NDArray[np.uint64]
    Indices = NDArray[np.int64]

ALL_PAIRS = 8
"""Largest bucket of which every pair is a candidate; a larger one gives a star and two chains."""


class Forest:
    """Disjoint sets of the numbers 0 … `size` - 1."""

    def __init__(self, size: int) -> None:
        """Start with every number on its own."""
        self.parent = list(range(size))

    def find(self, one: int) -> int:
        """Return the smallest number of the set of `one`."""
        parent = self.parent
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    def join(self, one: int, other: int) -> bool:
        """Unite two sets; say whether they were two."""
        one, other = self.find(one), self.find(other)
        self.parent[max(one, other)] = min(one, other)
        return one != other


def repeated(frame: daft.DataFrame, column: str) -> tuple[Keys, Keys]:
    """Return `key` and `column` of the rows whose value in `column` others share.

    Ascending by value, then key. Only these rows leave the plan: what is unique never does.
    """
    from daft import col

    counts = frame.groupby(column).agg(col("key").count().alias("members"))
    shared = counts.where(col("members") > 1).select(column)
    table = frame.select("key", column).join(shared, on=column, how="semi").to_arrow()
    keys = table["key"].to_numpy().astype(np.uint64, copy=False)
    values = table[column].to_numpy().astype(np.uint64, copy=False)
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
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    frame = daft.read_parquet(f"{folder}/*.parquet")
    worded = frame.where(col("words") >= options.min_words)
    found = [
        repeated(frame.select("key", "raw"), "raw"),
        repeated(worded.select("key", "text"), "text"),
    ]
    keys = np.unique(np.concatenate([k for k, _ in found]))
    ends = []
    for members, values in found:
        first = np.concatenate(([True], values[1:] != values[:-1]))[: len(values)]
        heads = members[np.flatnonzero(first)][np.cumsum(first) - 1] if len(values) else members
        ends.append((np.searchsorted(keys, members), np.searchsorted(keys, heads)))
    one, other = (np.concatenate(side) for side in zip(*ends, strict=True))
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(keys), len(keys)))
    _, label = connected_components(graph, directed=False)
    smallest = np.full(label.max(initial=-1) + 1, len(keys))
    np.minimum.at(smallest, label, np.arange(len(keys)))
    return keys, keys[smallest[label]] if len(keys) else keys


def candidates(folder: Path, skip: Keys, options: DuplicateOptions) -> Pairs:
    """Return the pairs of documents that share a band and whose sketches agree well enough.

    Args:
        folder: Fingerprints.
        skip: Keys of exact copies that another copy stands for.
        options: Bands, rows, threshold.
    """
    import daft
    import pyarrow as pa
    from daft import col

    frame = daft.read_parquet(f"{folder}/*.parquet").where(col("words") >= options.min_words)
    if len(skip):
        frame = frame.join(daft.from_arrow(pa.table({"key": skip})), on="key", how="anti")
    rows: list[tuple[Keys, Keys]] = []
    for group in range(min(fingerprints.GROUPS, options.bands)):
        column = f"bands_{group}"
        rows.append(repeated(frame.select("key", column).explode(column).collect(), column))
    keys = np.unique(np.concatenate([k for k, _ in rows]))
    sketches = _sketches(folder, keys, options)
    pairs = np.zeros(0, np.int64)
    for members, values in rows:
        new = bucket_pairs(np.searchsorted(keys, members), values, sketches)
        pairs = np.union1d(pairs, new)
    one, other = np.divmod(pairs, max(1, len(keys)))
    weight = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), 100_000):
        part = slice(start, start + 100_000)
        weight[part] = fingerprints.estimate(sketches[one[part]], sketches[other[part]])
    least = options.threshold - fingerprints.slack(options.threshold, options.bands * options.rows)
    keep = weight >= least
    return Pairs(keys, sketches, one[keep], other[keep], weight[keep])


class Pairs:
    """Candidate pairs `keys[one[i]]`, `keys[other[i]]`, `one[i] < other[i]`, likeliest first."""

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


def _sketches(folder: Path, keys: Keys, options: DuplicateOptions) -> NDArray[np.uint8]:
    import daft
    import pyarrow as pa

    size = options.bands * options.rows
    out = np.zeros((len(keys), size), np.uint8)
    if not len(keys):
        return out
    frame = daft.read_parquet(f"{folder}/*.parquet").select("key", "sketch")
    wanted = frame.join(daft.from_arrow(pa.table({"key": keys})), on="key", how="semi")
    for batch in wanted.to_arrow_iter():
        index = np.searchsorted(keys, batch["key"].to_numpy())
        data = batch["sketch"].cast(pa.large_binary())
        flat = np.frombuffer(data.buffers()[2], np.uint8)[data.offset * size :][: len(data) * size]
        out[index] = flat.reshape(len(data), size)
    return out


def bucket_pairs(members: Indices, values: Keys, sketches: NDArray[np.uint8]) -> Indices:
    """Return the candidate pairs of buckets as `one * len(sketches) + other`, ascending, each once.

    A bucket of n documents gives all its pairs up to `ALL_PAIRS`, and about 3 n above: everybody
    with the first, and neighbours in two orders that bring similar sketches together. So a true
    pair inside a bucket of half the corpus is found although nobody compares everybody.

    Args:
        members: Index of each document. Shape: (rows,).
        values: Band hash of each row, ascending.
        sketches: Shape: (documents, hashes).
    """
    if not len(values):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    sizes = np.diff(np.append(starts, len(values)))
    found: list[Indices] = []

    def add(left: Indices, right: Indices) -> None:
        low, high = np.minimum(left, right), np.maximum(left, right)
        found.append(np.unique((low * len(sketches) + high)[low != high]))

    for size in range(2, ALL_PAIRS + 1):
        rows = members[starts[sizes == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(size, 1)
        add(rows[:, left].ravel(), rows[:, right].ravel())
    large = np.repeat(sizes > ALL_PAIRS, sizes)
    if large.any():
        bucket = np.repeat(np.arange(len(sizes)), sizes)[large]
        rows = members[large]
        first = members[starts][bucket]
        add(first, rows)
        width = sketches.shape[1]
        for at in (0, width // 2):
            part = np.ascontiguousarray(sketches[rows][:, at : at + 4]).view(">u4").ravel()
            order = np.lexsort((rows, part, bucket))
            near, same = rows[order], bucket[order][1:] == bucket[order][:-1]
            add(near[:-1][same], near[1:][same])
    return np.unique(np.concatenate(found))


class Shingles:
    """The shingle hashes of many documents, in one file beside the corpus rather than in memory."""

    def __init__(self, path: Path, options: DuplicateOptions) -> None:
        """Start an empty store at `path`."""
        self._file = path.open("w+b")
        self._where: dict[int, tuple[int, int]] = {}
        self._end = 0
        self._least = options.least

    def add(self, key: int, hashes: Keys) -> None:
        """Store the hashes of a document."""
        self._file.seek(self._end)
        self._file.write(hashes.tobytes())
        self._where[key] = (self._end, len(hashes))
        self._end += hashes.nbytes

    def similarity(self, one: int, other: int) -> float:
        """Return the Jaccard similarity of two documents, or 0 where they are no near copies."""
        from erastyle.corpus.similarity import jaccard

        sizes = self._where[one][1], self._where[other][1]
        least = self._least(*sizes)
        if min(sizes) < least * max(sizes):  # the sizes alone rule it out
            return 0.0
        found = jaccard(self._get(one), self._get(other))
        return found if found >= least else 0.0

    def _get(self, key: int) -> Keys:
        start, size = self._where[key]
        self._file.seek(start)
        return np.frombuffer(self._file.read(size * 8), np.uint64)

    def close(self) -> None:
        """Close and remove the file."""
        self._file.close()
        Path(self._file.name).unlink()


def shingle(files: Sequence[Path], keys: Keys, options: DuplicateOptions, path: Path) -> Shingles:
    """Return the store of the shingles of the documents with these `keys`."""
    from erastyle.corpus.similarity import normalise_all, shingles

    store = Shingles(path, options)
    for batch in chosen(fingerprints.read(files, "prose"), keys):
        texts, _ = normalise_all(batch["prose"])
        for key, text in zip(batch["key"].to_pylist(), texts.to_pylist(), strict=True):
            store.add(key, shingles(text, options.shingle, ocr=options.ocr))
    return store


def chosen(frame: daft.DataFrame, keys: Keys) -> Iterable[Any]:
    """Yield Arrow batches of the rows of `frame` with one of `keys`."""
    import daft
    import pyarrow as pa

    if not len(keys):
        return
    yield from frame.join(
        daft.from_arrow(pa.table({"key": keys})), on="key", how="semi"
    ).to_arrow_iter()


def verify(pairs: Pairs, store: Shingles) -> list[list[int]]:
    """Return the connected sets of indices whose links are near copies by their real similarity.

    A pair whose two sides are connected already is not compared again, so half a corpus of near
    copies costs one comparison a document, not one a pair.
    """
    forest = Forest(len(pairs.keys))
    keys = pairs.keys.tolist()
    for one, other in zip(pairs.one.tolist(), pairs.other.tolist(), strict=True):
        if forest.find(one) == forest.find(other):
            continue
        if store.similarity(keys[one], keys[other]):
            forest.join(one, other)
    sets: dict[int, list[int]] = {}
    for one in np.unique(np.concatenate((pairs.one, pairs.other))).tolist():
        sets.setdefault(forest.find(one), []).append(one)
    return [members for members in sets.values() if len(members) > 1]
