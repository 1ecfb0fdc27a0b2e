"""Reads captures of the Wayback Machine, byte for byte, and yields a record for each.

This module uses plain HTTP and not the library `wayback` (0.5.1). That library requests fixed
addresses, so it cannot be tested with another archive; it reads answers of any size into memory;
and it undoes content codings, after which the digest of the archive cannot be checked.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Skipped
from erastyle.corpus.sources import unpack
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.online.base import Forecast, OnlineSource
from erastyle.corpus.sources.online.cache import append, lines
from erastyle.corpus.sources.online.client import (
    HttpAnswer,
    NoAnswerError,
    PoliteClient,
    RefusedError,
)
from erastyle.corpus.sources.warc import http_response
from erastyle.corpus.sources.warc import source as warc
from erastyle.corpus.sources.warc.records import Frame

ROWS = 5000
"""Captures in one CDX request."""
LISTS = 100
"""Most CDX requests for one source: half a million captures."""
_MAX_LIST = 16 * 1024 * 1024
_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_ROW = re.compile(r"\S+ \d{14} \S+ \S+ \S+ [A-Z2-7]{32} \S+")
_ARCHIVED = "x-archive-orig-"


@dataclass(frozen=True, slots=True, order=True)
class Capture:
    """A capture of a page.

    Attributes:
        urlkey: Address in the sorted form of the index: `com,foo)/a`.
        timestamp: Time of the capture: `19970203040506`.
        original: Address of the page.
        digest: SHA-1 of the body in base 32.
    """

    urlkey: str
    timestamp: str
    original: str
    digest: str

    @property
    def date(self) -> str:
        """Time of the capture in the form of a WARC: `1997-02-03T04:05:06Z`."""
        t = self.timestamp
        return f"{t[:4]}-{t[4:6]}-{t[6:8]}T{t[8:10]}:{t[10:12]}:{t[12:]}Z"


class WaybackSource(OnlineSource):
    """`wayback:www.foo.edu/~ann/*?from=1994&to=1997&pages=500`.

    A final `*` means everything below a path, `*.foo.edu` all hosts of a domain, a host alone the
    whole host, and anything else one address. A text that the archive holds several times is read
    once, in its first capture.
    """

    kind = "wayback"
    service = "web.archive.org"
    known = ("from", "to", "pages")
    pace = {"CDX": 24.0, "playback": 60.0}  # noqa: RUF012
    home = "https://web.archive.org"

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check address and options.

        Args:
            spec: The source as the person wrote it.
            location: Host or address.
            options: Options after the `?` of the spec.

        Raises:
            ConfigError: Address or options are not valid, or there is no contact address.
        """
        self.location, self.spec, self.options = location, spec, options
        self.first, self.last = self.period()
        self.pages = self.number("pages", 1000, 1, 100_000)
        self.url, self.match = scope(spec, location)
        super().__init__(spec, location, options)

    def question(self) -> dict[str, str | int]:
        """Return address, period, number of pages, and the address of the archive."""
        return {
            "url": self.url,
            "match": self.match,
            "from": self.first,
            "to": self.last,
            "pages": self.pages,
            "base": self.options.get("base", self.home).rstrip("/"),
        }

    def complete(self) -> bool:
        """Say whether the list and each of its captures are in the cache."""
        listed = self._listed()
        return not listed[2] and len(self.store.rows) >= len(choose(listed[0], self.pages))

    def forecast(self) -> Forecast:
        """Return the requests that reading takes; they are exact once the list is complete."""
        captures, _, unfinished = self._listed()
        chosen = len(choose(captures, self.pages))
        left = self.pages if unfinished else chosen - len(self.store.rows)
        asked = len(lines(self.store.folder / "listing.jsonl"))
        lists = LISTS - asked if unfinished else 0
        # The list is read before the captures, so the minutes of the two kinds add up.
        minutes = lists / self.pace["CDX"] + left / self.pace["playback"]
        return Forecast({"CDX": lists, "playback": left}, minutes, not unfinished)

    def read(self) -> Iterator[Item]:
        """Yield a record for each capture, or the reason why it has none.

        Raises:
            SourceError: The archive does not answer, or accepts no more requests for now.
        """
        with contextlib.ExitStack() as stack:
            client = None
            if not self.complete():
                client = stack.enter_context(self.client())
                self._list(client)
            captures, bad, _ = self._listed()
            yield from bad
            yield from self.each(client, choose(captures, self.pages))

    def place(self, task: Capture) -> str:
        """Return the label of a capture: time and address."""
        return f"{task.timestamp}/{task.original}"

    # --- the list --------------------------------------------------------------------------------

    def _listed(self) -> tuple[list[Capture], list[Item], bool]:
        """Return the listed captures, the damaged rows, and whether the list has more parts."""
        captures: list[Capture] = []
        bad: list[Item] = []
        more = True
        for number, page in enumerate(lines(self.store.folder / "listing.jsonl")):
            for row in page["rows"]:
                captures.append(Capture(*row))
            for row in page["bad"]:
                bad.append(unreadable(f"cdx list {number + 1}", -1, "no CDX row", row.encode()))
            more = bool(page["resume"])
        return captures, bad, more

    def _list(self, client: PoliteClient) -> None:
        path = self.store.folder / "listing.jsonl"
        pages = lines(path)
        resume = pages[-1]["resume"] if pages else ""
        while (not pages or resume) and len(pages) < LISTS:
            try:
                answer = client.get(self.list_address(resume), "CDX", _MAX_LIST)
                text = http_response.content(_response(answer)).decode("utf-8", "replace")
            except (NoAnswerError, RefusedError, DamagedError, TooLargeError) as error:
                raise SourceError(
                    f"{self.service} gives no list of captures ({error}). Run again to continue."
                ) from None
            if answer.status != 200:
                raise SourceError(
                    f"{self.service} answers the question for {self.url} with HTTP status "
                    f"{answer.status}: {' '.join(text.split())[:150]}"
                )
            rows, bad, following = cdx(text)
            if following == resume:
                following = ""  # a server that repeats a key would make this loop endless
            resume = following
            last = len(pages) + 1 >= LISTS
            page: dict[str, Any] = {"rows": rows, "bad": bad, "resume": "" if last else resume}
            append(path, page)
            pages.append(page)
        if not any(page["rows"] for page in pages):
            raise SourceError(
                f"{self.service} has no captures of {self.location} from {self.first} to "
                f"{self.last}. Try a wider period, or {self.location.rstrip('*/')}/*."
            )

    def list_address(self, resume: str) -> str:
        """Return the address of a part of the list.

        Args:
            resume: Key at which the part begins; empty for the first part.
        """
        query = [
            ("url", self.url),
            ("matchType", self.match),
            ("from", self.first),
            ("to", self.last),
            ("fl", ",".join(_FIELDS)),
            ("filter", "statuscode:200"),
            ("filter", "mimetype:(text/html|text/plain|unk|no-type)"),
            ("collapse", "digest"),
            ("limit", str(ROWS)),
            ("showResumeKey", "true"),
        ]
        if resume:
            query.append(("resumeKey", resume))
        return f"{self.base}/cdx/search/cdx?{urlencode(query)}"

    # --- the captures ----------------------------------------------------------------------------

    def fetch(self, client: PoliteClient, number: int, task: Capture) -> Item:
        """Request a capture, check its digest, keep it, and return the item in it."""
        capture, place = task, self.place(task)
        # `id_` requests the captured body, without banner and rewritten links.
        address = f"{self.base}/web/{capture.timestamp}id_/{quote(capture.original, _SAFE)}"
        problem = ""
        for _ in range(2):
            try:
                answer = client.get(address, "playback", within=f"{self.base}/web/")
            except RefusedError as error:
                problem = str(error)
                break
            if answer.status != 200:
                problem = f"HTTP status {answer.status}"
                break
            captured = as_captured(answer)
            if same(capture.digest, captured):
                frame = self.store.add(number, capture.original, capture.date, captured)
                return warc.document(frame, place)
            problem = "digest does not match: not what was archived"  # final after a second try
        self.store.note(number, {"error": problem})
        return unreadable(place, -1, problem)

    def stored(self, number: int, task: Capture) -> Item:
        """Return the item of a capture from the cache."""
        capture, place = task, self.place(task)
        row = self.store.rows[number]
        if "error" in row:
            return unreadable(place, -1, row["error"])
        frame: Frame = self.store.frame(number)
        if not frame.error and frame.headers.get("warc-target-uri") != "".join(
            capture.original.split()
        ):
            return Skipped(place, "cache", "another page lies in its place")
        return warc.document(frame, place)


