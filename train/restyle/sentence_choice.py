"""Which of several ways to go on says the next sentence of a draft best.

Of a way to go on the first sentence counts. It is held against the unit of the draft that it says
most of: it may not say something else, leave facts out, mix them up, or say what was said before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from erastyle.corpus.copying.echo import echo_share, grams
from erastyle.corpus.document import Format
from erastyle.corpus.prompts.reworded import likes_of
from erastyle.corpus.prompts.taken_up import own_words
from erastyle.corpus.prompts.taken_up import words as words_of
from erastyle.train.restyle.draft_units import ABBREVIATED, Unit, telling
from erastyle.train.restyle.fact_ledger import foreign_facts, ledger
from erastyle.train.restyle.facts import facts, sentences
from erastyle.train.restyle.plain_prose import plain_prose

MOST_FRESH, MOST_MADE_UP = 3, 1
"""Telling words of a sentence that its units do not hold, and that the whole draft does not."""
MEASURES = frozenset(
    "cent cents daily day days degrees dollar dollars dozen dozens feet foot gallon gallons hour "
    "hours hundred hundreds inch inches mile miles minute minutes month monthly months ounce "
    "ounces percent pound pounds thousand thousands ton tons volts watts week weekly weeks yard "
    "yards year yearly years".split()
)
"""Words that change a number beside them."""
SAID, WITH_IT = 0.6, 0.8
"""Share of the telling words of a unit that a sentence holds which says it, or says it besides."""
MOST_LOOSE = 2
"""Words outside of the sentence, as of a heading, that the draft does not hold."""
APART, MOST_APART = 1.0, 1
"""What a sentence is worth less for each unit that it comes too early, and the most of these."""
MANNER = frozenset(
    "actually anyway anyways apparently appreciate appreciated basically believe besides bit "
    "btw clearly course currently feel felt folks frankly fyi glad guess guys happy hello "
    "honest honestly hope imho kind know knows lot lots luckily maybe mean meanwhile mention "
    "nice perhaps please presently pretty probably quite rather real really sadly seem seems "
    "simply sorry sort suppose sure surely thank thanks think thinks thought tried try trying "
    "understand unfortunately usually want welcome wonder wondering yeah yes".split()
)
"""Words of a manner of speaking: they add nothing to what is told."""
OPPOSITES = tuple(
    tuple(pair.split("/"))
    for pair in (
        "north/south east/west left/right above/below before/after open/closed first/last "
        "oldest/newest old/new largest/smallest large/small highest/lowest high/low more/less "
        "longest/shortest long/short early/late bought/sold buy/sell opens/closes begins/ends "
        "began/ended upstairs/downstairs winter/summer morning/evening day/night warm/cold "
        "inside/outside under/over always/never until/from best/worst sale/looking sell/looking "
        "selling/looking she/i he/i they/i her/my his/my their/my"
    ).split()
)
NEW = 4.0
"""What new runs of four words are worth, in shares of a sentence's words."""
MOST_NEW = 0.5
"""Share of new runs of four words from which a sentence is not worth more."""
_STOP = re.compile(
    r"""(?<![\d.])(?<!\b[a-z])\.["')”]*\Z|[!?]["')”]*\Z|\d\.["')”]*(?:\s+\S*|<)\Z|<[/A-Za-z]"""
)
_SAID = re.compile(r"""(?s).*[.!?]["')”]*(?=\s|<|\Z)""")
_TITLE = re.compile(r"<title\b.*?</title\s*>", re.IGNORECASE | re.DOTALL)
_SIGNED = re.compile(r"^\s*--", re.MULTILINE)
_WORD = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Said:
    """A way to go on.

    Attributes:
        piece: What is new, with its markup.
        units: Numbers of the units that it says.
        faults: What is wrong with it; none: it may be taken.
        worth: How well it says them.
    """

    piece: str
    units: tuple[int, ...]
    faults: tuple[str, ...]
    worth: float


def is_said(text: str, begun: int, form: Format) -> bool:
    """Return whether a text has said a whole sentence since it was begun.

    A point behind a figure or an initial may stand inside of one: there the next token decides.

    Args:
        text: The text so far.
        begun: Characters that stood before.
        form: Format of the era.
    """
    end = text[max(begun, len(text) - 40) :]
    if _STOP.search(end) is None or ABBREVIATED.search(end):
        return False
    return bool(_whole(_prose(text[:begun], text[begun:], form)))


def _prose(begun: str, new: str, form: Format) -> str:
    """Return the prose of what is new; a wrapped line may have begun before it."""
    if form == "html":
        return plain_prose(_TITLE.sub("", new), form)
    line = begun[begun.rfind("\n") + 1 :]
    return plain_prose(line + new, form)[len(line) :]


