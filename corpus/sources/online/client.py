"""An HTTP client with a rate limit: one request at a time, and none while the server says stop.

A 429 stops all requests for at least a minute, and for twice as long the next time. The stop is
kept in a file, so that a restart does not shorten it. Answers keep the codings in which they were
sent, and none may be larger or slower than its limits.
"""

from __future__ import annotations

import email.utils
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.sources.base import MAX_RECORD, too_large

STOP = 60.0
"""Seconds of the stop after a first 429."""
LONGEST_STOP = 3600.0
STOPS = 5
"""Number of 429s in a row after which reading ends."""
CALM = 20
"""Good answers in a row after which the next stop takes `STOP` seconds again."""
TRIES = 4
PAUSE = 5.0
"""Seconds before the second try; they double before each further one."""
REDIRECTS = 5
_MINUTE = 61.0  # one second more, so that late requests do not exceed the rate


class Clock(Protocol):
    """The time of a client; the clock of tests does not sleep."""

    def now(self) -> float:
        """Return seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class NoAnswerError(Exception):
    """All tries of one request failed. Other requests may succeed."""


class RefusedError(Exception):
    """A request cannot succeed: the answer is too large, or redirects form a circle."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer of a server.

    Attributes:
        url: Address after redirects.
        status: HTTP status code.
        headers: Header lines in order, with names in lower case.
        body: Body with its content codings.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """Return a header by its lower-case name, or empty."""
        return next((value for key, value in self.headers if key == name), "")


def contact(spec: str, options: Mapping[str, str]) -> str:
    """Return the contact address of the person who reads the source.

    Args:
        spec: The source, for messages.
        options: Options of the source.

    Raises:
        ConfigError: There is no contact, or it is no address.
    """
    given = (options.get("contact") or os.environ.get("ERASTYLE_CONTACT") or "").strip()
    if not given:
        raise ConfigError(
            f"Source {spec}: archives ask for a contact address. Set ERASTYLE_CONTACT to your "
            "e-mail address, or add contact=ADDRESS to the source."
        )
    if not ("@" in given or given.startswith(("http://", "https://"))) or not given.isprintable():
        raise ConfigError(
            f"Source {spec}: contact {given!r} is neither an e-mail address nor a web page."
        )
    return given


def cache(options: Mapping[str, str]) -> Path:
    """Return the folder of kept answers: `cache=`, `ERASTYLE_CACHE`, or the user's cache folder."""
    given = options.get("cache") or os.environ.get("ERASTYLE_CACHE")
    if given:
        return Path(given).expanduser()
    usual = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(usual).expanduser() / "erastyle"


