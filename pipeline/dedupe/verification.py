"""Candidates compared by their real similarity, and connected to clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from erastyle.pipeline.dedupe import connected, signatures
from erastyle.pipeline.dedupe.candidates import chosen

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.pipeline.dedupe.candidates import Pairs
    from erastyle.pipeline.dedupe.options import DuplicateOptions

    Keys = NDArray[np.uint64]
    Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NearClusters:
    """Clusters of near-duplicates.

    Attributes:
        keys: Documents, ascending.
        sketches: A sketch of each. Shape: (keys, hashes).
        sets: Indices of the documents of each cluster of two or more.
    """

    keys: Keys
    sketches: NDArray[np.uint8]
    sets: list[list[int]]


class Shingles:
    """The shingle hashes of many documents, in one file beside the corpus rather than in memory.

    Attributes:
        options: What a shingle is, and how similar near-duplicates are.
    """

    def __init__(self, path: Path, options: DuplicateOptions) -> None:
        """Start an empty store at `path`."""
        self._file = path.open("w+b")
        self._where: dict[int, tuple[int, int]] = {}
        self._end = 0
        self.options = options
        self._known: dict[tuple[int, int], float] = {}

    def add(self, key: int, hashes: Keys) -> None:
        """Store the hashes of a document."""
        self._file.seek(self._end)
        self._file.write(hashes.tobytes())
        self._where[key] = (self._end, len(hashes))
        self._end += hashes.nbytes

    def similarity(self, one: int, other: int) -> float:
        """Return the Jaccard similarity of two documents, or 0 if they are no near-duplicates."""
        pair = min(one, other), max(one, other)
        if (known := self._known.get(pair)) is None:
            known = self._known[pair] = self._similarity(*pair)
        return known

    def _similarity(self, one: int, other: int) -> float:
        sizes = self._where[one][1], self._where[other][1]
        least = self.options.least(*sizes)
        if min(sizes) < least * max(sizes):  # the sizes alone rule it out: spare the reading
            return 0.0
        return near_similarity(self._get(one), self._get(other), self.options)

    def _get(self, key: int) -> Keys:
        start, size = self._where[key]
        self._file.seek(start)
        return np.frombuffer(self._file.read(size * 8), np.uint64)

    def close(self) -> None:
        """Close and remove the file."""
        self._file.close()
        Path(self._file.name).unlink()


def near_similarity(one: Keys, other: Keys, options: DuplicateOptions) -> float:
    """Return the Jaccard similarity of two sets of shingles, or 0 if it is below the threshold."""
    from erastyle.corpus.text.shingles import jaccard

    least = options.least(len(one), len(other))
    if min(len(one), len(other)) < least * max(len(one), len(other)):
        return 0.0
    similarity = jaccard(one, other)
    return similarity if similarity >= least else 0.0


def shingle_texts(texts: pa.Array, options: DuplicateOptions) -> list[Keys]:
    """Return the shingles of normalised texts, to be compared with each other only."""
    from erastyle.corpus.text.shingles import shingles, word_shingles

    if options.shingle == "word-3":
        values, starts = word_shingles(texts)
        return list(np.split(values, starts[1:-1])) if len(texts) else []
    return [shingles(text, options.shingle, ocr=options.ocr) for text in texts.to_pylist()]


def shingle(
    store: Shingles, files: Sequence[Path], folder: Path, keys: Keys, texts: Path | None = None
) -> None:
    """Put the shingles of the documents with these `keys` into the store.

    Args:
        store: The store.
        files: The corpus; it is read again where no texts were put aside.
        folder: Fingerprints.
        keys: The documents.
        texts: Folder of the texts that were put aside.
    """
    from erastyle.corpus.text.arrow import strings

    texts_of = iter(_normal(files, folder, keys, texts))
    while some := list(_some(texts_of, TOGETHER)):
        parts = shingle_texts(strings([text for _, text in some]), store.options)
        for (key, _), hashes in zip(some, parts, strict=True):
            store.add(key, hashes)


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

    from erastyle.corpus.text.normalise import normalise_all
    from erastyle.pipeline.dedupe import text_cache

    if texts is None:
        for batch in chosen(signatures.read(files, "prose"), keys):
            normal, _ = normalise_all(batch["prose"])
            yield from zip(batch["key"].to_pylist(), normal.to_pylist(), strict=True)
        return
    names = ("file", "start", "size", "key")
    places: list[tuple[int, int, int, int]] = []
    for batch in chosen(daft.read_parquet(f"{folder}/*.parquet").select(*names), keys):
        places.extend(zip(*(batch[name].to_pylist() for name in names), strict=True))
    yield from text_cache.get(texts, places)


def verify(pairs: Pairs, store: Shingles) -> NearClusters:
    """Return the clusters of the pairs that are near-duplicates by their real similarity.

    Each round compares the pairs of a spanning forest, the likeliest ones, of all pairs whose ends
    are not connected yet. So a corpus of which half are near-duplicates of each other costs one
    comparison a document, not one a pair.
    """
    label = np.arange(len(pairs.keys))
    remaining = np.arange(len(pairs))
    while len(remaining):
        one, other = pairs.one[remaining], pairs.other[remaining]
        places = spanning(label[one], label[other])
        one, other = one[places], other[places]
        near = np.array(
            [
                store.similarity(a, b) > 0
                for a, b in zip(pairs.keys[one].tolist(), pairs.keys[other].tolist(), strict=True)
            ],
            bool,
        )
        label = connected.smallest(label[one[near]], label[other[near]], len(label))[label]
        remaining = np.delete(remaining, places)
        remaining = remaining[label[pairs.one[remaining]] != label[pairs.other[remaining]]]
    return NearClusters(pairs.keys, pairs.sketches, connected.sets(label))


def spanning(one: Indices, other: Indices) -> Indices:
    """Return the places of the edges of a spanning forest; of two that would do, the earlier one.

    Edges join `one[i]` and `other[i]`, which differ.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    nodes, ends = np.unique(np.concatenate((one, other)), return_inverse=True)
    low, high = np.sort(ends.reshape(2, -1), axis=0)
    _, first = np.unique(low * len(nodes) + high, return_index=True)
    weights = first + 1.0  # a weight of 0 would be no edge
    size = len(nodes)
    graph = csr_array((weights, (low[first], high[first])), shape=(size, size))
    return np.sort(minimum_spanning_tree(graph).data.astype(np.int64) - 1)
