"""How alike two texts are: one normal form, shingles of it, and what two sets of shingles share.

Everything here is a pure function of its arguments. The normal form and the hashes are part of the
result of the duplicate search: changing them changes which documents are dropped.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from erastyle.corpus.text.arrow import flat

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

ShingleKind = Literal["word-3", "char-9"]

_BREAK = re.compile(r"[\W_]+")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_INVERSE = pow(_BASE, -1, 1 << 64)
_MOST = (1 << 64) - 1
_PIECE = 1 << 20  # bytes hashed at a time: two tables of powers of 8 MB each

# ASCII as `normalise` sees it: letters lowered, digits kept, everything else a space.
_LOWERED = bytes(
    ord(chr(c).lower()) if c < 128 and chr(c).isalnum() else 32 if c < 128 else c
    for c in range(256)
)

# What scanners and their software confuse, each set written as one letter.
_CONFUSED = {
    "l": "i1j!|",
    "o": "0q",
    "s": "5f\u017f",
    "e": "c",
    "n": "uv",
    "b": "h68",
    "g": "9",
    "z": "2",
}
_FOLDED = str.maketrans({other: one for one, others in _CONFUSED.items() for other in others})
_JOINED = (("rn", "m"), ("vv", "w"), ("ii", "u"))


def normalise(text: str) -> str:
    r"""Return the words of `text`: lower case, only letters and digits, one space between them.

    Applying it twice changes nothing.

    >>> normalise("Don't -- PANIC!\n")
    'don t panic'
    """
    once = _BREAK.sub(" ", text.lower()).strip()
    # A few capitals lower to a letter and a mark that is none (U+0130): the second round takes it.
    return once if once.isascii() else _BREAK.sub(" ", once.lower()).strip()


def normalise_all(texts: pa.Array) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return `normalise` of each text and its number of words; a null counts as empty.

    ASCII, nearly all of an English corpus, is done on the whole buffer at once: about 20 times
    faster than text by text, which is what the search for duplicates would otherwise spend most of
    its time on.

    Args:
        texts: Arrow array of strings.

    Returns:
        Arrow `large_string` array and word counts. Shape: (len(texts),) both.
    """
    import pyarrow as pa

    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    texts = texts.cast(pa.large_string())
    texts = texts.fill_null("") if texts.null_count else texts
    if len(texts) == 0:
        return texts, np.zeros(0, np.int32)
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1]
    data = texts.buffers()[2]
    first, last = int(offsets[0]), int(offsets[-1])
    raw = bytes(memoryview(data)[first:last]) if data is not None else b""
    if not raw.isascii():
        return _normalise_mixed(texts)
    return _normalise_ascii(raw, offsets - first)


def _normalise_ascii(raw: bytes, offsets: NDArray[np.int64]) -> tuple[pa.Array, NDArray[np.int32]]:
    import pyarrow as pa

    lowered = raw.translate(_LOWERED)
    data = np.frombuffer(lowered, np.uint8)
    space = data == 32
    # A space stays only between two words of the same text: behind a letter, and not last.
    keep = np.empty(len(data) + 1, bool)
    keep[1:-1] = ~(space[1:] & space[:-1])
    keep[0], keep[-1] = True, False
    inside = offsets[:-1][offsets[:-1] < offsets[1:]]
    keep[inside] = ~space[inside]
    for first, last in itertools.pairwise(offsets.tolist()):
        if last > first and lowered[last - 1] == 32:
            keep[first + len(lowered[first:last].rstrip())] = False
    text = data[keep[:-1]]
    # Counting text by text is many times faster than running sums over the whole.
    ends = np.zeros(len(offsets), np.int64)
    np.cumsum(_counts(keep, offsets), out=ends[1:])
    words = _counts(space & keep[:-1], offsets) + (ends[1:] > ends[:-1])
    array = pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(text))
    return array, words.astype(np.int32)


