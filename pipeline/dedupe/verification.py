"""Candidates weighed by their real similarity, and connected to clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from erastyle.pipeline.dedupe import connected, signatures
from erastyle.pipeline.dedupe.candidates import chosen, together

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.pipeline.dedupe.candidates import Pairs
    from erastyle.pipeline.dedupe.clusters import DuplicateOptions

    Keys = NDArray[np.uint64]


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


class Shingles:
    """The shingle hashes of many documents, in one file beside the corpus rather than in memory."""

    def __init__(self, path: Path, options: DuplicateOptions) -> None:
        """Start an empty store at `path`."""
        self._file = path.open("w+b")
        self._where: dict[int, tuple[int, int]] = {}
        self._end = 0
        self._options = options
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
        sizes = self._where[one][1], self._where[other][1]
        least = self._options.least(*sizes)
        if min(sizes) < least * max(sizes):  # the sizes alone rule it out: spare the reading
            return 0.0
        return near_similarity(self._get(one), self._get(other), self._options)

    def _get(self, key: int) -> Keys:
        start, size = self._where[key]
        self._file.seek(start)
        return np.frombuffer(self._file.read(size * 8), np.uint64)

    def close(self) -> None:
        """Close and remove the file."""
        self._file.close()
        Path(self._file.name).unlink()


def near_similarity(one: Keys, other: Keys, options: DuplicateOptions) -> float:
    """Return the Jaccard similarity of two sets of shingles, or 0 where they are no near copies."""
    from erastyle.corpus.text.shingles import jaccard

    least = options.least(len(one), len(other))
    if min(len(one), len(other)) < least * max(len(one), len(other)):
        return 0.0
    found = jaccard(one, other)
    return found if found >= least else 0.0


def shingle_texts(texts: pa.Array, options: DuplicateOptions) -> list[Keys]:
    """Return the shingles of normalised texts, to be compared with each other only."""
    from erastyle.corpus.text.shingles import shingles, word_shingles

    if options.shingle == "word-3":
        values, starts = word_shingles(texts)
        return list(np.split(values, starts[1:-1])) if len(texts) else []
    return [shingles(text, options.shingle, ocr=options.ocr) for text in texts.to_pylist()]


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
    from erastyle.corpus.text.arrow import strings

    store = Shingles(path, options)
    texts_of = iter(_normal(files, folder, keys, texts))
    while some := list(_some(texts_of, TOGETHER)):
        parts = shingle_texts(strings([text for _, text in some]), options)
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
            merged = connected.smallest(ends[:, 0], ends[:, 1], size)
            label, linked = merged[label], []
        start, step = start + step, min(step * 2, max(1 << 20, size))
    return together(label)
