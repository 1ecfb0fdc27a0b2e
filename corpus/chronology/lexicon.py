"""Dated words, names and products, and a matcher that finds them in a text in one pass."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from erastyle.corpus.chronology.phrases import Phrase, phrases
from erastyle.corpus.chronology.term import CERTAINTY, TOKEN
from erastyle.corpus.chronology.term import Term as Term


class TermMatch(NamedTuple):
    """A term in a text, at `text[start:end]`."""

    start: int
    end: int
    term: Term


@cache
def lexicon() -> tuple[Term, ...]:
    """Return all terms of `lexicon.tsv`, the oldest first; the file is read once."""
    table = (files("erastyle.corpus") / "chronology" / "lexicon.tsv").read_text(encoding="utf-8")
    terms = []
    for line in table.splitlines()[1:]:
        text, kind, year, certainty, ambiguous, context, source = line.split("\t")
        words = frozenset(word for entry in context.split() for word in TOKEN.findall(entry))
        terms.append(
            Term(text, kind, int(year), CERTAINTY[certainty], ambiguous == "1", words, source)
        )
    return tuple(terms)


@cache
def generators() -> tuple[tuple[str, int], ...]:
    """Return the programs that sign pages, each with its year, the longest names first."""
    table = (files("erastyle.corpus") / "chronology" / "generators.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    return tuple(sorted(((name, int(year)) for name, year, _ in rows), key=lambda r: -len(r[0])))


def generator(signature: str) -> tuple[str, int] | None:
    """Return the program version that a generator tag names and its year, or `None`.

    >>> generator("Mozilla/4.05 [en] (Win95; I) [Netscape]")
    ('Mozilla/4.05', 1998)
    """
    for name, year in generators():
        if name in signature:
            return name, year
    return None


_BETWEEN = re.compile(r"\s+|\s?[-\u2010\u2011]\s?|['\u2019./]")
"""What may stand between the words of a phrase."""
_GAP = re.compile(r"\s+|\s?[-\u2010\u2011]\s?")
NEAR = 8
"""Words on each side of an ambiguous term that count as its context."""


_COMMON = {
    word: 1 / (rank + 1)
    for rank, word in enumerate(
        (files("erastyle.corpus") / "chronology" / "common_words.txt").read_text("utf-8").split()
    )
}
"""Words that texts of every time are full of, the most frequent first: a term is looked up by the
word of it that is rarest."""
_RARE = 0.0001


def _frequency(word: str) -> float:
    return _COMMON.get(word.lower(), _RARE)


_REACH = 200
"""Characters before that word in which the words of the term that stand before it begin."""


class _Entry(NamedTuple):
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    before: str
    after: str
    term: Term
    proper: bool
    slots: tuple[frozenset[str], ...] = ()

    @property
    def key(self) -> int:
        """The place of the word by which the entry is looked up."""
        return min(range(len(self.words)), key=lambda n: _frequency(self.words[n]))


class Matcher:
    """Finds terms in text by their rarest word; of several that fit, the longest wins."""

    def __init__(self, terms: Iterable[Term], phrases: Iterable[Phrase] = ()) -> None:
        """Index `terms` and `phrases` by their rarest word."""
        self._exact: dict[str, list[tuple[int, _Entry]]] = {}
        self._folded: dict[str, list[tuple[int, _Entry]]] = {}
        for term in terms:
            entry = _entry(term)
            proper = entry.proper
            _add(self._exact if proper else self._folded, entry)
            last = entry.words[-1]
            if proper and len(entry.words) == 1 and len(last) > 4 and not term.ambiguous:
                _add(self._exact, entry._replace(words=(last.upper(),)))
            if proper and entry.words[0].isalpha() and entry.words[0].islower():
                opening = entry.words[0].capitalize()  # `Invasion of Iraq` begins a sentence
                _add(self._exact, entry._replace(words=(opening, *entry.words[1:])))
            if not proper and not term.ambiguous and last.isalpha() and last[-1] not in "sd":
                _add(self._folded, entry._replace(words=(*entry.words[:-1], last + "s")))
        for phrase in phrases:
            entry = _Entry((), (), "", "", phrase.term, proper=False, slots=phrase.slots)
            key = _telling(phrase.slots)
            for word in phrase.slots[key]:
                index = self._folded if word == word.lower() else self._exact
                index.setdefault(word, []).append((key, entry))
        for index in (self._exact, self._folded):  # a name is a clearer finding than a phrase
            for entries in index.values():
                entries.sort(key=lambda e: (bool(e[1].slots), -_size(e[1]), -len(e[1].term.text)))

    def find(self, text: str, unclear: bool = False) -> Iterator[TermMatch]:
        """Yield the terms in `text` in order; they do not overlap.

        The time is linear in the length of `text`.

        Args:
            text: Prose without markup.
            unclear: Whether ambiguous terms count even without a word of their context.
        """
        words = TOKEN.findall(text)
        folded = " ".join(words).lower().split(" ")
        wanted = self._exact.keys() & set(words)
        wanted_folded = self._folded.keys() & set(folded)
        places = {at for at, word in enumerate(words) if word in wanted} if wanted else set()
        if wanted_folded:
            places.update(at for at, word in enumerate(folded) if word in wanted_folded)
        fitting: list[tuple[bool, int, int, int, _Entry]] = []
        for at in places:
            for index, tokens in ((self._exact, words), (self._folded, folded)):
                for key, entry in index.get(tokens[at], ()):
                    first = at - key
                    if first >= 0 and _fits(entry, words, folded, first, unclear):
                        order = (bool(entry.slots), first, -_size(entry), len(fitting))
                        fitting.append((*order, entry))
        if fitting:
            yield from _apart(text, words, sorted(fitting, key=lambda row: row[:4]))

    def newest(self, text: str, after: int = 0) -> Term | None:
        """Return the newest term in `text` that is later than the year `after`, or `None`.

        The search begins with the words of the newest terms, so it rarely reads the whole text.

        Args:
            text: Prose without markup.
            after: Last year whose terms do not count.
        """
        words = TOKEN.findall(text)
        folded = " ".join(words).lower().split(" ")
        known, known_folded = set(words), set(folded)
        late: list[tuple[int, str, list[tuple[int, _Entry]], list[str]]] = []
        for index, tokens, have in (
            (self._exact, words, known),
            (self._folded, folded, known_folded),
        ):
            for word in index.keys() & have:
                entries = [
                    (key, entry)
                    for key, entry in index[word]
                    if entry.term.first_year > after
                    and entry.term.first_year <= known_from(entry.term.text)
                    and (len(entry.words) < 2 or have.issuperset(entry.words))
                    and not (entry.term.ambiguous and known_folded.isdisjoint(entry.term.context))
                ]
                if entries:
                    year = max(entry.term.first_year for _, entry in entries)
                    late.append((-year, word, entries, tokens))
        best: Term | None = None
        for negative, word, entries, tokens in sorted(late, key=lambda row: row[:2]):
            if best and best.first_year >= -negative:
                break
            source = text if tokens is words else text.lower()
            if len(source) != len(text):
                continue  # `İ` becomes two characters: places would not fit
            at, start, behind = -1, -1, 0
            for _ in range(tokens.count(word)):
                at = tokens.index(word, at + 1)
                behind += 1
                fitting = [
                    (key, entry)
                    for key, entry in entries
                    if key <= at and _fits(entry, words, folded, at - key)
                ]
                if not fitting:
                    continue  # most uses of a common word: their offsets are never computed
                for _ in range(behind):
                    start = _next(source, word, start + 1)
                behind = 0
                standing = (
                    (key, entry)
                    for key, entry in fitting
                    if _stands(entry, text, _spans(text, start, key, entry))
                )
                key, entry = next(standing, (0, None))
                if entry and (best is None or entry.term.first_year > best.first_year):
                    best = _as_written(entry, words, at - key)
                    if best.first_year >= -negative:
                        break
        return best


def _next(text: str, word: str, start: int) -> int:
    """Return the offset of the next token `word` in `text` from `start` on."""
    at = text.index(word, start)
    while TOKEN.match(text[at - 1 : at]) or TOKEN.match(text, at + len(word)):
        at = text.index(word, at + 1)
    return at


def _apart(
    text: str, words: Sequence[str], fitting: Iterable[tuple[bool, int, int, int, _Entry]]
) -> Iterator[TermMatch]:
    """Yield those of the entries that stand in the text and do not overlap, by their place.

    Names come before phrases, what begins earlier before what begins later, long before short.
    """
    spans = [match.span() for match in TOKEN.finditer(text)]
    taken: set[int] = set()
    matches = []
    for _, first, size, _, entry in fitting:
        behind = first - size
        if taken.isdisjoint(range(first, behind)) and _stands(entry, text, spans[first:behind]):
            taken.update(range(first, behind))
            start = spans[first][0] - len(entry.before)
            end = spans[behind - 1][1] + len(entry.after)
            matches.append(TermMatch(start, end, _as_written(entry, words, first)))
    yield from sorted(matches, key=lambda match: match.start)


def _telling(slots: Sequence[frozenset[str]]) -> int:
    """Return the place of the slot by which a phrase is looked up: that of the rarest words."""
    return min(range(len(slots)), key=lambda n: sum(map(_frequency, slots[n])))


def _size(entry: _Entry) -> int:
    return len(entry.slots) or len(entry.words)


def _as_written(entry: _Entry, words: Sequence[str], at: int) -> Term:
    """Return the term of an entry; that of a phrase has the words that the text has."""
    if not entry.slots:
        return entry.term
    return entry.term._replace(text=" ".join(words[at : at + len(entry.slots)]))


def _add(index: dict[str, list[tuple[int, _Entry]]], entry: _Entry) -> None:
    index.setdefault(entry.words[entry.key], []).append((entry.key, entry))


def _spans(text: str, start: int, key: int, entry: _Entry) -> list[tuple[int, int]]:
    """Return the spans of the words of `entry`, the one at `key` of which begins at `start`."""
    before = list(TOKEN.finditer(text, max(0, start - _REACH), start)) if key else []
    behind = itertools.islice(TOKEN.finditer(text, start), _size(entry) - key)
    return [match.span() for match in (*before[len(before) - key :], *behind)]


def _fits(
    entry: _Entry, words: Sequence[str], folded: Sequence[str], at: int, unclear: bool = False
) -> bool:
    """Say whether the words from index `at` on are those of `entry` and its context fits."""
    if entry.slots:
        size = len(entry.slots)
        if at + size > len(words) or not all(
            folded[at + n] in slot or words[at + n] in slot for n, slot in enumerate(entry.slots)
        ):
            return False
    else:
        size = len(entry.words)
        tokens = words if entry.proper else folded
        if size > 1 and tuple(tokens[at : at + size]) != entry.words:
            return False
    if not entry.term.ambiguous or unclear:
        return True
    near = {*folded[max(0, at - NEAR) : at], *folded[at + size : at + size + NEAR]}
    return not near.isdisjoint(entry.term.context)


def _stands(entry: _Entry, text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether the characters between, before and behind the words are those of the term."""
    if len(spans) < _size(entry):
        return False  # the words before the telling one are too far away
    start, end = spans[0][0], spans[-1][1]
    if entry.slots:
        if not all(_between(text, one, two) for one, two in itertools.pairwise(spans)):
            return False
        if len(spans) > 1:  # `the app-defaults` and `high-tech companies` are other words
            before, behind = text[max(0, start - 2) : start], text[end : end + 2]
            return not (
                (before[-1:] == "-" and before[:1].isalnum())
                or (behind[:1] == "-" and behind[1:].isalnum())
            )
    for number, gap in enumerate(entry.gaps):
        if not _same_gap(gap, text[spans[number][1] : spans[number + 1][0]]):
            return False
    if entry.before and not text.startswith(entry.before, max(0, start - len(entry.before))):
        return False
    if entry.after and not text.startswith(entry.after, end):
        return False
    return len(spans) > 1 or not _is_part(text, start, end, entry)


