"""Closes what a page leaves open, so that it does not swallow the text behind it.

Browsers of the period ended a comment without an end, and a value without its second quotation
mark, at the next `>`. HTML 2.0 allows white space between `--` and `>`. A parser of today reads on
to the end of the page. `closed` writes the page so that both see the same; only the rendering to
prose uses it, and the body of a document stays as written.
"""

from __future__ import annotations

import re

_words = str.split  # lists of words are written as one text

_OPENS = re.compile(r"<(?:!--|(/?)([A-Za-z][A-Za-z0-9:_-]*))")
_COMMENT_END = re.compile(r"--!?\s*>")
_SWALLOWS = frozenset(
    _words(
        "title script style textarea select iframe noframes button svg math template nav audio "
        "video canvas noembed"
    )
)
"""Elements whose content is not shown, or not as text of the page."""
_ONCE = {name: re.compile(rf"<{name}\b", re.IGNORECASE) for name in ("title", "select", "button")}
"""Elements that cannot hold another one of their name."""
_BODY = re.compile(
    r"<(?:/head|body|p|h[1-6]|table|center|hr|ul|ol|dl|div|pre|blockquote|frameset|/body|/html"
    r"|meta|link|base|isindex)\b",
    re.IGNORECASE,
)
_NEXT_TAG = re.compile(r"<[A-Za-z/!]")
_PART = re.compile(r"[^<>\"'=]+|=\s*|[\"'<>]")
NAME_LENGTH = 40
"""Characters before a value within which the name of its attribute stands."""
_URL = re.compile(
    r"(?:href|src|action|background|name|align|width|height|color|face|size)\s*=\s*$", re.I
)
_ASCII_LOWER = {code: code + 32 for code in range(65, 91)}  # keeps the offsets of all letters
_MOST = 4000
"""Most characters of a tag; a longer one is text with a stray `<`."""


def closed(html: str) -> str:
    r"""Return a page with an end for each comment, quoted value, tag and element that has none.

    >>> closed("<P>a <!-- note -- ><P>b"), closed("<P>a <!-- note > <P>b")
    ('<P>a <!-- note --><P>b', '<P>a <!-- note --> <P>b')
    >>> closed('<A HREF="a.html>A</A> <A HREF="b.html">B</A>')
    '<A HREF="a.html">A</A> <A HREF="b.html">B</A>'
    >>> closed("<TITLE>Boats<TITLE><P>Sails")
    '<TITLE>Boats</TITLE><P>Sails'
    """
    return _Closer(html).run()


