"""The interface of a source, and the size limits of every reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from erastyle.corpus.record import KEEP, Record, Skipped, Unreadable

Item = Record | Unreadable | Skipped

MAX_RECORD = 32 * 1024 * 1024
"""Most bytes of one record without its encodings. A larger one is `Unreadable`."""
MAX_RATIO = 200
"""Largest accepted growth by unpacking: real pages reach 30, zip bombs 1,000."""
RATIO_FLOOR = 1024 * 1024
"""Bytes up to which the ratio is not checked: a short page of blanks is no bomb."""


class TooLargeError(ValueError):
    """Data unpack to more than the limits allow."""


class DamagedError(ValueError):
    """Bytes do not agree with their container, or are cut short."""


class Source(Protocol):
    """A source of documents. Equal content gives equal items in the same order."""

    spec: str
    """The source as the person wrote it: `warc:pages.warc.gz`."""

    def digest(self) -> str:
        """Return 64 hex digits that change if and only if the items of `read` can change."""
        ...

    def size(self) -> int:
        """Return the bytes to read, for the progress bar; 0 if unknown."""
        ...

    def read(self) -> Iterator[Item]:
        """Yield each record exactly once: as a document, as unreadable, or as skipped.

        Raises:
            SourceError: The source as a whole cannot be read.
        """
        ...


def unreadable(source: str, offset: int, error: str, raw: bytes = b"") -> Unreadable:
    """Return an `Unreadable` with its error in one line and its bytes cut to `KEEP`.

    Args:
        source: Label of the record.
        offset: Byte offset in the file, or -1.
        error: The problem.
        raw: Bytes of the record, as far as they were read.
    """
    line = " ".join(error.split()) or "unknown error"
    return Unreadable(source, offset, line[:500], raw[:KEEP])


def too_large(size: int | None = None, limit: int = MAX_RECORD) -> str:
    """Return the message for a record that is too large.

    Args:
        size: Bytes of the record, if known.
        limit: Most bytes that are allowed.

    >>> too_large(50_000_000)
    'larger than 32 MB (50,000,000 bytes)'
    """
    given = f" ({size:,} bytes)" if size is not None else ""
    return f"larger than {limit // (1024 * 1024)} MB{given}"


def readable(name: str) -> str:
    r"""Return a file name as text that every encoder accepts; undecodable bytes become `\xNN`.

    >>> readable("caf\udce9.txt")
    'caf\\xe9.txt'
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.replace("\\", "/") if "\\x" not in text else text
