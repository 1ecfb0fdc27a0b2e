"""Base class of online sources: options, forecast, cache, and reading on after an interruption."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import filelock

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.sources.base import Item, unreadable
from erastyle.corpus.sources.online import client as polite
from erastyle.corpus.sources.online.cache import Store, name_of
from erastyle.corpus.sources.online.client import Clock, NoAnswerError, PoliteClient
from erastyle.corpus.yamlfile import nearest

_DAY = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?")
FAILURES = 3
"""Failed requests in a row after which the server counts as down."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The requests that reading a source takes.

    Attributes:
        requests: Most requests by kind.
        minutes: Most minutes that they take within the rate limit.
        known: Whether the numbers are exact rather than upper bounds.
    """

    requests: dict[str, int]
    minutes: float
    known: bool

    def __str__(self) -> str:
        """Return the forecast in one line.

        >>> str(Forecast({"playback": 60, "CDX": 1}, 1.0, True))
        '60 playback and 1 CDX requests, about 1 minute'
        """
        shown = " and ".join(f"{n:,} {kind}" for kind, n in self.requests.items() if n)
        if not shown:
            return "no requests: all of it is in the cache"
        minutes = max(1, math.ceil(self.minutes))
        unit = "minute" if minutes == 1 else "minutes"
        return f"{'' if self.known else 'at most '}{shown} requests, about {minutes:,} {unit}"


class OnlineSource:
    """A source that sends requests to a server and keeps the answers.

    The answers are in `CACHE/KIND/HASH OF THE QUESTION/`. The same question, after an interruption
    or in another run, requests only what is missing there.
    """

    kind: ClassVar[str]
    """Name of the kind, and of its folder in the cache."""
    service: ClassVar[str]
    """Name of the service, for messages."""
    known: ClassVar[tuple[str, ...]] = ()
    """Options of the kind, besides `contact`, `cache`, `minutes` and `base`."""
    pace: ClassVar[dict[str, float]]
    """Most requests per minute, by kind of request."""
    home: ClassVar[str] = ""
    """Address of the service."""
    seconds: ClassVar[float] = 60.0
    """Most seconds for one answer."""

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check the options, without a request.

        Args:
            spec: The source as the person wrote it.
            location: Location in the spec.
            options: Options after the `?` of the spec.

        Raises:
            ConfigError: An option is unknown or not valid, or there is no contact address.
        """
        self.spec, self.location, self.options = spec, location, options
        takes = (*self.known, "contact", "cache", "minutes", *(("base",) if self.home else ()))
        for name in options:
            if name not in takes:
                hint = nearest(name, takes)
                raise ConfigError(
                    f"Source {spec}: unknown option {name!r}.{hint} It takes {', '.join(takes)}."
                )
        self.base = options.get("base", self.home).rstrip("/")
        if self.home and not re.match(r"https?://[^/\s]+", self.base):
            raise ConfigError(f"Source {spec}: base is the address of a server, http://HOST.")
        self.minutes = self.number("minutes", 720, 1, 100_000)
        self.cache = polite.cache(options) / self.kind
        self.clock: Clock = polite.SystemClock()
        self.store = Store(self.cache / self.digest())
        if not self.complete():
            self.contact = polite.contact(spec, options)

    def question(self) -> dict[str, str | int]:
        """Return the values that decide what `read` yields."""
        raise NotImplementedError

    def complete(self) -> bool:
        """Say whether the cache holds every answer."""
        raise NotImplementedError

    def forecast(self) -> Forecast:
        """Return the requests that reading takes, without a request."""
        raise NotImplementedError

    def digest(self) -> str:
        """Return the hash of the question, since the content of an archive does not change."""
        return name_of({"source": type(self).__name__, **self.question()})

    def size(self) -> int:
        """Return an estimate of the bytes to read, from those in the cache."""
        rows = self.store.rows.values()
        return sum(int(row.get("end", 0)) - int(row.get("offset", 0)) for row in rows) * 3

    def read(self) -> Iterator[Item]:
        """Yield the items in the server's answers."""
        raise NotImplementedError

    @contextlib.contextmanager
    def client(self) -> Iterator[PoliteClient]:
        """Open the only client of the service on this machine.

        Raises:
            SourceError: Another run has a client of the same service.
        """
        self.cache.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.cache / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise SourceError(
                f"Source {self.spec}: another run is reading from {self.service}. Wait until it is "
                "done; two runs together would exceed the rate limit."
            ) from None
        self.store.reload()  # another run may have fetched answers
        try:
            with PoliteClient(
                self.service,
                f"erastyle (corpus building; contact: {self.contact})",
                self.pace,
                self.cache / "pace.json",
                clock=self.clock,
                seconds=self.seconds,
                minutes=self.minutes,
            ) as client:
                yield client
        finally:
            lock.release()

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return an option that is a whole number.

        Args:
            name: Name of the option.
            default: Value of an option that is left out.
            least: Smallest value.
            most: Largest value.

        Raises:
            ConfigError: The option is no whole number, or out of bounds.
        """
        given = self.options.get(name, str(default))
        if not (given.isascii() and given.isdigit()) or not least <= int(given) <= most:
            raise ConfigError(
                f"Source {self.spec}: {name} is a whole number from {least:,} to {most:,}, "
                f"not {given!r}."
            )
        return int(given)

    def day(self, name: str, *, last: bool = False, default: str = "") -> str:
        """Return an option that is a day, as `YYYYMMDD`: `1995`, `1995-04`, `1995-04-03`.

        Args:
            name: Name of the option.
            last: Whether a year or month means its last day rather than its first.
            default: Value of an option that is left out.

        Raises:
            ConfigError: The option is no day.
        """
        given = self.options.get(name, default)
        match = _DAY.fullmatch(given)
        if not match:
            raise ConfigError(
                f"Source {self.spec}: {name} is a year or a day such as 1995 or 1995-04-03"
                + (f", not {given!r}." if given else "; add from=…&to=….")
            )
        return (
            match[1]
            + (match[2] or ("12" if last else "01"))
            + (match[3] or ("31" if last else "01"))
        )

    def period(self) -> tuple[str, str]:
        """Return the options `from` and `to` as days.

        Raises:
            ConfigError: One of them is no day, or `from` is after `to`.
        """
        first, last = self.day("from"), self.day("to", last=True)
        if first > last:
            raise ConfigError(f"Source {self.spec}: from is after to.")
        return first, last

    def each(self, client: PoliteClient | None, tasks: Sequence[Any]) -> Iterator[Item]:
        """Yield the item of each task, in order, from the cache or from the server.

        Args:
            client: Client for tasks that are not in the cache; None if all are.
            tasks: Pages to fetch, in an order that is the same in every run.

        Raises:
            SourceError: The service does not answer, or accepts no more requests for now.
        """
        patience = Patience(self.store, self.service)
        for number, task in enumerate(tasks):
            if number in self.store.rows or client is None:
                yield from patience.settled()
                yield self.stored(number, task)
                continue
            try:
                item = self.fetch(client, number, task)
            except NoAnswerError as error:
                patience.failed(number, self.place(task), str(error))
                continue
            yield from patience.settled()
            yield item
        yield from patience.settled()

    def place(self, task: Any) -> str:
        """Return the label of a task."""
        raise NotImplementedError

    def fetch(self, client: PoliteClient, number: int, task: Any) -> Item:
        """Request a task, keep the answer, and return the item in it.

        Args:
            client: Client that sends the request.
            number: Number of the task.
            task: The task.

        Raises:
            NoAnswerError: There is no answer now.
        """
        raise NotImplementedError

    def stored(self, number: int, task: Any) -> Item:
        """Return the item of a task from the cache.

        Args:
            number: Number of the task.
            task: The task.
        """
        raise NotImplementedError


class Patience:
    """Failed requests, held back until another request succeeds and shows that the server is up."""

    def __init__(self, store: Store, service: str) -> None:
        """Begin without failures.

        Args:
            store: Store in which failures are noted.
            service: Name of the service, for messages.
        """
        self._store, self._service = store, service
        self._held: list[tuple[int, str, str]] = []

    def failed(self, number: int, place: str, problem: str) -> None:
        """Hold a failure back.

        Args:
            number: Number of the task.
            place: Label of the task.
            problem: The problem.

        Raises:
            SourceError: `FAILURES` requests in a row have failed.
        """
        self._held.append((number, place, problem))
        if len(self._held) >= FAILURES:
            raise SourceError(
                f"{self._service} does not answer ({problem}). What was fetched is kept; run again "
                "to continue."
            )

    def settled(self) -> Iterator[Item]:
        """Note and yield the failures held back, since another request has succeeded."""
        for number, place, problem in self._held:
            self._store.note(number, {"error": problem})
            yield unreadable(place, -1, problem)
        self._held.clear()