def _whole(prose: str) -> list[str]:
    """Return the sentences of a text that have come to their end; a heading is none."""
    return [one for one in sentences(prose) if one.rstrip("\"')”")[-1:] in (".", "!", "?")]


def weigh(
    begun: str,
    new: str,
    units: Sequence[Unit],
    unsaid: AbstractSet[int],
    form: Format,
    marks: Sequence[str],
) -> Said:
    """Return what a way to go on says, and how well.

    Args:
        begun: The text so far.
        new: What is new, with its markup.
        units: The units of the draft.
        unsaid: Numbers of those that are not said yet.
        form: Format of the era.
        marks: What the era's guards have against it.
    """
    to_its_end = _SAID.match(new)  # what was begun behind it goes
    piece = to_its_end[0] if to_its_end else new
    prose = _prose(begun, piece, form)
    told = _whole(prose)
    if len(told) != 1:
        return Said(piece, (), ("no single sentence",), 0.0)
    (sentence,) = told
    words = telling(sentence)
    like = words | telling(" ".join(one for word in words_of(sentence) for one in likes_of(word)))
    shared = [len(like & unit.words) / max(1, len(unit.words)) for unit in units]
    able = [n for n, unit in enumerate(units) if unit.told]
    source = max(able, key=lambda n: (len(words & units[n].words), n in unsaid))
    besides = [
        n
        for n in (source - 1, source + 1)
        if n in able and n in unsaid and shared[n] >= WITH_IT
        and like & units[n].words - units[source].words
    ]  # fmt: skip
    said = sorted([source, *besides])
    asked = " ".join(units[n].text for n in said)
    everything = " ".join(unit.text for unit in units)
    fresh, made_up = _fresh(sentence, asked), _fresh(sentence, everything)
    faults = list(marks)
    if len(fresh) > MOST_FRESH or len(made_up) > MOST_MADE_UP:
        faults.append(f"adds {', '.join(sorted(fresh))}")
    measures = MEASURES & set(words_of(sentence))
    faults += [f"adds {word}" for word in sorted(measures - set(words_of(asked)))]
    early = max(0, source - min(unsaid))
    if early > MOST_APART:
        faults.append("comes too early")
    if source not in unsaid:
        faults.append("was said before")
    if shared[source] < SAID:
        faults.append("says too little")
    faults += [
        f"mixes up {fact.text}"
        for fact in foreign_facts(asked, prose)
        if fact.kind != "name" or foreign_facts(everything, fact.sentence)
    ]
    numbers = Counter(_DIGITS.findall(prose)) - Counter(_DIGITS.findall(asked))
    faults += [f"makes up or repeats {n}" for n in numbers]
    if form != "html" and _SIGNED.search(piece):
        faults.append("signs")
    if not _denies(asked) and _denies(sentence):
        faults.append("denies")
    faults += [f"turns round {word}" for word in turned(asked, sentence)]
    faults += [f"leaves out {entry.text}" for entry in ledger(asked, sentence).broken]
    loose = telling(prose) - words - frozenset[str]().union(*(unit.words for unit in units))
    if len(loose) > MOST_LOOSE:
        faults.append(f"makes up {', '.join(sorted(loose))}")
    new_share = 1 - echo_share(sentence, asked) if grams(sentence) else 0.0
    reached = sum(shared[n] for n in said) / len(said)
    known = 1 - len(fresh) / max(1, len(words))
    worth = known + 2 * reached + NEW * min(MOST_NEW, new_share) - APART * early
    return Said(piece, tuple(said), tuple(faults), worth)


def _fresh(sentence: str, asked: str) -> set[str]:
    """Return the telling words of a sentence that a text has not, nor their like."""
    held = telling(asked)
    return {
        word
        for word in words_of(sentence)
        if word not in MANNER
        and own_words(word)
        and not any(telling(one) & held for one in (word, *likes_of(word)))
    }


def _denies(text: str) -> bool:
    return any(fact.kind == "negation" for fact in facts(text))


def turned(asked: str, sentence: str) -> list[str]:
    """Return the words of a text for which a sentence has their opposites.

    >>> turned("It lies 3 miles north of the town.", "It lies 3 miles south of the town.")
    ['north']
    """
    before, after = (set(_WORD.findall(text.lower())) for text in (asked, sentence))
    return [
        word
        for pair in OPPOSITES
        for word, other in (pair, pair[::-1])
        if word in before and word not in after and other in after and other not in before
    ]