class PoliteClient:
    """A client of one service that sends one request at a time within a rate limit."""

    def __init__(
        self,
        name: str,
        agent: str,
        pace: Mapping[str, float],
        state: Path | None = None,
        *,
        clock: Clock | None = None,
        seconds: float = 60.0,
        minutes: float = 720.0,
    ) -> None:
        """Prepare the client, without a request.

        Args:
            name: Name of the service in messages.
            agent: The `User-Agent`, which names the contact address.
            pace: Most requests per minute, by kind of request.
            state: File with the time of the last request of each kind, and of stops.
            clock: Clock; the machine's if None.
            seconds: Most seconds for one answer, however slowly it arrives.
            minutes: Most minutes for all answers.
        """
        self.name, self.agent, self._pace = name, agent, dict(pace)
        self.clock: Clock = clock or SystemClock()
        self._state, self._seconds, self._minutes = state, seconds, minutes
        self._end = self.clock.now() + minutes * 60
        self._last: dict[str, float] = {}
        self._stop_until, self._stop, self._stops, self._good = 0.0, 0.0, 0, 0
        self.asked: dict[str, int] = dict.fromkeys(pace, 0)
        self._http: Any = None
        self._load()

    def __enter__(self) -> PoliteClient:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        if self._http is not None:
            self._http.close()

    def slow_down(self, kind: str, seconds: float) -> None:
        """Wait at least `seconds` between two requests of a kind."""
        if seconds > 0:
            self._pace[kind] = min(self._pace[kind], 60.0 / seconds)

    def get(self, url: str, kind: str, limit: int = MAX_RECORD, within: str = "") -> HttpAnswer:
        """Request `url` until there is an answer, and follow redirects on the same server.

        Args:
            url: Address to request.
            kind: Kind of request, which decides the rate.
            limit: Most bytes of the answer.
            within: Required start of a redirect's address; if empty, it must be on the same host.

        Returns:
            The answer with any status except 429 and 5xx, after which the request is repeated.

        Raises:
            NoAnswerError: All tries failed.
            RefusedError: The answer is too large, or a redirect is not followed.
            SourceError: The service accepts no more requests, or the time is used up.
        """
        seen = [url]
        while True:
            answer = self._answer(url, kind, limit)
            target = answer.header("location")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return answer
            url = urljoin(url, target)
            if url in seen:
                raise RefusedError(f"redirects lead in a circle at {url[:200]}")
            if len(seen) > REDIRECTS:
                raise RefusedError(f"more than {REDIRECTS} redirects, the last to {url[:200]}")
            inside = url.startswith(within) if within else _origin(url) == _origin(seen[0])
            if not inside:
                raise RefusedError(f"redirects elsewhere, to {url[:200]}")
            seen.append(url)

    def post(
        self, url: str, kind: str, body: bytes, headers: Mapping[str, str], limit: int = MAX_RECORD
    ) -> HttpAnswer:
        """Send `body` to `url` until there is an answer, without following redirects.

        Args:
            url: Address of the request.
            kind: Kind of request, which decides the rate.
            body: Body of the request.
            headers: Headers of the request.
            limit: Most bytes of the answer.

        Raises:
            NoAnswerError: All tries failed.
            RefusedError: The answer is too large.
            SourceError: The service accepts no more requests, or the time is used up.
        """
        return self._answer(url, kind, limit, body, headers)

    def _answer(
        self,
        url: str,
        kind: str,
        limit: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        problem = ""
        failures = 0
        while failures < TRIES:
            self._wait(kind)
            try:
                answer = self._ask(url, limit, body, headers)
            except NoAnswerError as error:
                problem = str(error)
            else:
                if answer.status == 429:
                    self._stopped(answer)
                    continue
                if answer.status < 500:
                    self._fine()
                    return answer
                problem = f"HTTP status {answer.status}"
            failures += 1
            if failures < TRIES:
                self._sleep(PAUSE * 2 ** (failures - 1))
        raise NoAnswerError(f"{problem}, {TRIES} times")

    def _ask(
        self, url: str, limit: int, sent: bytes | None, extra: Mapping[str, str] | None
    ) -> HttpAnswer:
        try:
            import httpx2
        except ImportError:
            raise SourceError(
                f"{self.name}: the package that speaks HTTP is missing. Install it with "
                "`pip install httpx2`."
            ) from None
        if self._http is None:
            # The headers name the program. They accept no coding, because digests are those of the
            # archived bytes.
            self._http = httpx2.Client(
                headers={"User-Agent": self.agent, "Accept-Encoding": "identity", "Accept": "*/*"},
                timeout=min(30.0, self._seconds),
                follow_redirects=False,
            )
        end = self.clock.now() + self._seconds
        parts: list[bytes] = []
        size = 0
        try:
            with self._http.stream(
                "GET" if sent is None else "POST", url, content=sent, headers=dict(extra or {})
            ) as response:
                status = int(response.status_code)
                headers = tuple((k.lower(), v) for k, v in response.headers.multi_items())
                for part in response.iter_raw():
                    size += len(part)
                    if size > limit:
                        raise RefusedError(too_large(None, limit))
                    parts.append(part)
                    if self.clock.now() > end:
                        raise NoAnswerError(f"no whole answer within {self._seconds:g} s")
        except httpx2.InvalidURL as error:
            raise RefusedError(f"no address that can be asked for: {error}") from None
        except (httpx2.TransportError, OSError) as error:
            raise NoAnswerError(_problem(error)) from None
        return HttpAnswer(url, status, headers, b"".join(parts))

    def _wait(self, kind: str) -> None:
        """Wait until the rate limit allows a request, and note its time."""
        turn = max(self._last.get(kind, 0.0) + _MINUTE / self._pace[kind], self._stop_until)
        self._sleep(min(turn - self.clock.now(), max(LONGEST_STOP, _MINUTE / self._pace[kind])))
        self._last[kind] = self.clock.now()
        self.asked[kind] += 1
        self._save()

    def _sleep(self, seconds: float) -> None:
        if self.clock.now() + max(seconds, 0) > self._end:
            raise SourceError(
                f"{self.name}: the {self._minutes:g} minutes allowed are used up. What was "
                "fetched is kept; run again to continue (minutes=… allows more)."
            )
        if seconds > 0:
            self.clock.sleep(seconds)

    def _stopped(self, answer: HttpAnswer) -> None:
        """Begin the stop after a 429."""
        self._good = 0
        self._stops += 1
        asked_for = _seconds(answer.header("retry-after"), self.clock.now())
        self._stop = min(LONGEST_STOP, max(STOP, self._stop * 2, asked_for))
        self._stop_until = self.clock.now() + self._stop
        self._save()
        if self._stops >= STOPS:
            raise SourceError(
                f"{self.name} has asked {STOPS} times in a row for fewer requests. What was "
                f"fetched is kept; run again in {max(1, round(self._stop / 60))} minutes or later."
            )

    def _fine(self) -> None:
        self._stops = 0
        self._good += 1
        if self._good >= CALM and self._stop:
            self._stop = 0.0
            self._save()

    def _load(self) -> None:
        if self._state is None:
            return
        try:
            told = json.loads(self._state.read_text(encoding="utf-8"))
            self._stop_until, self._stop = float(told["stop_until"]), float(told["stop"])
            self._last = {str(k): float(v) for k, v in told["last"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return  # no file yet, or a damaged one: the rate limit alone is enough
        self._last = {k: min(v, self.clock.now()) for k, v in self._last.items()}
        self._stop_until = min(self._stop_until, self.clock.now() + LONGEST_STOP)

    def _save(self) -> None:
        if self._state is None:
            return
        self._state.parent.mkdir(parents=True, exist_ok=True)
        told = {"stop_until": self._stop_until, "stop": self._stop, "last": self._last}
        write_atomically(self._state, json.dumps(told))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _problem(error: Exception) -> str:
    name = type(error).__name__
    known = {
        "ConnectError": "no connection",
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no answer in time",
        "RemoteProtocolError": "the connection was closed early",
        "ReadError": "the connection was reset",
    }
    text = " ".join(str(error).split())[:200]
    return f"{known.get(name, name)}{': ' + text if text else ''}"


def _seconds(header: str, now: float) -> float:
    """Return the seconds that a `Retry-After` asks for.

    >>> _seconds("120", 0), _seconds("", 0), _seconds("Thu, 01 Jan 1970 00:02:00 GMT", 30)
    (120.0, 0.0, 90.0)

    Source:
        RFC 9110, section 10.2.3.
    """
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(min(int(header[:9]), 10**6))
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
