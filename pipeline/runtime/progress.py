"""How far a stage is: count, rate and remaining time; one line on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

EVERY = 10.0
"""Seconds between plain lines."""
FIRST = 1.0
"""Seconds until the first plain line of a stage."""
SAID_FROM = 3
"""Items from which a remaining time is told; fewer say little about the others."""


def state(unit: str, done: int, total: int | None, seconds: float, earlier: int = 0) -> str:
    """Return how far a stage is: the count, the rate and the remaining time, in words.

    Args:
        unit: What is counted, in the plural.
        done: How many are done.
        total: How many there are; None: not known.
        seconds: Since this call began.
        earlier: How many of `done` an earlier call did: they took none of `seconds`.

    >>> state("documents", 120, 230, 4.0)
    '120 of 230 documents, 30 a second, about 4 s left'
    >>> state("updates", 0, 72, 5.2), state("documents", 12, None, 3.0)
    ('0 of 72 updates, 5 s so far', '12 documents, 4 a second, 3 s so far')
    >>> state("documents", 1, None, 2.0), state("documents", 1, 40, 2.0)
    ('1 document, 2 s so far', '1 of 40 documents, 2 s so far')
    >>> state("answers", 2, 24, 120.0), state("answers", 4, 24, 240.0)
    ('2 of 24 answers, 2 min so far', '4 of 24 answers, 1 a minute, about 20 min left')
    >>> state("updates", 110, 140, 120.0, earlier=104)
    '110 of 140 updates, 3 a minute, about 10 min left'
    """
    counted = unit.removesuffix("s") if (total or done) == 1 else unit
    parts = [f"{done:,} of {total:,} {counted}" if total else f"{done:,} {counted}"]
    mine = done - earlier
    if mine >= SAID_FROM and seconds > 0:
        parts.append(rate(mine / seconds))
    if total and mine >= SAID_FROM:
        parts.append(f"about {duration(seconds / mine * max(0, total - done))} left")
    else:
        parts.append(f"{duration(seconds)} so far")
    return ", ".join(parts)


def rate(a_second: float) -> str:
    """Return a rate in words, by the second or the minute.

    >>> rate(1234.5), rate(2.5), rate(0.05)
    ('1,234 a second', '2.5 a second', '3 a minute')
    """
    if a_second >= 1:
        number = f"{a_second:,.0f}" if a_second >= 10 else f"{a_second:.2g}"
        return f"{number} a second"
    return f"{a_second * 60:.2g} a minute"


def duration(seconds: float) -> str:
    """Return a time in words.

    >>> duration(4.4), duration(100), duration(1200), duration(7300)
    ('4 s', '100 s', '20 min', '2 h 1 min')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = int(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


class Progress:
    """Counts for people. It decides nothing and is safe to ignore.

    Attributes:
        examples: Whether examples of what is made are shown.
    """

    examples = False

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        """Begin to count; `total` is None where it is not known."""

    def advance(self, count: int = 1) -> None:
        """Count what was done."""

    def resume(self, count: int) -> None:
        """Count what an earlier call did."""

    def say(self, message: str) -> None:
        """Tell something that a person wants to know now."""

    def example(self, message: str) -> None:
        """Show an example of what is being made, where a person watches or asked for it."""
        if self.examples:
            self.done(message)

    def detail(self, message: str) -> None:
        """Tell something for those who asked to hear everything."""

    def done(self, message: str) -> None:
        """Tell what a stage did, when it has ended."""

    def __enter__(self) -> Progress:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, also after an error."""


class Lines(Progress):
    """Plain lines on standard error: after a second, then at most one in ten seconds a stage."""

    def __init__(self, *, examples: bool = False, details: bool = False) -> None:
        """Count nothing yet.

        Args:
            examples: Whether examples of what is made are shown.
            details: Whether details are told, too.
        """
        self.examples, self._details = examples, details
        self._stage, self._unit, self._done, self._earlier = "", "", 0, 0
        self._total: int | None = None
        self._started = time.monotonic()
        self._next = self._started + FIRST

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        """Begin to count."""
        self._stage, self._unit, self._total = stage, unit, total
        self._done = self._earlier = 0
        self._started = time.monotonic()
        self._next = self._started + FIRST

    def advance(self, count: int = 1) -> None:
        """Count, and tell after the first second and then every ten."""
        self._done += count
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY
        seconds = now - self._started
        self.say(state(self._unit, self._done, self._total, seconds, self._earlier))

    def resume(self, count: int) -> None:
        """Count what an earlier call did; the rate is of this one."""
        self._done, self._earlier = self._done + count, self._earlier + count

    def say(self, message: str) -> None:
        """Write one line."""
        self.done(f"{self._stage}: {message}" if self._stage else message)

    def detail(self, message: str) -> None:
        """Write one line where details are told."""
        if self._details:
            self.say(message)

    def done(self, message: str) -> None:
        """Write one line that names its stage itself."""
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()


class OneLine(Progress):
    """One line at the foot of the terminal that says how far a stage is."""

    examples = True

    def __init__(self, console: Console, *, details: bool = False) -> None:
        """Draw on `console`.

        Args:
            console: The terminal.
            details: Whether details are told, too.
        """
        from rich.live import Live

        self._details = details
        self._stage, self._unit, self._done, self._earlier = "", "", 0, 0
        self._total: int | None = None
        self._started = time.monotonic()
        self._live: Live = Live(
            console=console, get_renderable=self.line, transient=True, refresh_per_second=2
        )

    def line(self) -> Text:
        """Return the line as it reads now; on a narrow terminal its end is cut, never its begin."""
        from rich.text import Text

        if not self._stage:
            return Text("")
        seconds = time.monotonic() - self._started
        words = state(self._unit, self._done, self._total, seconds, self._earlier)
        line = Text(f"{self._stage:10} {words}")
        line.truncate(self._live.console.width, overflow="ellipsis")
        return line

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        """Begin to count anew."""
        self._stage, self._unit, self._total = stage, unit, total
        self._done = self._earlier = 0
        self._started = time.monotonic()
        self._live.refresh()

    def advance(self, count: int = 1) -> None:
        """Count; the line follows twice a second."""
        self._done += count

    def resume(self, count: int) -> None:
        """Count what an earlier call did; the rate is of this one."""
        self._done, self._earlier = self._done + count, self._earlier + count

    def say(self, message: str) -> None:
        """Write a line above, with its stage; a longer one goes on in the next between words."""
        self.done(f"{self._stage}: {message}" if self._stage else message)

    def detail(self, message: str) -> None:
        """Write a line above where details are told."""
        if self._details:
            self.say(message)

    def done(self, message: str) -> None:
        """Write a line above that names its stage itself."""
        self._live.console.print(message, highlight=False, markup=False, overflow="fold")

    def __enter__(self) -> OneLine:
        """Show the line."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the line away."""
        self._live.stop()
