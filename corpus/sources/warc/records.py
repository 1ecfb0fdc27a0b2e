"""Reads the records of WARC and ARC files, plain and gzip, up to the first damage.

`recovery.frames` goes on behind the damage.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import cast

from erastyle.corpus.sources.base import MAX_RECORD, too_large
from erastyle.corpus.sources.warc.http_response import find_blank

try:  # gives the same results in half the time
    from isal import isal_zlib as fast  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # pragma: no cover
    import zlib as fast  # type: ignore[no-redef]

UNPACK_ERRORS: tuple[type[Exception], ...] = (zlib.error, cast("type[Exception]", fast.error))
GZIP = b"\x1f\x8b\x08"
MAX_HEADER = 64 * 1024
_STEP = 8 * 1024
_SHOWN = 4096
_FIELD = re.compile(r"\n([^\s:]+)[ \t]*:[ \t]*([^\r\n]*)")
_FOLDED = re.compile(r"\r?\n[ \t]+")
_NAMES: dict[str, str] = {}  # header names met so far, in lower case
_SPACE = re.compile(rb"[\r\n]*")


@dataclass(slots=True)
class Frame:
    """One archive record.

    Attributes:
        offset: Byte offset in the file of the record or its gzip member.
        length: Declared bytes of the block.
        headers: WARC headers by lower-case name; ARC fields have the names of WARC.
        block: Bytes after the headers.
        error: The problem, or empty. A record with a problem may lack its block.
    """

    offset: int
    length: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    block: bytes = b""
    error: str = ""


def packed_warc(path: Path, data: mmap.mmap, start: int) -> Iterator[Frame]:
    """Yield the records of a gzip WARC from `start` on, one member at a time.

    A member is unpacked whole, so its checksum is known before its record is yielded.

    Args:
        path: The file.
        data: Bytes of the file.
        start: Offset of the first member.

    Raises:
        ValueError: There is no record at the offset of the next one.
        UNPACK_ERRORS: A member is damaged.
    """
    at, size = start, len(data)
    while at < size:
        if data[at : at + 3] != GZIP:
            if not data[at : at + MAX_HEADER].strip(b"\r\n\0"):
                at += MAX_HEADER
                continue
            raise ValueError("no gzip member starts here")
        raw, after = member(data, at)
        frame = ordinary(raw, at) if after >= 0 else None
        if frame:
            yield frame
            at = after
            continue
        records = list(records_of(raw, at))
        if after < 0:
            inside = records[0].length if records else 0
            if (
                len(raw) > MAX_RECORD and len(records) > 1 and not records[0].error
            ):  # the whole file is one gzip stream
                yield from warc(path, data, at)
                return
            if len(raw) > MAX_RECORD and not (records and records[0].error):
                yield Frame(at, inside, error=too_large(), block=raw[:_SHOWN])
                return
        if after < 0 and records and not records[-1].error:
            records[-1].error = "cut short: the checksum is missing"
        yield from records
        if after < 0:
            return
        at = after


def member(data: mmap.mmap | bytes, at: int) -> tuple[bytes, int]:
    """Unpack one gzip member.

    Args:
        data: Bytes of the file.
        at: Offset of the member.

    Returns:
        The unpacked bytes, at most `MAX_RECORD + MAX_HEADER`, and the offset behind the member; -1
        if the member is larger or cut short.

    Raises:
        UNPACK_ERRORS: The member is damaged, or its checksum is wrong.
    """
    packer = fast.decompressobj(31)
    part = data[at : at + _STEP]
    at += len(part)
    first = packer.decompress(part, MAX_RECORD + MAX_HEADER)
    whole = packer.eof
    if whole:  # most members are small
        return first, at - len(packer.unused_data)
    parts = [first]
    left = MAX_RECORD + MAX_HEADER - len(first)
    while not packer.eof and at < len(data) and left > 0:
        part = packer.unconsumed_tail
        if not part:
            part = data[at : at + _STEP]
            at += len(part)
        parts.append(packer.decompress(part, left))
        left -= len(parts[-1])
    return b"".join(parts), at - len(packer.unused_data) if packer.eof else -1


def ordinary(raw: bytes, offset: int) -> Frame | None:
    r"""Return the record of a member that holds one record in the usual form; None otherwise.

    The record is equal to that of `records_of`, in half the time.

    Args:
        raw: Unpacked bytes of the member.
        offset: Offset of the member in the file.

    >>> raw = b"WARC/1.0\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n"
    >>> ordinary(raw, 7) == next(records_of(raw, 7)), ordinary(raw * 2, 7)
    (True, None)
    """
    end = raw.find(b"\r\n\r\n", 0, MAX_HEADER)
    if end < 0 or not raw.startswith(b"WARC/"):
        return None
    head = raw[:end].decode("utf-8", "replace")
    lines = head.split("\r\n")
    if len(lines) != head.count("\n") + 1:
        return None
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(": ")
        lower = _NAMES.get(name)
        if lower is None:
            if " " in name or "\t" in name:
                return None
            lower = name.lower()
            if len(_NAMES) < 1000:
                _NAMES[name] = lower
        if not colon:
            return None
        headers[lower] = value.strip()
    declared = headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit() and len(declared) < 9):
        return None
    stop = end + 4 + int(declared)
    if stop + 4 != len(raw) or stop > MAX_RECORD or not raw.endswith(b"\r\n\r\n"):
        return None
    return Frame(offset, stop - end - 4, headers, raw[end + 4 : stop])


def records_of(raw: bytes, offset: int) -> Iterator[Frame]:
    """Yield the records in an unpacked gzip member, which usually holds one.

    Args:
        raw: Unpacked bytes of the member.
        offset: Offset of the member in the file.
    """
    at = 0
    while at < len(raw):
        end = find_blank(raw, at, at + MAX_HEADER)
        if not raw.startswith(b"WARC/", at) or not end:
            yield Frame(offset, error="no WARC header", block=raw[at : at + _SHOWN])
            return
        head = raw[at : end[0]].decode("utf-8", "replace")
        if "\n " in head or "\n\t" in head:
            head = _FOLDED.sub(" ", head)
        headers = {name.lower(): value for name, value in _FIELD.findall(head)}
        declared = headers.get("content-length", "")
        if not (declared.isascii() and declared.isdigit() and len(declared) < 16):
            yield Frame(offset, 0, headers, raw[at : at + _SHOWN], "no Content-Length")
            return
        frame = Frame(offset, int(declared), headers, raw[end[1] : end[1] + int(declared)])
        if frame.length > MAX_RECORD:
            frame.block, frame.error = frame.block[:_SHOWN], too_large(frame.length)
        elif len(frame.block) < frame.length:
            frame.error = f"cut short: {len(frame.block):,} of {frame.length:,} bytes"
        at = _SPACE.match(raw, end[1] + frame.length).end()  # type: ignore[union-attr]
        if not frame.error and at < len(raw) and not raw.startswith(b"WARC/", at):
            frame.error = "something else follows where its length ends"
        yield frame
        if frame.error:
            return


def warc(path: Path, _data: mmap.mmap, start: int) -> Iterator[Frame]:
    """Yield the records of a WARC from `start` on, as a stream.

    Args:
        path: The file.
        _data: Not used; all readers have the same arguments.
        start: Offset of the first record.

    Raises:
        OSError: The file is damaged.
    """
    from fastwarc.warc import ArchiveIterator

    with path.open("rb") as file:
        file.seek(start)
        first = True
        for record in ArchiveIterator(file, parse_http=False, max_header_len=MAX_HEADER):
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


def arc(_path: Path, data: mmap.mmap, start: int) -> Iterator[Frame]:
    """Yield the records of an ARC file (the format before 2009) from `start` on.

    Args:
        _path: Not used; all readers have the same arguments.
        data: Bytes of the file.
        start: Offset of the first record.

    Raises:
        ValueError: There is no record at the offset of the next one.
        UNPACK_ERRORS: A gzip member is damaged.
    """
    from warcio.exceptions import ArchiveLoadFailed
    from warcio.recordloader import ArcWarcRecordLoader

    at = start
    while at < len(data):
        packed = data[at : at + 3] == GZIP
        raw, after = member(data, at) if packed else (data[at : at + MAX_HEADER], 0)
        try:
            record = ArcWarcRecordLoader().parse_record_stream(
                BytesIO(raw), known_format="arc", no_record_parse=True
            )
        except (ArchiveLoadFailed, EOFError) as error:
            raise ValueError(f"Invalid ARC header: {error}") from None
        headers = {name.lower(): value for name, value in record.rec_headers.headers}
        headers["arc"] = "1"
        header = raw.find(b"\n") + 1
        length = int(headers.get("content-length", "0"))
        frame = Frame(at, length, headers)
        if length > MAX_RECORD:
            frame.error = too_large(length)
        elif packed:
            frame.block = raw[header : header + length]
        else:
            frame.block = data[at + header : at + header + length]
        if not frame.error and (len(frame.block) < length or after < 0):
            frame.error = f"cut short: {len(frame.block):,} of {length:,} bytes"
        yield frame
        if after < 0:
            return
        at = after or at + header + length
        if not packed:
            at = _SPACE.match(data, at).end()  # type: ignore[union-attr]
