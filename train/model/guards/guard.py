"""What a guard is, and several of them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isinf
from typing import NamedTuple, Protocol

from erastyle.train.model.guards.constraint import Constraint
from erastyle.train.model.guards.ending import Ending

LOOPS = "loops"
"""Name of the guard against loops."""
FEWEST_WORDS = 40
"""Fewest words of a text for which no length is asked: before them nothing was said. With so many
it ends before a loop that it cannot leave."""
FEWEST_FOR_PEOPLE = 80
"""The same where a person asks for a text, to read it. Of 24 real articles of Usenet 5 are shorter,
so what is measured against real ones has no such floor (docs/log.md)."""


class Mark(NamedTuple):
    """A stretch of a text that a guard speaks against.

    Attributes:
        guard: Name of the guard.
        reason: Why, in a few words: `names MacBook, 2006`.
        start: Offset of its first character in the text.
        end: Offset behind its last character.
    """

    guard: str
    reason: str
    start: int
    end: int


class Guard(Protocol):
    """Looks at what a text has become by its newest part."""

    @property
    def name(self) -> str:
        """Name of the guard, by which its interventions are counted."""

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return what speaks against the part of `text` from `start` on; nothing: it may stand.

        Args:
            text: The text so far.
            start: Where the part begins that no guard has seen yet.
            request: What was asked for.
            ended: Whether the text ends here.
        """


@dataclass(frozen=True, slots=True)
class Budget:
    """What refusing may cost a text, in tokens.

    A weak model is refused again and again. Once the budget of a guard is used up it has no part
    drawn again: what it speaks against stands, and is marked.

    Attributes:
        share: Refused tokens for each token that passed.
        allowance: Refused tokens on top of that.
        times: For guards that matter more, how many times that they may spend.
    """

    share: float
    allowance: int
    times: Mapping[str, float] = field(default_factory=dict)

    def weight(self, mark: Mark) -> float:
        """Return how much a mark matters."""
        return self.times.get(mark.guard, 1.0)

    def allows(self, marks: Sequence[Mark], *, spent: int, kept: int) -> bool:
        """Return whether a part with these marks may be drawn again."""
        times = max(map(self.weight, marks))
        return isinf(times) or spent <= times * (self.allowance + self.share * kept)


@dataclass(frozen=True, slots=True)
class Guards:
    """Guards that look on together.

    Attributes:
        guards: The guards.
        tries: How often a part is drawn again before the least bad one stands.
        longest: Tokens without the end of a sentence, line or tag after which they look all the
            same.
        ends: What nothing comes behind, the end tag of a page or a signature: a text ends there,
            without its end token too. None: its end token alone ends it.
        back: How often a text may go back behind a part that passed, where the draws of what
            follows are used up.
        ending: What helps a text to its end; None: it ends when the model ends it.
        budget: What refusing may cost a text; None: whatever it takes.
        close: Returns a text with the ends of markup that would swallow it; None: it stays.
        constraints: What the next token must not break.
    """

    guards: Sequence[Guard]
    tries: int = 6
    longest: int = 48
    ends: re.Pattern[str] | None = None
    back: int = 6
    ending: Ending | None = None
    budget: Budget | None = None
    close: Callable[[str], str] | None = None
    constraints: Sequence[Constraint] = ()

    def forbidding(self, text: str, piece: str, request: str) -> str:
        """Return the name of the constraint that forbids a token after `text`, or nothing.

        Args:
            text: The text so far.
            piece: What the token adds to it; empty: the text ends.
            request: What was asked for.
        """
        return next((one.name for one in self.constraints if one.forbids(text, piece, request)), "")

    def gravity(self, marks: Sequence[Mark]) -> tuple[float, int]:
        """Return how bad a part is: how much its worst mark matters, then how many it has."""
        weigh = self.budget.weight if self.budget is not None else lambda _: 1.0
        return max(map(weigh, marks), default=0.0), len(marks)

    def may_refuse(self, marks: Sequence[Mark], *, spent: int, kept: int) -> bool:
        """Return whether a part with these marks may be drawn again.

        Args:
            marks: What the guards have against it.
            spent: Tokens of the text that were refused, those of the part too.
            kept: Tokens of the text that passed.
        """
        return self.budget is None or self.budget.allows(marks, spent=spent, kept=kept)

    def breaks_off(self, text: str, tries: Sequence[Sequence[Mark]]) -> bool:
        """Return whether a text had better end, since all it goes on with is a loop.

        Args:
            text: What has passed.
            tries: What the guards have against each part that was tried behind it.
        """
        loops = all(any(mark.guard == LOOPS for mark in marks) for marks in tries)
        return loops and self.ending is not None and self.ending.words(text) >= FEWEST_WORDS

    def is_end(self, text: str, start: int) -> bool:
        """Return whether nothing comes behind what stands in `text` from `start` on."""
        if self.ends is None:
            return False
        return any(end.end() > start for end in self.ends.finditer(text))

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return what any guard has against the newest part."""
        return [
            mark for guard in self.guards for mark in guard.look(text, start, request, ended=ended)
        ]
