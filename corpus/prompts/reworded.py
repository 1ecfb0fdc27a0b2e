"""Sentences in other words: what a person's draft says of a document before it was written.

A model that learns drafts whose sentences are those of the document learns to copy drafts. So words
are exchanged for their like, asides are left out, sentences are parted and joined, and `we` and
`you` may become others. Nothing is invented: names, numbers, links, quotations and negations stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from random import Random

EXCHANGED = 0.8  # share of the words that have their like and are exchanged
ASIDES = 0.8  # share of the asides that are left out
PERSONS = 0.4  # share of the drafts that speak of `we` or `you` as of others
SHORT = 9  # words of a sentence that may be joined to the one before
JOINED = 0.5  # share of these that are
PARTED = 0.6  # share of the sentences that are parted before `and` or `but`

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|\S*[@/]\S*")
_WORD = re.compile(r"(?<![\w'.-])[a-z]+(?![\w'-]|\.\w)")
_FIRST = re.compile(r"^[A-Z][a-z]+(?![\w'-])")
_ASIDE = re.compile(
    r"\b(?:very|really|just|simply|quite|of course|actually|basically|certainly|definitely|"
    r"please|indeed|in fact|by the way) (?=[a-z])"
)
_OPENER = re.compile(
    r"^(?:Well|So|Also|Anyway|Now|Then|Of course|In fact|In addition|However|Actually|Oh|Yes|"
    r"Please|And|But),? (?=\w)"
)
_PART = re.compile(r"(?:,|;) (?:and|but|so) (?=(?:we|I|it|they|he|she|you|there|this) )")
_SHORT_FORMS = (
    (r"\b([Cc])an't\b", r"\1annot"), (r"\b([Ww])on't\b", r"\1ill not"), (r"n't\b", " not"),
    (r"'re\b", " are"), (r"'ve\b", " have"), (r"'ll\b", " will"), (r"\bI'm\b", "I am"),
    (r"\b([Ii]t|[Tt]hat|[Tt]here)'s\b", r"\1 is"),
)  # fmt: skip
_WE = (("we", "they"), ("our", "their"), ("us", "them"), ("ours", "theirs"))
_YOU = (("your", "their"), ("yours", "theirs"))
_CLAUSE = frozenset("the a an we they he she it there this these that our their my".split())


@cache
def _likes() -> dict[str, tuple[str, ...]]:
    """Return words and what may stand for each."""
    known: dict[str, tuple[str, ...]] = {}
    text = (files("erastyle.corpus.prompts") / "data" / "likes.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        word, _, like = line.partition(" :: ")
        known[word] = (*known.get(word, ()), like)
    return known


def has_like(word: str) -> bool:
    """Return whether another word may stand for this one, in lower case."""
    return word in _likes()


@cache
def likes_of(word: str) -> frozenset[str]:
    """Return the words that may stand for this one, and those for which it may stand.

    >>> sorted(likes_of("purchase"))
    ['buy']
    """
    told = {other for other, likes in _likes().items() if word in likes}
    return frozenset(told.union(_likes().get(word, ())))


def reworded(sentences: Sequence[str], rng: Random) -> list[str]:
    """Return sentences that say the same in other words.

    Args:
        sentences: Sentences of a document, each on one line.
        rng: Chooses among the ways.

    >>> reworded(["We don't begin often, but you can buy large kites!"], Random(2))
    ['We do not begin frequently.', 'You can purchase big kites.']
    """
    persons = _persons(rng)
    told: list[str] = []
    for sentence in sentences:
        for part in _parted(_plain(sentence, rng), rng):
            said = _outside_quotations(part, lambda text: _exchanged(text, persons, rng))
            told.append(said[0].upper() + said[1:] if said else said)
    return _joined([one for one in told if one], rng)


def _persons(rng: Random) -> dict[str, str]:
    """Return who becomes whom in the whole draft."""
    changed: dict[str, str] = {}
    if rng.random() < PERSONS:
        changed |= dict(_WE)
    if rng.random() < PERSONS:
        changed |= {"you": rng.choice(("people", "readers", "visitors")), **dict(_YOU)}
    return changed


def _plain(sentence: str, rng: Random) -> str:
    """Return a sentence without short forms and asides."""
    text = sentence.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for form, whole in _SHORT_FORMS:
        text = re.sub(form, whole, text)
    text = re.sub(r"\s*\.{2,}(?=\s|$)", ".", text)
    text = re.sub(r"\s*!+", ".", text)
    if rng.random() < ASIDES:
        text = _OPENER.sub("", text)
    return _ASIDE.sub(lambda m: "" if rng.random() < ASIDES else m[0], text)


def _parted(sentence: str, rng: Random) -> list[str]:
    """Return a sentence in two where a second one begins behind `and`, `but` or `so`."""
    match = _PART.search(sentence)
    if not match or rng.random() >= PARTED:
        return [sentence.rstrip(".") + "." if sentence[-1:] != "?" else sentence]
    return [sentence[: match.start()] + ".", sentence[match.end() :].rstrip(".") + "."]


def _outside_quotations(text: str, change: Callable[[str], str]) -> str:
    """Return `text` with `change` made outside of quotations, links and addresses."""
    parts, end = [], 0
    for match in _QUOTED.finditer(text):
        parts += [change(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, change(text[end:])])


def _exchanged(text: str, persons: dict[str, str], rng: Random) -> str:
    def other(word: str) -> str:
        likes = _likes().get(word)
        if likes and word not in persons and rng.random() < EXCHANGED:
            return rng.choice(likes)
        return persons.get(word, word)

    first = _FIRST.match(text)
    head = first[0] if first else ""
    said = other(head.lower())
    begun = said[0].upper() + said[1:] if said != head.lower() else head
    return begun + _WORD.sub(lambda m: other(m[0]), text[len(head) :])


def _joined(sentences: Sequence[str], rng: Random) -> list[str]:
    """Return the sentences, some short ones joined to those before them."""
    told: list[str] = []
    for sentence in sentences:
        first, _, rest = sentence.partition(" ")
        short = len(sentence.split()) <= SHORT and first.lower() in _CLAUSE and rest
        if told and short and told[-1][-1:] == "." and rng.random() < JOINED:
            told[-1] = f"{told[-1][:-1]}, and {first.lower()} {rest}"
        else:
            told.append(sentence)
    return told
