"""Records of a web archive one after the other, whatever is broken between them.

A record is handed on only when the one behind it began where it should, so that a wrong length
or a bad checksum is noticed. After damage, reading goes on at the next place that starts a record.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from erastyle.corpus.sources.base import MAX_RECORD, too_large

_WARC = re.compile(rb"WARC/[01]\.\d\d?\r?\n")
_ARC = re.compile(
    rb"(?:filedesc|https?|ftp|gopher|dns|news):[^\s]{1,4000} [0-9.]{1,15} \d{14} [^\n]{1,400}\n"
)
_GZIP = b"\x1f\x8b\x08"
_MAX_HEADER = 64 * 1024
_SHOWN = 4096


class NotAnArchiveError(ValueError):
    """The file holds no record at all."""


@dataclass(slots=True)
class Frame:
    """One record as the archive frames it.

    Attributes:
        offset: Byte offset in the file at which it, or its gzip member, starts.
        length: Bytes of the block as declared.
        headers: WARC headers with lower-case names; ARC fields under the names WARC has for them.
        block: What follows the headers.
        error: What is wrong with it, or empty. A frame with an error may lack its block.
    """

    offset: int
    length: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    block: bytes = b""
    error: str = ""


_Reader = Callable[[Path, mmap.mmap, int], Iterator[Frame]]


def frames(path: Path) -> Iterator[Frame]:
    """Yield every record of a WARC or ARC file, plain or gzip.

    Raises:
        NotAnArchiveError: It is empty, or no record can be found in it.
        OSError: It cannot be opened.
    """
    if path.stat().st_size == 0:
        raise NotAnArchiveError("the file is empty (0 bytes)")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        packed = data[:3] == _GZIP
        at = _next(data, 0, packed)
        if at < 0:
            packed = not packed
            at = _next(data, 0, packed)
        if at < 0:
            raise NotAnArchiveError("no WARC or ARC record found in it")
        if at > 0:
            yield Frame(0, block=data[: min(at, _SHOWN)], error="no record starts here")
        reader = _arc_from if _ARC.match(_head(data, at, packed)) else _warc_from
        while at >= 0:
            at = yield from _run(reader, path, data, at, packed)


def _run(
    reader: _Reader, path: Path, data: mmap.mmap, start: int, packed: bool
) -> Generator[Frame, None, int]:
    """Yield frames from `start` until something breaks; return where to go on, or -1."""
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
    except (OSError, ValueError, EOFError, zlib.error) as error:
        problem = " ".join(str(error).split()) or type(error).__name__
    if pending is None:
        yield Frame(start, block=data[start : start + _SHOWN], error=problem)
        return _next(data, start + 1, packed)
    if packed and data[pending.offset : pending.offset + 3] != _GZIP:
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
    if following != end and gap.strip(b"\r\n\0"):  # what lies between is lost, and counted once
        yield Frame(end, block=gap[:_SHOWN], error=problem)
    return following


def _head(data: mmap.mmap, at: int, packed: bool) -> bytes:
    """Return the first bytes of what starts at `at`, unpacked; nothing if that is not possible."""
    raw = data[at : at + _SHOWN]
    if not packed:
        return raw
    try:
        return zlib.decompressobj(31).decompress(raw, _SHOWN)
    except zlib.error:
        return b""


def _next(data: mmap.mmap, at: int, packed: bool) -> int:
    """Return the first offset from `at` on at which a record starts, or -1."""
    if packed:
        at = data.find(_GZIP, at)
        while at >= 0:
            head = _head(data, at, packed)
            if _WARC.match(head) or _ARC.match(head):
                return at
            at = data.find(_GZIP, at + 1)
        return -1
    starts = []
    for pattern in (_WARC, _ARC):
        for found in pattern.finditer(data, at):
            if found.start() in (0, at) or data[found.start() - 1 : found.start()] == b"\n":
                starts.append(found.start())
                break
    return min(starts, default=-1)


def _end(data: mmap.mmap, frame: Frame, packed: bool) -> int:
    """Return where a record ends, or -1 if its length cannot be true or its checksum is wrong."""
    if packed:
        return _member_end(data, frame)
    blank = re.compile(rb"\r?\n" if frame.headers.get("arc") else rb"\r?\n\r?\n")
    header = blank.search(data, frame.offset, frame.offset + _MAX_HEADER)
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


def _warc_from(path: Path, _data: mmap.mmap, start: int) -> Iterator[Frame]:
    from fastwarc.warc import ArchiveIterator

    with path.open("rb") as file:
        file.seek(start)
        first = True
        for record in ArchiveIterator(file, parse_http=False, max_header_len=_MAX_HEADER):
            offset = start if first else record.stream_pos
            first = False
            headers = {name.lower(): value for name, value in record.headers.items()}
            frame = Frame(offset, record.content_length, headers)
            if frame.length > MAX_RECORD:
                frame.error = too_large(frame.length)
            else:
                try:
                    frame.block = record.reader.read(frame.length)
                except OSError as error:
                    frame.error = f"damaged: {error}"
                if not frame.error and len(frame.block) < frame.length:
                    frame.error = f"cut short: {len(frame.block):,} of {frame.length:,} bytes"
            yield frame


def _arc_from(_path: Path, data: mmap.mmap, start: int) -> Iterator[Frame]:
    """Yield records of an ARC file (the format of before 2009), one gzip member at a time."""
    from warcio.exceptions import ArchiveLoadFailed
    from warcio.recordloader import ArcWarcRecordLoader

    at = start
    while at < len(data):
        packed = data[at : at + 3] == _GZIP
        if packed:
            packer = zlib.decompressobj(31)
            raw = packer.decompress(data[at : at + MAX_RECORD], MAX_RECORD + _MAX_HEADER)
            if not packer.eof:
                whole = at + MAX_RECORD < len(data) or len(raw) >= MAX_RECORD
                yield Frame(at, error=too_large() if whole else "cut short", block=raw[:_SHOWN])
                return
            after = min(at + MAX_RECORD, len(data)) - len(packer.unused_data)
        else:
            raw = data[at : at + _MAX_HEADER]
        stream = BytesIO(raw)
        try:
            record = ArcWarcRecordLoader().parse_record_stream(
                stream, known_format="arc", no_record_parse=True
            )
        except (ArchiveLoadFailed, EOFError) as error:
            raise ValueError(f"Invalid ARC header: {error}") from None
        values = dict(record.rec_headers.headers)
        uri, header = values.get("uri", ""), stream.tell()
        length = int(values.get("length", "0"))
        headers = {
            "arc": "1",
            "warc-type": "warcinfo" if uri.startswith("filedesc:") else "response",
            "warc-target-uri": uri,
            "warc-date": _arc_date(values.get("archive-date", "")),
            "content-type": "application/http",
        }
        frame = Frame(at, length, headers)
        if length > MAX_RECORD:
            frame.error = too_large(length)
        elif packed:
            frame.block = raw[header : header + length]
        else:
            frame.block = data[at + header : at + header + length]
        if not frame.error and len(frame.block) < length:
            frame.error = f"cut short: {len(frame.block):,} of {length:,} bytes"
        yield frame
        if packed:
            at = after
        else:
            at += header + length
            while data[at : at + 1] in (b"\n", b"\r"):
                at += 1


def _arc_date(stamp: str) -> str:
    """Return an ARC date as WARC writes it.

    >>> _arc_date("19961022233011")
    '1996-10-22T23:30:11Z'
    """
    if not re.fullmatch(r"\d{14}", stamp):
        return ""
    y, m, d, h, n, s = stamp[:4], stamp[4:6], stamp[6:8], stamp[8:10], stamp[10:12], stamp[12:]
    return f"{y}-{m}-{d}T{h}:{n}:{s}Z"
