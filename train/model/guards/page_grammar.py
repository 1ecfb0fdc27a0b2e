"""Which tags may stand at a place of a page: a title first, lists in lists, nothing closed twice.

People of the era often did otherwise, and browsers forgave them. A small model that does so loses
its way: what it writes behind a heading that was closed twice is closed a third time.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
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
NONE = frozenset(_words("script style frameset frame noframes xmp listing plaintext base link"))
"""Elements that are not, in HTML 4 either."""
METAS = 4
"""Most META elements of a page."""
NESTED = 2
"""How many lists, and tables, may be open one inside another."""
TAGS = 8
"""Most elements that begin in a row without a word or picture between them."""
IMAGES = 4
"""Most pictures in a row without a word between them."""
_BEFORE_TITLE = frozenset(_words("html head title meta"))
_WITHIN = {
    "li": ("ul", "ol", "menu", "dir"),
    "dt": ("dl",),
    "dd": ("dl",),
    "tr": ("table",),
    "td": ("table",),
    "th": ("table",),
    "caption": ("table",),
    "option": ("select",),
    "area": ("map",),
    "input": ("form",),
    "select": ("form",),
    "textarea": ("form",),
}
"""Elements that stand in others alone."""
_HEADINGS = frozenset(_words("h1 h2 h3 h4 h5 h6"))
_LISTS = frozenset(_words("ul ol dl menu dir"))
_CELLS = frozenset(_words("td th caption"))
_IN_ITSELF = frozenset(_words("div font li dt dd tr td th p br hr img")) | _LISTS | {"table"}
_NOT_IN_HEADING = _HEADINGS | _LISTS | frozenset(_words("p hr table pre blockquote address form"))
_ALONE = frozenset(_words("br hr img meta input area wbr"))
_MOST = {"hr": 0, "br": 2, "p": 1}
"""How many of an element there may be behind the last word when one more begins."""
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>", re.IGNORECASE)
_RUN = re.compile(r"(?:<[^<>]*>|&nbsp;|\s)*\Z")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a page, where a tag begins.

    Attributes:
        held: Elements that came before.
        open: How many of each element are open; ends that may be left out are counted as open.
        run: Elements behind the last word or picture.
        images: Pictures behind the last word.
        last: The element that has just begun, without a word since; empty: none.
        words: Words so far, those of the title too.
    """

    held: frozenset[str]
    open: Counter[str]
    run: Counter[str]
    images: int
    last: str
    words: int

    def opens(self, known: frozenset[str]) -> frozenset[str]:
        """Return the elements that may begin here.

        Args:
            known: The elements of the era.
        """
        head = {"meta"} if self.open["meta"] < METAS else set[str]()
        if self._untitled:
            return (_BEFORE_TITLE - (self.held & ONCE)) & (ONCE | head)
        if self.open["title"]:
            return frozenset()
        if self._in_head:
            return frozenset(head)
        no = {name for name, most in _MOST.items() if self.run[name] > most}
        no |= {name for name, outer in _WITHIN.items() if not any(self.open[o] for o in outer)}
        no |= {name for name in known - _IN_ITSELF if self.open[name] > 0}
        if any(self.open[name] > 0 for name in _HEADINGS):
            no |= _NOT_IN_HEADING
        if sum(max(0, self.open[name]) for name in _LISTS) >= NESTED:
            no |= _LISTS
        if self.open["table"] >= NESTED:
            no.add("table")
        if self.images >= IMAGES:
            no.add("img")
        if self.run.total() >= TAGS:
            return frozenset({"img"} - no)
        gone = {"head", "title", "meta"} | (self.held & ONCE)
        written = known - NONE if "fieldset" in known else known & COMMON
        return written - gone - no

    def closes(self, fewest: int) -> frozenset[str]:
        """Return the elements that may end here.

        Args:
            fewest: Words that the page has before its end.
        """
        if self.open["title"]:
            return frozenset(("title",))
        ends = {name for name, count in self.open.items() if count > 0 and name not in _ALONE}
        if self._untitled:
            ends -= ONCE
        if "body" in self.held:
            ends.discard("head")
        if self.words < fewest:
            ends -= {"body", "html"}
        return frozenset(ends - ({self.last} - _CELLS))

    @property
    def silent(self) -> bool:
        """Whether no word may stand here."""
        if self.open["title"]:
            return False
        in_table = self.open["table"] > 0 and not any(self.open[name] > 0 for name in _CELLS)
        return self._untitled or self._in_head or in_table

    @property
    def _untitled(self) -> bool:
        return "title" not in self.held and "body" not in self.held

    @property
    def _in_head(self) -> bool:
        return self.open["head"] > 0 and "body" not in self.held


@lru_cache(maxsize=64)
def place(before: str) -> Place:
    """Return what is known of the place behind `before`, which ends outside of tags."""
    held, opened = set[str](), Counter[str]()
    for tag in _TAG.finditer(before):
        name = tag[2].lower()
        held.add(name)
        opened[name] += -1 if tag[1] else 1
        if name in ("p", "li", "dt", "dd", "tr", "td", "th", "option") and not tag[1]:
            opened[name] = 1  # its end may be left out
        if name == "table":
            for cell in ("tr", *_CELLS):
                opened[cell] = 0
    run = _RUN.search(before)
    tags = list(_TAG.finditer(run[0] if run else ""))
    behind = [tag[2].lower() for tag in tags if not tag[1]]
    images = behind.count("img")
    if images:
        behind = behind[len(behind) - behind[::-1].index("img") :]
    last = tags[-1][2].lower() if tags and not tags[-1][1] else ""
    words = len(_WORD.findall(_TAG.sub(" ", before)))
    return Place(frozenset(held), opened, Counter(behind), images, last, words)
