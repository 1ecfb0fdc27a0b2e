"""The normal form of a text, and the form on which two scans of one page agree.

The normal form is part of the result of the duplicate search: changing it changes which documents
are dropped.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

_BREAK = re.compile(r"[\W_]+")

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

    ASCII, nearly all of an English corpus, is normalised in the whole buffer at once. That is about
    20 times faster than text by text, which would take most of the time of the duplicate search.

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

    # Only the texts that hold a letter beyond ASCII are normalised one by one.
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
    """Return normalised `text` in a form on which two scans of one page agree.

    Spaces are removed, because scans break and join words. Letters that scanners confuse become
    one letter.

    >>> fold(normalise("The modern Sun")) == fold(normalise("Tbe rnodern fun"))
    True
    """
    text = text.replace(" ", "").translate(_FOLDED)
    for pair, one in _JOINED:
        text = text.replace(pair.translate(_FOLDED), one.translate(_FOLDED))
    return text
