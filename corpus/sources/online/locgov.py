"""Reads newspaper pages of Chronicling America from the JSON interface of loc.gov."""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import alto
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.online.base import Forecast, OnlineSource
from erastyle.corpus.sources.online.cache import append, lines
from erastyle.corpus.sources.online.client import (
    HttpAnswer,
    NoAnswerError,
    PoliteClient,
    RefusedError,
)
from erastyle.corpus.sources.table import whole
from erastyle.corpus.sources.warc import http_response

ROWS = 100
"""Pages in one request for a part of the list."""
_MAX_LIST = 8 * 1024 * 1024
_NO_JSON = (DamagedError, TooLargeError, ValueError, RecursionError)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*loc\.gov", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewspaperPage:
    """A page of a newspaper.

    Attributes:
        address: Path and query on the server.
        lccn: Library of Congress number of the newspaper.
        date: Day of issue, `YYYY-MM-DD`.
        title: Name of the newspaper.
    """

    address: str
    lccn: str
    date: str
    title: str


class LocGovSource(OnlineSource):
    """`newspapers:loc.gov?from=1890&to=1891&lccn=sn83030214&words=bicycle&pages=200`.

    A page takes two requests at most (the page, its text), and each hundred pages of the list one
    more. The rate is 15 requests per minute.
    """

    kind = "locgov"
    service = "www.loc.gov"
    known = ("from", "to", "pages", "lccn", "words", "state")
    pace = {"API": 15.0}  # noqa: RUF012
    home = "https://www.loc.gov"

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check the options.

        Args:
            spec: The source as the person wrote it.
            location: `loc.gov`.
            options: Options after the `?` of the spec.

        Raises:
            ConfigError: An option is not valid, or there is no contact address.
        """
        self.spec, self.location, self.options = spec, location, options
        self.first, self.last = self.period()
        self.pages = self.number("pages", 200, 1, 100_000)
        self.lccn = options.get("lccn", "").lower()
        if self.lccn and alto.lccn(self.lccn) != self.lccn:
            raise ConfigError(
                f"Source {spec}: lccn is a Library of Congress number such as sn83030214."
            )
        super().__init__(spec, location, options)

    def question(self) -> dict[str, str | int]:
        """Return the search terms, and the address of the service."""
        return {
            "from": self.first,
            "to": self.last,
            "pages": self.pages,
            "lccn": self.lccn,
            "words": self.options.get("words", ""),
            "state": self.options.get("state", ""),
            "base": self.options.get("base", self.home).rstrip("/"),
        }

    def complete(self) -> bool:
        """Say whether the list and each of its pages are in the cache."""
        pages, more = self._listed()
        return not more and len(self.store.rows) >= len(pages)

    def forecast(self) -> Forecast:
        """Return an upper bound of the requests that reading takes; a page may take two."""
        pages, more = self._listed()
        wanted = self.pages if more else len(pages)
        asked = math.ceil((self.pages - len(pages)) / ROWS) if more else 0
        requests = asked + 2 * (wanted - len(self.store.rows))
        return Forecast({"API": requests}, requests / self.pace["API"], known=False)

    def read(self) -> Iterator[Item]:
        """Yield a record for each page, or the reason why it has no text.

        Raises:
            SourceError: The service does not answer, or accepts no more requests for now.
        """
        with contextlib.ExitStack() as stack:
            client = None
            if not self.complete():
                client = stack.enter_context(self.client())
                self._list(client)
            yield from self.each(client, self._listed()[0])

    # --- the list --------------------------------------------------------------------------------

    def _listed(self) -> tuple[list[NewspaperPage], bool]:
        """Return the listed pages, and whether the list has more parts to request."""
        by_address: dict[str, NewspaperPage] = {}
        more = True
        for part in lines(self.store.folder / "listing.jsonl"):
            for row in part["rows"]:
                by_address.setdefault(row[0], NewspaperPage(*row))
            more = bool(part["more"])
        pages = list(by_address.values())[: self.pages]
        return pages, more and len(pages) < self.pages

    def _list(self, client: PoliteClient) -> None:
        path = self.store.folder / "listing.jsonl"
        while self._listed()[1]:
            number = len(lines(path)) + 1
            try:
                answer = client.get(self.list_address(number), "API", _MAX_LIST)
                told = json.loads(content(answer)) if answer.status == 200 else None
            except (NoAnswerError, RefusedError, *_NO_JSON) as error:
                raise SourceError(
                    f"{self.service} gives no list of pages ({error}). Run again to continue."
                ) from None
            if not isinstance(told, dict):
                raise SourceError(
                    f"{self.service} answers the search with HTTP status {answer.status} and no "
                    "list of pages. Run again later."
                )
            rows = listed(told)
            pagination = told.get("pagination")
            more = bool(rows) and isinstance(pagination, dict) and bool(pagination.get("next"))
            append(path, {"rows": rows, "more": more})
        if not self._listed()[0]:
            raise SourceError(
                f"{self.service} has no newspaper pages from {self.first} to {self.last} that fit. "
                "Try a wider period or fewer conditions."
            )

    def list_address(self, number: int) -> str:
        """Return the address of a part of the list, counted from 1."""

        def dashed(day: str) -> str:
            return f"{day[:4]}-{day[4:6]}-{day[6:]}"

        query = {
            "fo": "json",
            "dl": "page",
            "at": "results,pagination",
            "c": str(ROWS),
            "sp": str(number),
            "start_date": dashed(self.first),
            "end_date": dashed(self.last),
        }
        if self.lccn:
            query["fa"] = f"number_lccn:{self.lccn}"
        if self.options.get("words"):
            query["qs"] = self.options["words"]
        if self.options.get("state"):
            query["location_state"] = self.options["state"].lower()
        return f"{self.base}/collections/chronicling-america/?{urlencode(query)}"

    # --- the pages -------------------------------------------------------------------------------

    def place(self, task: NewspaperPage) -> str:
        """Return the label of a page: its address without the search terms."""
        path, _, query = task.address.partition("?")
        kept = [(k, v) for k, v in parse_qsl(query) if k == "sp"]
        return f"{self.home}{path}{'?' + urlencode(kept) if kept else ''}"

    def fetch(self, client: PoliteClient, number: int, task: NewspaperPage) -> Item:
        """Request a page and, if it only names the address of its text, the text."""
        joint = "&" if "?" in task.address else "?"
        address = f"{self.base}{task.address}{joint}{urlencode({'fo': 'json'})}"
        place = self.place(task)
        try:
            answer = client.get(address, "API")
            if answer.status == 200:
                elsewhere = self._text_address(answer)
                if elsewhere:
                    answer = client.get(elsewhere, "API")
        except RefusedError as error:
            self.store.note(number, {"error": str(error)})
            return unreadable(place, -1, str(error))
        if answer.status != 200:
            problem = f"HTTP status {answer.status}"
            self.store.note(number, {"error": problem})
            return unreadable(place, -1, problem)
        now = datetime.datetime.fromtimestamp(self.clock.now(), datetime.UTC)
        self.store.add(number, place, now.strftime("%Y-%m-%dT%H:%M:%SZ"), answer)
        return self._item(task, answer)

    def _text_address(self, answer: HttpAnswer) -> str:
        """Return the address of a page's text on a server of the Library, or empty."""
        try:
            told = json.loads(content(answer))
        except (ValueError, RecursionError, DamagedError, TooLargeError):
            return ""
        if not isinstance(told, dict) or _full_text(told):
            return ""
        resource = told.get("resource")
        address = resource.get("fulltext_file") if isinstance(resource, dict) else None
        if not isinstance(address, str) or not address:
            return ""
        address = urljoin(self.base, address)
        parts = urlsplit(address)
        own = parts.netloc == urlsplit(self.base).netloc
        library = parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None
        return address if own or library else ""

    def stored(self, number: int, task: NewspaperPage) -> Item:
        """Return the item of a page from the cache."""
        row = self.store.rows[number]
        if "error" in row:
            return unreadable(self.place(task), -1, row["error"])
        frame = self.store.frame(number)
        if frame.error:
            return unreadable(self.place(task), frame.offset, frame.error)
        response = http_response.parse(frame.block)
        return self._item(task, HttpAnswer("", 200, tuple(response.headers.items()), response.body))

    def _item(self, page: NewspaperPage, answer: HttpAnswer) -> Item:
        place = self.place(page)
        try:
            text = text_of(content(answer))
        except (DamagedError, TooLargeError) as error:
            return unreadable(place, -1, str(error), answer.body)
        if not text.strip():
            return Skipped(place, "empty")
        return Record(
            source=place,
            raw=text.encode(),
            site=page.lccn or "loc.gov",
            content_type="text/plain; charset=utf-8",
            date=page.date,
            title=page.title,
        )


