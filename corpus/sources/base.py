"""What every source offers, and the bounds that every reader keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from erastyle.corpus.record import KEEP, Record, Skipped, Unreadable

Item = Record | Unreadable | Skipped

MAX_RECORD = 32 * 1024 * 1024
"""Bytes of one record, encodings undone. A larger one is `Unreadable`."""
MAX_RATIO = 200
"""Largest believable growth when something is unpacked: real pages reach 30, bombs 1,000."""
RATIO_FLOOR = 1024 * 1024
"""Bytes below which the ratio is not looked at: a short page of blanks is no bomb."""


class TooLargeError(ValueError):
    """Something unpacks to more than its bounds allow."""


class DamagedError(ValueError):
    """Bytes are not what their container says."""


class Source(Protocol):
    """A place that documents come from. The same content gives the same items in the same order."""

    spec: str
    """As the person wrote it: `warc:pages.warc.gz`."""

    def digest(self) -> str:
        """Return 64 hex digits that change when, and only when, what `read` yields can change."""
        ...

    def size(self) -> int:
        """Return the bytes to read, for progress; 0 when unknown."""
        ...

    def read(self) -> Iterator[Item]:
        """Yield each record exactly once: as a document, as unreadable, or as skipped.

        Raises:
            SourceError: The source as a whole cannot be read.
        """
        ...


def unreadable(source: str, offset: int, error: str, raw: bytes = b"") -> Unreadable:
    """Return an `Unreadable` whose error is one line and whose bytes are bounded."""
    line = " ".join(error.split()) or "unknown error"
    return Unreadable(source, offset, line[:500], raw[:KEEP])


def too_large(size: int | None = None, limit: int = MAX_RECORD) -> str:
    """Return the message for a record over its bound.

    >>> too_large(50_000_000)
    'larger than 32 MB (50,000,000 bytes)'
    """
    given = f" ({size:,} bytes)" if size is not None else ""
    return f"larger than {limit // (1024 * 1024)} MB{given}"


def readable(name: str) -> str:
    r"""Return a file name as text that every encoder takes; odd bytes become `\xNN`.

    >>> readable("caf\udce9.txt")
    'caf\\xe9.txt'
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.replace("\\", "/") if "\\x" not in text else text
