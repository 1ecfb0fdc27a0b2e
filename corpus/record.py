"""What a source yields: raw bytes and their circumstances, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass, field

from erastyle.corpus.document import Origin


@dataclass(frozen=True, slots=True)
class Record:
    """One document as a source holds it.

    Attributes:
        source: URL, path or record offset; the same on every machine that reads the same source.
        raw: The bytes of the document, transfer and content encodings undone.
        site: What a split must not tear apart: host, author, newsgroup, title.
        content_type: As declared: `text/html; charset=iso-8859-1`, or empty.
        headers: Headers with lower-case names: HTTP (`last-modified`), mail (`date`, `from`).
        captured: `YYYY-MM-DD` on which it was captured or the file changed: the latest possible
            date of the document, or empty.
        licence: As the source states it, or empty.
        origin: Who wrote it.
        date: `YYYY-MM-DD` or `YYYY` where the source itself knows the date for certain, or empty.
        title: Title where the source knows it, or empty.
        signals: What the source measured, by name: `quoted`, `depth`.
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
    """A record that could not be read. It goes to quarantine.

    Attributes:
        source: As in `Record`.
        offset: Byte offset in the file, or -1.
        error: What is wrong, one line.
        raw: What was read before it failed, at most `KEEP` bytes.
    """

    source: str
    offset: int
    error: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that is no document (an image, a redirect). It goes to the ledger.

    Attributes:
        source: As in `Record`.
        reason: Short and countable: `not text`, `http status`, `empty`.
        detail: The particulars: `image/gif`, `404`.
    """

    source: str
    reason: str
    detail: str = ""


KEEP = 65536
"""Bytes of an unreadable record that quarantine keeps."""
