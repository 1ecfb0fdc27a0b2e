"""Anachronisms: words, names, products, markup and years that are later than an era.

Every hit has its place, the year it belongs to, the certainty of that year and its source. An
ambiguous word counts only where the words around it show the newer sense. A hit that the brief
asks for is marked `in_brief`: the person wants it, so it is no fault of the style.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from erastyle.corpus.chronology.lexicon import TermMatch, matcher
from erastyle.corpus.chronology.markup_history import Feature, uses
from erastyle.corpus.dates import expressions
from erastyle.corpus.document import Format
from erastyle.corpus.html.tags import visible


class Hit(NamedTuple):
    """An anachronism: something that is later than the era.

    Attributes:
        start: Offset of its first character in the text, markup included.
        end: Offset behind its last character.
        term: The word, `<element>`, `<element attribute>` or year.
        kind: `word`, `element`, `attribute` or `year`.
        first_year: First year in which people could use it.
        certainty: How sure the year is, 0 to 1.
        source: What the year rests on.
        in_brief: Whether the brief asks for it.
    """

    start: int
    end: int
    term: str
    kind: str
    first_year: int
    certainty: float
    source: str
    in_brief: bool = False


_EMOJI = re.compile("[\U0001f300-\U0001faff]")
EMOJI_YEAR = 2010
_AHEAD = re.compile(
    r"\b(?:by|until|till|will|would|shall|future|expect\w*|plan\w*|expir\w*|next|coming|before|"
    r"forecast\w*|predict\w*|project\w*|estimat\w*|goal|target|deadline|century|millennium|a\.?d|"
    r"through|no later than|due|valid|year|set in|novel|film|movie|game|story)\b",
    re.IGNORECASE,
)
_FICTION = re.compile(
    r"^\W*(?:will|would|shall|film|movie|game|novel|target|goal)\b", re.IGNORECASE
)
_PAST = re.compile(
    r"(?:\b(?:in|since|during|of|from|around|summer|winter|spring|autumn|fall|early|late|mid|"
    r"copyright|\(c\))\s*|©\s*|&copy;\s*)$",
    re.IGNORECASE,
)
LATEST_YEAR = 2035
"""Years after this one are fiction rather than anachronisms."""
SHORT = 3
"""Letters of the longest word that scanning noise forms; before `SCANS` it must occur twice."""
SCANS = 1940


def find(text: str, format: Format, cutoff: int, brief: str = "") -> list[Hit]:  # noqa: A002
    """Return the anachronisms in `text`: everything later than the year `cutoff`.

    The time is linear in the length of `text`.

    Args:
        text: A document in the form of the era, markup included.
        format: `html` or `text`.
        cutoff: Last year that belongs to the era (`lexicon_cutoff` of its profile).
        brief: The request that the text answers; hits that it names are marked `in_brief`.

    Returns:
        Hits in the order of the text.
    """
    prose = visible(text) if format == "html" else text
    hits = [*_words(prose, cutoff), *_years(prose, cutoff)]
    if format == "html":
        hits += [_markup(use.start, use.end, use.feature) for use in uses(text, cutoff)]
    if brief:
        asked = {match.term.text for match in matcher(cutoff).find(brief, unclear=True)}
        said = brief.casefold()
        hits = [
            hit._replace(in_brief=hit.term in asked or hit.term.casefold() in said) for hit in hits
        ]
    return sorted(hits)


def _words(prose: str, cutoff: int) -> list[Hit]:
    matches = list(matcher(cutoff).find(prose))
    if cutoff < SCANS:
        counts: dict[str, int] = {}
        for hit in matches:
            counts[hit.term.text] = counts.get(hit.term.text, 0) + 1
        matches = [f for f in matches if len(f.term.text) > SHORT or counts[f.term.text] > 1]
    hits = [
        Hit(f.start, f.end, f.term.text, "word", f.term.first_year, _sure(f), f.term.source)
        for f in matches
    ]
    if cutoff < EMOJI_YEAR:
        source = "Unicode 6.0 emoji"
        hits += [
            Hit(m.start(), m.end(), m[0], "word", EMOJI_YEAR, 0.95, source)
            for m in _EMOJI.finditer(prose)
        ]
    return hits


def _sure(match: TermMatch) -> float:
    return round(match.term.certainty * (0.85 if match.term.ambiguous else 1.0), 3)


def _years(prose: str, cutoff: int) -> list[Hit]:
    """Return later years that a text writes of as past: `in 2014`, not `by the year 2000`."""
    hits = []
    for mention in expressions.mentions(prose):
        year = int(mention.first[:4])
        if not cutoff < year <= LATEST_YEAR or mention.sure < 0.5:
            continue
        before = prose[max(0, mention.start - 50) : mention.start]
        behind = prose[mention.end : mention.end + 30]
        if _AHEAD.search(before) or _FICTION.search(behind):
            continue
        if mention.form == "year" and not _PAST.search(before):
            continue
        sure = 0.9 if mention.form == "day" else 0.75
        source = "a date in the text"
        hits.append(Hit(mention.start, mention.end, str(year), "year", year, sure, source))
    return hits


def _markup(start: int, end: int, feature: Feature) -> Hit:
    kind = "attribute" if feature.attribute else "element"
    name = f"<{feature.element} {feature.attribute}".strip() + ">"
    source = f"{feature.seen_in}; {feature.source}"
    return Hit(start, end, name, kind, feature.first_year, 0.95, source)
