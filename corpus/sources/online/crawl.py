"""Crawls one folder of a host that is online today, slowly, and yields a record for each page.

The crawl respects `robots.txt`, including a delay in it. For sites of the past use `wayback:`; this
source is for old sites that are still online, and for contrast documents.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from erastyle.corpus.errors import ConfigError, ForbiddenError, SourceError
from erastyle.corpus.record import Skipped
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.online.base import Forecast, OnlineSource, Patience
from erastyle.corpus.sources.online.client import NoAnswerError, PoliteClient, RefusedError
from erastyle.corpus.sources.warc import http_response
from erastyle.corpus.sources.warc import source as warc
from erastyle.corpus.sources.warc.records import Frame

AGENT = "erastyle"
LONGEST = 2000
"""Most characters of an address that is followed."""
_MAX_ROBOTS = 512 * 1024  # as RFC 9309, section 2.5 asks for at least
_LINKS = 10_000


class WebSource(OnlineSource):
    """`web:http://museum.example/~ann/?pages=100&delay=5`.

    Reads pages below the folder of the first address, in the order in which links lead to them.
    """

    kind = "web"
    service = "the server"
    known = ("pages", "delay")
    pace = {"page": 30.0, "robots": 30.0}  # noqa: RUF012

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check address and options.

        Args:
            spec: The source as the person wrote it.
            location: Address of the first page.
            options: Options after the `?` of the spec.

        Raises:
            ConfigError: Address or options are not valid, or there is no contact address.
        """
        self.spec, self.location, self.options = spec, location, options
        parts = urlsplit(location)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ConfigError(f"Source {spec}: write an address, as in web:http://HOST/FOLDER/.")
        self.start = _same(location) or location
        self.below = self.start[: self.start.rfind("/") + 1]
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.pages = self.number("pages", 100, 1, 10_000)
        self.delay = self.number("delay", 5, 1, 3600)
        self.service = parts.netloc  # type: ignore[misc]  # the class names only the kind
        super().__init__(spec, location, options)

    def question(self) -> dict[str, str | int]:
        """Return the first address and the number of pages."""
        return {"start": self.start, "pages": self.pages}

    def complete(self) -> bool:
        """Say whether an earlier crawl has finished."""
        return any(row.get("done") for row in self.store.rows.values())

    def forecast(self) -> Forecast:
        """Return an upper bound of the requests that reading takes."""
        rows = [row for row in self.store.rows.values() if row["n"] >= 0]
        left = 0 if self.complete() else max(0, self.pages - len(rows))
        robots = 0 if self.complete() else 1
        minutes = (left + robots) * self.delay / 60
        return Forecast({"page": left, "robots.txt": robots}, minutes, known=False)

    def read(self) -> Iterator[Item]:
        """Yield a record for each page, and an item for each forbidden or failed one.

        Raises:
            ForbiddenError: `robots.txt` forbids the first page.
            SourceError: The server does not answer.
        """
        with contextlib.ExitStack() as stack:
            client: PoliteClient | None = None
            rules: Any = None
            if not self.complete():
                client = stack.enter_context(self.client())
                client.slow_down("page", self.delay)
                rules = self._robots(client)
                if not rules.can_fetch(self.start, AGENT):
                    raise ForbiddenError(
                        f"{self.origin}/robots.txt forbids {self.start}. Ask the owner, or use "
                        "another source."
                    )
                client.slow_down("page", float(rules.crawl_delay(AGENT) or 0))
            patience = Patience(self.store, self.service)
            waiting, seen = [self.start], {self.start}
            number = 0
            while waiting and number < self.pages:
                address = waiting.pop(0)
                if number not in self.store.rows:
                    if client is None or rules is None:
                        break
                    if not rules.can_fetch(address, AGENT):
                        self.store.note(number, {"skipped": "robots.txt forbids", "at": address})
                    else:
                        try:
                            self._fetch(client, number, address)
                        except NoAnswerError as error:
                            patience.failed(number, address, str(error))
                            number += 1
                            continue
                yield from patience.settled()
                item, links = self._stored(number, address)
                yield item
                number += 1
                for link in links:
                    if link not in seen and link.startswith(self.below) and len(seen) < 100_000:
                        seen.add(link)
                        waiting.append(link)
            yield from patience.settled()
            if client is not None:
                self.store.note(-1, {"done": True})

    def _robots(self, client: PoliteClient) -> Any:
        """Return the rules in the server's `robots.txt`.

        Raises:
            SourceError: The server does not answer, so every page counts as forbidden.

        Source:
            RFC 9309, section 2.3.1.
        """
        try:
            from protego import Protego
        except ImportError:
            raise SourceError(
                f"Source {self.spec}: the package that reads robots.txt is missing. "
                "Install it with `pip install protego`."
            ) from None
        try:
            answer = client.get(f"{self.origin}/robots.txt", "robots", _MAX_ROBOTS)
        except NoAnswerError as error:
            raise SourceError(
                f"{self.origin}/robots.txt cannot be read ({error}), so nothing may be. Run again "
                "later."
            ) from None
        except RefusedError:  # too long, or on another server: counts as no robots.txt
            return Protego.parse("")
        return Protego.parse(answer.body.decode("utf-8", "replace") if answer.status == 200 else "")

    def _fetch(self, client: PoliteClient, number: int, address: str) -> None:
        try:
            answer = client.get(address, "page")
        except RefusedError as error:
            self.store.note(number, {"error": str(error), "at": address})
            return
        if answer.status != 200:
            self.store.note(number, {"skipped": "http status", "detail": str(answer.status)})
            return
        now = datetime.datetime.fromtimestamp(self.clock.now(), datetime.UTC)
        self.store.add(number, address, now.strftime("%Y-%m-%dT%H:%M:%SZ"), answer)

    def _stored(self, number: int, address: str) -> tuple[Item, list[str]]:
        row = self.store.rows[number]
        if "error" in row:
            return unreadable(address, -1, row["error"]), []
        if "skipped" in row:
            return Skipped(address, row["skipped"], row.get("detail", "")), []
        frame = self.store.frame(number)
        return warc.document(frame, address), [] if frame.error else links(frame, address)


