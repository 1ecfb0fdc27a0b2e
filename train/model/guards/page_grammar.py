"""Which tags may stand at a place of a page: a title first, lists in lists, nothing closed twice.

People of the era often did otherwise, and browsers forgave them. A small model that does so loses
its way: what it writes behind a heading that was closed twice is closed a third time.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache

_words = str.split  # lists of words are written as one text
ONCE = frozenset(_words("html head title body"))
COMMON = frozenset(
    _words(
        "html head title meta body a address b big blockquote blink br caption center cite code dd "
        "dfn dir div dl dt em font form h1 h2 h3 h4 h5 h6 hr i img input kbd li map area menu nobr "
        "ol option p pre s samp select small strike strong sub sup table td textarea th tr tt u ul "
        "var wbr"
    )
)
"""Elements that are written: those of HTML 3.2 and Netscape that say or show a reader something."""
NEVER = frozenset(_words("script style frameset frame noframes xmp listing plaintext base link"))
"""Elements that are never written, in HTML 4 neither."""
METAS = 4
"""Most META elements of a page."""
NESTED = 2
"""How many lists, and how many tables, may be open one inside another."""
TAGS = 8
"""Most elements that begin in a row without a word or picture between them, cells aside."""
WORDLESS = 12
"""The same, pictures counted as elements: of 1,045 real pages one in ten has more somewhere."""
IMAGES = 4
"""Most pictures in a row without a word between them; one real page in ten has more somewhere."""
CELLS = 8
"""Most cells of a row; of 100 real pages 99 have at most four."""
DEEPEST = 6
"""Most elements in each other, those aside whose end may be left out; 98 of 100 real pages have."""
FEW, WORDS_EACH = 6, 6
"""A page has at most `FEW` elements of few words, and one more for each `WORDS_EACH` words that it
has; of real pages 97 in 100 do within their first 1,200 characters, 92 within 4,000."""
_BEFORE_TITLE = frozenset(_words("html head title meta"))
_WITHIN = {
    "li": ("ul", "ol", "menu", "dir"),
    "dt": ("dl",),
    "dd": ("dl",),
    "option": ("select",),
    "area": ("map",),
    "input": ("form",),
    "select": ("form",),
    "textarea": ("form",),
}
"""Elements that stand in others alone; for those of a table see `Place.opens`."""
_HEADINGS = frozenset(_words("h1 h2 h3 h4 h5 h6"))
_LISTS = frozenset(_words("ul ol dl menu dir"))
_ITEMS = ("li", "dt", "dd")
_CELLS = ("td", "th", "caption")
_OF_TABLE = frozenset(("tr", *_CELLS))
_OF_FEW_WORDS = _HEADINGS | frozenset(_words("a hr img table"))
"""Elements with which a page may go on for long and say nothing."""
_EMPTY = frozenset(_words("br hr img meta input area wbr col param"))
"""Elements that have no end."""
_MANY = _EMPTY | _LISTS | _OF_TABLE | frozenset(("div", "font", "p", "table", "option", *_ITEMS))
"""Elements of which one may begin while another is open, or counts as open."""
_NOT_IN_HEADING = _HEADINGS | _LISTS | frozenset(_words("p hr table pre blockquote address form"))
_BLOCKS = _NOT_IN_HEADING | frozenset(("center", "div", *_ITEMS))
_NOT_IN_PRE = _BLOCKS | frozenset(_words("img big small sub sup font"))
_PHRASES = _words("cite code samp kbd var dfn blink")
_OF_TEXT = frozenset(_words("a b i em strong font tt u s big small sub sup img br") + _PHRASES)
_NOT_DEEP = (
    _EMPTY | _OF_TABLE | frozenset(("html", "head", "body", "table", "p", "option", *_ITEMS))
)
"""Elements that do not count for `DEEPEST`."""
_MOST = {"hr": 0, "br": 2, "p": 1}
"""Of each element, the most behind the last word before another one is forbidden."""
_UNCOUNTED = ("area", "input", "option", "td", "th", "tr")
"""Elements that say something without a word, or are often empty."""
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>", re.IGNORECASE)
_DECLARATION = re.compile(r"<!--.*?-->|<![^<>]*>", re.DOTALL)
_NAMED = re.compile(r"\sname\s*=", re.IGNORECASE)
_LINK = re.compile(r"\shref\s*=", re.IGNORECASE)
_ENTITY = re.compile(r"&#?\w+;")
_PART = 2048
"""Characters after which what was read of a page is kept, so that a long one is read once."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a page, where a tag begins.

    Attributes:
        held: Elements that came before.
        open: How many of each element are open; one whose end may be left out counts once.
        run: Elements that begin behind the last word or picture.
        images: Pictures behind the last word.
        begun: Elements that begin behind the last word, pictures too.
        cells: Cells of the row.
        linked: Whether this is inside a link.
        last: The element that has just begun, without a word since; empty: none.
        few: Elements of few words so far: links and anchors, pictures, headings, rules, tables;
            the picture of a link counts with it.
        words: Words so far, those of the title too.
        said: Whether a word stands outside of the title.
    """

    held: frozenset[str]
    open: Counter[str]
    run: Counter[str]
    images: int
    begun: int
    cells: int
    linked: bool
    last: str
    few: int
    words: int
    said: bool

    def opens(self, known: frozenset[str]) -> frozenset[str]:
        """Return the elements that may begin here.

        Args:
            known: The elements of the era.
        """
        head = {"meta"} if self.open["meta"] < METAS else set[str]()
        if self._untitled:
            return (_BEFORE_TITLE - (self.held & ONCE)) & (ONCE | head)
        if self.open["title"] or self.open["textarea"]:
            return frozenset()
        if self._in_head:
            return frozenset(head)
        if self.open["select"]:
            return frozenset(("option",))
        late = frozenset(("caption",)) if self.last != "table" else frozenset[str]()
        full = {"td", "th"} if self.cells >= CELLS else set[str]()
        if self._in_table:
            return (_OF_TABLE & known) - full - late
        no = {name for name, most in _MOST.items() if self.run[name] > most}
        if self.few >= FEW + self.words / WORDS_EACH:
            no |= _OF_FEW_WORDS - {"img"} if self.linked else _OF_FEW_WORDS
        no |= {name for name, outer in _WITHIN.items() if not any(self.open[o] for o in outer)}
        no |= {name for name in known - _MANY if self.open[name]}
        if not self.open["table"]:
            no |= _OF_TABLE
        no |= full | late
        if any(self.open[name] for name in _HEADINGS):
            no |= _NOT_IN_HEADING
        if self.open["pre"]:
            no |= _NOT_IN_PRE
        if any(self.open[name] for name in _PHRASES):
            no |= _BLOCKS
        if self.linked:
            no |= (_BLOCKS - _HEADINGS) | _OF_TABLE
        if sum(n for name, n in self.open.items() if name not in _NOT_DEEP) >= DEEPEST:
            no |= known - _NOT_DEEP
        if sum(self.open[name] for name in _LISTS) >= NESTED:
            no |= _LISTS
        if self.open["table"] >= NESTED:
            no.add("table")
        if self.images >= IMAGES:
            no.add("img")
        if self.begun >= WORDLESS:
            return _OF_TABLE - no
        if _counted(self.run) >= TAGS:
            return frozenset({"img", *_OF_TABLE} - no)
        gone = {"head", "title", "meta"} | (ONCE if self.said else self.held & ONCE)
        written = known - NEVER if "fieldset" in known else known & COMMON
        return written - gone - no

    def closes(self, fewest: int) -> frozenset[str]:
        """Return the elements that may end here.

        Args:
            fewest: Words that the page has before its end.
        """
        if self.open["title"]:
            return frozenset({"title"} - {self.last})
        ends = {name for name, count in self.open.items() if count and name not in _EMPTY}
        if self._untitled:
            ends -= ONCE
        if "body" in self.held:
            ends.discard("head")
        if self.words < fewest:
            ends -= {"body", "html"}
        if self.linked:
            ends &= _OF_TEXT | _HEADINGS
        return frozenset(ends - {self.last})

    @property
    def silent(self) -> bool:
        """Whether no word may stand here."""
        if self.open["title"] or self.open["option"] or self.open["textarea"]:
            return False
        return self._untitled or self._in_head or self._in_table or bool(self.open["select"])

    @property
    def _untitled(self) -> bool:
        return "title" not in self.held and "body" not in self.held

    @property
    def _in_head(self) -> bool:
        return bool(self.open["head"]) and "body" not in self.held

    @property
    def _in_table(self) -> bool:
        """Whether this is inside a table, and in none of its cells."""
        return bool(self.open["table"]) and not any(self.open[name] for name in _CELLS)


def _counted(begun: Counter[str]) -> int:
    """Return how many elements begin, those aside that say something without a word."""
    return begun.total() - sum(begun[name] for name in _UNCOUNTED)


@dataclass(slots=True)
class _Reading:
    """What is known of a page up to a tag."""

    held: set[str] = field(default_factory=set)
    open: Counter[str] = field(default_factory=Counter)
    outer: list[tuple[str, dict[str, int]]] = field(default_factory=list)
    few: int = 0
    words: int = 0
    said: bool = False
    cells: int = 0
    linked: bool = False

    def copy(self) -> _Reading:
        return replace(self, held=set(self.held), open=self.open.copy(), outer=list(self.outer))

    def read(self, part: str) -> None:
        """Read a part of a page, which begins and ends outside of tags."""
        at = 0
        part = _DECLARATION.sub("", part)
        for tag in _TAG.finditer(part):
            self._text(part[at : tag.start()])
            at = tag.end()
            name = tag[2].lower()
            self.held.add(name)
            if tag[1]:
                self._end(name)
            else:
                self._begin(name)
            if name == "a":
                self.linked = not tag[1] and bool(_LINK.search(tag[0]))
        self._text(part[at:])

    def _text(self, text: str) -> None:
        count = len(_ENTITY.sub(" ", text).split())
        self.words += count
        self.said = self.said or (count > 0 and not self.open["title"])

    def _begin(self, name: str) -> None:
        if name == "table" or name in _LISTS:
            inside = _OF_TABLE if name == "table" else _ITEMS
            self.outer.append((name, {one: self.open[one] for one in inside}))
            self._clear(*inside)
            self.cells = 0
        if name in _OF_TABLE:
            self._clear(*_CELLS)
            self.cells = 0 if name == "tr" else self.cells + 1
        if name in ("dt", "dd"):
            self._clear("dt", "dd")
        self.few += name in _OF_FEW_WORDS and not (name == "img" and self.linked)
        single = name in _OF_TABLE or name in _ITEMS or name in ("p", "option")
        self.open[name] = 1 if single else self.open[name] + 1

    def _end(self, name: str) -> None:
        if any(name == one for one, _ in self.outer):
            while self.outer:
                one, before = self.outer.pop()
                self.open.update({key: n - self.open[key] for key, n in before.items()})
                if one == name:
                    break
        if name == "tr":
            self._clear(*_CELLS)
        if name == "select":
            self._clear("option")
        self.open[name] = max(0, self.open[name] - 1)

    def _clear(self, *names: str) -> None:
        for name in names:
            self.open[name] = 0


@lru_cache(maxsize=64)
def _read(before: str) -> _Reading:
    """Return what is known behind `before`; of a long page its beginning was read already."""
    cut = before.rfind("<", 0, (len(before) - 1) // _PART * _PART) if len(before) > _PART else 0
    reading = _read(before[:cut]).copy() if cut > 0 else _Reading()
    reading.read(before[max(0, cut) :])
    return reading


@lru_cache(maxsize=64)
def place(before: str) -> Place:
    """Return what is known of the place behind `before`, which ends outside of tags."""
    reading = _read(before)
    tags = _last_tags(before)
    behind = [tag[2].lower() for tag in tags if not tag[1]]
    images, begun = behind.count("img"), _counted(Counter(behind))
    if images:
        behind = behind[len(behind) - behind[::-1].index("img") :]
    last = ""
    if tags and not tags[-1][1]:
        last = tags[-1][2].lower()
        if last in _CELLS or last == "textarea" or (last == "a" and _NAMED.search(tags[-1][0])):
            last = ""  # these are often empty
    return Place(
        frozenset(reading.held), reading.open, Counter(behind), images, begun, reading.cells,
        reading.linked, last, reading.few, reading.words, reading.said,
    )  # fmt: skip


def _last_tags(before: str) -> list[re.Match[str]]:
    """Return the tags that the page ends in, with nothing but blanks between them."""
    tags: list[re.Match[str]] = []
    rest = before.rstrip()
    while rest:
        if rest.endswith("&nbsp;"):
            rest = rest[:-6].rstrip()
            continue
        begin = rest.rfind("<") if rest.endswith(">") else -1
        tag = _TAG.fullmatch(rest, begin) if begin >= 0 else None
        if tag is None and not rest.startswith("<!", max(0, begin)):
            break
        if tag is not None:
            tags.append(tag)
        if begin < 0:
            break
        rest = rest[:begin].rstrip()
    return tags[::-1]
