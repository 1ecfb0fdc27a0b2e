"""Refuses loops: lines, phrases and tags that come again and again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from erastyle.train.model.guards.guard import LOOPS, Mark

LINES = 3
"""How often a line of `LINE_WORDS` words and more may stand in a text."""
LINE_WORDS = 3
GRAM = 4
GRAM_TIMES = 4
"""How often a run of four words may stand in a text."""
SENTENCE = 10
"""Words of a sentence that may stand in a text once; in 1,600 characters 1 of 1,000 real pages has
such a one twice, and a tenth of the written ones had."""
PERIODS = 5
"""How often a piece may stand in a row: `hube: <a hube: <a hube: <a hube: <a hube: <a`."""
LONGEST_PIECE = 80
NUMBERS = 12
"""Numbers, and the like, in a row with no word between them."""
EMPTY_TAGS = 12
"""Tags of text in a row with no word between them."""
WINDOW = 60
DIFFERENT = 16
"""Different words that so many in a row have at least; 98 of 100 real pages of 1993-1997 have."""
SAME = 90
"""The same character in a row; a line of dashes has up to 80."""
_WORDS = re.compile(r"[^\W\d_]{2,}")
_TAGS = re.compile(
    r"(?:</?(?:p|br|hr|b|i|u|em|strong|font|pre|h[1-6]|blockquote|div|center|address|small|big|tt)"
    rf"\b[^<>]*>\s*){{{EMPTY_TAGS},}}$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n")
_ANY_TAG = re.compile(r"<[^<>]*>|&#?\w+;?")
_NUMBER = re.compile(r"[\d.,:/()$%-]*\d[\d.,:/()$%-]*")
TAIL = 600


@dataclass(frozen=True, slots=True)
class Loops:
    """Refuses a part that only repeats what stands before it."""

    name: str = LOOPS

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the loops that the newest part belongs to."""
        del request, ended
        reason = (
            _line(text, start)
            or _sentence(text, start)
            or _tail(text[-TAIL:])
            or _tail(text[-TAIL:].rstrip(" .!?"))
            or _phrase(text, start)
            or _few_words(text, start)
        )
        return [Mark(self.name, reason, start, len(text))] if reason else []


def _line(text: str, start: int) -> str:
    """Return whether a line that the part touches stands there too often."""
    lines = [" ".join(_WORDS.findall(_ANY_TAG.sub(" ", line))).lower() for line in text.split("\n")]
    counts = Counter(line for line in lines if len(line.split()) >= LINE_WORDS)
    touched = lines[text.count("\n", 0, start) :]
    worst = max((counts[line] for line in touched), default=0)
    return f"a line for the {worst}th time" if worst > LINES else ""


def _sentence(text: str, start: int) -> str:
    """Return whether the part ends a long sentence that stands in the text already.

    >>> said = "It lists all the radio sets that our club has for its members. "
    >>> _sentence(said + "We meet. " + said, len(said) + 9)
    'a sentence once more'
    >>> _sentence(said + "We meet. It lists them.", len(said) + 9)
    ''
    """
    shown = _ANY_TAG.sub(" ", text)
    sentence = _words_of(_SENTENCE_END.split(shown.rstrip())[-1])
    if len(sentence) < SENTENCE or not text[start:].strip():
        return ""
    words = _words_of(shown)
    before = f" {' '.join(words[: len(words) - len(sentence)])} "
    return "a sentence once more" if f" {' '.join(sentence)} " in before else ""


def _words_of(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]


def _tail(tail: str) -> str:
    """Return whether the text ends in a piece that follows itself, or in tags without a word."""
    if len(tail) > SAME and tail[-SAME:] == tail[-1] * SAME:
        return "one character without end"
    piece = _repeated(tail)
    if piece and (_WORDS.search(piece) or "<" in piece or len(piece) * PERIODS > SAME):
        return "a piece that follows itself"
    last = tail.split()[-NUMBERS:]
    if len(last) == NUMBERS and not any(map(_WORDS.search, last)):
        numbers = all(map(_NUMBER.fullmatch, last))
        return "numbers without end" if numbers else "signs without a word between them"
    return "tags without a word between them" if _TAGS.search(tail) else ""


def _repeated(tail: str) -> str:
    """Return the piece that stands `PERIODS` times in a row at the end, or nothing.

    Plain comparisons: a pattern with a back reference takes seconds for a text of one letter.

    >>> _repeated("and then " * 5)
    'and then '
    >>> _repeated("and then " * 4)
    ''
    """
    for size in range(2, LONGEST_PIECE + 1):
        piece = tail[-size:]
        if len(tail) >= size * PERIODS and tail.endswith(piece * PERIODS):
            return piece
    return ""


def _phrase(text: str, start: int) -> str:
    """Return whether most runs of four words of the part stand in the text too often."""
    words = _words_of(_ANY_TAG.sub(" ", text))
    new = len(_WORDS.findall(_ANY_TAG.sub(" ", text[start:])))
    grams = [tuple(words[n : n + GRAM]) for n in range(len(words) - GRAM + 1)]
    if not new or not grams:
        return ""
    counts = Counter(grams)
    touched = grams[-new:]
    often = sum(counts[gram] > GRAM_TIMES for gram in touched)
    return "a phrase again and again" if 2 * often > len(touched) else ""


def _few_words(text: str, start: int) -> str:
    """Return whether the same few words come again and again, in whatever order.

    A list of fruits that finds no end repeats no line and no phrase of four words.
    """
    words = _words_of(_ANY_TAG.sub(" ", text))
    new = len(_WORDS.findall(_ANY_TAG.sub(" ", text[start:])))
    last = words[-WINDOW:]
    if not new or len(last) < WINDOW or len(set(last)) >= DIFFERENT:
        return ""
    return f"{len(set(last))} different words among the last {WINDOW}"
