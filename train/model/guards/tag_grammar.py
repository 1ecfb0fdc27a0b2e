"""Keeps tags within the era's HTML, letter by letter: elements, attributes, what a page has once.

The guards `dialect` and `once` look at finished tags. Here each token is checked before it is
written, so that nothing has to be drawn again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from erastyle.corpus.chronology import markup_history
from erastyle.corpus.chronology.markup_history import ANY
from erastyle.corpus.html import dialect
from erastyle.train.model.guards.early_end import least_words
from erastyle.train.model.guards.page_grammar import place

VALUE = 72
"""Characters of a quoted value after which it has to end."""
LONG_VALUE = 240
"""The same for the content of META: key words, a summary."""
SHEETS = 1997
"""Year before which nothing is written that serves style sheets: of real pages of these years one
in a hundred has it, and a model of today writes the rules of today into it."""
_UNUSED = frozenset(("style", "class", "id", "lang"))
DOCTYPES = {
    '!doctype html public "-//ietf//dtd html//en">': 1994,
    '!doctype html public "-//ietf//dtd html 2.0//en">': 1994,
    '!doctype html public "-//w3o//dtd w3 html 2.0//en">': 1994,
    '!doctype html public "-//ietf//dtd html 3.0//en">': 1995,
    '!doctype html public "-//w3c//dtd html 3.2//en">': 1996,
    '!doctype html public "-//w3c//dtd html 3.2 final//en">': 1996,
    '!doctype html public "-//w3c//dtd html 4.0//en">': 1997,
    '!doctype html public "-//w3c//dtd html 4.0 transitional//en">': 1997,
}
"""Declarations of a page in lower case, with the years of their standards or drafts."""
_CODE = ("script", "style", "xmp", "listing", "!--")
_words = str.split  # lists of words are written as one text


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the values of an attribute look like, whole and as far as they are written."""

    whole: re.Pattern[str]
    begun: re.Pattern[str]


def _shape(names: str, whole: str = "", begun: str = "") -> _Shape:
    """Return the shape of values that are one of some names, or match a pattern."""
    known = _words(names)
    parts = sorted({name[:n] for name in known for n in range(len(name) + 1)})
    return _Shape(
        re.compile("|".join([*known, *([whole] if whole else [])]), re.IGNORECASE),
        re.compile("|".join([*parts, *([begun] if begun else [])]), re.IGNORECASE),
    )


_ADDRESS = r"(?!javascript:)[^?%&=\s{}()]*"
_SHAPES = {
    **dict.fromkeys(("href", "src", "background"), _shape("", _ADDRESS, _ADDRESS)),
    **dict.fromkeys(
        _words("text bgcolor link vlink alink color"),
        _shape(
            "aqua black blue fuchsia gray green lime maroon navy olive purple red silver teal "
            "white yellow",
            "#?[0-9a-f]{6}",
            "#?[0-9a-f]{0,6}",
        ),
    ),
    **dict.fromkeys(
        _words("width height border cellpadding cellspacing hspace vspace colspan rowspan size"),
        _shape("", r"[+-]?\d{1,4}%?", r"[+-]?\d{0,4}%?"),
    ),
    **dict.fromkeys(
        ("align", "valign", "clear"),
        _shape(
            "absbottom absmiddle all baseline bottom center justify left middle none right texttop "
            "top"
        ),
    ),
}
"""What the value of an attribute looks like, as far as it is written."""
_FLAGS = frozenset(
    _words("border checked compact ismap multiple nohref noshade noresize nowrap selected")
)
"""Attributes that may stand without a value."""
_RARE = frozenset(("img", one) for one in _words("controls dynsrc loop lowsrc name start"))
"""Attributes that none of 1,406 pictures of real pages has."""
_NEEDED = {"img": ("src",), "a": ("href", "name")}
"""Attributes of which a tag has one."""
_ASKED = re.compile(r"</?([a-z][a-z0-9]*)(?:\s[^<>]*)?>", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9]*", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[a-z][a-z-]*", re.IGNORECASE)
_BLANK = " \t\r\n"


def _latest(level: str) -> int:
    """Return the newest year of a markup level."""
    return dialect.LEVELS[level][0] if level in dialect.LEVELS else 9999


@cache
def _attributes(level: str) -> Mapping[str, frozenset[str]]:
    """Return the attributes of each element of a markup level, by lower-case name."""
    latest = _latest(level)
    known = [f for f in markup_history.markup().values() if f.first_year <= latest]
    known = [f for f in known if f.element != ANY or latest >= SHEETS]
    if latest < SHEETS:
        known = [f for f in known if not _UNUSED.intersection((f.element, f.attribute))]
    known = [f for f in known if not f.attribute.startswith("on")]  # scripts are not read
    anywhere = {f.attribute for f in known if f.element == ANY}
    elements = {f.element for f in known if not f.attribute and f.element != ANY}
    return {
        name: frozenset(
            one
            for one in {f.attribute for f in known if f.element == name} | anywhere
            if one and (name, one) not in _RARE
        )
        for name in elements
    }


