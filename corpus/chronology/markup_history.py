"""First appearance of HTML elements and attributes, and which of them a page uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

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


_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]{0,20})((?:\s[^<>]{0,4000})?)/?>")
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

    Markup inside comments does not count.
    """
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
        dated = _look(seen, element, "")
        if dated and dated.first_year > after:
            yield Use(start, match.start(2), dated)
        if not match[2]:
            continue
        for attribute in _ATTRIBUTE.finditer(match[2]):
            dated = _look(seen, element, attribute[1].lower())
            if dated and dated.first_year > after:
                at = match.start(2) + attribute.start()
                yield Use(at, at + len(attribute[1]), dated)


def _without_comments(html: str) -> str:
    kept, at = [], 0
    for start, end in _comments(html):
        kept.append(html[at:start])
        at = end
    return " ".join([*kept, html[at:]])


def _comments(html: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of comments. If one has no end, no later one has, and the search stops."""
    end = 0
    while (start := html.find("<!--", end)) >= 0:
        close = html.find("-->", start + 4)
        if close < 0:
            return
        end = close + 3
        yield start, end


def _look(
    seen: dict[tuple[str, str], Feature | None], element: str, attribute: str
) -> Feature | None:
    key = element, attribute
    if key not in seen:
        seen[key] = feature(element, attribute)
    return seen[key]


def newest(html: str) -> Feature | None:
    """Return the newest feature in `html`; of equally new ones the first in the page.

    Markup inside comments does not count. Each different tag is read once.
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
            dated = _look(seen, element, name)
            if dated and (latest is None or dated.first_year > latest.first_year):
                latest = dated
    return latest
