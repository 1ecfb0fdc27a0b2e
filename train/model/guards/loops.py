"""Refuses loops: lines, phrases and tags that come again and again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from erastyle.train.model.guards.guard import Mark

LINES = 3
"""How often a line of `LINE_WORDS` words and more may stand in a text."""
LINE_WORDS = 3
GRAM = 4
GRAM_TIMES = 4
"""How often a run of four words may stand in a text."""
PERIODS = 4
"""How often a piece may follow itself at once: `hube: <a hube: <a hube: <a`."""
EMPTY_TAGS = 12
"""Tags of text in a row with no word between them."""
SAME = 90
"""The same character in a row; a line of dashes has up to 80."""
_PERIOD = re.compile(rf"(?P<piece>.{{2,80}}?)(?P=piece){{{PERIODS},}}$", re.DOTALL)
_SAME = re.compile(rf"(.)\1{{{SAME},}}$", re.DOTALL)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_TAGS = re.compile(
    r"(?:</?(?:p|br|hr|b|i|u|em|strong|font|pre|h[1-6]|blockquote|div|center|address|small|big|tt)"
    rf"\b[^<>]*>\s*){{{EMPTY_TAGS},}}$",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_NUMBERS = re.compile(r"(?:\d[\d.,:/ -]*\s+){12,}$")
TAIL = 600


@dataclass(frozen=True, slots=True)
class Loops:
    """Refuses a part that only repeats what stands before it."""

    name: str = "loops"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the loops that the newest part belongs to."""
        del request, ended
        reason = (
            _line(text, start)
            or _tail(text[-TAIL:])
            or _tail(text[-TAIL:].rstrip(" .!?"))
            or _phrase(text, start)
        )
        return [Mark(self.name, reason, start, len(text))] if reason else []


def _line(text: str, start: int) -> str:
    """Return whether a line that the part touches stands there too often."""
    lines = [" ".join(_WORDS.findall(_ANY_TAG.sub(" ", line))).lower() for line in text.split("\n")]
    counts = Counter(line for line in lines if len(line.split()) >= LINE_WORDS)
    touched = lines[text.count("\n", 0, start) :]
    worst = max((counts[line] for line in touched), default=0)
    return f"a line for the {worst}th time" if worst > LINES else ""


def _tail(tail: str) -> str:
    """Return whether the text ends in a piece that follows itself, or in tags without a word."""
    if _SAME.search(tail):
        return "one character without end"
    if (match := _PERIOD.search(tail)) and (
        _WORDS.search(match["piece"]) or "<" in match["piece"] or len(match[0]) > SAME
    ):
        return "a piece that follows itself"
    if _NUMBERS.search(tail):
        return "numbers without end"
    return "tags without a word between them" if _TAGS.search(tail) else ""


def _phrase(text: str, start: int) -> str:
    """Return whether most runs of four words of the part stand in the text too often."""
    words = [w.lower() for w in _WORDS.findall(_ANY_TAG.sub(" ", text))]
    new = len(_WORDS.findall(_ANY_TAG.sub(" ", text[start:])))
    grams = [tuple(words[n : n + GRAM]) for n in range(len(words) - GRAM + 1)]
    if not new or not grams:
        return ""
    counts = Counter(grams)
    touched = grams[-new:]
    often = sum(counts[gram] > GRAM_TIMES for gram in touched)
    return "a phrase again and again" if 2 * often > len(touched) else ""
