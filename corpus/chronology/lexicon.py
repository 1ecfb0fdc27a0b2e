"""Dated words, names and products, and a matcher that finds them in a text in one pass."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

CERTAINTY = {"high": 0.95, "medium": 0.8, "low": 0.6}


class Term(NamedTuple):
    """A word, name or idiom with the first year in which people used it.

    A text may have several terms: the year of its first use, the year from which it is in general
    use, and an ambiguous one with the year of a newer sense, which the words around it show.

    Attributes:
        text: Its spelling. Upper-case letters must match; a lower-case word matches any case.
        kind: company, product, software, internet, technology, event, culture, brand or word.
        first_year: Year of first public use; the earlier one where sources differ.
        certainty: How sure the year is, 0 to 1.
        ambiguous: Whether it has an older sense; then a word of `context` must stand near it.
        context: Lower-case words that show the newer sense.
        source: The kind of source that the year rests on.
    """

    text: str
    kind: str
    first_year: int
    certainty: float
    ambiguous: bool
    context: frozenset[str]
    source: str


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
        words = frozenset(word for entry in context.split() for word in _TOKEN.findall(entry))
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


_TOKEN = re.compile("[0-9A-Za-z\u00c0-\u024f]+")
_GAP = re.compile(r"\s+|\s?[-\u2010\u2011]\s?")
NEAR = 8
"""Words on each side of an ambiguous term that count as its context."""


_EVERYWHERE = frozenset(
    "a an the this that my your our his her its their i you he she we they it me him us them on in "
    "at by of for to from with over via and or is was are were be been has have had no not all any "
    "every some off up out as so who s t ve re m d ll".split()
)
"""Words that every text is full of: a term is looked up by its first other word."""
_REACH = 200
"""Characters before that word in which the words of the term that stand before it begin."""


class _Entry(NamedTuple):
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    before: str
    after: str
    term: Term

    @property
    def key(self) -> int:
        """The place of the word by which the entry is looked up."""
        others = (n for n, word in enumerate(self.words) if word.lower() not in _EVERYWHERE)
        return next(others, 0)


class Matcher:
    """Finds terms in text by their first telling word; of several that fit, the longest wins."""

    def __init__(self, terms: Iterable[Term]) -> None:
        """Index `terms` by their first word that is not in every text."""
        self._exact: dict[str, list[tuple[int, _Entry]]] = {}
        self._folded: dict[str, list[tuple[int, _Entry]]] = {}
        for term in terms:
            entry = _entry(term)
            proper = term.text != term.text.lower()
            index = self._exact if proper else self._folded
            _add(index, entry)
            last = entry.words[-1]
            if proper and len(entry.words) == 1 and len(last) > 4 and not term.ambiguous:
                _add(self._exact, entry._replace(words=(last.upper(),)))
            if proper and entry.words[0].isalpha() and entry.words[0].islower():
                opening = entry.words[0].capitalize()  # `Invasion of Iraq` begins a sentence
                _add(self._exact, entry._replace(words=(opening, *entry.words[1:])))
            if not proper and not term.ambiguous and last.isalpha() and last[-1] not in "sd":
                _add(self._folded, entry._replace(words=(*entry.words[:-1], last + "s")))
        for index in (self._exact, self._folded):
            for entries in index.values():
                entries.sort(key=lambda e: (-len(e[1].words), -len(e[1].term.text)))

    def find(self, text: str, unclear: bool = False) -> Iterator[TermMatch]:
        """Yield the terms in `text` in order; they do not overlap.

        The time is linear in the length of `text`.

        Args:
            text: Prose without markup.
            unclear: Whether ambiguous terms count even without a word of their context.
        """
        words = _TOKEN.findall(text)
        folded = " ".join(words).lower().split(" ")
        wanted = self._exact.keys() & set(words)
        wanted_folded = self._folded.keys() & set(folded)
        places = {at for at, word in enumerate(words) if word in wanted} if wanted else set()
        if wanted_folded:
            places.update(at for at, word in enumerate(folded) if word in wanted_folded)
        spans: list[tuple[int, int]] = []
        free = 0
        for at in sorted(places):
            if at < free:
                continue
            fitting = [
                (at - key, entry)
                for index, tokens in ((self._exact, words), (self._folded, folded))
                for key, entry in index.get(tokens[at], ())
                if at - key >= free and _fits(entry, tokens, folded, at - key, unclear)
            ]
            if not fitting:
                continue
            spans = spans or [match.span() for match in _TOKEN.finditer(text)]
            for first, entry in fitting:
                behind = first + len(entry.words)
                if _stands(entry, text, spans[first:behind]):
                    start = spans[first][0] - len(entry.before)
                    yield TermMatch(start, spans[behind - 1][1] + len(entry.after), entry.term)
                    free = behind
                    break

    def newest(self, text: str, after: int = 0) -> Term | None:
        """Return the newest term in `text` that is later than the year `after`, or `None`.

        The search begins with the words of the newest terms, so it rarely reads the whole text.

        Args:
            text: Prose without markup.
            after: Last year whose terms do not count.
        """
        words = _TOKEN.findall(text)
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
                    and (len(entry.words) == 1 or have.issuperset(entry.words))
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
                    if key <= at and _fits(entry, tokens, folded, at - key)
                ]
                if not fitting:
                    continue  # most uses of a common word: their offsets are never computed
                for _ in range(behind):
                    start = _next(source, word, start + 1)
                behind = 0
                standing = (e for k, e in fitting if _stands(e, text, _spans(text, start, k, e)))
                entry = next(standing, None)
                if entry and (best is None or entry.term.first_year > best.first_year):
                    best = entry.term
                    if best.first_year >= -negative:
                        break
        return best


def _next(text: str, word: str, start: int) -> int:
    """Return the offset of the next token `word` in `text` from `start` on."""
    at = text.index(word, start)
    while _TOKEN.match(text[at - 1 : at]) or _TOKEN.match(text, at + len(word)):
        at = text.index(word, at + 1)
    return at


def _add(index: dict[str, list[tuple[int, _Entry]]], entry: _Entry) -> None:
    index.setdefault(entry.words[entry.key], []).append((entry.key, entry))


def _spans(text: str, start: int, key: int, entry: _Entry) -> list[tuple[int, int]]:
    """Return the spans of the words of `entry`, the one at `key` of which begins at `start`."""
    before = list(_TOKEN.finditer(text, max(0, start - _REACH), start)) if key else []
    behind = itertools.islice(_TOKEN.finditer(text, start), len(entry.words) - key)
    return [match.span() for match in (*before[len(before) - key :], *behind)]


def _fits(
    entry: _Entry, words: Sequence[str], folded: Sequence[str], at: int, unclear: bool = False
) -> bool:
    """Say whether the words from index `at` on are those of `entry` and its context fits."""
    size = len(entry.words)
    if size > 1 and tuple(words[at : at + size]) != entry.words:
        return False
    if not entry.term.ambiguous or unclear:
        return True
    near = {*folded[max(0, at - NEAR) : at], *folded[at + size : at + size + NEAR]}
    return not near.isdisjoint(entry.term.context)


def _stands(entry: _Entry, text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether the characters between, before and behind the words are those of the term."""
    if len(spans) < len(entry.words):
        return False  # the words before the telling one are too far away
    start, end = spans[0][0], spans[-1][1]
    for number, gap in enumerate(entry.gaps):
        if not _same_gap(gap, text[spans[number][1] : spans[number + 1][0]]):
            return False
    if entry.before and not text.startswith(entry.before, max(0, start - len(entry.before))):
        return False
    if entry.after and not text.startswith(entry.after, end):
        return False
    return len(spans) > 1 or not _is_part(text, start, end, entry)


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
    matches = list(_TOKEN.finditer(text))
    gaps = tuple(text[one.end() : two.start()] for one, two in itertools.pairwise(matches))
    words = tuple(match[0] for match in matches)
    return _Entry(words, gaps, text[: matches[0].start()], text[matches[-1].end() :], term)


@cache
def matcher(after: int, until: int = 9999) -> Matcher:
    """Return the matcher for terms whose first year is later than `after` and at most `until`."""
    return Matcher(term for term in lexicon() if after < term.first_year <= until)
