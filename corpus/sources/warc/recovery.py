"""Reads all records of a web archive, plain or gzip, and goes on behind damage.

Records and gzip members may follow one another in any order, as in files that were joined. Every
run of bytes that is no record gives one damaged record, so that nothing is lost without an entry.
"""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path

from erastyle.corpus.sources.base import MAX_RECORD
from erastyle.corpus.sources.warc.records import (
    GZIP,
    SHOWN,
    UNPACK_ERRORS,
    Frame,
    Member,
    Plain,
    member,
    next_line,
    ordinary,
    past_blanks,
    record_at,
    records_of,
    starts_record,
    walk,
)


class NotAnArchiveError(ValueError):
    """The file holds no archive record."""


class _Mapped(Plain):
    """A mapped file whose records are plain or gzip members."""

    def __init__(self, data: mmap.mmap) -> None:
        super().__init__(data)
        self._mapped = data
        self._line = self._packed = -2  # next header line and member; -2: not looked for

    def following(self, start: int) -> int:
        """Return the first offset from `start` on of a record or a gzip member with one, or -1."""
        if self._line == -2 or 0 <= self._line < start:
            self._line = next_line(self._mapped, start)
        if self._packed == -2 or 0 <= self._packed < start:
            self._packed = _next_member(self._mapped, start)
        return min((at for at in (self._line, self._packed) if at >= 0), default=-1)

    def starts(self, head: bytes) -> bool:
        """Say whether a record or a gzip member starts with `head`."""
        return head.startswith(GZIP) or starts_record(head)


def frames(path: Path) -> Iterator[Frame]:
    """Yield every record of a WARC or ARC file, plain or gzip.

    Raises:
        NotAnArchiveError: The file is empty, or holds no record.
        OSError: The file cannot be opened.
    """
    if path.stat().st_size == 0:
        raise NotAnArchiveError("the file is empty (0 bytes)")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        view = _Mapped(data)
        if view.following(0) < 0:
            raise NotAnArchiveError("no WARC or ARC record found in it")
        at = 0
        while at >= 0:
            if data[at : at + 3] != GZIP:
                at = past_blanks(view, at)
            if at >= len(data):
                return
            if data[at : at + 3] == GZIP:
                at = yield from _packed(view, data, at)
            else:
                frame, at = record_at(view, at, at)
                yield frame


def _packed(view: _Mapped, data: mmap.mmap, at: int) -> Generator[Frame, None, int]:
    """Yield the records of the gzip member at an offset; return where to read on, or -1.

    A member is unpacked whole, so its checksum is known before its records are yielded. Only one of
    more than `MAX_RECORD` bytes, such as a whole file in one member, is read piece by piece.
    """
    try:
        raw, after = member(data, at)
    except UNPACK_ERRORS as error:
        yield Frame(at, block=data[at : at + SHOWN], error=f"damaged: {error}")
        return view.following(at + 1)
    if after >= 0:
        frame = ordinary(raw, at)
        yield from [frame] if frame else records_of(raw, at)
        return after
    if len(raw) > MAX_RECORD:
        stream = Member(data, at)
        yield from walk(stream)
        if not stream.problem:
            return stream.at
        yield Frame(at, error=f"{stream.problem}; the rest of this gzip stream is lost")
        return view.following(at + 1)
    records = list(records_of(raw, at)) or [Frame(at, block=data[at : at + SHOWN])]
    if not records[-1].error:
        records[-1].error = "cut short: the checksum is missing"
    yield from records
    return view.following(at + 1)


def _next_member(data: mmap.mmap, at: int) -> int:
    """Return the first offset from `at` on of a gzip member that begins with a record, or -1."""
    while (at := data.find(GZIP, at)) >= 0:
        try:
            head = zlib.decompressobj(31).decompress(data[at : at + 2 * SHOWN], 2 * SHOWN)
        except zlib.error:
            head = b""
        if starts_record(head.lstrip(b"\r\n\0")):
            return at
        at += 1
    return -1