_SAFE = "/:?&=~%!$'()*+,;@#[]"


def scope(spec: str, location: str) -> tuple[str, str]:
    """Return the address and the `matchType` of a location.

    >>> scope("", "www.foo.edu/~ann/*"), scope("", "*.foo.edu"), scope("", "foo.edu")
    (('www.foo.edu/~ann/', 'prefix'), ('foo.edu', 'domain'), ('foo.edu', 'host'))
    >>> scope("", "http://foo.edu/a.html")
    ('http://foo.edu/a.html', 'exact')

    Raises:
        ConfigError: The location holds no host.
    """
    match = "exact"
    if location.startswith("*."):
        location, match = location[2:].rstrip("/*"), "domain"
    elif location.endswith("*"):
        location, match = location[:-1], "prefix"
    elif not urlsplit("//" + location.split("://")[-1]).path.strip("/"):
        location, match = location.rstrip("/"), "host"
    try:
        host = urlsplit("//" + location.split("://")[-1]).hostname or ""
    except ValueError:
        host = ""
    if "." not in host or "*" in location or any(c.isspace() for c in location):
        raise ConfigError(
            f"Source {spec}: write a host or an address, as in wayback:www.foo.edu/~ann/*, "
            "wayback:*.foo.edu or wayback:www.foo.edu/index.html."
        )
    return location, match


