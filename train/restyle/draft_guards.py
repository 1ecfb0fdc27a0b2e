"""What looks on besides the era's guards while a draft is restyled.

A model that is asked to rewrite a draft is tempted to copy it and to add to it. After some words of
the draft in a row it begins the next sentence in another way, and takes another word where there is
one of the same sense. A sentence with a fact that the draft does not hold is drawn again, and so is
one that says something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from erastyle.corpus.document import Format
from erastyle.corpus.prompts.reworded import has_like
from erastyle.corpus.prompts.taken_up import own_words
from erastyle.train.model.guards.guard import Guards, Mark
from erastyle.train.restyle.fact_ledger import foreign_facts
from erastyle.train.restyle.facts import SENTENCE, facts, sentences
from erastyle.train.restyle.plain_prose import plain_prose

FACTS = "draft facts"
"""Name of the guard against facts that a draft does not hold."""
SENSE = "draft sense"
"""Name of the guard against sentences that say something else than the draft."""
TELLING, OF_DRAFT = 3, 0.34
"""Telling words from which a sentence is looked at, and the share of them that the draft holds."""
RUN = 8
"""Words of the draft in a row behind which its next may not be taken, if it begins a sentence or
has its like. Any other word would be replaced by one that means something else: `no thunder`
became `no wind`."""
BACK = 400
"""Characters before the newest part that are read with it, so that its sentence is whole."""
TIMES = 4
"""How many times the common budget what is foreign to a draft may cost (`Budget.times`)."""
_WORD = re.compile(r"[\w']+")
_TAG = re.compile(r"<[^<>]*>")


def for_draft(guards: Guards | None, form: Format) -> Guards | None:
    """Return the guards of an era with those of a draft; none stay none.

    The request of a text is then a line, and the draft behind it.

    Args:
        guards: The guards of the era.
        form: Format of the era.
    """
    if guards is None:
        return None
    budget = guards.budget
    if budget is not None:
        budget = replace(budget, times={**budget.times, FACTS: TIMES, SENSE: TIMES})
    return replace(
        guards,
        guards=[*guards.guards, ForeignFacts(form), ForeignSentences(form)],
        constraints=[OwnWords(), *guards.constraints],
        budget=budget,
    )


def draft_of(request: str) -> str:
    """Return the draft behind the first line of a request."""
    return request.partition("\n")[2]


def _around(text: str, start: int, form: Format) -> tuple[str, str]:
    """Return the prose shortly before the newest part, and the same with that part."""
    begin = max(0, start - BACK)
    return plain_prose(text[begin:start], form), plain_prose(text[begin:], form)


@dataclass(frozen=True, slots=True)
class ForeignFacts:
    """Refuses a name, number, date, link or quotation that the request does not hold.

    Attributes:
        form: Format of the era.
    """

    form: Format
    name: str = FACTS

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return a mark for each fact that the newest part brings in."""
        del ended
        older, newer = _around(text, start, self.form)
        before = {(fact.kind, fact.form) for fact in facts(older)}
        return [
            Mark(self.name, f"not in the draft: {fact.text}", start, len(text))
            for fact in foreign_facts(request, newer)
            if (fact.kind, fact.form) not in before
        ]


@dataclass(frozen=True, slots=True)
class ForeignSentences:
    """Refuses a sentence that says something else than the draft: too few of its words are there.

    Attributes:
        form: Format of the era.
    """

    form: Format
    name: str = SENSE

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return a mark for each sentence that the newest part brings to its end."""
        older, newer = _around(text, start, self.form)
        before = set(sentences(older))
        return [
            Mark(self.name, f"not of the draft: {sentence[:40]}", start, len(text))
            for sentence in sentences(newer)
            if sentence not in before
            and (ended or sentence[-1] in ".!?")
            and _is_foreign(sentence, request)
        ]


def _is_foreign(sentence: str, request: str) -> bool:
    """Return whether too few of the telling words of a sentence stand in a request."""
    own, known = own_words(sentence), own_words(request)
    return len(own) >= TELLING and len(own & known) < OF_DRAFT * len(own)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Forbids to go on as the draft does after `run` of its words, where it can be said otherwise.

    Facts may stand.

    Attributes:
        run: Words in a row.
    """

    run: int = RUN
    name: str = "own words"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` begins the draft's next word."""
        begun = _WORD.match(piece.lstrip())
        if begun is None or (piece[0].isalnum() and text[-1:].isalnum()):
            return False  # no word, or the rest of one
        if text.rfind("<") > text.rfind(">"):
            return False  # inside of a tag
        last = _WORD.findall(_TAG.sub(" ", text[-BACK:]).lower())[-self.run :]
        if len(last) < self.run:
            return False
        following = _following(draft_of(request), self.run).get(tuple(last), ())
        return any(word.startswith(begun[0].lower()) for word in following)


@lru_cache(maxsize=64)
def _following(draft: str, run: int) -> dict[tuple[str, ...], frozenset[str]]:
    """Return the words after each run of words of a draft that have their like or begin a sentence.

    Words of facts are left out.
    """
    words = [word for part in _sentences(draft) for word in part]
    first = {0, *accumulate(map(len, _sentences(draft)))}
    held = {word for fact in facts(draft) for word in _WORD.findall(fact.text.lower())}
    known: dict[tuple[str, ...], frozenset[str]] = {}
    for n in range(len(words) - run):
        word = words[n + run]
        if word not in held and (n + run in first or has_like(word)):
            key = tuple(words[n : n + run])
            known[key] = known.get(key, frozenset()) | {word}
    return known


def _sentences(draft: str) -> list[list[str]]:
    """Return the words of each sentence of a draft."""
    return [_WORD.findall(match[0].lower()) for match in SENTENCE.finditer(draft)]