def _between(text: str, one: tuple[int, int], two: tuple[int, int]) -> bool:
    """Say whether what stands between two words may stand there in a phrase."""
    gap = text[one[1] : two[0]]
    initial = gap == ". " and one[1] - one[0] == 1 and text[one[0]].isupper()  # `O. J. trial`
    return initial or (len(gap) <= 24 and bool(_BETWEEN.fullmatch(gap)))


def _same_gap(wanted: str, seen: str) -> bool:
    if seen == wanted:
        return True
    if wanted == " ":
        return len(seen) <= 24 and bool(_GAP.fullmatch(seen))
    if wanted == "-":
        return bool(_GAP.fullmatch(seen)) and "\n\n" not in seen
    return wanted.strip() != "" and seen.split() == wanted.split()


def _is_part(text: str, start: int, end: int, entry: _Entry) -> bool:
    """Say whether a word is part of something longer: a file name, `text-based`, `HP-UX`."""
    before = text[start - 1 : start] if not entry.before else ""
    behind = text[end : end + 2] if not entry.after else ""
    if before in ("@", "_", "\\", "~", "$", "%") or behind[:1] in ("@", "_", "\\"):
        return True
    if before == "-" and text[start - 2 : start - 1].isalnum():
        return True
    if entry.term.ambiguous and behind[:1] == "-" and behind[1:].isalnum():
        return True
    lower = entry.term.text == entry.term.text.lower()
    inside = behind[1:].isalnum() and behind[0] in (".-/" if lower else ".")
    return lower and (before in (".", "/") or inside)


