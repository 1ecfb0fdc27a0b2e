"""Texts that are being written: each has a thread, and any number of tabs follow it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from erastyle.corpus.errors import ErastyleError
from erastyle.studio.history import History
from erastyle.studio.style_writer import StopSignal, StyleWriter, WritingStoppedError
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import Checked, CheckMark, State, TextRecord, WritingOrder, Written

MOST_TEXTS = 16
"""Most texts that are written or wait for it: those of a batch, and as many that wait."""
MOST_FOLLOWERS = 64
"""Most tabs that follow texts while they are written."""
SAVED_EVERY = 2.0
"""Seconds between two stores of a text that is being written."""
SHOWN_OVER = 5.0
"""Seconds for which a tab that is connecting just now still sees the end of a text."""
PATIENCE = 3.0
"""Seconds that texts have to end when the studio ends."""
LOG = logging.getLogger(__name__)


class TooManyTextsError(ErastyleError):
    """As many texts as the studio writes at once are being written, or followed."""


@dataclass(slots=True)
class LiveText:
    """A text while it is written.

    Attributes:
        text: What is written so far.
        stage: `waiting`, `writing`, `checking` or `over`.
        problem: Why it could not be stored, or empty.
        stopped: Set when nobody wants it any more.
        over: When it was over, in seconds; None: it is not.
    """

    text: str = ""
    stage: str = "waiting"
    problem: str = ""
    stopped: StopSignal = field(default_factory=StopSignal)
    over: float | None = None


@dataclass(frozen=True, slots=True)
class TextEnd:
    """How a text ended.

    Attributes:
        record: The text as it is now.
        store: Stores it so.
    """

    record: TextRecord
    store: Callable[[], object]


class WritingJobs:
    """Starts, follows and stops what is written."""

    def __init__(self, history: History, writer: StyleWriter) -> None:
        """Begin with nothing being written."""
        self._history, self._writer = history, writer
        self._changed = threading.Condition()
        self._writing = 0
        self._followers = 0
        self._live: dict[str, LiveText] = {}
        self._unstored: dict[str, TextEnd] = {}

    def order(self, orders: Sequence[WritingOrder], style: StudioStyle) -> list[TextRecord]:
        """Store texts that are to be written, and begin to write them.

        Raises:
            TooManyTextsError: So many are being written that these would be too many.
            DiskFullError: They cannot be stored.
        """
        with self._changed:
            if self._writing + len(orders) > MOST_TEXTS:
                raise TooManyTextsError(
                    f"{self._writing} texts are being written or wait for it, and "
                    f"{MOST_TEXTS} are the most. Wait until one has ended, or stop one."
                )
            self._writing += len(orders)
        try:
            records = self._history.order(orders)
        except BaseException:
            self._ended(len(orders))
            raise
        for record in records:
            self._start(record, style)
        return records

    def live(self, id_: str) -> LiveText | None:
        """Return a text while this studio writes it; None: it does not."""
        return self._live.get(id_)

    def unstored(self, id_: str) -> TextRecord | None:
        """Return a text whose end the disk did not take; None: it is stored, or not of here."""
        end = self._unstored.get(id_)
        return end.record if end else None

    def store(self, id_: str) -> None:
        """Store the end of a text that the disk did not take before.

        Raises:
            DiskFullError: It still does not.
        """
        if (end := self._unstored.get(id_)) is not None:
            end.store()
            self._unstored.pop(id_, None)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Count a tab that follows a text, for the time of a `with`.

        Raises:
            TooManyTextsError: So many follow that this one would be too many.
        """
        with self._changed:
            if self._followers >= MOST_FOLLOWERS:
                raise TooManyTextsError(
                    f"{MOST_FOLLOWERS} tabs follow texts already. Reload the page later."
                )
            self._followers += 1
        try:
            yield
        finally:
            with self._changed:
                self._followers -= 1

    def stop(self, id_: str) -> bool:
        """Stop a text, and say whether it was being written here."""
        live = self._live.get(id_)
        if live is None or live.over is not None:
            return False
        live.stopped.set()
        return True

    def stop_all(self) -> None:
        """Stop every text, when the studio ends, and store what could not be stored before."""
        for live in list(self._live.values()):
            live.stopped.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._writing, PATIENCE)
        for id_ in list(self._unstored):
            try:
                self.store(id_)
            except ErastyleError as error:
                LOG.warning("The text %s is lost: %s", id_, error)

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

    # --- the thread of a text ------------------------------------------------------------------

    def _start(self, record: TextRecord, style: StudioStyle) -> None:
        for id_, known in list(self._live.items()):
            if known.over is not None and time.monotonic() - known.over > SHOWN_OVER:
                self._live.pop(id_, None)
        live = self._live[record.id] = LiveText()
        name, arguments = f"text {record.id}", (record, style, live)
        thread = threading.Thread(target=self._work, args=arguments, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no thread left
            self._live.pop(record.id)
            self._ended(1)
            why = "This machine has no room for another thread. Try again later."
            self._history.end(record.id, "failed", why)

    def _work(self, record: TextRecord, style: StudioStyle, live: LiveText) -> None:
        try:
            end = self._write(record, style, live)
            try:
                end.store()
            except ErastyleError as error:
                self._unstored[record.id] = _unstored(end, str(error))
            except Exception as error:  # whatever it is, the text must not be lost for it
                LOG.exception("a text could not be stored")
                self._unstored[record.id] = _unstored(end, f"{type(error).__name__}: {error}.")
        finally:
            live.stage, live.over = "over", time.monotonic()
            self._ended(1)

    def _ended(self, texts: int) -> None:
        with self._changed:
            self._writing -= texts
            self._changed.notify_all()

    def _write(self, record: TextRecord, style: StudioStyle, live: LiveText) -> TextEnd:
        try:
            written = self._writer.write(
                style, record.order, self._receiver(record.id, live), live.stopped
            )
        except WritingStoppedError:
            return self._broken(record, "stopped", "It was stopped.", live.text)
        except ErastyleError as error:
            return self._broken(record, "failed", str(error), live.text)
        except Exception as error:  # whatever a model may raise must not leave a text "writing"
            LOG.exception("a text could not be written")
            why = f"The model failed ({type(error).__name__}: {error})."
            return self._broken(record, "failed", why, live.text)
        live.text, live.stage = written.text, "checking"
        checked = self._checked(style, written)
        done = {"state": "done", "text": written.text, "written": written, "checked": checked}
        return TextEnd(
            record.model_copy(update=done),
            partial(self._history.finish, record.id, written, checked),
        )

    def _broken(self, record: TextRecord, state: State, problem: str, text: str) -> TextEnd:
        ended = record.model_copy(update={"state": state, "problem": problem, "text": text})
        return TextEnd(ended, partial(self._history.end, record.id, state, problem, text))

    def _checked(self, style: StudioStyle, written: Written) -> Checked:
        try:
            return self.check(style, written.text, written)
        except ErastyleError as error:
            return Checked(problem=str(error), words=len(written.text.split()))
        except Exception as error:  # a text that is written must not be lost for its check
            LOG.exception("a text could not be checked")
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
                else:
                    live.problem = ""

        return receive


def _unstored(end: TextEnd, why: str) -> TextEnd:
    """Return the end of a text as its page shows it until it is stored."""
    problem = f"{end.record.problem} {why}".strip()
    record = end.record.model_copy(update={"state": "unstored", "problem": problem})
    return TextEnd(record, end.store)
