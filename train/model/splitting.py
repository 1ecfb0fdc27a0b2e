"""Long texts in pieces of a bounded number of tokens, cut at paragraphs where possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

_LONGEST_SIGN = 12  # characters of a sign at which a text is cut
LEAST_SHARE = 0.5  # of the room that a beginning fills before it is cut at a lesser place
TRIES, NEARLY = 6, 0.93  # to find how many characters fill the room, and when it is full enough
_ENDS = tuple(
    re.compile(place, re.IGNORECASE)
    for place in (
        r"(?=<(?:h[1-6]|hr)\b)",
        r"\n[ \t]*\n|(?=<(?:p|li|dt|tr|table|ul|ol|dl)\b)|</(?:p|li|tr|table|ul|ol|dl|pre)>\n?",
        r"\n|<br>",
        r"(?<=[.!?])[ \t]",
        r"(?<=>)(?=<)",
        r" ",
    )
)
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


def beginning(text: str, room: int, length: Callable[[str], int]) -> str:
    """Return the beginning of `text` in at most `room` tokens, cut where a part of it ends.

    It ends before a heading or a rule if one stands in its second half, else behind a paragraph, a
    line, a tag, a sentence or a word.

    Args:
        text: The text.
        room: Most tokens.
        length: Counts the tokens of a text.

    >>> beginning("<P>One two three four.<H2>Next</H2>Five six", 32, len)
    '<P>One two three four.'
    """
    most = _most_characters(text, room, length)
    if most >= len(text):
        return text
    for place in _ENDS:
        # A heading that follows at once is looked at too.
        ends = [m.end() for m in place.finditer(text, 0, most + _LONGEST_SIGN) if m.end() <= most]
        if ends and ends[-1] >= most * LEAST_SHARE and length(text[: ends[-1]]) <= room:
            return text[: ends[-1]]
    return text[:most]


def ending(text: str, room: int, length: Callable[[str], int]) -> str:
    r"""Return the last lines of `text` in at most `room` tokens; of one long line its last words.

    >>> ending("one two\nthree four\nfive", 16, len)
    'four\nfive'
    """
    most = min(len(text), 4 * room)
    while length(text[-most:]) > room and most > 1:
        most = max(1, int(most * 0.8))
    if most == len(text):
        return text
    tail = text[-most:]
    for sign in ("\n", " "):
        _, cut, rest = tail.partition(sign)
        if cut and len(rest) >= most * LEAST_SHARE:
            return rest
    return tail


def _most_characters(text: str, room: int, length: Callable[[str], int]) -> int:
    """Return how many characters of `text` take at most `room` tokens, and nearly as many."""
    most, tokens = 0, 0
    characters = min(len(text), 4 * room)
    for _ in range(TRIES):
        size = length(text[:characters])
        if size <= room and characters > most:
            most, tokens = characters, size
        if most == len(text) or (most and tokens >= NEARLY * room):
            break
        characters = min(len(text), int(characters * 0.98 * room / max(1, size)))
        if characters <= most:
            break
    while not most and characters > 1:  # a text whose tokens lie very unevenly
        characters //= 2
        most = characters if length(text[:characters]) <= room else 0
    return max(1, most)


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
