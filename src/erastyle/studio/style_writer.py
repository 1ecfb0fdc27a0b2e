"""What the studio needs of whatever writes and checks: the page itself loads no model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import Checked, WritingOrder, Written


class WritingStoppedError(Exception):
    """Somebody stopped a text while it was written."""


class StyleWriter(Protocol):
    """Writes texts and checks them. Both may be called from several threads at once."""

    def write(
        self,
        style: StudioStyle,
        order: WritingOrder,
        on_piece: Callable[[str], None],
        stopped: threading.Event,
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
