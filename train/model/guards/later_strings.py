"""Forbids strings that are later than the era and that a text can be kept from letter by letter.

Dated words are left to the guard `later`: their meaning shows in the finished sentence alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FIRST_YEARS = {
    "https": 2000,
    "](": 2004,
    "\n## ": 2004,
    ".php": 1998,
    "```": 2004,
    "-|-": 2004,  # the line below the head of a table in Markdown
    "utf-8": 1998,
    "//www.youtube": 2005,
    "\nassistant\n": 2022,
    "\nuser\n": 2022,
    "using namespace": 1996,
    "#include <iostream>": 1998,
    "/wiki/": 2001,
}
"""Years from which people wrote these often. Of 1,045 real pages of 1993-1997 ten hold `https` and
at most two each of the others; of 120 pages of a fine-tuned smollm2 14 had `https:`, 7 a fence of
three backquotes and 5 `.php`."""


@dataclass(frozen=True, slots=True)
class LaterStrings:
    """Forbids what people did not type before a year.

    Attributes:
        cutoff: Last year that belongs to the era.
    """

    cutoff: int
    name: str = "later strings"
    _later: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Choose the strings that are later."""
        later = tuple(text for text, first in FIRST_YEARS.items() if first > self.cutoff)
        object.__setattr__(self, "_later", later)

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` completes such a string, unless the request has it."""
        longest = max(map(len, self._later), default=1)
        before = text[len(text) - longest + 1 :] if len(text) >= longest else text
        before, after = before.lower(), (before + piece).lower()
        new = (o for o in self._later if o in after and after.count(o) > before.count(o))
        return any(one not in request.lower() for one in new)