def links(frame: Frame, address: str) -> list[str]:
    """Return the addresses of a page's links, in order, each once.

    Args:
        frame: Archive record of the page.
        address: Address of the page.
    """
    from selectolax.lexbor import LexborHTMLParser

    try:
        response = http_response.parse(frame.block)
        body = http_response.content(response)
    except (DamagedError, TooLargeError):
        return []
    if sniff.binary_type(body) or b"<" not in body:
        return []
    addresses: dict[str, None] = {}
    nodes = LexborHTMLParser(body.decode("latin-1")).css("a[href], frame[src], area[href]")
    for node in nodes[:_LINKS]:
        target = node.attributes.get("href") or node.attributes.get("src") or ""
        try:
            joined = _same(urljoin(address, target.strip()))
        except ValueError:
            continue
        if joined and not sniff.no_document(urlsplit(joined).path):
            addresses.setdefault(joined)
    return list(addresses)


def _same(address: str) -> str:
    """Return the normal form of an address, or empty if it is not requested.

    >>> _same("HTTP://Foo.edu:80/a b#c"), _same("mailto:ann@foo.edu"), _same("http://foo.edu")
    ('http://foo.edu/a%20b', '', 'http://foo.edu/')
    """
    try:
        parts = urlsplit(urldefrag(address)[0])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or len(address) > LONGEST:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    where = host if port in (None, usual) else f"{host}:{port}"
    path = quote(parts.path or "/", "/:~%!$&'()*+,;=@")
    query = f"?{quote(parts.query, '/:~%!$&()*+,;=@?')}" if parts.query else ""
    return f"{parts.scheme}://{where}{path}{query}"
