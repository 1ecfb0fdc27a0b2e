"""HTML elements and attributes by first appearance, and what a page uses of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

ANY = "*"
"""Stands for every element (a global attribute)."""


class Feature(NamedTuple):
    """An element, or an attribute of it, and where it was first seen.

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
    """A dated feature that stands in a page from `start` to `end`."""

    start: int
    end: int
    feature: Feature


@cache
def markup() -> dict[tuple[str, str], Feature]:
    """Return all features of `markup_history.tsv` by element and attribute; read once."""
    path = files("erastyle.corpus.chronology") / "markup_history.tsv"
    table = path.read_text(encoding="utf-8")
    features = {}
    for line in table.splitlines()[1:]:
        element, attribute, year, seen_in, source = line.split("\t")
        features[element, attribute] = Feature(element, attribute, int(year), seen_in, source)
    return features


_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]{0,20})((?:\s[^<>]{0,4000})?)/?>")
_ATTRIBUTE = re.compile(r"""([A-Za-z][\w:.-]*)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")


def feature(element: str, attribute: str = "") -> Feature | None:
    """Return what is known of an element or attribute, or `None`.

    >>> feature("frameset").first_year, feature("div", "data-id").first_year
    (1995, 2008)
    >>> feature("sparkle") is None
    True
    """
    known = markup()
    found = known.get((element, attribute))
    if found or not attribute:
        return found
    found = known.get((ANY, attribute))
    if found:
        return found
    if "-" in attribute:
        return known.get((ANY, attribute.split("-")[0] + "-*"))
    return None


def uses(html: str, after: int = 0) -> Iterator[Use]:
    """Yield the features in `html` that first appeared later than `after`, comments left out."""
    seen: dict[tuple[str, str], Feature | None] = {}
    hidden = list(_comments(html))
    next_hidden = 0
    for match in _TAG.finditer(html):
        start = match.start()
        while next_hidden < len(hidden) and hidden[next_hidden][1] <= start:
            next_hidden += 1
        if next_hidden < len(hidden) and hidden[next_hidden][0] <= start:
            continue
        element = match[1].lower()
        found = _look(seen, element, "")
        if found and found.first_year > after:
            yield Use(start, match.start(2), found)
        if not match[2]:
            continue
        for attribute in _ATTRIBUTE.finditer(match[2]):
            found = _look(seen, element, attribute[1].lower())
            if found and found.first_year > after:
                at = match.start(2) + attribute.start()
                yield Use(at, at + len(attribute[1]), found)


def _without_comments(html: str) -> str:
    kept, at = [], 0
    for start, end in _comments(html):
        kept.append(html[at:start])
        at = end
    return " ".join([*kept, html[at:]])


def _comments(html: str) -> Iterator[tuple[int, int]]:
    """Yield where comments stand. The first that never ends ends the search: no later one can."""
    end = 0
    while (start := html.find("<!--", end)) >= 0:
        found = html.find("-->", start + 4)
        if found < 0:
            return
        end = found + 3
        yield start, end


def _look(
    seen: dict[tuple[str, str], Feature | None], element: str, attribute: str
) -> Feature | None:
    key = element, attribute
    if key not in seen:
        seen[key] = feature(element, attribute)
    return seen[key]


def newest(html: str) -> Feature | None:
    """Return the feature in `html` that appeared last; of equals the one that stands first.

    Comments are left out. A tag that comes many times is read once.
    """
    latest: Feature | None = None
    seen: dict[tuple[str, str], Feature | None] = {}
    tags = dict.fromkeys(match[0] for match in _TAG.finditer(_without_comments(html)))
    for tag in tags:
        match = _TAG.match(tag)
        if not match:
            continue
        element = match[1].lower()
        names = ["", *(name.lower() for name in _ATTRIBUTE.findall(match[2]))]
        for name in names if match[2] else names[:1]:
            found = _look(seen, element, name)
            if found and (latest is None or found.first_year > latest.first_year):
                latest = found
    return latest
