"""Tokens of a text for the search for copies, and the hashes of runs of them.

Tokens are compared without case and without the characters between them; a tag of markup is one
token.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

GRAM = 8
"""Tokens that are hashed together; the shortest match there is."""

BREAK = 0
"""Number that stands between two documents in place of a token."""

_TOKEN = re.compile(r"<[A-Za-z/!?][^<>]{0,2000}>|\w+(?:['\u2019]\w+)*")
CHUNK = 1 << 22
"""Runs of tokens that are hashed at once."""

Tokens = NDArray[np.uint32]


def words(text: str) -> list[str]:
    """Return the tokens of `text`: tags, and words without their case.

    >>> words('<A HREF="x.html">My  Dog\u2019s</A> page, 1995!')
    ['<a href="x.html">', 'my', 'dog\u2019s', '</a>', 'page', '1995']
    """
    tokens = [t if t[0] != "<" else " ".join(t.split()) for t in _TOKEN.findall(text)]
    return "\n".join(tokens).casefold().split("\n") if tokens else []


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each token of `words(text)` begins and ends, in characters."""
    return [match.span() for match in _TOKEN.finditer(text)]


def hashes(tokens: Tokens) -> NDArray[np.uint32]:
    """Return the hash of each run of `GRAM` tokens. Shape: (tokens - 7,)."""
    mixed = tokens.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    count = len(tokens) - GRAM + 1
    total = np.zeros(count, dtype=np.uint64)
    for n in range(GRAM):
        total *= np.uint64(0x9E3779B97F4A7C15)
        total += mixed[n : n + count]
    total ^= total >> np.uint64(32)
    total *= np.uint64(0xD6E8FEB86659FD93)
    return (total >> np.uint64(32)).astype(np.uint32)


def sorted_grams(tokens: Tokens) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the hashes of all runs within a document, sorted, and where each begins."""
    count = max(0, len(tokens) - GRAM + 1)
    pairs = np.empty(count, dtype=np.uint64)
    filled = 0
    for start in range(0, count, CHUNK):
        part = tokens[start : start + CHUNK + GRAM - 1]
        breaks = np.concatenate([[0], np.cumsum(part == BREAK)])
        inside = np.flatnonzero(breaks[GRAM:] == breaks[:-GRAM])
        keys = hashes(part)[inside].astype(np.uint64) << np.uint64(32)
        pairs[filled : filled + len(inside)] = keys | (inside + start).astype(np.uint64)
        filled += len(inside)
    pairs = pairs[:filled]
    pairs.sort()
    positions = pairs.astype(np.uint32)
    pairs >>= np.uint64(32)
    return pairs.astype(np.uint32), positions