@cache
def _entry(term: Term) -> _Entry:
    proper = term.text != term.text.lower()
    text = term.text if proper else term.text.lower()
    matches = list(TOKEN.finditer(text))
    gaps = tuple(text[one.end() : two.start()] for one, two in itertools.pairwise(matches))
    words = tuple(match[0] for match in matches)
    before, after = text[: matches[0].start()], text[matches[-1].end() :]
    return _Entry(words, gaps, before, after, term, proper)


def known_from(text: str) -> int:
    """Return the first year in which a term may stand, whatever it means.

    The lexicon holds some terms twice, as `iMac` of 1998 and of 2007: a text that says no more than
    `iMac` need not be of 2007. Terms that count only beside a word of their context are left out;
    9999 where there is no other.

    >>> known_from("iMac"), known_from("no such term")
    (1998, 9999)
    """
    return _first_years().get(text, 9999)


@cache
def _first_years() -> dict[str, int]:
    years: dict[str, int] = {}
    for term in lexicon():
        if not term.ambiguous:
            years[term.text] = min(term.first_year, years.get(term.text, 9999))
    return years


@cache
def matcher(after: int, until: int = 9999) -> Matcher:
    """Return the matcher for terms whose first year is later than `after` and at most `until`."""
    return Matcher(
        (term for term in lexicon() if after < term.first_year <= until),
        (phrase for phrase in phrases() if after < phrase.term.first_year <= until),
    )
