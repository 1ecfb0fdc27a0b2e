"""The units of a draft: its sentences, and the lines that are none, such as headings.

Each unit is said anew for itself, so that nothing of the draft is lost between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from erastyle.corpus.prompts.asked_length import LEAST
from erastyle.corpus.prompts.taken_up import own_words
from erastyle.train.restyle.facts import sentences

WINDOW_WORDS = 120
"""Words of the draft that a request shows. Drafts of up to 130 words were learnt."""
BEFORE = 40
"""Of these, the words before the sentence that is said next."""
LONGEST = 60
"""Words of a unit: a text without marks has one sentence."""
LINE_WORDS = 10
"""Words from which a line without a mark at its end is a sentence, and no item or heading."""
WORD = 10
"""Characters that count as a word, so that what has no blanks fills a request too."""
_END = re.compile(r"""[.!?]+["')”\]]*(?=\s)""")
ABBREVIATED = re.compile(
    r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Mt|No|Vol|Prof|Capt|Lt|Gen|Rev|Jr|Sr|vs|Fig)\.\Z"
)
"""What ends in a point that ends no sentence."""
_DIGITS = re.compile(r"\d+")
_TITLE = re.compile(r"“([^”\n]+)”:?\s*\Z")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of a draft, or what stays as it is: a short one, or a line that is no sentence.

    Attributes:
        text: The sentence or line.
        words: Its telling words, by their first letters, and its numbers.
        told: Whether it is a sentence that can be said anew; else it stays as it is.
        line: Whether it is a line of its own, such as a heading or an item of a list.
        opens: Whether a paragraph begins with it; a sentence behind a line opens one.
    """

    text: str
    words: frozenset[str]
    told: bool
    line: bool
    opens: bool


def units_of(draft: str) -> list[Unit]:
    r"""Return the units of a draft, in its order.

    >>> [unit.text for unit in units_of("Kites\n\nWe fly on Mt. Hill. Nobody fell. It is high.")]
    ['Kites', 'We fly on Mt. Hill.', 'Nobody fell.', 'It is high.']
    """
    units: list[Unit] = []
    for paragraph in re.split(r"\n\s*\n", draft):
        opens = True
        for line in paragraph.split("\n"):
            for text in (part for one in _cut(line) for part in _short(one)):
                unit = _unit(text, opens=opens)
                behind_a_line = bool(units) and units[-1].line
                units.append(replace(unit, opens=opens or (not unit.line and behind_a_line)))
                opens = False
    return units


def _cut(line: str) -> list[str]:
    """Return a line cut behind each sentence, not behind an initial or an abbreviation."""
    parts, start = [], 0
    for end in _END.finditer(line):
        behind = line[end.end() :].lstrip()[:1]
        if behind.islower() or ABBREVIATED.search(line[: end.end()]):
            continue
        parts.append(line[start : end.end()].strip())
        start = end.end()
    return [part for part in (*parts, line[start:].strip()) if part]


def _short(sentence: str) -> list[str]:
    """Return a sentence in parts of `LONGEST` words at most, of about one length."""
    words = sentence.split()
    size = -(-len(words) // -(-len(words) // LONGEST))
    return [" ".join(words[n : n + size]) for n in range(0, len(words), size)]


def _unit(text: str, *, opens: bool) -> Unit:
    marked = text.rstrip("\"')”]")[-1:] in (".", "!", "?")
    whole = marked or len(text.split()) >= LINE_WORDS
    told = whole and bool(sentences(text))
    return Unit(text, telling(text), told, not whole, opens)


def telling(sentence: str) -> frozenset[str]:
    """Return the telling words of a sentence, by their first letters, and its numbers."""
    return own_words(sentence) | frozenset(_DIGITS.findall(sentence.replace(",", "")))


def window(units: Sequence[Unit], at: int) -> Sequence[Unit]:
    """Return the units around one, as many as a request shows."""
    begin, words = at, 0
    while begin > 0 and (words := words + _length(units[begin - 1])) <= BEFORE:
        begin -= 1
    end, words = at + 1, sum(map(_length, units[begin : at + 1]))
    while end < len(units) and (words := words + _length(units[end])) <= WINDOW_WORDS:
        end += 1
    return units[begin:end]


def _length(unit: Unit) -> int:
    return max(len(unit.text.split()), len(unit.text) // WORD)


def request_of(units: Sequence[Unit], noun: str, title: str) -> str:
    """Return the request for units of a draft, in words that training knows.

    It asks for their length: so did the requests of which the whole document was learnt.

    Args:
        units: The units.
        noun: What the era calls its documents: `web page`.
        title: Title of the document, or empty.
    """
    article = "an" if noun[:1].lower() in "aeiou" else "a"
    named = f", with the title “{title}”" if title else ""
    words = max(LEAST, 10 * round(sum(map(_length, units)) / 10))
    asked = f"About {words} words. Turn this into {article} {noun}{named}"
    return f"{asked}:\n{' '.join(unit.text for unit in units)}"


def draft_of(request: str) -> str:
    """Return the draft behind the first line of a request."""
    return request.partition("\n")[2]


def title_of(request: str) -> str:
    """Return the title that the first line of a request asks for, or nothing."""
    asked = _TITLE.search(request.partition("\n")[0])
    return asked[1] if asked else ""