def _counts(mask: NDArray[np.bool_], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    pairs = itertools.pairwise(offsets.tolist())
    counts = (np.count_nonzero(mask[first:last]) for first, last in pairs)
    return np.fromiter(counts, np.int64, len(offsets) - 1)


def _normalise_mixed(texts: pa.Array) -> tuple[pa.Array, NDArray[np.int32]]:
    import pyarrow as pa

    # One foreign letter must not send a whole batch the slow way: only the texts that hold one go.
    values: list[str] = texts.to_pylist()
    plain = [i for i, text in enumerate(values) if text.isascii()]
    if plain:
        fast, _ = normalise_all(pa.array([values[i] for i in plain], pa.large_string()))
        for i, text in zip(plain, fast.to_pylist(), strict=True):
            values[i] = text
    done = set(plain)
    out = [text if i in done else normalise(text) for i, text in enumerate(values)]
    words = np.fromiter((text.count(" ") + bool(text) for text in out), np.int32, len(out))
    return pa.array(out, pa.large_string()), words


def fold(text: str) -> str:
    """Return normalised `text` as two scans of one page would agree on it.

    Spaces go, because scans break and join words; letters that scanners confuse become one letter.

    >>> fold(normalise("The modern Sun")) == fold(normalise("Tbe rnodern fun"))
    True
    """
    text = text.replace(" ", "").translate(_FOLDED)
    for pair, one in _JOINED:
        text = text.replace(pair.translate(_FOLDED), one.translate(_FOLDED))
    return text


def shingles(text: str, kind: ShingleKind = "word-3", *, ocr: bool = False) -> Hashes:
    """Return the hashes of the shingles of a normalised text, each once, ascending.

    Args:
        text: What `normalise` returned.
        kind: Runs of three words, or of nine characters without spaces. A text that is shorter than
            one run has one shingle, itself; an empty text has none.
        ocr: Whether letters that scanners confuse count as equal (`char-9` only).
    """
    if kind == "word-3":
        return distinct(word_hashes(text, 3))
    return distinct(char_hashes(fold(text) if ocr else text.replace(" ", ""), 9))


def word_shingles(texts: pa.Array) -> tuple[Hashes, NDArray[np.int64]]:
    """Return what `shingles` returns for runs of three words, of many texts at once.

    The hashes are others than those of `shingles`, so compare them only with each other. Every
    different word is hashed once: a quarter of the time of one text after the other.

    Args:
        texts: Arrow array of normalised texts.

    Returns:
        The shingles of all texts, and where those of each begin. Shapes: (shingles,),
        (len(texts) + 1,).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = pc.split_pattern(texts.cast(pa.large_string()), " ")
    lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    coded = lists.flatten().dictionary_encode()
    starts = flat(lists.offsets)
    starts = (starts - starts[0]).astype(np.int64)
    hashes = _each(coded.dictionary)[flat(coded.indices)]
    # Sums of mixed hashes times odd numbers: as unlikely to agree by chance as the hashes.
    runs = hashes * np.uint64(_BASE)
    runs[:-1] += hashes[1:] * np.uint64(_BASE * _BASE & _MOST)
    runs[:-2] += hashes[2:]
    out: list[Hashes] = []
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if last - first >= 3:
            out.append(distinct(runs[first : last - 2]))
        elif hashes[first:last].any():  # one or two words: one shingle; the empty text has none
            ends = hashes[first : first + 1] * np.uint64(_BASE) + hashes[last - 1]
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
    out[lengths > 0] = _hash_runs(data, (ends - lengths)[lengths > 0], ends[lengths > 0])
    return out


def char_hashes(text: str, length: int) -> Hashes:
    """Return a 64-bit hash of every run of `length` UTF-8 bytes of `text`.

    Shape: (bytes - length + 1,); one hash of the whole where it is shorter, none where it is empty.
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    if len(data) == 0:
        return np.zeros(0, np.uint64)
    starts = np.arange(max(1, len(data) - length + 1), dtype=np.int64)
    return _hash_runs(data, starts, np.minimum(starts + length, len(data)))


def word_hashes(text: str, words: int) -> Hashes:
    """Return a 64-bit hash of every run of `words` words of a normalised text.

    Shape: (words in the text - words + 1,); one hash of the whole where it is shorter, none where
    it is empty.
    """
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    if len(data) == 0:
        return np.zeros(0, np.uint64)
    gaps = np.flatnonzero(data == 32)
    starts = np.concatenate(([0], gaps + 1))
    ends = np.concatenate((gaps, [len(data)]))
    if len(starts) < words:
        return _hash_runs(data, starts[:1], ends[-1:])
    return _hash_runs(data, starts[: len(starts) - words + 1], ends[words - 1 :])


def _hash_runs(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> Hashes:
    """Return a hash of `data[start:end]` for ascending starts and ends.

    A polynomial modulo 2**64 in which prefix sums give any run at once, and the mixing step of
    MurmurHash3 behind it, because the low bits of such a polynomial are weak.
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
    base, inverse = np.full(size, _BASE, np.uint64), np.full(size, _INVERSE, np.uint64)
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
    """Return `values` ascending, each once; half the time of `numpy.unique` on short arrays."""
    values = np.sort(values)
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return the share of shingles that two sets have in common, 0 to 1; two empty sets share 0.

    Args:
        one: Ascending hashes without repetition, from `shingles`.
        other: The same of the other text.

    Source:
        Broder, "On the resemblance and containment of documents", 1997.
    """
    if len(one) == 0 or len(other) == 0:
        return 0.0
    both = np.concatenate((one, other))
    both.sort(kind="stable")  # two ascending runs: timsort-like merging, linear
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared / (len(both) - shared)


def resemblance(one: str, other: str, kind: ShingleKind = "word-3", *, ocr: bool = False) -> float:
    """Return the `jaccard` of two texts as they are written.

    >>> resemblance("A home page about cats.", "a home page about cats!")
    1.0
    """
    return jaccard(
        shingles(normalise(one), kind, ocr=ocr), shingles(normalise(other), kind, ocr=ocr)
    )


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in a text: `text[start:end]`.

    Attributes:
        start: First character.
        end: Behind the last character.
        words: Words of its normal form.
        digest: 64-bit hash of its normal form.
    """

    start: int
    end: int
    words: int
    digest: int


def paragraphs(text: str, min_words: int = 50) -> Iterator[Paragraph]:
    """Yield the paragraphs of `text` that have `min_words` words or more; blank lines part them."""
    start = 0
    for start, end in _blocks(text):
        normal = normalise(text[start:end])
        words = normal.count(" ") + bool(normal)
        if words >= min_words:
            digest = hashlib.blake2b(
                normal.encode("utf-8", "surrogatepass"), digest_size=8
            ).digest()
            yield Paragraph(start, end, words, int.from_bytes(digest, "big"))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _BLANK_LINES.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def cut(text: str, spans: Sequence[Paragraph]) -> str:
    """Return `text` without the given paragraphs, nothing else changed."""
    out, start = [], 0
    for span in sorted(spans, key=lambda s: s.start):
        out.append(text[start : span.start])
        start = span.end
    return "".join([*out, text[start:]])


def winnow(hashes: Hashes, window: int) -> Hashes:
    """Return some of `hashes`, ascending and each once, such that no window goes without one.

    Two texts that share a passage of `window` consecutive hashes therefore share a chosen one,
    although only about 2 in `window + 1` are chosen.

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
