"""What on a page is newer than a markup level allows: elements, attributes, styles, scripts.

Elements and attributes are dated in `chronology/markup.tsv`, style rules and script features in
`dialect.tsv`, each with its source. A tag that is not known is not judged: authors make mistakes.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from erastyle.corpus.chronology import markup_history

LEVELS: dict[str, tuple[int, tuple[str, ...]]] = {
    "html-2": (1994, ("Netscape", "HTML+")),
    "netscape-1": (1995, ("Netscape 2", "Internet Explorer", "HTML 3.0")),
    "html-3.2": (1996, ()),
    "html-4": (1999, ()),
}
"""Newest year of each markup level, and what of those years is not in it."""

JUDGED_CHARS = 500_000  # of a page; its dialect shows long before that

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)  # one that never ends hides the rest
_SHEET = re.compile(r"<style\b[^>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"""\bstyle\s*=\s*(?:"([^"]{0,2000})"|'([^']{0,2000})')""", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b[^>]*>.*?(?:</script|\Z)", re.IGNORECASE | re.DOTALL)


class Newer(NamedTuple):
    """A feature that a level does not have.

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
    found = []
    for line in table.splitlines()[1:]:
        of, name, year, seen_in, _, pattern = line.split("\t")
        if of == kind:
            found.append(_Dated(f"{kind} {name}", int(year), seen_in, re.compile(pattern, re.I)))
    return tuple(found)


def newer(html: str, level: str) -> list[Newer]:
    """Return what `html` holds that is newer than `level`, the newest first, each once.

    Args:
        html: A page; what stands in comments is not markup.
        level: One of `LEVELS`, or `none`, which allows everything.

    >>> [str(found) for found in newer("<P>A <LABEL FOR=x>name</LABEL>", "html-3.2")]
    ['<label> (1997, HTML 4.0)', '<label for> (1997, HTML 4.0)']
    >>> newer("<TABLE BORDER=1><TR><TD>1", "html-3.2")
    []
    """
    if level == "none":
        return []
    latest, without = LEVELS[level]
    html = html[:JUDGED_CHARS]
    shown = _COMMENT.sub(" ", html)  # scripts and style sheets hide their code in comments
    found: dict[str, Newer] = {}
    for use in markup_history.uses(shown, 0 if without else latest):
        feature = use.feature
        if feature.first_year > latest or feature.seen_in.startswith(without or ("\0",)):
            name = f"<{feature.element} {feature.attribute}".strip() + ">"
            found.setdefault(name, Newer(name, feature.first_year, feature.seen_in))
    lower = html.lower()
    if "<style" in lower or "style=" in lower:
        sheets = "\n".join(sheet[1] for sheet in _SHEET.finditer(html))
        inline = "\n".join(style[1] or style[2] or "" for style in _STYLE.finditer(html))
        _look(f"{sheets}\n{inline}", "css", latest, found)
    if "<script" in lower:
        scripts = "\n".join(script[0] for script in _SCRIPT.finditer(html))
        _look(scripts, "js", latest, found)
    return sorted(found.values(), key=lambda one: (-one.year, one.name.rstrip(">")))


def _look(text: str, kind: str, latest: int, found: dict[str, Newer]) -> None:
    for rule in _rules(kind):
        if rule.year > latest and rule.pattern.search(text):
            found.setdefault(rule.name, Newer(rule.name, rule.year, rule.seen_in))
