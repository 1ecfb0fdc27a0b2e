"""Dated words, names and products, and a matcher that finds them in text in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

CERTAINTY = {"high": 0.95, "medium": 0.8, "low": 0.6}


class Term(NamedTuple):
    """A word, name or idiom and the year from which it can be expected.

    Attributes:
        text: As it is written; upper-case letters have to match, lower-case words match any case.
        kind: company, product, software, internet, technology, event, culture, brand or word.
        first_year: Year of first public use, early rather than late where sources differ.
        certainty: 0 to 1.
        ambiguous: Whether it has an older sense; then a word of `context` must stand near it.
        context: Lower-case words that show the newer sense.
        source: What kind of source the year rests on.
    """

    text: str
    kind: str
    first_year: int
    certainty: float
    ambiguous: bool
    context: frozenset[str]
    source: str


class Found(NamedTuple):
    """A term that stands in a text from `start` to `end`."""

    start: int
    end: int
    term: Term


@cache
def lexicon() -> tuple[Term, ...]:
    """Return all terms of `lexicon.tsv`, oldest first; read once."""
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
    """Return the programs that sign pages and the year of that version, longest names first."""
    table = (files("erastyle.corpus") / "chronology" / "generators.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    return tuple(sorted(((name, int(year)) for name, year, _ in rows), key=lambda r: -len(r[0])))


def generator(signature: str) -> tuple[str, int] | None:
    """Return the program that a generator tag names and the year of that version, or `None`.

    >>> generator("Mozilla/4.05 [en] (Win95; I) [Netscape]")
    ('Mozilla/4.05', 1998)
    """
    for name, year in generators():
        if name in signature:
            return name, year
    return None


_TOKEN = re.compile(r"[^\W_]+")
_GAP = re.compile(r"\s+|\s?[-\u2010\u2011]\s?")
NEAR = 8
"""Words on each side in which the context of an ambiguous term is looked for."""


class _Entry(NamedTuple):
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    before: str
    after: str
    term: Term


class Matcher:
    """Finds terms in text: the first word is looked up, the rest compared, the longest one wins."""

    def __init__(self, terms: Iterable[Term]) -> None:
        """Index `terms` by their first word."""
        self._exact: dict[str, list[_Entry]] = {}
        self._folded: dict[str, list[_Entry]] = {}
        for term in terms:
            entry = _entry(term)
            proper = term.text != term.text.lower()
            index = self._exact if proper else self._folded
            index.setdefault(entry.words[0], []).append(entry)
            last = entry.words[-1]
            if proper and len(entry.words) == 1 and len(last) > 4 and not term.ambiguous:
                shout = entry._replace(words=(last.upper(),))
                self._exact.setdefault(last.upper(), []).append(shout)
            if not proper and not term.ambiguous and last.isalpha() and last[-1] not in "sd":
                plural = entry._replace(words=(*entry.words[:-1], last + "s"))
                self._folded.setdefault(plural.words[0], []).append(plural)
        for index in (self._exact, self._folded):
            for entries in index.values():
                entries.sort(key=lambda e: (-len(e.words), -len(e.term.text)))

    def find(self, text: str, unclear: bool = False) -> Iterator[Found]:
        """Yield the terms in `text` in order, none inside another.

        Args:
            text: Prose. Time is linear in its length.
            unclear: Also yield ambiguous terms whose context says nothing.
        """
        words = _TOKEN.findall(text)
        folded = _TOKEN.findall(text.lower())
        if len(folded) != len(words):  # a few letters change their length in lower case
            folded = [word.lower() for word in words]
        wanted = self._exact.keys() & set(words)
        wanted_folded = self._folded.keys() & set(folded)
        places = {at for at, word in enumerate(words) if word in wanted} if wanted else set()
        if wanted_folded:
            places.update(at for at, word in enumerate(folded) if word in wanted_folded)
        if not places:
            return
        spans = [match.span() for match in _TOKEN.finditer(text)]
        free = 0
        for at in sorted(places):
            if at < free:
                continue
            found = None
            if words[at] in wanted:
                found = self._match(self._exact[words[at]], words, folded, spans, at, text, unclear)
            if not found and folded[at] in wanted_folded:
                entries = self._folded[folded[at]]
                found = self._match(entries, folded, folded, spans, at, text, unclear)
            if found:
                yield found[0]
                free = at + found[1]

    @staticmethod
    def _match(
        entries: Sequence[_Entry],
        words: Sequence[str],
        folded: Sequence[str],
        spans: Sequence[tuple[int, int]],
        at: int,
        text: str,
        unclear: bool,
    ) -> tuple[Found, int] | None:
        for entry in entries:
            size = len(entry.words)
            if size > 1 and tuple(words[at : at + size]) != entry.words:
                continue
            start, end = spans[at][0], spans[at + size - 1][1]
            if not all(
                _same_gap(gap, text[spans[at + n][1] : spans[at + n + 1][0]])
                for n, gap in enumerate(entry.gaps)
            ):
                continue
            if entry.before and not text.startswith(entry.before, start - len(entry.before)):
                continue
            if entry.after and not text.startswith(entry.after, end):
                continue
            term = entry.term
            if size == 1 and _is_part(text, start, end, entry):
                continue
            if term.ambiguous and not unclear:
                near = {*folded[max(0, at - NEAR) : at], *folded[at + size : at + size + NEAR]}
                if near.isdisjoint(term.context):
                    continue
            return Found(start - len(entry.before), end + len(entry.after), term), size
        return None


def _same_gap(wanted: str, seen: str) -> bool:
    if seen == wanted:
        return True
    if wanted == " ":
        return len(seen) <= 24 and bool(_GAP.fullmatch(seen))
    if wanted == "-":
        return bool(_GAP.fullmatch(seen)) and "\n\n" not in seen
    return wanted.strip() != "" and seen.split() == wanted.split()


def _is_part(text: str, start: int, end: int, entry: _Entry) -> bool:
    """Say whether a word is only a part of something longer: a file name, `text-based`, `HP-UX`."""
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


def _entry(term: Term) -> _Entry:
    proper = term.text != term.text.lower()
    text = term.text if proper else term.text.lower()
    matches = list(_TOKEN.finditer(text))
    gaps = tuple(
        text[one.end() : two.start()] for one, two in zip(matches, matches[1:], strict=False)
    )
    words = tuple(match[0] for match in matches)
    return _Entry(words, gaps, text[: matches[0].start()], text[matches[-1].end() :], term)


@cache
def matcher(after: int, until: int = 9999) -> Matcher:
    """Return the matcher for the terms first used later than `after` and not later than `until`."""
    return Matcher(term for term in lexicon() if after < term.first_year <= until)
