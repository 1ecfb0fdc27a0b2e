"""Finds markup that is newer than a markup level: elements, attributes, styles, scripts.

`chronology/markup_history.tsv` dates elements and attributes; `dialect.tsv` dates style rules and
script features. Each row names its source. Unknown tags do not count, since authors make mistakes.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from erastyle.corpus.chronology import markup_history
from erastyle.corpus.html import tags

LEVELS: dict[str, tuple[int, tuple[str, ...]]] = {
    "html-2": (1994, ("Netscape", "HTML+")),
    "netscape-1": (1995, ("Netscape 2", "Internet Explorer", "HTML 3.0")),
    "html-3.2": (1996, ()),
    "html-4": (1999, ()),
}
"""Newest year of each markup level, and the browsers of those years that are not part of it."""

JUDGED_CHARS = 500_000  # characters judged of a page; more do not change the result

_SHEET = re.compile(r"<style\b[^>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"""\bstyle\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})')""", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b[^>]*>.*?(?:</script|\Z)", re.IGNORECASE | re.DOTALL)


class Newer(NamedTuple):
    """A feature that is newer than a markup level.

    Attributes:
        name: `<label>`, `<td headers>`, `css @media`, `js getElementById`.
        year: Year of the first browser or draft that had it.
        seen_in: That browser or draft.
    """

    name: str
    year: int
    seen_in: str

    def __str__(self) -> str:
        """Return the name with its year and origin."""
        return f"{self.name} ({self.year}, {self.seen_in})"


class _Dated(NamedTuple):
    name: str
    year: int
    seen_in: str
    pattern: re.Pattern[str]


@cache
def _rules(kind: str) -> tuple[_Dated, ...]:
    table = (files("erastyle.corpus.html") / "dialect.tsv").read_text(encoding="utf-8")
    rules = []
    for line in table.splitlines()[1:]:
        of, name, year, seen_in, _, pattern = line.split("\t")
        if of == kind:
            rules.append(_Dated(f"{kind} {name}", int(year), seen_in, re.compile(pattern, re.I)))
    return tuple(rules)


def newer(html: str, level: str) -> list[Newer]:
    """Return the features in `html` that are newer than `level`, the newest first, each once.

    Args:
        html: A page; markup inside comments does not count.
        level: One of `LEVELS`, or `none`, which allows everything.

    >>> [str(feature) for feature in newer("<P>A <LABEL FOR=x>name</LABEL>", "html-3.2")]
    ['<label> (1997, HTML 4.0)', '<label for> (1997, HTML 4.0)']
    >>> newer("<TABLE BORDER=1><TR><TD>1", "html-3.2")
    []
    """
    if level == "none":
        return []
    latest, without = LEVELS[level]
    html = html[:JUDGED_CHARS]
    shown = tags.without_comments(html, " ")  # scripts and style sheets hide their code in comments
    features: dict[str, Newer] = {}
    for use in markup_history.uses(shown, 0 if without else latest):
        feature = use.feature
        if feature.first_year > latest or feature.seen_in.startswith(without or ("\0",)):
            name = f"<{feature.element} {feature.attribute}".strip() + ">"
            features.setdefault(name, Newer(name, feature.first_year, feature.seen_in))
    lower = html.lower()
    if "<style" in lower or "style=" in lower:
        sheets = "\n".join(sheet[1] for sheet in _SHEET.finditer(html))
        inline = "\n".join(style[1] or style[2] or "" for style in _STYLE.finditer(html))
        _add_newer(features, f"{sheets}\n{inline}", "css", latest)
    if "<script" in lower:
        scripts = "\n".join(script[0] for script in _SCRIPT.finditer(html))
        _add_newer(features, scripts, "js", latest)
    return sorted(features.values(), key=lambda one: (-one.year, one.name.rstrip(">")))


def _add_newer(features: dict[str, Newer], text: str, kind: str, latest: int) -> None:
    for rule in _rules(kind):
        if rule.year > latest and rule.pattern.search(text):
            features.setdefault(rule.name, Newer(rule.name, rule.year, rule.seen_in))
