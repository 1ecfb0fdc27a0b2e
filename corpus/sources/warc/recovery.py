"""Reads all records of a web archive, and goes on behind damage.

A record is yielded after the next one began at the right offset, so that wrong lengths and bad
checksums are detected. After damage, reading continues at the next offset that starts a record.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from erastyle.corpus.sources.warc.records import (
    GZIP,
    MAX_HEADER,
    UNPACK_ERRORS,
    Frame,
    arc,
    packed_warc,
    warc,
)

_WARC = re.compile(rb"WARC/[01]\.\d\d?\r?\n")
_ARC = re.compile(
    rb"(?:filedesc|https?|ftp|gopher|dns|news):[^\s]{1,4000} [0-9.]{1,15} \d{14} [^\n]{1,400}\n"
)
_WARC_LINE = re.compile(rb"\n" + _WARC.pattern)
_ARC_LINE = re.compile(rb"\n" + _ARC.pattern)
_SHOWN = 4096
_BROKEN: tuple[type[Exception], ...] = (OSError, ValueError, EOFError, *UNPACK_ERRORS)


class NotAnArchiveError(ValueError):
    """The file holds no archive record."""


_Reader = Callable[[Path, mmap.mmap, int], Iterator[Frame]]


def frames(path: Path) -> Iterator[Frame]:
    """Yield every record of a WARC or ARC file, plain or gzip.

    Raises:
        NotAnArchiveError: The file is empty, or holds no record.
        OSError: The file cannot be opened.
    """
    if path.stat().st_size == 0:
        raise NotAnArchiveError("the file is empty (0 bytes)")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        packed = data[:3] == GZIP
        at = _next(data, 0, packed)
        if at < 0:
            packed = not packed
            at = _next(data, 0, packed)
        if at < 0:
            raise NotAnArchiveError("no WARC or ARC record found in it")
        if at > 0:
            yield Frame(0, block=data[: min(at, _SHOWN)], error="no record starts here")
        reader: _Reader = packed_warc if packed else warc
        if _ARC.match(_head(data, at, packed)):
            reader = arc
        while at >= 0:
            at = yield from _run(reader, path, data, at, packed)


def _run(
    reader: _Reader, path: Path, data: mmap.mmap, start: int, packed: bool
) -> Generator[Frame, None, int]:
    """Yield records from `start` up to damage; return the offset to continue at, or -1."""
    pending: Frame | None = None
    problem = "no record starts here"
    try:
        for frame in reader(path, data, start):
            if pending:
                yield pending
            pending = frame
            if frame.error:
                break
        else:
            if pending:
                yield pending
            return -1
    except _BROKEN as error:
        problem = " ".join(str(error).split()) or type(error).__name__
    if pending is None:
        yield Frame(start, block=data[start : start + _SHOWN], error=problem)
        return _next(data, start + 1, packed)
    if packed and data[pending.offset : pending.offset + 3] != GZIP:
        # The whole file is one gzip stream: behind damage it cannot be entered again.
        yield pending
        yield Frame(pending.offset, error=f"{problem}; the rest of this gzip stream is lost")
        return -1
    end = -1 if packed and pending.error else _end(data, pending, packed)
    if end < 0 and not pending.error:
        pending.error = f"damaged: {problem}"
    yield pending
    if end < 0 or pending.error:
        return _next(data, max(end, pending.offset + 1), packed)
    following = _next(data, end, packed)
    gap = data[end : following if following >= 0 else len(data)]
    if following != end and gap.strip(b"\r\n\0"):  # the bytes between are lost and count once
        yield Frame(end, block=gap[:_SHOWN], error=problem)
    return following


def _head(data: mmap.mmap, at: int, packed: bool) -> bytes:
    """Return the first bytes from `at` on, unpacked; none if they do not unpack."""
    raw = data[at : at + _SHOWN]
    if not packed:
        return raw
    try:
        return zlib.decompressobj(31).decompress(raw, _SHOWN)
    except zlib.error:
        return b""


def _next(data: mmap.mmap, at: int, packed: bool) -> int:
    """Return the first offset from `at` on that starts a record, or -1."""
    if packed:
        at = data.find(GZIP, at)
        while at >= 0:
            head = _head(data, at, packed)
            if _WARC.match(head) or _ARC.match(head):
                return at
            at = data.find(GZIP, at + 1)
        return -1
    for pattern in (_WARC, _ARC):
        if pattern.match(data, at):
            return at
    starts = []
    for pattern in (_WARC_LINE, _ARC_LINE):
        match = pattern.search(data, at)
        if match:
            starts.append(match.start() + 1)
    return min(starts, default=-1)


def _end(data: mmap.mmap, frame: Frame, packed: bool) -> int:
    """Return the end of a record, or -1 if its length or its checksum is wrong."""
    if packed:
        return _member_end(data, frame)
    blank = re.compile(rb"\r?\n" if frame.headers.get("arc") else rb"\r?\n\r?\n")
    header = blank.search(data, frame.offset, frame.offset + MAX_HEADER)
    if not header:
        return -1
    end = header.end() + frame.length
    if frame.headers.get("arc"):
        return end + 1 if data[end : end + 1] == b"\n" else end
    if data[end : end + 4] == b"\r\n\r\n":
        return end + 4
    return end if _WARC.match(data, end) else -1


def _member_end(data: mmap.mmap, frame: Frame) -> int:
    packer = zlib.decompressobj(31)
    at, size = frame.offset, 0
    step = 256 * 1024
    try:
        while at < len(data) and not packer.eof:
            size += len(packer.decompress(data[at : at + step]))
            at += step
    except zlib.error:
        return -1
    if not packer.eof or size < frame.length:
        return -1
    return min(at, len(data)) - len(packer.unused_data)
