"""What a browser shows of a page: nothing, all of it, or a page that its own markup swallows.

The tree is that of an HTML5 parser, as in browsers, so an unclosed TITLE, comment or quotation mark
swallows here what it swallows there. `benchmarks/rendering.py` holds the rule against Chromium.
"""

from __future__ import annotations

import re

SHOWN = "img, hr, table[border], input, select, textarea, button, svg, marquee, x-frame"
"""Elements that show something without a word in them."""
_UNSHOWN = "style, script, template, title, noscript"
_TAG = re.compile(r"<[a-z/!?][^<>]*>", re.IGNORECASE)
_APART = re.compile(r"<(title|style|script|noscript|noframes)\b", re.IGNORECASE)
"""Elements whose words do not stand in the page."""
_NAMES = ("title", "style", "script", "noscript", "noframes")
_WORD = re.compile(r"\w+")
MOST = 200_000
"""Characters of a page that are looked at."""
SWALLOWED = 0.5
"""Share of the words of a page below which the words shown mean that the markup swallows some."""
FEW = 8
"""Words of a page below which no share of them is looked at."""


def shows_anything(source: str) -> bool:
    """Return whether a browser shows anything of the HTML `source`.

    >>> shows_anything("<TITLE>A page</TITLE><P>Hello"), shows_anything("<TITLE>A page<P>Hello")
    (True, False)
    """
    return bool(_words(source) or _shown_element(source))


def problem(source: str) -> str:
    """Return what is wrong with the page that a browser shows of `source`, or empty.

    >>> problem("<TITLE>Kites</TITLE><P>I fly kites.")
    ''
    >>> problem("<TITLE>Kites<P>I fly kites.")
    'the title is never closed'
    >>> problem("<TITLE>Kites</TITLE><BODY></BODY>")
    'the page is empty'
    >>> problem('<A HREF="kites.html>Kites</A> that I fly by the sea, in any wind, all year long.')
    'markup that is never closed swallows the text'
    """
    source = source[:MOST]
    lower = source.lower()
    shown = _words(source)
    if lower.rfind("<title") > lower.rfind("</title"):
        return "the title is never closed"
    written = len(_WORD.findall(_between_tags(source, lower)))
    if written >= FEW and shown < SWALLOWED * written:
        return "markup that is never closed swallows the text"
    return "" if shown or _shown_element(source) else "the page is empty"


def _between_tags(source: str, lower: str) -> str:
    """Return what a page's writer put between its tags, in one pass whatever is left open.

    Args:
        source: The page.
        lower: The page in lower case.
    """
    parts, at = [], 0
    last = {end: lower.rfind(end) for end in ("-->", *(f"</{name}" for name in _NAMES))}
    while (start := source.find("<", at)) >= 0:
        parts.append(source[at:start])
        apart = _APART.match(source, start)
        end = (
            "-->" if source.startswith("<!--", start) else f"</{apart[1].lower()}" if apart else ""
        )
        if end and last[end] > start:
            at = lower.find(end, start) + len(end)
            continue
        tag = _TAG.match(source, start)
        at = tag.end() if tag else start + 1
    return " ".join([*parts, source[at:]])


def _words(source: str) -> int:
    """Return how many words a browser shows of the page."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(source).body
    if body is None:
        return 0
    for unshown in body.css(_UNSHOWN):
        unshown.decompose()
    return len(_WORD.findall(body.text(separator=" ") or ""))


def _shown_element(source: str) -> bool:
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(source).body
    return body is not None and body.css_first(SHOWN) is not None
