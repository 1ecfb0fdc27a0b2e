"""A text that is being written: its tokens, its chances, and where it may go back to."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.train.model.guards.ending import Cause
from erastyle.train.model.guards.guard import Guards, Mark
from erastyle.train.model.watermark.tournament import TextContexts

if TYPE_CHECKING:
    from erastyle.train.model.decoding import Decoding

DEPTH = 2
"""How many places back a text may go at once."""
OnText = Callable[[str], None]
"""Receives a text, piece by piece, as it is written."""


@dataclass(slots=True)
class Attempt:
    """A part of a text that the guards refused.

    Attributes:
        ids: Its tokens.
        columns: Where all but the last of them lie in the cache.
        marks: Why it was refused.
        ended: Whether the end of the text came after it.
        cause: What ended the text.
    """

    ids: list[int]
    columns: list[int]
    marks: list[Mark]
    ended: bool
    cause: Cause


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a text that has passed, to which it may go back.

    Attributes:
        passed: Tokens before it.
        logits: Logits after them.
        banned: First tokens that were refused there.
    """

    passed: int
    logits: Any
    banned: frozenset[int]


@dataclass(slots=True)
class TagStart:
    """Where the newest tag of a text begins.

    Attributes:
        at: Tokens before it.
        logits: Logits after them.
        restarts: How often the text went back there.
    """

    at: int
    logits: Any
    restarts: int = 0


@dataclass(slots=True, eq=False)
class TextRow:
    """A text that is being written.

    Attributes:
        request: Its request.
        prompt: Tokens of the request.
        room: Most tokens of the text.
        limit: Most tokens with the end tags that are set; what the model's context leaves.
        chance: Its own source of chance.
        decoding: How its tokens are chosen.
        guards: What looks on; None: nothing does.
        stops: Strings before which it ends.
        neutral: Tokens of a prompt without the brief; empty: the brief does not guide.
        adapter: Name of the adapter that writes it; empty: the one that is active.
        on_text: Receives it as it is written.
        unwanted: Says whether nobody wants it any more.
        enough: Says of the text so far whether it may stop there; None: it goes on to its end.
        begun: What stood before it is written on.
        ids: Its tokens so far, those of what stood before among them.
        columns: Where they lie in the cache; the last token has no place yet.
        passed: How many tokens have passed the guards.
        logits: Logits after the last token that passed, to draw from again.
        banned: First tokens that were refused there.
        tries: Parts that were refused there.
        before: How many of the tries are of the place that was given up last.
        earlier: The last places that passed before, the newest last.
        back: How often the text went back to one of them.
        tag: Where its newest tag begins; None: it has none yet.
        refused: How often each guard refused.
        drawn: Tokens that were drawn, those of refused parts too.
        marks: What was let stand.
        cause: What ended the text.
        ended: Whether an end token, or a tag behind which nothing comes, ended the text.
        done: Whether nothing more is written.
        dropped: Whether it ended because nobody wants it.
        shown: What `on_text` has received.
        settled: How many tokens were looked at for that.
        contexts: The contexts so far, which decide where the watermark is.
    """

    request: str
    prompt: list[int]
    room: int
    limit: int
    chance: np.random.Generator
    decoding: Decoding
    guards: Guards | None = None
    stops: tuple[str, ...] = ()
    neutral: tuple[int, ...] = ()
    adapter: str = ""
    on_text: OnText | None = None
    unwanted: Callable[[], bool] | None = None
    enough: Callable[[str], bool] | None = None
    begun: str = ""
    ids: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    passed: int = 0
    logits: Any = None
    banned: set[int] = field(default_factory=set)
    tries: list[Attempt] = field(default_factory=list)
    before: int = 0
    earlier: deque[Place] = field(default_factory=lambda: deque(maxlen=DEPTH))
    back: int = 0
    tag: TagStart | None = None
    refused: Counter[str] = field(default_factory=Counter)
    drawn: int = 0
    marks: list[Mark] = field(default_factory=list)
    cause: Cause = "own"
    ended: bool = False
    done: bool = False
    dropped: bool = False
    shown: str = ""
    settled: int = -1
    contexts: TextContexts = field(default_factory=TextContexts)

    def drop(self) -> None:
        """End the text where it is; what the guards have not seen goes."""
        if self.guards is not None:
            del self.ids[self.passed :]
        self.dropped = self.done = True

    def moved(self, columns: int) -> None:
        """Note that its tokens lie so many columns further to the right in the cache."""
        for places in self._columns():
            places[:] = [place + columns for place in places]

    def _columns(self) -> Iterator[list[int]]:
        yield self.columns
        for attempt in self.tries:
            yield attempt.columns

    def before_stop(self, text: str, *, whole: bool) -> str:
        """Return what of the text stands before the first of its stop strings.

        Args:
            text: The text.
            whole: Whether nothing follows; else an end that may be half a stop string goes too.
        """
        if not self.stops:
            return text
        ends = [at for stop in self.stops if (at := text.find(stop)) >= 0]
        if ends:
            return text[: min(ends)]
        longest = 0 if whole else max(map(len, self.stops)) - 1
        return text[: max(0, len(text) - longest)]
