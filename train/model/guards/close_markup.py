"""Closes markup that swallows a page, where the guards had to let it stand.

A weak model may open a comment, a title or a quotation mark in every draw. Then the page would be
blank behind it. The text is not changed; the end that is missing is set where it must have been.
"""

from __future__ import annotations

import re

from erastyle.corpus.html.shown import problem

MOST = 24
"""Ends that are set in one page at most."""
_TITLE = re.compile(r"(<title\b[^<>]*>[^<\n]*+)(?!</title)", re.IGNORECASE)
_QUOTED = re.compile(
    r"""(<[a-z](?:[^<>"']|"[^"<>\n]*"|'[^'<>\n]*')*=\s*(["']))(?:(?!\2)[^<>\n])*+(?=[<>\n]|$)""",
    re.IGNORECASE,
)
_APART = re.compile(r"<(script|style|noscript|noframes|textarea|xmp)\b[^<>]*>", re.IGNORECASE)
"""Elements whose words do not stand in the page, or swallow its tags."""
_BLOCK = re.compile(
    r"</?(?:p|pre|h[1-6]|hr|body|table|ul|ol|dl|center|address|blockquote|html)\b", re.IGNORECASE
)
_OPEN_TAG = re.compile(r"<[a-z/][^<>]*(?=<|$)", re.IGNORECASE)


def closed(source: str) -> str:
    """Return a page with the ends set that it lacks; one that a browser shows stays as it is.

    >>> closed('<TITLE>Kites<P>I fly kites.')
    '<TITLE>Kites</TITLE><P>I fly kites.'
    >>> closed('<P><A HREF="kites.html>Kites</A> that I fly by the sea, in any wind, all year.')
    '<P><A HREF="kites.html">Kites</A> that I fly by the sea, in any wind, all year.'
    >>> closed('<P>Kites. <!-- I fly kites by the sea, in any wind, all the year long.')
    '<P>Kites. <!-- -->I fly kites by the sea, in any wind, all the year long.'
    """
    for _ in range(MOST):
        if not problem(source):
            return source
        mended = _once(source)
        if mended == source:
            return source
        source = mended
    return source


def _once(source: str) -> str:
    """Return a page with the end of the first thing set that is left open."""
    lower = source.lower()
    if lower.rfind("<title") > lower.rfind("</title"):
        return _TITLE.sub(r"\1</TITLE>", source, count=1)
    for apart in _APART.finditer(source):
        if f"</{apart[1].lower()}" not in lower[apart.end() :]:
            behind = _BLOCK.search(source, apart.end())
            at = behind.start() if behind else len(source)
            return f"{source[:at]}</{apart[1]}>{source[at:]}"
    comment = source.rfind("<!--")
    open_comment = comment >= 0 and "-->" not in source[comment:]
    quoted = _QUOTED.search(source)
    if quoted and not (open_comment and comment < quoted.start()):
        end = "" if source[quoted.end() : quoted.end() + 1] == ">" else ">"
        return source[: quoted.end()] + quoted[2] + end + source[quoted.end() :]
    if open_comment:
        return f"{source[:comment]}<!-- -->{source[comment + 4 :].lstrip()}"
    if tag := _OPEN_TAG.search(source):
        return source[: tag.end()] + ">" + source[tag.end() :]
    return source
