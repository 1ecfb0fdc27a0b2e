"""First appearance of HTML elements and attributes, and which of them a page uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from erastyle.corpus.html.tags import outside_comments, start_tags

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

    Markup inside comments does not count.
    """
    seen: dict[tuple[str, str], Feature | None] = {}
    for tag in start_tags(html):
        dated = _look(seen, tag.name, "")
        if dated and dated.first_year > after:
            yield Use(tag.start, tag.at, dated)
        if not tag.attributes:
            continue
        for attribute in _ATTRIBUTE.finditer(tag.attributes):
            dated = _look(seen, tag.name, attribute[1].lower())
            if dated and dated.first_year > after:
                at = tag.at + attribute.start()
                yield Use(at, at + len(attribute[1]), dated)


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
    # Two tags with the same name and attributes use the same features.
    tags = ((tag.name, tag.attributes) for tag in start_tags(outside_comments(html)))
    for name, attributes in dict.fromkeys(tags):
        used = ["", *(attribute.lower() for attribute in _ATTRIBUTE.findall(attributes))]
        for attribute in used:
            dated = _look(seen, name, attribute)
            if dated and (latest is None or dated.first_year > latest.first_year):
                latest = dated
    return latest
