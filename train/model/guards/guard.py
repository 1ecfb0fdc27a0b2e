"""What a guard is, and several of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from erastyle.train.model.guards.ending import Ending


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
class Guards:
    """Guards that look on together.

    Attributes:
        guards: The guards.
        tries: How often a part is drawn again before the least bad one stands.
        longest: Tokens without the end of a sentence, line or tag after which they look all the
            same.
        ends: Tags behind which nothing comes: a text ends there, without its end token too.
        back: How often a text may go back behind a part that passed, where the draws of what
            follows are used up.
        ending: What helps a text to its end; None: it ends when the model ends it.
    """

    guards: Sequence[Guard]
    tries: int = 6
    longest: int = 48
    ends: tuple[str, ...] = ()
    back: int = 6
    ending: Ending | None = None

    def is_end(self, part: str) -> bool:
        """Return whether a part holds a tag behind which nothing comes."""
        lower = part.lower()
        return any(tag in lower for tag in self.ends)

    def look(self, text: str, start: int, request: str, *, ended: bool) -> list[Mark]:
        """Return what any guard has against the newest part."""
        return [
            mark for guard in self.guards for mark in guard.look(text, start, request, ended=ended)
        ]