@dataclass(frozen=True, slots=True)
class TagGrammar:
    """Forbids what makes a tag that no browser of the era knew, or that is no tag.

    Attributes:
        level: Newest markup level that belongs to the era.
        fewest: Words that a page has before its end, where no length is asked for.
    """

    level: str
    fewest: int = 0
    name: str = "tag grammar"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` breaks the tag that it stands in or begins."""
        if any(markup_history.feature(tag[1].lower()) for tag in _ASKED.finditer(request)):
            return False  # who asks for markup may get it
        fewest = least_words(self.fewest, request)
        begin = _unfinished(text)
        if begin is None:
            return False
        if not piece:
            return begin < len(text)
        if begin == len(text) and piece.partition("<")[0].strip() and place(text).silent:
            return True
        if begin == len(text) and "<" not in piece:
            return False
        before, part = text[:begin], text[begin:]
        if part and _broken(before, part, self.level, fewest):
            return False  # what is broken already gets no better
        return _broken(before, part + piece, self.level, fewest)


@lru_cache(maxsize=64)
def _broken(before: str, part: str, level: str, fewest: int) -> bool:
    """Return whether `part`, which begins in the text or with a tag, breaks a rule."""
    at = part.find("<")
    while at >= 0:
        tag = _Tag(part, at + 1)
        if tag.broken(before + part[:at], level, fewest):
            return True
        at = part.find("<", tag.at)
    return False


@lru_cache(maxsize=64)
def _may_begin(before: str, level: str) -> frozenset[str]:
    """Return the elements that may begin behind `before`."""
    return place(before).opens(frozenset(_attributes(level)))


@lru_cache(maxsize=64)
def _may_end(before: str, fewest: int) -> frozenset[str]:
    """Return the elements that may end behind `before`."""
    return place(before).closes(fewest)


@lru_cache(maxsize=64)
def _unfinished(text: str) -> int | None:
    """Return where the tag begins that the text ends in.

    The length of the text if it ends outside of tags; None inside a script or a comment.
    """
    lower = text.lower()
    if any(lower.rfind(f"<{name}") > lower.rfind(_end_of(name)) for name in _CODE):
        return None
    begin = text.rfind("<")
    return begin if begin > text.rfind(">") else len(text)


def _end_of(name: str) -> str:
    return "-->" if name == "!--" else f"</{name}"


class _Tag:
    """Reads a tag that may be unfinished."""

    def __init__(self, part: str, at: int) -> None:
        self.part, self.at = part, at

    def broken(self, before: str, level: str, fewest: int) -> bool:
        """Read on to the end of the tag; return whether it breaks a rule.

        Args:
            before: The page before the tag.
            level: Newest markup level that belongs to the era.
            fewest: Words that a page has before its end.
        """
        part = self.part
        if part.startswith("!", self.at):
            return self._declaration(before, _latest(level))
        closing = part.startswith("/", self.at)
        begin = self.at + closing
        if begin >= len(part):  # where no tag can stand a word must come
            return not _may_end(before, fewest) and (closing or not _may_begin(before, level))
        name = _NAME.match(part, begin)
        if name is None:
            return True  # `a < b` is written `a &lt; b`
        element, self.at = name[0].lower(), name.end()
        may = _may_end(before, fewest) if closing else _may_begin(before, level)
        if self.at == len(part):
            return not any(one.startswith(element) for one in may)
        if element not in may:
            return True
        if closing:
            return not self._ends_well()
        return any(self._wrong(_attributes(level)[element], _NEEDED.get(element, ())))

    def _declaration(self, before: str, latest: int) -> bool:
        """Return whether `<!` begins no declaration of a page; comments nobody reads."""
        rest = self.part[self.at :].lower()
        return bool(before.strip()) or not any(
            rest.startswith(one) or one.startswith(rest)
            for one, year in DOCTYPES.items()
            if year <= latest
        )

    def _ends_well(self) -> bool:
        rest = self.part[self.at :]
        end = rest.find(">")
        self.at += end + 1 if end >= 0 else len(rest)
        return not (rest if end < 0 else rest[:end]).strip()

    def _wrong(self, allowed: frozenset[str], needed: Sequence[str]) -> Iterator[bool]:
        """Yield True at the first attribute that does not belong there, or where one is missing."""
        part, seen = self.part, set[str]()
        while self.at < len(part):
            if part[self.at] == ">":
                self.at += 1
                yield bool(needed) and seen.isdisjoint(needed)
                return
            if part[self.at] not in _BLANK:
                yield True
            while self.at < len(part) and part[self.at] in _BLANK:
                self.at += 1
            if self.at == len(part):
                return
            if part[self.at] == ">":
                continue
            name = _ATTRIBUTE.match(part, self.at)
            if name is None:
                yield True
                return
            attribute, self.at = name[0].lower(), name.end()
            if self.at == len(part):
                yield not any(a.startswith(attribute) for a in allowed - seen)
                return
            yield attribute not in allowed or attribute in seen
            seen.add(attribute)
            yield from self._value(attribute)

    def _value(self, attribute: str) -> Iterator[bool]:
        """Read the value of an attribute, if it has one."""
        longest = LONG_VALUE if attribute == "content" else VALUE
        part, at = self.part, self.at
        while at < len(part) and part[at] in _BLANK:
            at += 1
        if part[at : at + 1] != "=":
            yield at < len(part) and attribute not in _FLAGS
            return
        self.at = at + 1
        while self.at < len(part) and part[self.at] in _BLANK:
            self.at += 1
        if self.at == len(part):
            return
        quote = part[self.at]
        if quote in "\"'":
            end = part.find(quote, self.at + 1)
            inside = part[self.at + 1 : end if end >= 0 else len(part)]
            yield any(c in inside for c in "<>\n") or len(inside) > longest
            yield not _fits(attribute, inside, whole=end >= 0)
            self.at = end + 1 if end >= 0 else len(part)
            return
        yield quote == ">"
        begin = self.at
        while self.at < len(part) and part[self.at] not in _BLANK + ">":
            self.at += 1
        inside = part[begin : self.at]
        yield any(c in inside for c in "\"'<,;") or len(inside) > longest
        yield not _fits(attribute, inside, whole=self.at < len(part))


def _fits(attribute: str, value: str, *, whole: bool) -> bool:
    """Return whether an attribute may have a value, or one that begins so."""
    shape = _SHAPES.get(attribute)
    return shape is None or bool((shape.whole if whole else shape.begun).fullmatch(value))
