"""Which tags of HTML5 a page uses as HTML5, and which are words that its author made into tags.

Pages of the 1990s hold `<HEADER>` for `<HEAD>`, `<SECTION>` from SGML, `<DATA>` as a placeholder,
and attributes out of alt texts whose quotation mark is missing. HTML5 gave the same words a
meaning. Such a name dates a page only with evidence beside it: a document type, a name that nobody
makes up (`srcset`, `figcaption`), or elements that stand where HTML5 puts them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

FIRST_YEAR = 2004
"""Year of the first drafts that became HTML5; what is older needs no evidence."""
DOCTYPE_WITHIN = 2000
"""Characters from the start of a page within which its document type stands."""
EXAMINED = 200
"""Uses of one element whose place is examined."""
CONTENT_CHARS = 20_000
"""Characters of an element that are read to see what it holds."""
PLACED = 2
"""Elements in the places that HTML5 gives them that are evidence for each other."""

_COINED = frozenset(
    "bdi datalist fencedframe figcaption hgroup menuitem rtc selectedcontent".split()
)
"""Elements with names that are no words."""
_WORDS = frozenset(
    "allow alpha as async blocking challenge closedby controls data datetime decoding download "
    "draggable form height hidden high inert integrity is kind list loading loop low manifest max "
    "media min multiple muted nonce open optimum part pattern ping placeholder popover poster "
    "prefetch property required reversed role scoped sizes slot src step switch translate type "
    "watch width".split()
)
"""Attributes with names that are words, or attributes of older elements too."""
_SHARED = frozenset("data form height hidden loop media multiple src type width".split())
"""Attributes that elements of the 1990s have too: one alone says nothing of a new element."""
_DOCTYPE = re.compile(r"<!doctype\s+html\s*>", re.IGNORECASE)
_VIEWPORT = re.compile(r"<meta\s[^<>]{0,200}\bname\s*=\s*[\"']?viewport\b", re.IGNORECASE)
_BODY = re.compile(r"<body\b", re.IGNORECASE)
_HEAD_END = re.compile(r"</(?:head|title)\s*>", re.IGNORECASE)
_END = re.compile(r"</([a-z]{3,15})\s*>", re.IGNORECASE)
_HEAD_ONLY = re.compile(r"<(?:title|meta|base|body|html|isindex)\b", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:h[1-6]|p|div|ul|ol|dl|a|img|table|form)\b", re.IGNORECASE)
_LETTER = re.compile(r"[^\W_]")
_TAGS = re.compile(r"<[^<>]{0,4000}>")
_WELL_FORMED = re.compile(
    r"""(?:\s+[A-Za-z:@][\w:.@-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*/?"""
)
_HELD = {
    "audio": "source|track",
    "details": "summary",
    "figure": "img|video|picture|figcaption",
    "nav": "a",
    "picture": "source|img",
    "video": "source|track",
}
"""What an element holds that has no other use: enough evidence by itself."""
_HOLDS = {
    name: re.compile(rf"<(?:{inner})\b[^<>]*>", re.IGNORECASE) for name, inner in _HELD.items()
}
_PARTS = frozenset("article aside dialog footer header main nav search section".split())
"""Elements that hold parts of a page rather than words of a sentence."""


class Candidate(NamedTuple):
    """A use of a name of HTML5, still to be proved.

    Attributes:
        start: Offset of the tag's `<`.
        end: Offset behind its `>`.
        element: Name of the element.
        attribute: Name of the attribute, or empty for the element itself.
        attributes: The text between the element's name and `>`.
        own: Whether the attribute is one of this element alone rather than of all.
    """

    start: int
    end: int
    element: str
    attribute: str
    attributes: str
    own: bool = False


def supported(html: str, candidates: Sequence[Candidate]) -> list[bool]:
    """Return for each candidate whether the page uses the name as HTML5 does.

    The time is linear in the length of `html`.

    >>> page = "<HTML><HEADER><TITLE>Home</TITLE></HEADER>"
    >>> supported(page, [Candidate(6, 14, "header", "", "")])
    [False]
    """
    if not candidates:
        return []
    formed = [bool(_WELL_FORMED.fullmatch(c.attributes)) for c in candidates]
    if _declared(html) or any(
        _coined(c) and fine for c, fine in zip(candidates, formed, strict=True)
    ):
        return formed
    placed = _Places.of(html).proved(candidates) | _equipped(candidates, formed)
    attributes = {c.attribute for c, fine in zip(candidates, formed, strict=True) if fine} - {""}
    proved = []
    for candidate, fine in zip(candidates, formed, strict=True):
        if candidate.attribute:
            on_proved = candidate.own and candidate.element in placed
            proved.append(fine and (len(attributes) >= PLACED or on_proved))
        else:
            proved.append(candidate.element in placed)
    return proved


def _declared(html: str) -> bool:
    """Say whether the page says of itself that it is HTML5."""
    return bool(_DOCTYPE.search(html[:DOCTYPE_WITHIN]) or _VIEWPORT.search(html))


def _coined(candidate: Candidate) -> bool:
    if candidate.attribute:
        return candidate.attribute not in _WORDS
    return candidate.element in _COINED


def _equipped(candidates: Sequence[Candidate], formed: Sequence[bool]) -> set[str]:
    """Return the elements that carry what HTML5 made for them: `<time datetime>`."""
    new = {candidate.element for candidate in candidates if not candidate.attribute}
    own: dict[str, set[str]] = defaultdict(set)
    for candidate, fine in zip(candidates, formed, strict=True):
        if candidate.own and fine and candidate.element in new:
            own[candidate.element].add(candidate.attribute)
    return {name for name, held in own.items() if held - _SHARED or len(held) >= PLACED}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a page's body begins and its elements end.

    Attributes:
        html: The page.
        body: Offset of the first place that can be in the body.
        ends: Offsets of the end tags of each element, in order.
    """

    html: str
    body: int
    ends: dict[str, list[int]]

    @classmethod
    def of(cls, html: str) -> _Places:
        """Return the places of `html`."""
        ends: dict[str, list[int]] = defaultdict(list)
        for match in _END.finditer(html):
            ends[match[1].lower()].append(match.start())
        if body := _BODY.search(html):
            return cls(html, body.end(), ends)
        heads = [match.end() for match in _HEAD_END.finditer(html[:CONTENT_CHARS])]
        return cls(html, max(heads, default=0), ends)

    def proved(self, candidates: Sequence[Candidate]) -> set[str]:
        """Return the elements that stand where HTML5 puts them, often enough to prove it."""
        examined: Counter[str] = Counter()
        placed: Counter[str] = Counter()
        proved = set()
        for candidate in candidates:
            name = candidate.element
            if candidate.attribute or examined[name] >= EXAMINED:
                continue
            examined[name] += 1
            content = self._content(candidate)
            if content is None:
                continue
            if name in _HOLDS and _HOLDS[name].search(content):
                proved.add(name)
            if self._fits(name, content):
                placed[name] += 1
        # Parts of a page prove each other; so do two kinds of marked words, but not one repeated.
        parts = sum(placed[name] for name in placed if name in _PARTS)
        if parts >= PLACED or len(placed) >= PLACED or (placed and proved):
            proved |= set(placed)
        return proved

    def _content(self, candidate: Candidate) -> str | None:
        """Return what an element holds, or None where it is not closed or not in the body."""
        if candidate.start < self.body:
            return None
        ends = self.ends.get(candidate.element, [])
        at = bisect_right(ends, candidate.start)
        if at == len(ends):
            return None
        content = self.html[candidate.end : min(ends[at], candidate.end + CONTENT_CHARS)]
        return None if _HEAD_ONLY.search(content) else content

    def _fits(self, name: str, content: str) -> bool:
        """Say whether the content is of the kind that the element holds."""
        if name in _PARTS and not _BLOCK.search(content):
            return False
        return bool(_LETTER.search(_TAGS.sub("", content)))
