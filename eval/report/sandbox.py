"""Text that strangers or machines wrote, made safe to show in a page.

A page of the era is shown as it renders, in a frame that can do nothing: the sandbox takes away
scripts, forms, pop-ups and navigation of the outer page, and the policy inside takes away every
request (design section 7). Browsers open connections ahead of time for what the policy then
refuses (seen in Chromium 156: for a frame inside the frame, and for a link when it is clicked), so
`framed` also takes away frames, link targets, `<link>`, scripts, and the addresses of images. What
such an element holds, or says instead of its image, is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from erastyle.eval.report.parts import TextMark

MAX_BODY = 20_000
"""Bytes of a document that the report shows, in UTF-8."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HEAD = (
    f'<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta http-equiv="x-dns-prefetch-control" content="off">'
    '<meta name="color-scheme" content="light">'
)
_AHEAD = re.compile(r"<(?:link|base)(?=[\s/>])", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"<(/?)(?=(?:i?frame|frameset|noframes|object|embed|applet|portal|fencedframe)[\s/>])",
    re.IGNORECASE,
)
_LOADED = ("src", "srcset", "lowsrc", "dynsrc", "background", "poster", "data")
_LEADS = ("href", "xlink:href", "ping", "action", "formaction")
_TAG = re.compile(r"<(?:!doctype|!--|/?[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_UNSHOWABLE = {n: chr(0x2400 + n) for n in range(32) if n not in (9, 10)}
_UNSHOWABLE |= {127: "\u2421"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_UNSHOWABLE |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text, and what there is to say about it.

    Attributes:
        text: The stretch.
        source: Where it was copied from; empty: it was not.
        kinds: Kinds of its marks with a space between, for the style sheet; empty: none.
        note: What a pointer over it shows.
    """

    text: str
    source: str
    kinds: str = ""
    note: str = ""


def visible(text: str) -> str:
    r"""Return `text` with what cannot be shown or stored made visible.

    Control characters become their pictures, lone surrogates and marks that reverse the direction
    of writing a replacement character: they can make a line read other than it is.

    >>> visible("a\x00b\u202ec")
    'a␀b�c'
    """
    return text.replace("\r\n", "\n").translate(_UNSHOWABLE)


def cut(text: str, limit: int = MAX_BODY) -> str:
    """Return the first `limit` bytes of `text` in UTF-8, no character torn.

    >>> cut("naïve", 3)
    'na'
    """
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= limit else raw[:limit].decode("utf-8", "ignore")


def is_markup(text: str) -> bool:
    """Say whether `text` holds a tag, so that rendering it shows something else than its source.

    >>> is_markup("<P>Welcome"), is_markup("1 < 2 and 3 > 2")
    (True, False)
    """
    return _TAG.search(text) is not None


def framed(body: str) -> str:
    """Return the document for the `srcdoc` of an `<iframe sandbox>`. The caller escapes it.

    >>> framed('<A HREF="http://a.example/">A</A><FRAME SRC=x>')[len(HEAD):]
    '<html><head></head><body><a href="#">A</a><x-frame src="data:,"></x-frame></body></html>'
    """
    from selectolax.lexbor import LexborHTMLParser

    # Names first: a page of frames then shows what it held for browsers without frames.
    tree = LexborHTMLParser(_AHEAD.sub("<meta", _ELSEWHERE.sub(r"<\1x-", body)))
    for element in tree.css("*"):
        if element.tag == "script":
            element.decompose()
            continue
        for name, value in list(element.attributes.items()):
            target = (value or "").lstrip().lower()
            if name.startswith("on") or name in ("autofocus", "http-equiv"):
                del element.attrs[name]
            elif name in _LOADED and not target.startswith("data:"):
                element.attrs[name] = "data:,"  # an image keeps its place and its words
            elif name in _LEADS and not target.startswith("#"):
                element.attrs[name] = "#"
    # Again: writing a tree down and reading it anew can make tags out of what was none.
    return HEAD + _AHEAD.sub("<meta", _ELSEWHERE.sub(r"<\1x-", tree.html or ""))


_SEEN = "img, hr, table[border], input, select, textarea, button, svg, marquee, x-frame"


def _visible(frame: str) -> bool:
    """Say whether the document of a frame shows anything."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(frame).body
    if body is None:
        return False
    for hidden in body.css("style, template, title, noscript"):
        hidden.decompose()
    return bool((body.text() or "").strip() or body.css_first(_SEEN))


def marked(text: str, marks: Sequence[TextMark]) -> list[Segment]:
    """Return `text` in pieces; a piece carries every mark that lies over it.

    Args:
        text: What is shown, possibly cut.
        marks: They may overlap, or lie beyond its end.

    >>> marks = [TextMark(0, 2, "era"), TextMark(1, 3, "copied")]
    >>> [(s.text, s.kinds) for s in marked("abcd", marks)]
    [('a', 'era'), ('b', 'copied era'), ('c', 'copied'), ('d', '')]
    """
    inside = [m for m in marks if max(m.start, 0) < min(m.end, len(text))]
    opens: dict[int, list[int]] = {}
    closes: dict[int, list[int]] = {}
    for number, mark in enumerate(inside):
        opens.setdefault(max(mark.start, 0), []).append(number)
        closes.setdefault(min(mark.end, len(text)), []).append(number)
    cuts = sorted({0, len(text), *opens, *closes})
    found: list[Segment] = []
    over: list[int] = []
    for start, end in pairwise(cuts):
        gone = set(closes.get(start, ()))
        over = [n for n in over if n not in gone] + opens.get(start, [])
        here = [inside[n] for n in over]
        source = "; ".join(
            dict.fromkeys(m.note or "a training document" for m in here if m.kind == "copied")
        )
        notes = [f"also in {source}"] if source else []
        notes += dict.fromkeys(m.note for m in here if m.kind != "copied" and m.note)
        kinds = " ".join(sorted({m.kind for m in here}))
        found.append(Segment(text[start:end], source, kinds, "; ".join(notes)))
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """One document as the page shows it.

    Attributes:
        frame: The document for a frame, or empty where it is shown as text.
        pieces: Its text, at most `MAX_BODY` bytes of it.
        left_out: Characters that were cut off.
        empty: There is nothing but white space.
        blank: It has markup, but a browser would show an empty page.
    """

    frame: str
    pieces: list[Segment]
    left_out: int
    empty: bool
    blank: bool = False

    def size(self) -> int:
        """Return about how many bytes it takes in the page, escaped."""
        texts = [self.frame, *(piece.text for piece in self.pieces)]
        marks = sum(text.count(mark) for text in texts for mark in "<>&\"'")
        return 4 * marks + sum(len(text.encode("utf-8", "replace")) for text in texts)


def show(
    text: str,
    form: str,
    copied: Sequence[tuple[int, int, str]] = (),
    marks: Sequence[TextMark] = (),
) -> Shown:
    """Return how a document is shown: as a frame and its source, or as text where it has no tag.

    Args:
        text: The document.
        form: `html` or `text`: what it was asked to be.
        copied: (start, end, source) of what was copied, in characters of `text`.
        marks: Other stretches to be marked.
    """
    part = cut(text)
    markup = form == "html" and is_markup(part)
    frame = framed(part) if markup else ""
    blank = bool(frame) and not _visible(frame)
    return Shown(
        "" if blank else frame,
        marked(part, [*(TextMark(s, e, "copied", o) for s, e, o in copied), *marks]),
        len(text) - len(part),
        not text.strip(),
        blank,
    )
