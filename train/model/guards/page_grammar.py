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
NONE = frozenset(_words("script style frameset frame noframes xmp listing plaintext"))
"""Elements that show a reader nothing that this page says."""
NONE = frozenset(
    ("script", "style", "frameset", "frame", "noframes", "xmp", "listing", "plaintext")
)
_BEFORE_TITLE = frozenset(_words("html head title meta base link isindex"))
_IN_HEAD = frozenset(_words("meta base link isindex body"))
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
    "param": ("applet", "object"),
    "input": ("form",),
    "select": ("form",),
    "textarea": ("form",),
}
"""Elements that stand in others alone."""
_HEADINGS = frozenset(_words("h1 h2 h3 h4 h5 h6"))
_ALONE = frozenset(_words("br hr img meta link input base isindex area frame basefont param wbr"))
_MOST = {"hr": 0, "br": 2, "p": 1}
"""How many of an element there may be behind the last word when one more begins."""
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>", re.IGNORECASE)
_RUN = re.compile(r"(?:<[^<>]*>|&nbsp;|\s)*\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a page, where a tag begins.

    Attributes:
        held: Elements that came before.
        open: How many of each element are open; ends that may be left out are counted as open.
        run: Elements behind the last word or picture.
    """

    held: frozenset[str]
    open: Counter[str]
    run: Counter[str]

    def opens(self, known: frozenset[str]) -> frozenset[str]:
        """Return the elements that may begin here.

        Args:
            known: The elements of the era.
        """
        if "title" not in self.held and "body" not in self.held:
            return _BEFORE_TITLE - (self.held & ONCE)
        if self.open["title"]:
            return frozenset()
        if self.open["head"] and "body" not in self.held:
            return _IN_HEAD
        no = {name for name, most in _MOST.items() if self.run[name] > most}
        no |= {name for name, outer in _WITHIN.items() if not any(self.open[o] for o in outer)}
        if any(self.open[name] for name in _HEADINGS):
            no |= _HEADINGS
        gone = {"head", "title"} | (self.held & ONCE)
        return known - NONE - gone - no

    def closes(self) -> frozenset[str]:
        """Return the elements that may end here."""
        if self.open["title"]:
            return frozenset(("title",))
        ends = {name for name, count in self.open.items() if count > 0 and name not in _ALONE}
        return frozenset(ends if "title" in self.held or "body" in self.held else ends - ONCE)


@lru_cache(maxsize=64)
def place(before: str) -> Place:
    """Return what is known of the place behind `before`, which ends outside of tags."""
    held, opened = set[str](), Counter[str]()
    for tag in _TAG.finditer(before):
        name = tag[2].lower()
        held.add(name)
        opened[name] += -1 if tag[1] else 1
        if name == "p" and not tag[1]:
            opened["p"] = 1
    run = _RUN.search(before)
    behind = [tag[2].lower() for tag in _TAG.finditer(run[0] if run else "") if not tag[1]]
    if "img" in behind:
        behind = behind[len(behind) - behind[::-1].index("img") :]
    return Place(frozenset(held), opened, Counter(behind))
