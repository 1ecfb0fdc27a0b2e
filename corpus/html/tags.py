"""Tags and comments in HTML source, with their offsets.

Three definitions serve the modules that read source rather than a parsed tree. `start_tags` yields
tags that a dated element can begin. `visible` blanks everything that a browser does not show.
`strip` removes everything between `<` and `>`, which is enough to count or shorten text.

These patterns stay elsewhere, since they differ for a reason: `dates.evidence` also strips `< 0 …
>` in program listings, `cleaning.privacy` also skips tags with a `<` inside, `html.markup.title`
also strips a tag that its window cuts, `prompts.augment.balanced` reads a tag after a loose `<`,
`mail.hypermail` keeps declarations that a message quotes, and `html.remove_passages` respects
quotation marks because it edits the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TAG = re.compile(r"<[A-Za-z!/?][^<>]{0,4000}>")
_START_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]{0,20})((?:\s[^<>]{0,4000})?)/?>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BETWEEN = re.compile(r"<[^>]*>")
_OPENS = re.compile(rf"<!--|<(script|style)\b[^<>]*>|{_TAG.pattern}", re.IGNORECASE)
_CLOSES = {
    "<!--": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
}


class StartTag(NamedTuple):
    """A start tag in a page.

    Attributes:
        start: Offset of its `<`.
        name: Element name in lower case.
        attributes: The text between the name and `>`, or empty.
        at: Offset of `attributes`.
    """

    start: int
    name: str
    attributes: str
    at: int


def start_tags(html: str) -> Iterator[StartTag]:
    """Yield the start tags outside of comments.

    >>> [tag[:3] for tag in start_tags("<!-- <I> --><P ALIGN=center>Hi</P>")]
    [(12, 'p', ' ALIGN=center')]
    """
    hidden = list(comments(html))
    following = 0
    for match in _START_TAG.finditer(html):
        start = match.start()
        while following < len(hidden) and hidden[following][1] <= start:
            following += 1
        if following == len(hidden) or hidden[following][0] > start:
            yield StartTag(start, match[1].lower(), match[2], match.start(2))


def comments(html: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of comments that end. After one without an end there are no others."""
    end = 0
    while (start := html.find("<!--", end)) >= 0:
        close = html.find("-->", start + 4)
        if close < 0:
            return
        end = close + 3
        yield start, end


def outside_comments(html: str) -> str:
    """Return `html` with a space in place of each comment that ends.

    >>> outside_comments("a<!-- b -->c<!-- d")
    'a c<!-- d'
    """
    kept, at = [], 0
    for start, end in comments(html):
        kept.append(html[at:start])
        at = end
    return " ".join([*kept, html[at:]])


def without_comments(html: str, by: str = "") -> str:
    """Return `html` without comments; one that never ends hides the rest of the page.

    Args:
        html: Source of a page.
        by: Text that takes the place of each comment.

    >>> without_comments("a<!-- b -->c<!-- d")
    'ac'
    """
    return _COMMENT.sub(by, html) if "<!--" in html else html


def strip(html: str, by: str = "") -> str:
    """Return `html` without everything between `<` and the next `>`.

    Args:
        html: Source of a page.
        by: Text that takes the place of each tag.

    >>> strip("<B>Hi</B> there")
    'Hi there'
    """
    return _BETWEEN.sub(by, html)


def visible(html: str) -> str:
    """Return `html` with spaces in place of tags, comments, scripts and styles; offsets stay.

    >>> visible("<B>Hi</B>")
    '   Hi    '
    """
    kept, at = [], 0
    for start, end in _hidden(html):
        kept += [html[at:start], " " * (end - start)]
        at = end
    return "".join([*kept, html[at:]])


def _hidden(html: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of tags, comments and code, in linear time.

    If one comment or script has no end, no later one has, so the search for that end happens once.
    An opening without an end counts as a tag alone, as in browsers of the time.
    """
    at = 0
    endless: set[str] = set()
    while opening := _OPENS.search(html, at):
        start, at = opening.span()
        kind = opening[1].lower() if opening[1] else opening[0]
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
