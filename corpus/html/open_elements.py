"""Which elements a page leaves open at its end, and the tags that close them."""

from __future__ import annotations

import re

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^<>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CLOSED = frozenset(
    "html head title body a abbr acronym address applet b big blink blockquote caption center cite "
    "code dfn dir div dl em font form frameset h1 h2 h3 h4 h5 h6 i kbd listing map menu noframes "
    "ol pre q s samp script select small span strike strong style sub sup table textarea tt u ul "
    "var xmp".split()
)
"""Elements whose end tag is wanted; paragraphs, items, cells and rows end by themselves."""


def closing_tags(html: str) -> str:
    r"""Return the end tags of the elements that a page leaves open, the innermost first.

    An end tag is written as the element's start tag was, in capitals or not. Elements that were
    closed out of turn count as closed.

    >>> closing_tags("<HTML><BODY><UL><LI>One <B>two</UL>")
    '</B>\n</BODY>\n</HTML>\n'
    >>> closing_tags("<p>Just a paragraph.")
    ''
    """
    opened: list[str] = []
    for tag in _TAG.finditer(_COMMENT.sub("", html)):
        name = tag[2].lower()
        if name not in _CLOSED:
            continue
        if not tag[1]:
            opened.append(tag[2])
            continue
        for place in range(len(opened) - 1, -1, -1):
            if opened[place].lower() == name:
                del opened[place]
                break
    return "".join(f"</{name}>\n" for name in reversed(opened))


def inside_tag(html: str) -> bool:
    """Return whether a page ends within a tag, a comment, a title or a script.

    >>> inside_tag('<P>See <A HREF="x'), inside_tag("<P>See <A>"), inside_tag("1 < 2")
    (True, False, False)
    """
    lower = html.lower()
    opening = lower.rfind("<")
    if opening >= 0 and ">" not in lower[opening:]:
        following = lower[opening + 1 : opening + 2]
        if not following or following.isalpha() or following in "/!":
            return True
    if lower.rfind("<!--") > lower.rfind("-->"):
        return True
    return any(lower.rfind(f"<{name}") > lower.rfind(f"</{name}") for name in ("title", "script"))
