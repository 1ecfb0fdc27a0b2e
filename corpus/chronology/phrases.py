"""Dated phrases with alternatives: `{took,take} a selfie`, a row for what people say in many ways.

A row of `phrases.tsv` has a slot for each word. A slot is a word or alternatives in braces; an
alternative may be several words or, at the end of a slot, nothing. Lower-case words match any case.
"""

from __future__ import annotations

import itertools
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from erastyle.corpus.chronology.term import CERTAINTY, TOKEN, Term

_SLOT = re.compile(r"\{([^{}]*)\}|([^\s{}]+)")


class Phrase(NamedTuple):
    """A dated phrase of a fixed number of words.

    Attributes:
        slots: For each of its words the words that may stand there.
        term: Its kind, year, certainty, context and source; its text is the row's pattern.
    """

    slots: tuple[frozenset[str], ...]
    term: Term


@cache
def phrases() -> tuple[Phrase, ...]:
    """Return all phrases of `phrases.tsv`; the file is read once."""
    table = (files("erastyle.corpus") / "chronology" / "phrases.tsv").read_text(encoding="utf-8")
    rows = []
    for line in table.splitlines()[1:]:
        pattern, kind, year, certainty, context, source = line.split("\t")
        words = frozenset(TOKEN.findall(context))
        term = Term(pattern, kind, int(year), CERTAINTY[certainty], bool(words), words, source)
        rows += [Phrase(slots, term) for slots in slots_of(pattern)]
    return tuple(rows)


def slots_of(pattern: str) -> list[tuple[frozenset[str], ...]]:
    """Return the slots of each number of words that a pattern allows.

    >>> [[sorted(slot) for slot in slots] for slots in slots_of("a {selfie,group selfie}")]
    [[['a'], ['selfie']], [['a'], ['group'], ['selfie']]]
    """
    choices: list[list[tuple[frozenset[str], ...]]] = []
    for braced, plain in _SLOT.findall(pattern):
        by_size: dict[int, list[list[str]]] = {}
        for alternative in (braced or plain).split(","):
            words = TOKEN.findall(alternative)
            by_size.setdefault(len(words), []).append(words)
        choices.append(
            [
                (frozenset(words[0] for words in several),)
                if size == 1
                else tuple(frozenset((word,)) for word in words)
                for size, several in sorted(by_size.items())
                for words in (several[:1] if size < 2 else several)
            ]
        )
    return [tuple(itertools.chain(*parts)) for parts in itertools.product(*choices)]