class _Closer:
    """Reads a page once from its beginning to its end."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._out: list[str] = []
        self._lower = html.lower() if html.isascii() else html.translate(_ASCII_LOWER)
        self._last_comment_end = html.rfind("--")
        self._known_end: dict[str, int] = {}
        self._last_end = {name: self._lower.rfind(f"</{name}") for name in _SWALLOWS}
        self._last_body = len(html)  # no start of text from here on
        self._framed = ""  # "frames" behind a frameset, "noframes" if the page has that element
        self._body = -1  # where in `_out` the body behind the last frameset begins

    def run(self) -> str:
        html, out = self._html, self._out
        at, cut = 0, ""
        while opening := _OPENS.search(html, at):
            out.append(html[at : opening.start()])
            name = (opening[2] or "").lower()
            if not name:
                at = self._comment(opening.start())
                continue
            self._frames(name, end=bool(opening[1]))
            at = self._tag(opening.start(), opening.end())
            if at < 0:  # the page is cut off within a tag, which a parser drops
                cut = html[opening.start() :]
                break
            if name in _SWALLOWS and not opening[1]:
                at = self._content(name, at)
        if not cut:
            out.append(html[at:])
        if self._framed == "frames" and self._body >= 0:
            out.insert(self._body, "<noframes>")
            out.append("</noframes>")
        return "".join([*out, cut])

    def _frames(self, name: str, *, end: bool) -> None:
        """Note where the text for browsers without frames begins; a parser drops it there."""
        if name == "noframes":
            self._framed = name
        elif name == "frameset" and end:
            self._framed = self._framed or "frames"
            self._body = -1
        elif name == "body" and not end and self._framed and self._body < 0:
            self._body = len(self._out)

    def _comment(self, start: int) -> int:
        """Write a comment; return the offset behind it."""
        html = self._html
        if html.startswith((">", "->"), start + 4):  # `<!-->` and `<!--->` are whole comments
            end = html.index(">", start) + 1
            self._out.append("<!---->")
            return end
        close = None
        if self._last_comment_end >= start + 4:
            close = _COMMENT_END.search(html, start + 4)
            if close is None:
                self._last_comment_end = -1
        if close:
            self._out += [html[start : close.start()], "-->"]
            return close.end()
        end = html.find(">", start + 4)
        if end < 0:
            end = len(html)
        self._out += [html[start:end], "-->"]
        return end + 1

    def _tag(self, start: int, at: int) -> int:
        """Write a tag; return the offset behind it, or -1 if the page ends within it."""
        html = self._html
        limit = min(len(html), start + _MOST)
        before = mark = ""  # `mark`: a quotation mark without its second one
        while at < limit:
            part = _PART.match(html, at)
            if part is None:
                break
            text = part[0]
            if text == ">":
                self._out.append(html[start : at + 1])
                return at + 1
            if text == "<":
                if _NEXT_TAG.match(html, at):  # a tag without its `>`
                    self._out += [html[start:at].rstrip(), mark, ">"]
                    return at
                at += 1
            elif text in "\"'" and before.endswith("="):
                end = self._value(start, at, limit)
                if end < 0:  # the value ends at the first `>`
                    end = html.find(">", at)
                    self._out += [html[start:end].rstrip(), text, ">"]
                    return end + 1
                mark = mark or (text if end == at + 1 else "")
                at = end
            else:
                at = part.end()
            before = text.rstrip() or before
        if at >= len(html):
            return -1
        self._out.append(html[start : start + 1])
        return start + 1

    def _value(self, start: int, at: int, limit: int) -> int:
        """Return the offset behind a quoted value, or -1 if its second mark is missing."""
        html = self._html
        end = html.find(html[at], at + 1, limit)
        first = html.find(">", at + 1, end if end >= 0 else limit)
        if first < 0:
            return end + 1 if end >= 0 else at + 1
        if end < 0:
            return -1
        value = html[at + 1 : end]
        behind = html[end + 1 : end + 2]
        begins_another = value.rstrip().endswith("=") and "<" in value
        in_text = behind.isalnum()
        near = max(start, at - NAME_LENGTH)
        tags = _NEXT_TAG.search(html, first, end) and _URL.search(html, near, at)
        return -1 if begins_another or in_text or tags else end + 1

    def _next_end(self, name: str, at: int) -> int:
        """Return the offset of the next end tag of `name`, or -1; far ones are looked up once."""
        if self._last_end[name] < at:
            return -1
        if self._known_end.get(name, -1) < at:
            self._known_end[name] = self._lower.find(f"</{name}", at)
        return self._known_end[name]

    def _content(self, name: str, at: int) -> int:
        """Close an element whose content is not shown, if it is left open; return the offset."""
        html = self._html
        end = self._next_end(name, at)
        again = None
        if name in _ONCE:
            again = _ONCE[name].search(html, at, end if end >= 0 else len(html))
        if name == "title":
            stop = _NEXT_TAG.search(html, at, end if end >= 0 else len(html))
            if end >= 0 and not (stop and _BODY.match(html, stop.start())) and not again:
                return self._whole(at, end)
            early = _BODY.search(html, at, again.start()) if again else None
            stop = early or again or stop
        else:
            if end >= 0 and not again:
                return self._whole(at, end)
            until = min(again.start() if again else len(html), self._last_body)
            stop = _BODY.search(html, at, until)
            if stop is None and not again:
                self._last_body = at
            stop = stop or again
        if stop is None:
            return at
        self._out += [html[at : stop.start()], f"</{_as_written(html, at, name)}>"]
        if again and stop.start() == again.start() and name == "title":
            behind = html.find(">", again.end())  # `<TITLE>x<TITLE>`: the second one is an end tag
            return behind + 1 if behind >= 0 else again.end()
        return stop.start()

    def _whole(self, at: int, end: int) -> int:
        self._out.append(self._html[at:end])
        return end


def _as_written(html: str, at: int, name: str) -> str:
    """Return the name of an element in the case of its start tag."""
    start = html.rfind("<", 0, at)
    written = html[start + 1 : start + 1 + len(name)]
    return written if written.lower() == name else name
