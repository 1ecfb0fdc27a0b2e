"""Texts that are being written: each has a thread, and any number of tabs follow it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from erastyle.corpus.errors import ErastyleError
from erastyle.studio.history import History
from erastyle.studio.style_writer import StyleWriter, WritingStoppedError
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import Checked, CheckMark, TextRecord, Written

SAVED_EVERY = 2.0
"""Seconds between two stores of a text that is being written."""


@dataclass(slots=True)
class LiveText:
    """A text while it is written.

    Attributes:
        text: What is written so far.
        stage: `waiting`, `writing`, `checking` or `over`.
        problem: Why it could not be stored, or empty.
        stopped: Set when nobody wants it any more.
    """

    text: str = ""
    stage: str = "waiting"
    problem: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)


class WritingJobs:
    """Starts, follows and stops what is written."""

    def __init__(self, history: History, writer: StyleWriter) -> None:
        """Begin with nothing being written."""
        self._history, self._writer = history, writer
        self._live: dict[str, LiveText] = {}

    def start(self, record: TextRecord, style: StudioStyle) -> None:
        """Begin to write a text that was ordered."""
        live = self._live[record.id] = LiveText()
        threading.Thread(
            target=self._work, args=(record, style, live), name=f"text {record.id}", daemon=True
        ).start()

    def live(self, id_: str) -> LiveText | None:
        """Return a text while this studio writes it; None: it does not."""
        return self._live.get(id_)

    def stop(self, id_: str) -> bool:
        """Stop a text, and say whether it was being written here."""
        live = self._live.get(id_)
        if live is not None:
            live.stopped.set()
        return live is not None

    def stop_all(self) -> None:
        """Stop every text, when the studio ends."""
        for live in list(self._live.values()):
            live.stopped.set()

    def check(self, style: StudioStyle, text: str, written: Written | None) -> Checked:
        """Return what can be said of a text; what the guards let stand in it is marked.

        Raises:
            ErastyleError: It cannot be checked; says why.
        """
        checked = self._writer.check(style, text, written.request if written else "")
        stood = written.guards.get("let_stand", []) if written and text == written.text else []
        marks = [
            CheckMark(
                start=max(0, mark["start"]),
                end=min(len(text), mark["end"]),
                kind="guard",
                note=f"{mark['guard']}: {mark['reason']}",
            )
            for mark in stood
        ]
        return checked.model_copy(update={"marks": (*checked.marks, *marks)})

    def _work(self, record: TextRecord, style: StudioStyle, live: LiveText) -> None:
        try:
            self._write(record, style, live)
        except ErastyleError as error:  # it could not be stored
            live.problem = str(error)
        finally:
            live.stage = "over"
            # A tab that is connecting just now still sees the end.
            threading.Timer(5.0, self._live.pop, (record.id, None)).start()

    def _write(self, record: TextRecord, style: StudioStyle, live: LiveText) -> None:
        try:
            written = self._writer.write(
                style, record.order, self._receiver(record.id, live), live.stopped
            )
        except WritingStoppedError:
            self._history.end(record.id, "stopped", "It was stopped.", live.text)
            return
        except ErastyleError as error:
            self._history.end(record.id, "failed", str(error), live.text)
            return
        except Exception as error:  # whatever a model may raise must not leave a text "writing"
            logging.getLogger(__name__).exception("a text could not be written")
            why = f"{type(error).__name__}: {error}"
            self._history.end(record.id, "failed", f"The model failed ({why}).", live.text)
            return
        live.text, live.stage = written.text, "checking"
        self._history.finish(record.id, written, self._checked(style, written))

    def _checked(self, style: StudioStyle, written: Written) -> Checked:
        try:
            return self.check(style, written.text, written)
        except ErastyleError as error:
            return Checked(problem=str(error), words=len(written.text.split()))
        except Exception as error:  # a text that is written must not be lost for its check
            logging.getLogger(__name__).exception("a text could not be checked")
            why = f"{type(error).__name__}: {error}"
            return Checked(problem=f"The check failed ({why}).", words=len(written.text.split()))

    def _receiver(self, id_: str, live: LiveText) -> Callable[[str], None]:
        """Return what receives the pieces: for the tabs at once, for the disk now and then."""
        saved = time.monotonic()

        def receive(piece: str) -> None:
            nonlocal saved
            live.text += piece
            live.stage = "writing"
            if time.monotonic() - saved > SAVED_EVERY:
                saved = time.monotonic()
                try:
                    self._history.partly(id_, live.text)
                except ErastyleError as error:  # the next one, or the end, may be stored
                    live.problem = str(error)

        return receive
