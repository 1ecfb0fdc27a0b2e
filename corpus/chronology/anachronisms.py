"""Anachronisms: words, names, products, markup and years that are later than an era.

Every hit has its place, the year it belongs to, the certainty of that year and its source. An
ambiguous word counts only where the words around it show the newer sense. A hit that the brief
asks for is marked `in_brief`: the person wants it, so it is no fault of the style.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from erastyle.corpus.chronology.later_years import later_years
from erastyle.corpus.chronology.lexicon import TermMatch, matcher
from erastyle.corpus.chronology.markup_history import Feature, uses
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
    source = "a date in the text"
    return [
        Hit(later.start, later.end, str(later.year), "year", later.year, later.certainty, source)
        for later in later_years(prose, cutoff)
    ]


def _markup(start: int, end: int, feature: Feature) -> Hit:
    kind = "attribute" if feature.attribute else "element"
    name = f"<{feature.element} {feature.attribute}".strip() + ">"
    source = f"{feature.seen_in}; {feature.source}"
    return Hit(start, end, name, kind, feature.first_year, 0.95, source)
