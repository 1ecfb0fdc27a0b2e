"""First appearance of HTML elements and attributes, and which of them a page uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from erastyle.corpus.chronology.markup_support import FIRST_YEAR, Candidate, supported
from erastyle.corpus.html.tags import StartTag, outside_comments, start_tags

ANY = "*"
"""Stands for every element (a global attribute)."""


class Feature(NamedTuple):
    """An element, or an attribute of an element, with its first appearance.

    Attributes:
        element: Lower-case name, or `*` for an attribute of every element.
        attribute: Lower-case name, or empty for the element itself; may end in `*`.
        first_year: Year of the first browser or public draft that had it.
        seen_in: That browser or draft.
        source: Where the year comes from.
    """

    element: str
    attribute: str
    first_year: int
    seen_in: str
    source: str


class Use(NamedTuple):
    """A dated feature in a page, at `html[start:end]`."""

    start: int
    end: int
    feature: Feature


@cache
def markup() -> dict[tuple[str, str], Feature]:
    """Return the features of `markup_history.tsv` by element and attribute; reads the file once."""
    path = files("erastyle.corpus.chronology") / "markup_history.tsv"
    table = path.read_text(encoding="utf-8")
    features = {}
    for line in table.splitlines()[1:]:
        element, attribute, year, seen_in, source = line.split("\t")
        features[element, attribute] = Feature(element, attribute, int(year), seen_in, source)
    return features


_ATTRIBUTE = re.compile(r"""([A-Za-z][\w:.-]*)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")


def feature(element: str, attribute: str = "") -> Feature | None:
    """Return the first appearance of an element or attribute, or `None` if it is unknown.

    >>> feature("frameset").first_year, feature("div", "data-id").first_year
    (1995, 2008)
    >>> feature("sparkle") is None
    True
    """
    known = markup()
    dated = known.get((element, attribute))
    if dated or not attribute:
        return dated
    dated = known.get((ANY, attribute))
    if dated:
        return dated
    if "-" in attribute:
        return known.get((ANY, attribute.split("-")[0] + "-*"))
    return None


def uses(html: str, after: int = 0) -> Iterator[Use]:
    """Yield the features in `html` that appeared later than the year `after`.

    Markup inside comments does not count, and neither does a word that an author made into a tag
    before HTML5 gave it a meaning; see `erastyle.corpus.chronology.markup_support`.
    """
    named = list(_named(html, min(after, FIRST_YEAR - 1)))
    new = [(use, tag) for use, tag in named if use.feature.first_year >= FIRST_YEAR]
    candidates = [_candidate(use, tag) for use, tag in new]
    proved = {
        (use.start, use.feature)
        for (use, _), proof in zip(new, supported(html, candidates), strict=True)
        if proof
    }
    for use, _ in named:
        year = use.feature.first_year
        if year > after and (year < FIRST_YEAR or (use.start, use.feature) in proved):
            yield use


def _named(html: str, after: int) -> Iterator[tuple[Use, StartTag]]:
    """Yield the features later than `after` that `html` names, each with its tag."""
    seen: dict[tuple[str, str], Feature | None] = {}
    for tag in start_tags(html):
        dated = _look(seen, tag.name, "")
        if dated and dated.first_year > after:
            yield Use(tag.start, tag.at, dated), tag
        if not tag.attributes:
            continue
        for attribute in _ATTRIBUTE.finditer(tag.attributes):
            dated = _look(seen, tag.name, attribute[1].lower())
            if dated and dated.first_year > after:
                at = tag.at + attribute.start()
                yield Use(at, at + len(attribute[1]), dated), tag


def _candidate(use: Use, tag: StartTag) -> Candidate:
    end = tag.at + len(tag.attributes) + 1
    named = use.feature.attribute
    own = bool(named) and use.feature.element != ANY
    return Candidate(tag.start, end, tag.name, named, tag.attributes, own)


def _look(
    seen: dict[tuple[str, str], Feature | None], element: str, attribute: str
) -> Feature | None:
    key = element, attribute
    if key not in seen:
        seen[key] = feature(element, attribute)
    return seen[key]


def newest(html: str) -> Feature | None:
    """Return the newest feature in `html`; of equally new ones the first in the page.

    Markup inside comments does not count. Each different tag is read once. What `uses` leaves out
    does not count here either.
    """
    latest = _newest_named(html, 9999)
    if latest is None or latest.first_year < FIRST_YEAR:
        return latest
    proved = [use.feature for use in uses(html, FIRST_YEAR - 1)]
    if proved:
        return max(proved, key=lambda feature: feature.first_year)
    return _newest_named(html, FIRST_YEAR - 1)


def _newest_named(html: str, until: int) -> Feature | None:
    """Return the newest feature that `html` names and that is not later than the year `until`."""
    latest: Feature | None = None
    seen: dict[tuple[str, str], Feature | None] = {}
    # Two tags with the same name and attributes use the same features.
    tags = ((tag.name, tag.attributes) for tag in start_tags(outside_comments(html)))
    for name, attributes in dict.fromkeys(tags):
        used = ["", *(attribute.lower() for attribute in _ATTRIBUTE.findall(attributes))]
        for attribute in used:
            dated = _look(seen, name, attribute)
            if not dated or dated.first_year > until:
                continue
            if latest is None or dated.first_year > latest.first_year:
                latest = dated
    return latest