def listed(told: dict[str, Any]) -> list[list[str]]:
    """Return address, newspaper number, day and title of each page in a part of the list.

    >>> listed({"results": [{"id": "http://www.loc.gov/resource/sn83030214/1890-01-05/ed-1/?sp=2",
    ...     "number_lccn": ["sn83030214"], "date": "1890-01-05", "partof_title": ["Tribune"]}, 7]})
    [['/resource/sn83030214/1890-01-05/ed-1/?sp=2', 'sn83030214', '1890-01-05', 'Tribune']]
    """
    rows: list[list[str]] = []
    results = told.get("results")
    for result in results if isinstance(results, list) else []:
        if not isinstance(result, dict):
            continue
        address = result.get("id") or result.get("url")
        parts = urlsplit(address) if isinstance(address, str) else None
        if parts is None or not parts.path.startswith("/"):
            continue
        local = parts.path + (f"?{parts.query}" if parts.query else "")
        number = _first(result.get("number_lccn")).lower()
        day = alto.issue_day(f"{_first(result.get('date'))}/") or alto.issue_day(local)
        rows.append(
            [
                local,
                alto.lccn(number) or alto.lccn(local),
                day,
                _first(result.get("partof_title"))[:200],
            ]
        )
    return rows


def _first(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def content(answer: HttpAnswer) -> bytes:
    """Return the body of an answer without its codings.

    Raises:
        DamagedError: The body is damaged.
        TooLargeError: The body unpacks to more than the limits allow.
    """
    headers = {n: v for n, v in answer.headers if n != "transfer-encoding"}
    return http_response.content(http_response.Response(answer.status, headers, answer.body))


def text_of(body: bytes) -> str:
    """Return the text of a page, from JSON with `full_text`, from ALTO, or from plain text.

    >>> text_of(b'{"/service/ocr.xml": {"full_text": "Rain."}}'), text_of(b"Snow.")
    ('Rain.', 'Snow.')

    Raises:
        DamagedError: The body begins like JSON or XML and cannot be read as such.
    """
    start = body.lstrip()[:1]
    if start == b"{":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise DamagedError(f"not JSON: {error}") from None
        return whole(_full_text(told))
    if start == b"<":
        return alto.alto_text(body)
    return body.decode("utf-8", "replace")


def _full_text(told: dict[str, Any]) -> str:
    for holder in (told, *told.values()):
        if isinstance(holder, dict) and isinstance(holder.get("full_text"), str):
            return str(holder["full_text"])
    return ""
