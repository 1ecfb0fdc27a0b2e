r"""Slips: words, names, products, markup and years later than an era.

Every hit has its place, the year it belongs to, how sure that is, and the source of the year. An
ambiguous word counts only where the words around it show the newer sense. What the brief asks for
is marked `in_brief`: a wish of the person, not a slip of the style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from erastyle.corpus.chronology.lexicon import Found, matcher
from erastyle.corpus.chronology.markup_history import Feature, uses
from erastyle.corpus.dates import expressions
from erastyle.corpus.document import Format


class Hit(NamedTuple):
    """Something later than the era.

    Attributes:
        start: Offset in the text, markup included.
        end: Offset behind it.
        term: The word, `<element>`, `<element attribute>` or year.
        kind: `word`, `element`, `attribute` or `year`.
        first_year: Year from which it can be expected.
        certainty: 0 to 1.
        source: What the year rests on.
        in_brief: Whether the brief asked for it.
    """

    start: int
    end: int
    term: str
    kind: str
    first_year: int
    certainty: float
    source: str
    in_brief: bool = False


_TAG = re.compile(r"<[A-Za-z!/?][^<>]{0,4000}>")
_OPENS = re.compile(rf"<!--|<(script|style)\b[^<>]*>|{_TAG.pattern}", re.IGNORECASE)
_CLOSES = {
    "<!--": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
}
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
"""Later years are fiction rather than slips."""
SHORT = 3
"""Letters of a word that noise makes in scanned text; before `SCANS` it has to stand twice."""
SCANS = 1940


def find(text: str, format: Format, cutoff: int, brief: str = "") -> list[Hit]:  # noqa: A002
    """Return what in `text` is later than the year `cutoff`, in order.

    Args:
        text: A document as the era would have written it, markup included.
        format: `html` or `text`.
        cutoff: Last year that belongs to the era (`lexicon_cutoff` of its profile).
        brief: The request the text answers; what it names is marked `in_brief`.

    Returns:
        Hits by position. Time is linear in the length of `text`.
    """
    prose = visible(text) if format == "html" else text
    hits = [*_words(prose, cutoff), *_years(prose, cutoff)]
    if format == "html":
        hits += [_markup(use.start, use.end, use.feature) for use in uses(text, cutoff)]
    if brief:
        asked = {found.term.text for found in matcher(cutoff).find(brief, unclear=True)}
        said = brief.casefold()
        hits = [
            hit._replace(in_brief=hit.term in asked or hit.term.casefold() in said) for hit in hits
        ]
    return sorted(hits)


def visible(html: str) -> str:
    """Return `html` with tags, comments, scripts and styles blanked; offsets stay.

    >>> visible("<B>Hi</B>")
    '   Hi    '
    """
    kept, at = [], 0
    for start, end in _unseen(html):
        kept += [html[at:start], " " * (end - start)]
        at = end
    return "".join([*kept, html[at:]])


def _unseen(html: str) -> Iterator[tuple[int, int]]:
    """Yield where tags, comments and code stand, in linear time.

    What one comment or script finds to have no end, no later one has, so it is not looked for
    again; such a one is a mere tag, as browsers of the time took it.
    """
    at = 0
    endless: set[str] = set()
    while found := _OPENS.search(html, at):
        start, at = found.span()
        kind = found[1].lower() if found[1] else found[0]
        if kind in _CLOSES and kind not in endless:
            if close := _CLOSES[kind].search(html, at):
                at = close.end()
                yield start, at
                continue
            endless.add(kind)
        if kind == "<!--":
            tag = _TAG.match(html, start)
            if tag is None:
                continue
            at = tag.end()
        yield start, at


def _words(prose: str, cutoff: int) -> list[Hit]:
    found = list(matcher(cutoff).find(prose))
    if cutoff < SCANS:
        counts: dict[str, int] = {}
        for hit in found:
            counts[hit.term.text] = counts.get(hit.term.text, 0) + 1
        found = [f for f in found if len(f.term.text) > SHORT or counts[f.term.text] > 1]
    hits = [
        Hit(f.start, f.end, f.term.text, "word", f.term.first_year, _sure(f), f.term.source)
        for f in found
    ]
    if cutoff < EMOJI_YEAR:
        source = "Unicode 6.0 emoji"
        hits += [
            Hit(m.start(), m.end(), m[0], "word", EMOJI_YEAR, 0.95, source)
            for m in _EMOJI.finditer(prose)
        ]
    return hits


def _sure(found: Found) -> float:
    return round(found.term.certainty * (0.85 if found.term.ambiguous else 1.0), 3)


def _years(prose: str, cutoff: int) -> list[Hit]:
    """Return explicit later years that speak of the past: `in 2014`, not `by the year 2000`."""
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
