"""The items that a source yields: records, unreadable records and skipped records."""

from __future__ import annotations

from dataclasses import dataclass, field

from erastyle.corpus.document import Origin


@dataclass(frozen=True, slots=True)
class Record:
    """The raw bytes of one document and what the source knows of it.

    Attributes:
        source: URL, path or record offset; equal on every machine that reads the same source.
        raw: Bytes of the document, without transfer and content encodings.
        site: The unit that a split keeps together: host, author, newsgroup, title.
        content_type: Declared type, such as `text/html; charset=iso-8859-1`, or empty.
        headers: Headers with lower-case names: HTTP (`last-modified`), mail (`date`, `from`).
        captured: Day of the capture or of the file's last change, `YYYY-MM-DD`, or empty. It is
            the latest possible date of the document.
        licence: Licence that the source states, or empty.
        origin: Who wrote it.
        date: Certain date from the source, `YYYY-MM-DD` or `YYYY`, or empty.
        title: Title from the source, or empty.
        signals: Measurements of the source by name, such as `quoted` and `depth`.
    """

    source: str
    raw: bytes
    site: str
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    captured: str = ""
    licence: str = ""
    origin: Origin = "period"
    date: str = ""
    title: str = ""
    signals: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read. It goes to quarantine.

    Attributes:
        source: URL, path or record offset.
        offset: Byte offset in the file, or -1.
        error: The problem, in one line.
        raw: Bytes read before the failure, at most `KEEP`.
    """

    source: str
    offset: int
    error: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that is no document (an image, a redirect). It goes to the ledger.

    Attributes:
        source: URL, path or record offset.
        reason: Short reason that can be counted: `not text`, `http status`, `empty`.
        detail: Details of this record: `image/gif`, `404`.
    """

    source: str
    reason: str
    detail: str = ""


KEEP = 65536
"""Bytes of an unreadable record that quarantine keeps."""
