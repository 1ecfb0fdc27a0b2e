"""How far a stage is: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

EVERY = 10.0  # seconds between plain lines


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

    def say(self, message: str) -> None:
        """Tell something that a person wants to know now."""

    def example(self, message: str) -> None:
        """Show an example of what is being made, where a person watches or asked for it."""
        if self.examples:
            self.done(message)

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
    """Plain lines on standard error, at most one in ten seconds a stage."""

    def __init__(self, *, examples: bool = False) -> None:
        """Count nothing yet; `examples` shows examples too."""
        self.examples = examples
        self._stage, self._unit, self._done = "", "", 0
        self._total: int | None = None
        self._started = self._told = time.monotonic()

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        """Begin to count."""
        self._stage, self._unit, self._total, self._done = stage, unit, total, 0
        self._started = self._told = time.monotonic()

    def advance(self, count: int = 1) -> None:
        """Count, and tell every ten seconds."""
        self._done += count
        now = time.monotonic()
        if now - self._told < EVERY:
            return
        self._told = now
        of = ""
        if self._total:
            left = (now - self._started) / self._done * max(0, self._total - self._done)
            of = f" of {self._total:,}, about {left:.0f} s left"
        self.say(f"{self._done:,} {self._unit}{of}")

    def say(self, message: str) -> None:
        """Write one line."""
        self.done(f"{self._stage}: {message}" if self._stage else message)

    def done(self, message: str) -> None:
        """Write one line that names its stage itself."""
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()


class Bars(Progress):
    """A bar with counts and the remaining time."""

    examples = True

    def __init__(self, console: Console) -> None:
        """Draw on `console`."""
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar: Bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        """Begin a new bar and take the old one away."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(stage, total=total, unit=unit)

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.advance(self._task, count)

    def say(self, message: str) -> None:
        """Write a line above the bar."""
        self._bar.console.print(message, highlight=False, markup=False)

    def done(self, message: str) -> None:
        """Write a line above the bar."""
        self.say(message)

    def __enter__(self) -> Bars:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bar.stop()
