"""Takes requests, and writes them."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from erastyle.corpus.errors import ConfigError, ErastyleError
from erastyle.serving.jobs import Failed, Finished, Job, Started, TextPiece, TextRequest

if TYPE_CHECKING:
    from erastyle.serving.styles import Voice
    from erastyle.writing.engine import Engine

WAITING = 8
"""Most requests that wait until others have ended."""


class QueueFullError(ErastyleError):
    """So many requests wait that no other is taken.

    Attributes:
        retry_after: Seconds after which it is worth trying again.
    """

    def __init__(self, message: str, retry_after: int) -> None:
        """Say how many wait, and for how long."""
        super().__init__(message)
        self.retry_after = retry_after


class TooLongError(ConfigError):
    """A conversation leaves no room for an answer in the model's context."""


class LaterThanEraError(ConfigError):
    """A brief names what is later than the era."""


class Scheduler:
    """Writes what is asked for."""

    def __init__(self, *, waiting: int = WAITING) -> None:
        """Begin without any model."""
        self._queue: queue.Queue[Job | None] = queue.Queue(waiting)
        self._engines: dict[str, Engine] = {}
        self._thread: threading.Thread | None = None

    def submit(self, request: TextRequest) -> Job:
        """Take a request, and return the job whose events tell how it goes.

        Raises:
            QueueFullError: Too many wait.
        """
        job = Job(request)
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            raise QueueFullError("Too many requests wait. Try again in 5 s.", 5) from None
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name="writer")
            self._thread.start()
        return job

    def close(self) -> None:
        """Write no more."""

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                self._write(job)
            except Exception as error:  # noqa: BLE001
                job.tell(Failed(error))

    def _engine(self, voice: Voice) -> Engine:
        from erastyle.train.generate import GenerateOptions
        from erastyle.writing import engine

        if voice.name not in self._engines:
            options = GenerateOptions(strength=voice.strength)
            self._engines[voice.name] = engine.load(voice.style.named, options)
        return self._engines[voice.name]

    def _write(self, job: Job) -> None:
        from erastyle.train.model.generation import generate
        from erastyle.writing.engine import decoding_of

        engine, wanted = self._engine(job.request.voice), job.request
        length = len(engine.writer.prompt(wanted.brief))
        job.tell(Started(engine, length))
        for index in range(wanted.n):
            (text,) = generate(
                engine.writer,
                [wanted.brief],
                decoding_of(engine.options),
                seed=wanted.seed,
                numbers=[wanted.first + index],
                guards=engine.guards if wanted.guards else None,
                on_text=lambda piece, index=index: job.tell(TextPiece(index, piece)),  # type: ignore[misc]
            )
            job.tell(Finished(index, text, engine, length, wanted.first + index))
