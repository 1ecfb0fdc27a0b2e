"""Shingles of a normalised text, and the similarity of two sets of shingles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from erastyle.corpus.text.arrow import flat
from erastyle.corpus.text.hashing import BASE, distinct, hash_runs
from erastyle.corpus.text.normalise import fold

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.corpus.text.hashing import Hashes

ShingleKind = Literal["word-3", "char-9"]

_MOST = (1 << 64) - 1


def shingles(text: str, kind: ShingleKind = "word-3", *, ocr: bool = False) -> Hashes:
    """Return the hashes of the shingles of a normalised text, each once, ascending.

    Args:
        text: What `normalise` returned.
        kind: Runs of three words, or of nine characters without spaces. A text shorter than one
            run is its own single shingle; an empty text has none.
        ocr: Whether letters that scanners confuse count as equal (`char-9` only).
    """
    if kind == "word-3":
        return distinct(word_hashes(text, 3))
    return distinct(char_hashes(fold(text) if ocr else text.replace(" ", ""), 9))


def word_shingles(texts: pa.Array) -> tuple[Hashes, NDArray[np.int64]]:
    """Return what `shingles` returns for runs of three words, of many texts at once.

    The hashes differ from those of `shingles`, so compare them only with each other. Every
    different word is hashed once, which takes a quarter of the time of text by text.

    Args:
        texts: Arrow array of normalised texts.

    Returns:
        The shingles of all texts, and the index at which those of each text begin. Shapes:
        (shingles,), (len(texts) + 1,).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = pc.split_pattern(texts.cast(pa.large_string()), " ")
    lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    coded = lists.flatten().dictionary_encode()
    starts = flat(lists.offsets)
    starts = (starts - starts[0]).astype(np.int64)
    hashes = _each(coded.dictionary)[flat(coded.indices)]
    # Sums of mixed hashes times odd numbers collide as rarely as the hashes themselves.
    runs = hashes * np.uint64(BASE)
    runs[:-1] += hashes[1:] * np.uint64(BASE * BASE & _MOST)
    runs[:-2] += hashes[2:]
    out: list[Hashes] = []
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if last - first >= 3:
            out.append(distinct(runs[first : last - 2]))
        elif hashes[first:last].any():  # one or two words: one shingle; the empty text has none
            ends = hashes[first : first + 1] * np.uint64(BASE) + hashes[last - 1]
            out.append(ends + np.uint64(last - first))
        else:
            out.append(runs[:0])
    offsets = np.concatenate(([0], np.cumsum([len(values) for values in out], dtype=np.int64)))
    return np.concatenate([runs[:0], *out]), offsets


def _each(words: pa.Array) -> Hashes:
    """Return a hash of each word, 0 for the empty one."""
    lengths = np.diff(np.frombuffer(words.buffers()[1], np.int64)[words.offset :][: len(words) + 1])
    out = np.zeros(len(words), np.uint64)
    ends = np.cumsum(lengths)
    data = np.frombuffer(words.buffers()[2] or b"", np.uint8)[: ends[-1] if len(ends) else 0]
    out[lengths > 0] = hash_runs(data, (ends - lengths)[lengths > 0], ends[lengths > 0])
    return out


def char_hashes(text: str, length: int) -> Hashes:
    """Return a 64-bit hash of every run of `length` UTF-8 bytes of `text`.

    A shorter text gives one hash, of the whole text; an empty text gives none.

    Shape: (bytes - length + 1,).
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    if len(data) == 0:
        return np.zeros(0, np.uint64)
    starts = np.arange(max(1, len(data) - length + 1), dtype=np.int64)
    return hash_runs(data, starts, np.minimum(starts + length, len(data)))


def word_hashes(text: str, words: int) -> Hashes:
    """Return a 64-bit hash of every run of `words` words of a normalised text.

    A shorter text gives one hash, of the whole text; an empty text gives none.

    Shape: (words in the text - words + 1,).
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    if len(data) == 0:
        return np.zeros(0, np.uint64)
    gaps = np.flatnonzero(data == 32)
    starts = np.concatenate(([0], gaps + 1))
    ends = np.concatenate((gaps, [len(data)]))
    if len(starts) < words:
        return hash_runs(data, starts[:1], ends[-1:])
    return hash_runs(data, starts[: len(starts) - words + 1], ends[words - 1 :])


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return the share of shingles that two sets have in common, 0 to 1; two empty sets share 0.

    Args:
        one: Distinct hashes in ascending order, from `shingles`.
        other: Hashes of the other text, of the same kind.

    Source:
        Broder, "On the resemblance and containment of documents", 1997.
    """
    if len(one) == 0 or len(other) == 0:
        return 0.0
    both = np.concatenate((one, other))
    both.sort(kind="stable")  # two ascending runs: timsort-like merging, linear
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared / (len(both) - shared)


def winnow(hashes: Hashes, window: int) -> Hashes:
    """Return a sample of `hashes`, ascending and distinct, with one at least from every window.

    Two texts that share a passage of `window` consecutive hashes therefore share a sampled hash,
    although only about 2 in `window + 1` are sampled.

    Args:
        hashes: Hashes of the runs of a text, in order.
        window: Consecutive hashes of which one at least is returned.

    Source:
        Schleimer, Wilkerson, Aiken, "Winnowing", SIGMOD 2003.
    """
    if len(hashes) <= window:
        return hashes.min(keepdims=True) if len(hashes) else hashes
    low, width = hashes, 1
    while width * 2 <= window:
        low = np.minimum(low[:-width], low[width:])
        width *= 2
    rest = window - width
    low = np.minimum(low[: len(low) - rest], low[rest:]) if rest else low
    return distinct(low)
