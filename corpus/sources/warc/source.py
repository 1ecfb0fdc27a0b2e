"""Reads WARC and ARC files, gzip or not, whole or damaged, and yields an item for each record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from erastyle.corpus.errors import SourceError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import clocks, sites, sniff
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.files import FileSource
from erastyle.corpus.sources.warc import http_response
from erastyle.corpus.sources.warc.records import Frame
from erastyle.corpus.sources.warc.recovery import NotAnArchiveError, frames

_words = str.split  # lists of words are written as one text

_DOCUMENT_TYPES = {"text/html", "text/plain", "application/xhtml+xml", "text/markdown"}
_VAGUE_TYPES = frozenset(
    (
        "",
        *_words(
            "application/octet-stream unknown unknown/unknown application/x-unknown "
            "binary/octet-stream httpd/send-as-is text/x-server-parsed-html text html text/htm "
            "no-type www/unknown application/html"
        ),
    )
)


class WarcSource(FileSource):
    """One WARC or ARC file, or a folder of them."""

    endings = (".warc", ".warc.gz", ".arc", ".arc.gz")
    what = "web archive"

    def read(self) -> Iterator[Item]:
        """Yield the item in each archive record, in the order of the file.

        Raises:
            SourceError: The source is one file, and it holds no archive record.
        """
        for path in self.files():
            try:
                yield from read_archive(path, self.label(path))
            except NotAnArchiveError as error:
                if path == self.path:
                    raise SourceError(
                        f"{self.path} is no web archive: {error}. Was the download complete? "
                        "A folder of pages is read with folder:PATH."
                    ) from None
                yield unreadable(self.label(path), 0, f"no web archive: {error}")
            except OSError as error:
                yield unreadable(self.label(path), 0, error.strerror or str(error))
        yield from self.others()


def read_archive(path: Path, label: str) -> Iterator[Item]:
    """Yield the item in each record of a WARC or ARC file, each record exactly once.

    Args:
        path: The file.
        label: Label of the file in the `source` of records that cannot be read.

    Raises:
        NotAnArchiveError: The file holds no archive record.
        OSError: The file cannot be opened.
    """
    for frame in frames(path):
        yield document(frame, f"{label}@{frame.offset}")


def document(frame: Frame, place: str) -> Item:
    """Return the item in an archive record.

    Args:
        frame: The archive record.
        place: Label of the record: `pages.warc.gz@1803`.
    """
    if frame.error:
        return unreadable(place, frame.offset, frame.error, frame.block)
    headers = frame.headers
    kind = headers.get("warc-type", "").lower()
    url = headers.get("warc-target-uri", "").strip().strip("<>").strip()
    source = "".join(url.split()) or place
    if kind not in ("response", "resource", "conversion"):
        return Skipped(source, "record type", kind or "none")
    declared = headers.get("content-type", "").strip()
    payload = frame.block
    status, given = 200, {"content-type": declared}
    try:
        if kind == "response":
            if url.startswith(("dns:", "whois:")):
                return Skipped(source, "record type", url.split(":")[0])
            response = http_response.parse(frame.block)
            status, given = response.status, response.headers
            if "arc" in headers and declared:  # a response of HTTP/0.9 has no headers of its own
                given = {"content-type": declared, **given}
            _check_digest(headers, frame.block, response)
            if status >= 300:
                return Skipped(source, "http status", str(status))
            payload = http_response.content(response)
        elif not http_response.digest_holds(_declared_digest(headers), payload):
            return unreadable(place, frame.offset, f"digest does not match ({source})", payload)
    except (DamagedError, TooLargeError) as error:
        return unreadable(place, frame.offset, f"{error} ({source})", frame.block)
    content_type = given.get("content-type", "")
    other = _not_text(content_type, payload, url)
    if other:
        return Skipped(source, "not text", other)
    if not payload.strip():
        return Skipped(source, "empty")
    return Record(
        source=source,
        raw=payload,
        site=sites.of_url(source),
        content_type=content_type or sniff.text_type(url, payload),
        headers=given,
        captured=_captured(headers.get("warc-date", ""), given.get("date", "")),
    )


def _captured(of_record: str, of_server: str) -> str:
    """Return the day of capture: that of the record, or of the server if that one is earlier.

    In archives that were packed later, the record has the day of packing, and only the header
    `Date` of the response has that of the capture.
    """
    days = [day for day in (clocks.moment(of_record), clocks.stated(of_server)) if day]
    return min(days, default="")


def _declared_digest(headers: dict[str, str]) -> str:
    return headers.get("warc-payload-digest", "") or headers.get("warc-block-digest", "")


def _check_digest(headers: dict[str, str], block: bytes, response: http_response.Response) -> None:
    """Raise if the payload differs from its declared digest.

    Some writers hash the body before its chunks are joined, others after.
    """
    payload = headers.get("warc-payload-digest", "")
    if payload:
        if http_response.digest_holds(payload, response.body):
            return
        if "transfer-encoding" in response.headers and http_response.digest_holds(
            payload, http_response.unchunk(response.body)
        ):
            return
        raise DamagedError("payload digest does not match")
    if not http_response.digest_holds(headers.get("warc-block-digest", ""), block):
        raise DamagedError("block digest does not match")


def _not_text(content_type: str, payload: bytes, url: str) -> str:
    """Return the media type of a payload that is no document, or empty."""
    media = content_type.split(";")[0].split(",")[0].strip().lower()
    if media not in _DOCUMENT_TYPES and media not in _VAGUE_TYPES:
        return media if "/" in media and len(media) < 100 else "unknown"
    if media in _VAGUE_TYPES:
        by_name = sniff.no_document(url.split("?")[0].split("#")[0])
        if by_name and "/" in url.split("://")[-1]:
            return by_name
    return sniff.binary_type(payload)