def cdx(text: str) -> tuple[list[list[str]], list[str], str]:
    """Return the rows (urlkey, timestamp, original, digest), bad lines and resume key of a list.

    >>> row = "com,foo)/ 19970203040506 http://foo.com/ text/html 200 " + "A" * 32 + " 9"
    >>> cdx(row + chr(10) + "rubbish" + chr(10) * 2 + "com%2Cfoo" + chr(10))[1:]
    (['rubbish'], 'com%2Cfoo')
    """
    body, _, key = text.partition("\n\n")
    rows: list[list[str]] = []
    bad: list[str] = []
    for line in body.split("\n"):
        if not line.strip():
            continue
        if _ROW.fullmatch(line.strip()):
            urlkey, timestamp, original, _, _, digest, _ = line.split()
            rows.append([urlkey, timestamp, original, digest])
        else:
            bad.append(line[:1000])
    return rows, bad, key.strip()


def choose(captures: list[Capture], most: int) -> list[Capture]:
    """Return the earliest capture of each text, at most `most`, sorted by address.

    Of more captures, those with the lowest hash of their digest are taken. So the sample covers all
    folders and years, and is the same every time.

    Args:
        captures: Captures in any order.
        most: Most captures to return.
    """
    earliest: dict[str, Capture] = {}
    for capture in captures:
        other = earliest.get(capture.digest)
        if other is None or (capture.timestamp, capture.urlkey) < (other.timestamp, other.urlkey):
            earliest[capture.digest] = capture
    chosen = sorted(earliest.values())
    if len(chosen) > most:
        chosen.sort(key=lambda c: hashlib.sha256(c.digest.encode()).digest())
        chosen = sorted(chosen[:most])
    return chosen


def as_captured(answer: HttpAnswer) -> HttpAnswer:
    """Return the captured answer: the body with the original headers.

    The archive sends the original headers with the prefix `x-archive-orig-`. `content-encoding`
    comes from the archive's own answer, since it tells how the body is packed now.
    """
    headers = [
        (name.removeprefix(_ARCHIVED), value)
        for name, value in answer.headers
        if name.startswith(_ARCHIVED)
    ]
    headers = [(n, v) for n, v in headers if n not in ("content-encoding", "content-length")]
    given = {name for name, _ in headers}
    headers += [
        (name, value)
        for name, value in answer.headers
        if name in ("content-type", "content-encoding") and name not in given
    ]
    return HttpAnswer(answer.url, 200, tuple(headers), answer.body)


def same(digest: str, answer: HttpAnswer) -> bool:
    """Say whether a body, packed or unpacked, has the SHA-1 that the index names.

    Args:
        digest: SHA-1 in base 32.
        answer: Answer with the body.
    """
    if _sha1(answer.body) == digest:
        return True
    coding = answer.header("content-encoding").strip().lower()
    if not coding:
        return False
    try:
        return _sha1(unpack.inflate(answer.body, coding)) == digest
    except (DamagedError, TooLargeError):
        return False


def _sha1(data: bytes) -> str:
    return base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _response(answer: HttpAnswer) -> http_response.Response:
    headers = {n: v for n, v in answer.headers if n != "transfer-encoding"}
    return http_response.Response(answer.status, headers, answer.body)
