"""Long texts in pieces of a bounded number of tokens, cut at paragraphs where possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

# Paragraphs, lines, tags, sentences, words: a text is cut at the first that makes it short enough.
_PLACES = (r"\n\n", r"\n", r"(?<=>)(?=<)", r"(?<=[.!?]) ", r" ")


def split(text: str, room: int, length: Callable[[str], int]) -> Iterator[str]:
    """Yield pieces of at most `room` tokens whose concatenation is `text`.

    Args:
        text: The text.
        room: Most tokens of a piece.
        length: Counts the tokens of a text.

    >>> list(split("One two. Three four. Five", 12, len))
    ['One two. ', 'Three four. ', 'Five']
    """
    return _split(text, room, length, 0)


def _split(text: str, room: int, length: Callable[[str], int], level: int) -> Iterator[str]:
    if length(text) <= room:
        yield text
        return
    if level == len(_PLACES):
        half = len(text) // 2
        yield from _split(text[:half], room, length, level)
        yield from _split(text[half:], room, length, level)
        return
    pieces = _pieces(text, _PLACES[level])
    if len(pieces) == 1:
        yield from _split(text, room, length, level + 1)
        return
    taken, used = "", 0
    for piece in pieces:
        # Pieces that stand alone take at least as many tokens as together, so sums are safe.
        size = length(piece) + 1
        if size > room:
            if taken:
                yield taken
            yield from _split(piece, room, length, level + 1)
            taken, used = "", 0
        elif used + size > room:
            yield taken
            taken, used = piece, size
        else:
            taken, used = taken + piece, used + size
    if taken:
        yield taken


def _pieces(text: str, separator: str) -> list[str]:
    """Cut behind each match of `separator`, keeping every character.

    >>> _pieces("a. b. c", r"(?<=[.!?]) ")
    ['a. ', 'b. ', 'c']
    """
    ends = [m.end() for m in re.finditer(separator, text) if 0 < m.end() < len(text)]
    bounds = [0, *dict.fromkeys(ends), len(text)]
    return [text[a:b] for a, b in pairwise(bounds) if a < b]
