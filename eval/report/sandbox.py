"""Make text that strangers or machines wrote safe to show in the report.

A page of the era is rendered in a sandboxed iframe. The sandbox blocks scripts, forms, pop-ups and
navigation of the outer page, and the policy inside blocks every request (design section 7). Some
browsers open connections ahead of time for requests that the policy then refuses (seen in Chromium
156: for a frame inside the iframe, and for a link when it is clicked). `framed` therefore also
removes frames, link targets, `<link>`, scripts, and the addresses of images. The content of these
elements and the alternative text of images stay visible.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from erastyle.corpus.html.shown import shows_anything
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
    """A piece of text with its marks.

    Attributes:
        text: The piece.
        source: Document that it was copied from; empty where it was not.
        kinds: Kinds of its marks with a space between, for the style sheet; empty for none.
        note: Tooltip.
    """

    text: str
    source: str
    kinds: str = ""
    note: str = ""


def visible(text: str) -> str:
    r"""Return `text` with every character in a form that can be shown and stored.

    Control characters become their pictures. Lone surrogates and marks that reverse the direction
    of writing, which can falsify a line, become a replacement character.

    >>> visible("a\x00b\u202ec")
    'a␀b�c'
    """
    return text.replace("\r\n", "\n").translate(_UNSHOWABLE)


def cut(text: str, limit: int = MAX_BODY) -> str:
    """Return the first `limit` bytes of `text` in UTF-8, ending with a whole character.

    >>> cut("naïve", 3)
    'na'
    """
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= limit else raw[:limit].decode("utf-8", "ignore")


def is_markup(text: str) -> bool:
    """Return whether `text` holds a tag, so that its rendering differs from its source.

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

    # Rename frame elements first: a page of frames then shows its text for browsers without frames.
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
    # Again: serializing a tree and parsing it again can create new tags.
    return HEAD + _AHEAD.sub("<meta", _ELSEWHERE.sub(r"<\1x-", tree.html or ""))


def marked(text: str, marks: Sequence[TextMark]) -> list[Segment]:
    """Return `text` in pieces; each piece carries every mark that covers it.

    Args:
        text: The text that is shown, possibly cut.
        marks: Marks; they may overlap or lie beyond the end of the text.

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
    pieces: list[Segment] = []
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
        pieces.append(Segment(text[start:end], source, kinds, "; ".join(notes)))
    return pieces


@dataclass(frozen=True, slots=True)
class SafeDocument:
    """A document in the form in which the report shows it.

    Attributes:
        frame: The document for an iframe, or empty where it is shown as text.
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
) -> SafeDocument:
    """Return a document ready to show: as an iframe with its source, or as text without a tag.

    Args:
        text: The document.
        form: `html` or `text`: the format that was asked for.
        copied: (start, end, source) of each copied passage, in characters of `text`.
        marks: Other places to mark.
    """
    part = cut(text)
    markup = form == "html" and is_markup(part)
    frame = framed(part) if markup else ""
    blank = bool(frame) and not shows_anything(frame)
    return SafeDocument(
        "" if blank else frame,
        marked(part, [*(TextMark(s, e, "copied", o) for s, e, o in copied), *marks]),
        len(text) - len(part),
        not text.strip(),
        blank,
    )
