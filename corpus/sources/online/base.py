"""What sources that ask a server have in common: options, forecast, and how they go on."""

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
"""Things in a row that could not be had, after which the server is taken to be down."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What reading a source would ask of a server.

    Attributes:
        requests: Requests by kind, at most.
        minutes: How long they take at the agreed pace, at most.
        known: Whether the numbers are counted; otherwise they are bounds.
    """

    requests: dict[str, int]
    minutes: float
    known: bool

    def __str__(self) -> str:
        """Return one line.

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
    """A source that asks a server and keeps the answers.

    The answers lie in `CACHE/KIND/HASH OF THE QUESTION/`. Whoever asks the same again, after an
    interruption or in another run, asks only for what is missing.
    """

    kind: ClassVar[str]
    """Name of the kind, and of its folder in the cache."""
    service: ClassVar[str]
    """Name of the service, for messages."""
    known: ClassVar[tuple[str, ...]] = ()
    """Options of the kind, besides `contact`, `cache`, `minutes` and `base`."""
    pace: ClassVar[dict[str, float]]
    """Requests a minute at most, by kind of request."""
    home: ClassVar[str] = ""
    """Address of the service."""
    seconds: ClassVar[float] = 60.0
    """Longest time for one answer."""

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Look at the options; nothing is asked yet.

        Raises:
            ConfigError: An option is unknown or wrong, or nobody is named as contact.
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
        """Return all that decides what `read` yields."""
        raise NotImplementedError

    def complete(self) -> bool:
        """Say whether everything has been asked for already."""
        raise NotImplementedError

    def forecast(self) -> Forecast:
        """Return what reading would ask for. Nothing is asked to find out."""
        raise NotImplementedError

    def digest(self) -> str:
        """Return the hash of the question: an archive does not change what it has captured."""
        return name_of({"source": type(self).__name__, **self.question()})

    def size(self) -> int:
        """Return the bytes to read, as far as they are known: those in the cache."""
        rows = self.store.rows.values()
        return sum(int(row.get("end", 0)) - int(row.get("offset", 0)) for row in rows) * 3

    def read(self) -> Iterator[Item]:
        """Yield what the server has."""
        raise NotImplementedError

    @contextlib.contextmanager
    def client(self) -> Iterator[PoliteClient]:
        """Open a client that nobody else of this machine shares the service with.

        Raises:
            SourceError: Another run is asking the same service.
        """
        self.cache.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.cache / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise SourceError(
                f"Source {self.spec}: another run is asking {self.service}. Wait until it is done: "
                "together they would ask too often."
            ) from None
        self.store.reload()  # what another run has fetched since
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

        Raises:
            ConfigError: It is none, or out of bounds.
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
            last: Whether a year or month stands for its last day.
            default: What to take where the option is left out.

        Raises:
            ConfigError: It is no day.
        """
        given = self.options.get(name, default)
        found = _DAY.fullmatch(given)
        if not found:
            raise ConfigError(
                f"Source {self.spec}: {name} is a year or a day such as 1995 or 1995-04-03"
                + (f", not {given!r}." if given else "; add from=…&to=….")
            )
        return (
            found[1]
            + (found[2] or ("12" if last else "01"))
            + (found[3] or ("31" if last else "01"))
        )

    def period(self) -> tuple[str, str]:
        """Return the options `from` and `to` as days.

        Raises:
            ConfigError: One is no day, or they are the wrong way round.
        """
        first, last = self.day("from"), self.day("to", last=True)
        if first > last:
            raise ConfigError(f"Source {self.spec}: from is after to.")
        return first, last

    def each(self, client: PoliteClient | None, tasks: Sequence[Any]) -> Iterator[Item]:
        """Yield what becomes of each task, in order; what the cache has is not asked for.

        Args:
            client: Asks for what is missing; None when nothing is.
            tasks: What to fetch, in an order that never changes.

        Raises:
            SourceError: The service does not answer, or wants no more requests for now.
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
        """Return what to call a task in messages."""
        raise NotImplementedError

    def fetch(self, client: PoliteClient, number: int, task: Any) -> Item:
        """Ask for a task, keep the answer, and return what it holds.

        Raises:
            NoAnswerError: It could not be had now.
        """
        raise NotImplementedError

    def stored(self, number: int, task: Any) -> Item:
        """Return what the cache has of a task."""
        raise NotImplementedError


class Patience:
    """Things that could not be had, held back until it is clear that the server is not down."""

    def __init__(self, store: Store, service: str) -> None:
        """Hold nothing yet."""
        self._store, self._service = store, service
        self._held: list[tuple[int, str, str]] = []

    def failed(self, number: int, place: str, problem: str) -> None:
        """Hold one back.

        Raises:
            SourceError: It is one too many in a row.
        """
        self._held.append((number, place, problem))
        if len(self._held) >= FAILURES:
            raise SourceError(
                f"{self._service} does not answer ({problem}). What was fetched is kept; run again "
                "to continue."
            )

    def settled(self) -> Iterator[Item]:
        """Note and yield what is held: others were had, so it is not the server."""
        for number, place, problem in self._held:
            self._store.note(number, {"error": problem})
            yield unreadable(place, -1, problem)
        self._held.clear()
