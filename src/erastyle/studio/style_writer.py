"""What the studio needs of whatever writes and checks: the page itself loads no model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import Checked, WritingOrder, Written


class WritingStoppedError(Exception):
    """Somebody stopped a text while it was written."""


class StopSignal:
    """Says that nobody wants a text any more, and calls at once whoever waits for something."""

    def __init__(self) -> None:
        """Begin with a text that is wanted."""
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._calls: list[Callable[[], object]] = []

    def set(self) -> None:
        """Say it."""
        with self._lock:
            self._set.set()
            calls = list(self._calls)
        for call in calls:
            call()

    def is_set(self) -> bool:
        """Whether it was said."""
        return self._set.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until it is said, or for some seconds; say whether it was."""
        return self._set.wait(seconds)

    @contextmanager
    def calling(self, call: Callable[[], object]) -> Iterator[None]:
        """Have something called when it is said, for the time of a `with`."""
        with self._lock:
            self._calls.append(call)
            said = self.is_set()
        try:
            if said:
                call()
            yield
        finally:
            with self._lock:
                self._calls.remove(call)


class StyleWriter(Protocol):
    """Writes texts and checks them. Both may be called from several threads at once."""

    def write(
        self,
        style: StudioStyle,
        order: WritingOrder,
        on_piece: Callable[[str], None],
        stopped: StopSignal,
    ) -> Written:
        """Write a text.

        Args:
            style: What writes.
            order: What is ordered.
            on_piece: Receives the text piece by piece as it is written.
            stopped: Set when nobody wants the text any more.

        Raises:
            ErastyleError: There is no text; says why.
            WritingStoppedError: It was stopped.
        """

    def check(self, style: StudioStyle, text: str, request: str) -> Checked:
        """Return what can be said of a text.

        Raises:
            ErastyleError: It cannot be checked; says why.
        """
