"""Which documents are copies of which: candidates from equal bands, verified by their shingles.

Nothing here is quadratic in the size of a bucket. Every choice is made in the order of keys (hashes
of ids), so the result does not depend on how documents are spread over files or workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.corpus.arrays import flat
from erastyle.pipeline import components, fingerprints

if TYPE_CHECKING:
    import daft
    from numpy.typing import NDArray

    from erastyle.pipeline.duplicates import DuplicateOptions

    Keys = NDArray[np.uint64]
    Indices = NDArray[np.int64]

ALL_PAIRS = 8
"""Largest bucket of which every pair is a candidate; a larger one gives a star and two chains."""


class Forest:
    """Disjoint sets of numbers, each on its own at first."""

    def __init__(self) -> None:
        """Begin without any union."""
        self.parent: dict[int, int] = {}

    def find(self, one: int) -> int:
        """Return the smallest number of the set of `one`."""
        parent = self.parent
        while (above := parent.get(one, one)) != one:
            parent[one] = parent.get(above, above)
            one = above
        return one

    def join(self, one: int, other: int) -> None:
        """Unite two sets."""
        one, other = self.find(one), self.find(other)
        self.parent[max(one, other)] = min(one, other)


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
    return keys, keys[components.smallest(one, other, len(keys))]


LARGE_BANDS = 32
"""Bands in which a large bucket gives pairs. What is alike shares many, and each costs as much."""
SORTED_BANDS = 8
"""Bands in which the members of a large bucket are also paired with their neighbours by sketch."""


def candidates(folder: Path, skip: Keys, options: DuplicateOptions, workspace: Path) -> Pairs:
    """Return the pairs of documents that share a band and whose sketches agree well enough.

    One band is looked at after the other: in memory are the keys, one band's hashes, and pairs.

    Args:
        folder: Fingerprints.
        skip: Keys of exact copies that another copy stands for.
        options: Bands, rows, threshold.
        workspace: Folder for the sketches, which are mapped rather than read.
    """
    files = sorted(folder.glob("*.parquet"))
    keys, mask = _searched(files, skip, options)
    order = np.argsort(keys)
    keys = keys[order]
    sketches = _sketches(files, mask, order, options, workspace / "sketches.u8")
    pairs = np.zeros(0, np.int64)
    for column, group in enumerate(fingerprints.groups(options.bands)):
        hashes = _bands(files, f"bands_{column}", len(group), mask, order)
        found = [pairs]
        for at, band in enumerate(group.tolist()):
            members, values = shared(hashes[at])
            found.append(bucket_pairs(members, values, sketches, band))
        pairs = np.unique(np.concatenate(found))
    one, other = np.divmod(pairs, max(1, len(keys)))
    weight = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), 100_000):
        part = slice(start, start + 100_000)
        weight[part] = fingerprints.estimate(sketches[one[part]], sketches[other[part]])
    keep = weight >= options.threshold - fingerprints.slack(options.threshold, options.hashes)
    return Pairs(keys, sketches, one[keep], other[keep], weight[keep])


def shared(values: Keys) -> tuple[Indices, Keys]:
    """Return the places of values that occur more than once, ascending by value, then place."""
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
    column: str,
    width: int,
    mask: NDArray[np.bool_],
    order: Indices,
) -> NDArray[np.uint64]:
    """Return the hashes of the bands of one column. Shape: (bands, documents)."""
    out = np.empty((width, len(order)), np.uint64)
    row, at = 0, 0
    for array in _batches(files, column):
        part = flat(array.flatten()).reshape(-1, width)[mask[row : row + len(array)]]
        out[:, at : at + len(part)] = part.T
        row, at = row + len(array), at + len(part)
    for band in range(width):
        out[band] = out[band][order]
    return out


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


def _sketches(
    files: Sequence[Path],
    mask: NDArray[np.bool_],
    order: Indices,
    options: DuplicateOptions,
    path: Path,
) -> NDArray[np.uint8]:
    """Return the sketches in the order of the keys, from a file that the system pages in."""
    from erastyle.corpus.arrays import matrix

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
    members: Indices, values: Keys, sketches: NDArray[np.uint8], band: int = 0
) -> Indices:
    """Return the candidate pairs of buckets as `one * len(sketches) + other`, ascending, each once.

    A bucket of n documents gives all its pairs up to `ALL_PAIRS`. A larger one gives at most 3 n:
    everybody with the first, and neighbours in two orders that bring similar sketches together. So
    a true pair inside a bucket of half the corpus is found although nobody compares everybody.

    Args:
        members: Index of each document. Shape: (rows,).
        values: Band hash of each row, ascending.
        sketches: Shape: (documents, hashes).
        band: Number of the band; large buckets give fewer pairs in later ones.
    """
    if not len(values):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    sizes = np.diff(np.append(starts, len(values)))
    found: list[Indices] = []

    def add(left: Indices, right: Indices) -> None:
        low, high = np.minimum(left, right), np.maximum(left, right)
        found.append((low * len(sketches) + high)[low != high])

    for size in range(2, ALL_PAIRS + 1):
        rows = members[starts[sizes == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(size, 1)
        add(rows[:, left].ravel(), rows[:, right].ravel())
    large = np.repeat(sizes > ALL_PAIRS, sizes)
    if band < LARGE_BANDS and large.any():
        bucket = np.repeat(np.arange(len(sizes)), sizes)[large]
        rows = members[large]
        first = members[starts][bucket]
        add(first, rows)
        width = sketches.shape[1]
        for at in (0, width // 2) if band < SORTED_BANDS else ():
            part = np.ascontiguousarray(sketches[rows, at : at + 4]).view(">u4").ravel()
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
        self._known: dict[tuple[int, int], float] = {}

    def add(self, key: int, hashes: Keys) -> None:
        """Store the hashes of a document."""
        self._file.seek(self._end)
        self._file.write(hashes.tobytes())
        self._where[key] = (self._end, len(hashes))
        self._end += hashes.nbytes

    def similarity(self, one: int, other: int) -> float:
        """Return the Jaccard similarity of two documents, or 0 where they are no near copies."""
        pair = min(one, other), max(one, other)
        if (known := self._known.get(pair)) is None:
            known = self._known[pair] = self._similarity(*pair)
        return known

    def _similarity(self, one: int, other: int) -> float:
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


def shingle(
    files: Sequence[Path],
    folder: Path,
    keys: Keys,
    options: DuplicateOptions,
    path: Path,
    texts: Path | None = None,
) -> Shingles:
    """Return the store, at `path`, of the shingles of the documents with these `keys`.

    Args:
        files: The corpus, read again where no texts were put aside.
        folder: Fingerprints.
        keys: The documents.
        options: What a shingle is.
        path: File of the store.
        texts: Folder of the texts that were put aside.
    """
    from erastyle.corpus.arrays import strings
    from erastyle.corpus.similarity import shingles, word_shingles

    store = Shingles(path, options)
    texts_of = iter(_normal(files, folder, keys, texts))
    while some := list(_some(texts_of, TOGETHER)):
        if options.shingle == "word-3":
            values, starts = word_shingles(strings([text for _, text in some]))
            parts = np.split(values, starts[1:-1])
        else:
            parts = [shingles(text, options.shingle, ocr=options.ocr) for _, text in some]
        for (key, _), hashes in zip(some, parts, strict=True):
            store.add(key, hashes)
    return store


TOGETHER = 1 << 22
"""Characters of text whose shingles are made at once."""


def _some(texts: Iterator[tuple[int, str]], most: int) -> Iterator[tuple[int, str]]:
    size = 0
    while size < most and (row := next(texts, None)) is not None:
        size += len(row[1])
        yield row


def _normal(
    files: Sequence[Path], folder: Path, keys: Keys, texts: Path | None
) -> Iterator[tuple[int, str]]:
    import daft

    from erastyle.corpus.similarity import normalise_all
    from erastyle.pipeline import aside

    if texts is None:
        for batch in chosen(fingerprints.read(files, "prose"), keys):
            normal, _ = normalise_all(batch["prose"])
            yield from zip(batch["key"].to_pylist(), normal.to_pylist(), strict=True)
        return
    names = ("file", "start", "size", "key")
    places: list[tuple[int, int, int, int]] = []
    for batch in chosen(daft.read_parquet(f"{folder}/*.parquet").select(*names), keys):
        places.extend(zip(*(batch[name].to_pylist() for name in names), strict=True))
    yield from aside.get(texts, places)


def chosen(frame: daft.DataFrame, keys: Keys) -> Iterable[Any]:
    """Yield Arrow batches of the rows of `frame` with one of `keys`."""
    import daft
    import pyarrow as pa

    from erastyle.corpus.arrays import numbers

    if not len(keys):
        return
    yield from frame.join(
        daft.from_arrow(pa.table([numbers(keys)], names=["key"])), on="key", how="semi"
    ).to_arrow_iter()


def verify(pairs: Pairs, store: Shingles) -> list[list[int]]:
    """Return the connected sets of indices whose links are near copies by their real similarity.

    A pair whose two sides are connected already is not compared again, so half a corpus of near
    copies costs one comparison a document, not one a pair.
    """
    size = len(pairs.keys)
    linked: list[tuple[int, int]] = []
    label = np.arange(size)
    step, start = 1024, 0
    while start < len(pairs):
        # Who is connected by now is asked of many pairs at once: most are, in large clusters.
        one, other = pairs.one[start : start + step], pairs.other[start : start + step]
        apart = label[one] != label[other]
        forest = Forest()
        for a, b, i, j in zip(
            *(side[apart].tolist() for side in (label[one], label[other], one, other)), strict=True
        ):
            keys = int(pairs.keys[i]), int(pairs.keys[j])
            if forest.find(a) != forest.find(b) and store.similarity(*keys):
                forest.join(a, b)
                linked.append((a, b))
        if linked:
            ends = np.array(linked, np.int64)
            merged = components.smallest(ends[:, 0], ends[:, 1], size)
            label, linked = merged[label], []
        start, step = start + step, min(step * 2, max(1 << 20, size))
    order = np.argsort(label, kind="stable")
    sizes = np.bincount(label, minlength=size)
    bounds = np.cumsum(sizes)
    return [
        order[bounds[head] - sizes[head] : bounds[head]].tolist()
        for head in np.flatnonzero(sizes > 1).tolist()
    ]
