"""Refuses markup that piles up: headings in headings, tags in tags, attributes without end.

Of 900 real pages one in twenty-five exceeds one of these limits in its first 1,700 characters, of
a small model's texts one in three; .015 of real pages and .17 of its texts put what is shown into
the head (docs/log.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.train.model.guards.guard import Mark

VALUE = 100
"""Most characters of an attribute's value."""
ATTRIBUTES = 8
"""Most attributes of a tag."""
DEPTH = 14
"""Most elements that are open one inside another."""
TAGS = 27
"""Most tags in a row without a word between them: a table of pictures has that many."""
IMAGES = 6
"""Most pictures in a row without a word between them."""
MARKUP = 700
"""Most characters of tags in a row without a word between them."""
HEADING = 16
"""Most words of a heading; 1.5 % of 1,500 real pages have a longer one in 1,600 characters."""
SAME = 3
"""How often the same element of text may be open at once. FONT is not counted: programs of the time
left it open."""
IN_HEAD = "what is shown, in the head of the page"
ENDLESS = "a heading that does not end"
"""Both are marked where the element begins: what was let stand once is not refused at every tag."""
CODES = "character codes in a row"
_CODES = re.compile(r"(?:&#\w{1,6};?|%[0-9a-f]{2}){8,}", re.IGNORECASE)
"""No page of 703 has so many together."""
_TAG = re.compile(r"<!--.*?(?:-->|$)|<(/?)([a-z][a-z0-9]*)([^<>]*)(>|$)", re.IGNORECASE | re.DOTALL)
_VALUE = re.compile(r"""=\s*(?:"([^"]*)|'([^']*)|([^\s"'>]+))""")
_WORD = re.compile(r"[^\W\d_]{2,}")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_OF_TEXT = frozenset(("b", "i", "center", "em", "strong", "tt", "u", "small", "big"))
_words = str.split  # lists of words are written as one text
_OF_BODY = (
    _HEADINGS
    | _OF_TEXT
    | frozenset(_words("p hr img a br font table ul ol dl li pre blockquote address form"))
)
_WITHOUT_END = frozenset(
    _words(
        "br hr img meta link input base isindex area frame basefont param wbr "  # never have one
        "p li dt dd option tr td th html head body"  # it may be left out
    )
)


@dataclass(frozen=True, slots=True)
class Structure:
    """Refuses elements where people did not put them, and tags that grow without end."""

    name: str = "structure"

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return the first tag of the newest part that does not belong where it stands."""
        del request, ended
        codes = _CODES.search(text, max(0, start - 80))
        if codes and codes.end() > start:
            return [Mark(self.name, CODES, codes.start(), len(text))]
        open_elements: list[str] = []
        run = _Run()
        at = heading = begun = 0
        head = -1
        for tag in _TAG.finditer(text):
            words = len(_WORD.findall(text[at : tag.start()]))
            at = tag.end()
            run, heading = (_Run() if words else run), heading + words
            if tag[2] is None:
                continue
            name = tag[2].lower()
            run.add(name, len(tag[0]))
            in_heading = not _HEADINGS.isdisjoint(open_elements)
            if at > start:
                if in_heading and heading > HEADING and words:
                    return [Mark(self.name, ENDLESS, begun, len(text))]
                reason = _tag(tag[3]) or run.too_long()
                if not tag[1]:
                    reason = reason or _place(name, open_elements)
                    if head >= 0 and name in _OF_BODY:
                        return [Mark(self.name, IN_HEAD, head, len(text))]
                if reason:
                    return [Mark(self.name, reason, tag.start(), len(text))]
            if name in ("head", "body", "frameset"):
                head = tag.start() if name == "head" and not tag[1] else -1
            if tag[1] and name in open_elements:
                while open_elements.pop() != name:
                    pass
            elif not tag[1] and name not in _WITHOUT_END:
                open_elements.append(name)
                if name in _HEADINGS:
                    heading, begun = 0, tag.start()
        in_heading = not _HEADINGS.isdisjoint(open_elements)
        if in_heading and heading + len(_WORD.findall(text[at:])) > HEADING:
            return [Mark(self.name, ENDLESS, begun, len(text))]
        return []


@dataclass(slots=True)
class _Run:
    """Tags in a row without a word between them."""

    tags: int = 0
    images: int = 0
    characters: int = 0

    def add(self, name: str, characters: int) -> None:
        self.tags += 1
        self.images += name == "img"
        self.characters += characters

    def too_long(self) -> str:
        """Return what there is too much of, or nothing."""
        if self.images > IMAGES:
            return "pictures without a word between them"
        long = self.tags > TAGS or self.characters > MARKUP
        return "tags without a word between them" if long else ""


def _tag(attributes: str) -> str:
    """Return what is too much in a tag, or nothing."""
    values = _VALUE.findall(attributes)
    if len(values) > ATTRIBUTES:
        return f"a tag of {len(values)} attributes"
    longest = max((len(value) for forms in values for value in forms), default=0)
    return f"a value of {longest} characters" if longest > VALUE else ""


def _place(name: str, open_elements: list[str]) -> str:
    """Return why an element does not belong into the open ones, or nothing."""
    if name in _HEADINGS and not _HEADINGS.isdisjoint(open_elements):
        return "a heading in a heading"
    if (name in _HEADINGS or name == "pre") and "pre" in open_elements:
        return f"<{name}> in preformatted text"
    if name in _OF_TEXT and open_elements.count(name) >= SAME:
        return f"<{name}> for the fourth time in itself"
    if len(open_elements) > DEPTH:
        return f"{len(open_elements) + 1} elements in each other"
    return ""
