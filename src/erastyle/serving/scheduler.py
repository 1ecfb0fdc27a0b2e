"""Takes requests for texts: a bounded number of them, each to the thread of its base."""

from __future__ import annotations

import threading

from erastyle.corpus.errors import ConfigError, ErastyleError
from erastyle.serving.jobs import MOST_TEXTS, Job, StoppedError, TextRequest
from erastyle.serving.loaded_base import shared
from erastyle.serving.writing_thread import WritingThread

WAITING = 8
"""Most requests that wait until others have ended."""


class QueueFullError(ErastyleError):
    """So many requests wait that no other is taken.

    Attributes:
        retry_after: Seconds after which it is worth trying again.
    """

    def __init__(self, waiting: int, retry_after: int) -> None:
        """Say how many wait, and for how long."""
        super().__init__(f"{waiting} requests wait already. Try again in {retry_after} s.")
        self.retry_after = retry_after


class Scheduler:
    """Takes requests for all styles; styles over one base are written in one batch."""

    def __init__(
        self, *, texts: int = MOST_TEXTS, waiting: int = WAITING, device: str = ""
    ) -> None:
        """Begin without any model; the first request for a style loads it.

        Args:
            texts: Most texts that one base writes at once.
            waiting: Most requests that wait.
            device: `cpu` or `cuda`; empty takes the best there is.

        Raises:
            ConfigError: No text, or no request, is allowed.
        """
        if texts < 1 or waiting < 1:
            raise ConfigError("At least one text is written and one request waits.")
        self._texts, self._most, self._device = texts, waiting, device
        self._threads: dict[str, WritingThread] = {}
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, request: TextRequest) -> Job:
        """Take a request, and return the job whose events tell how it goes.

        Raises:
            QueueFullError: Too many wait.
            ConfigError: It asks for more texts than are ever written at once.
            StoppedError: The server is being stopped.
        """
        if not 1 <= request.n <= self._texts:
            raise ConfigError(f"n: from 1 to {self._texts} texts are written for one request.")
        with self._lock:
            if self._closed:
                raise StoppedError("The server is being stopped. Ask again later.")
            waiting = sum(thread.waiting for thread in self._threads.values())
            thread = self._thread(request)
            if waiting >= self._most and not thread.has_room(request.n):
                raise QueueFullError(waiting, thread.seconds_to_wait)
            job = Job(request)
            thread.take(job)
        return job

    def close(self) -> None:
        """Write no more: what is being written ends where it is."""
        with self._lock:
            self._closed = True
            for thread in self._threads.values():
                thread.close()

    def _thread(self, request: TextRequest) -> WritingThread:
        key = shared(request.voice.style)
        if key not in self._threads:
            self._threads[key] = WritingThread(self._texts, self._device)
            self._threads[key].start()
        return self._threads[key]
