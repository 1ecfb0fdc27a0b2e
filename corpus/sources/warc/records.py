"""Reads the records of WARC and ARC files in a run of bytes, and goes on behind damage.

`recovery.frames` reads whole files: it finds the gzip members and hands their bytes to `walk`.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, cast

from erastyle.corpus.sources.base import MAX_RATIO, MAX_RECORD, too_large
from erastyle.corpus.sources.unpack import STREAM_FLOOR
from erastyle.corpus.sources.warc import arc_header
from erastyle.corpus.sources.warc.http_response import find_blank, length_holds

try:  # gives the same results in half the time
    from isal import isal_zlib as fast  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # pragma: no cover
    import zlib as fast  # type: ignore[no-redef]

UNPACK_ERRORS: tuple[type[Exception], ...] = (zlib.error, cast("type[Exception]", fast.error))
GZIP = b"\x1f\x8b\x08"
MAX_HEADER = 64 * 1024
SHOWN = 4096
"""Bytes of a damaged record that are kept to show."""
WARC = re.compile(rb"WARC/[01]\.\d\d?\r?\n")
_LINE = re.compile(
    rb"\n(?=" + WARC.pattern + rb"|" + arc_header.LINE.pattern + rb")", re.IGNORECASE
)
_STEP = 8 * 1024
_HEAD = 1024
_NEXT = re.compile(rb"\r\n\r\nWARC/1\.[01]\r\n")
_PIECE = 256 * 1024
_FIELD = re.compile(r"\n([^\s:]+)[ \t]*:[ \t]*([^\r\n]*)")
_FOLDED = re.compile(r"\r?\n[ \t]+")
_NAMES: dict[str, str] = {}  # header names met so far, in lower case
_BLANKS = re.compile(rb"[\r\n\0]*")


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


class View(Protocol):
    """Bytes that are read forwards; offsets count from their start."""

    def part(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop`, fewer at the end."""
        ...

    def following(self, start: int) -> int:
        """Return the first offset from `start` on at which a record starts, or -1."""
        ...

    def starts(self, head: bytes) -> bool:
        """Say whether a record starts with `head`."""
        ...

    def reaches(self, stop: int) -> bool:
        """Say whether there are bytes up to an offset."""
        ...

    def forget(self, before: int) -> None:
        """Say that no byte before this offset is needed again."""
        ...


def starts_record(head: bytes) -> bool:
    r"""Say whether bytes begin with the header of a WARC or ARC record.

    >>> starts_record(b"WARC/1.0\r\n"), starts_record(b"http://a.b/ 1.2.3.4 text/html 9\n")
    (True, False)
    """
    return bool(WARC.match(head) or arc_header.LINE.match(head))


def next_line(data: bytes | mmap.mmap | bytearray, at: int) -> int:
    """Return the first offset from `at` on where a line is the header of a record, or -1."""
    if at == 0 and starts_record(bytes(data[: SHOWN * 2])):
        return 0
    line = _LINE.search(data, max(0, at - 1))
    return line.end() if line else -1


class Plain:
    """A view of bytes in memory or in a mapped file."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        """View `data`."""
        self._data = data

    def part(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop`, fewer at the end."""
        return self._data[start:stop]

    def following(self, start: int) -> int:
        """Return the first offset from `start` on at which a record starts, or -1."""
        return next_line(self._data, start)

    def starts(self, head: bytes) -> bool:
        """Say whether a record starts with `head`."""
        return starts_record(head)

    def reaches(self, stop: int) -> bool:
        """Say whether there are bytes up to an offset."""
        return stop <= len(self._data)

    def forget(self, before: int) -> None:
        """Do nothing: the bytes take no memory of their own."""


class Member:
    """A view of the unpacked bytes of a gzip member of any size, a few of them in memory.

    Attributes:
        problem: Why the member cannot be unpacked to its end, or empty.
        at: Offset in the file of the bytes that are unpacked next; behind the member at its end.
    """

    def __init__(self, data: mmap.mmap, at: int) -> None:
        """View the member of `data` that starts at `at`."""
        self.problem, self.at = "", at
        self._data, self._first = data, at
        self._packer = fast.decompressobj(31)
        self._held = bytearray()
        self._low = self._given = 0
        self._done = False

    def part(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop`, fewer at the end."""
        self._load(stop)
        return bytes(self._held[max(0, start - self._low) : max(0, stop - self._low)])

    def following(self, start: int) -> int:
        """Return the first offset from `start` on at which a record starts, or -1."""
        start = max(start, self._low)
        while True:
            at = next_line(self._held, start - self._low)
            # A line that the end of the loaded bytes cuts is looked at again with what follows.
            if at >= 0 and (self._done or at + MAX_HEADER < len(self._held)):
                return self._low + at
            if self._done:
                return -1
            start = max(start, self._low + (at if at >= 0 else len(self._held) - SHOWN * 2))
            self.forget(start - 1)
            self._load(self._low + len(self._held) + MAX_HEADER)

    def starts(self, head: bytes) -> bool:
        """Say whether a record starts with `head`."""
        return starts_record(head)

    def reaches(self, stop: int) -> bool:
        """Say whether there are bytes up to an offset; those far before it are forgotten."""
        if stop - self._low > MAX_RECORD + 2 * MAX_HEADER:
            self.forget(stop - 1)
        self._load(stop)
        return self._low + len(self._held) >= stop

    def forget(self, before: int) -> None:
        """Say that no byte before this offset is needed again."""
        while before > self._low + len(self._held) and not self._done:
            self._low += len(self._held)
            self._held.clear()
            self._load(self._low + 1)
        if before - self._low > 4 * _PIECE or before >= self._low + len(self._held):
            del self._held[: before - self._low]
            self._low = before

    def _load(self, stop: int) -> None:
        while self._low + len(self._held) < stop and not self._done:
            piece = self._packer.unconsumed_tail
            if not piece:
                piece = self._data[self.at : self.at + _PIECE]
                self.at += len(piece)
            try:
                part = self._packer.decompress(piece, _PIECE)
            except UNPACK_ERRORS as error:
                self._stop(f"damaged: {error}")
                return
            self._held += part
            self._given += len(part)
            if self._packer.eof:
                self.at -= len(self._packer.unused_data)
                self._done = True
            elif self._given > max(STREAM_FLOOR, (self.at - self._first) * MAX_RATIO):
                self._stop(f"unpacks to more than {MAX_RATIO} times its size")
            elif not piece:
                self._stop("cut short: the checksum is missing")

    def _stop(self, problem: str) -> None:
        self.problem, self._done = problem, True


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
    while not packer.eof and left > 0:
        part = packer.unconsumed_tail
        if not part:
            part = data[at : at + _STEP]
            at += len(part)
            if not part:
                break
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
    headers = _usual(raw[:end]) if end >= 0 else None
    if headers is None:
        return None
    declared = headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit() and len(declared) < 9):
        return None
    stop = end + 4 + int(declared)
    if stop + 4 != len(raw) or stop > MAX_RECORD or not raw.endswith(b"\r\n\r\n"):
        return None
    return Frame(offset, stop - end - 4, headers, raw[end + 4 : stop])


def _usual(raw: bytes) -> dict[str, str] | None:
    """Return the headers of a record in the usual form; None if another form needs more care."""
    if not raw.startswith(b"WARC/"):
        return None
    head = raw.decode("utf-8", "replace")
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
    return headers


def records_of(raw: bytes, offset: int) -> Iterator[Frame]:
    """Yield the records in an unpacked gzip member, which usually holds one.

    Args:
        raw: Unpacked bytes of the member.
        offset: Offset of the member in the file.
    """
    yield from walk(Plain(raw), offset)


def walk(view: View, offset: int = -1) -> Iterator[Frame]:
    """Yield every record in a run of bytes, and one damaged record for each gap between records.

    Args:
        view: The bytes.
        offset: Offset of the gzip member that holds them; -1 if they lie in the file unpacked.
    """
    at = 0
    while at >= 0:
        at = past_blanks(view, at)
        if not view.part(at, at + 1):
            return
        frame, at = record_at(view, at, offset if offset >= 0 else at)
        yield frame
        if at >= 0:
            view.forget(at - 1)


def past_blanks(view: View, at: int) -> int:
    """Return the first offset from `at` on that holds neither a line end nor NUL."""
    size = 16
    while part := view.part(at, at + size):
        blanks = _BLANKS.match(part)
        at += blanks.end() if blanks else 0
        if not blanks or blanks.end() < len(part):
            break
        size = _STEP
    return at


class _Header(NamedTuple):
    """Headers of a record, and the bytes that they take."""

    headers: dict[str, str]
    size: int


def record_at(view: View, at: int, place: int) -> tuple[Frame, int]:
    """Return the record at an offset, and where to read on; -1 if nothing else follows.

    A record counts as whole only if another one, or nothing, follows where its length ends. If not,
    reading goes on at the next header, which may lie inside the bytes that its length claims.

    Args:
        view: The bytes.
        at: Offset of the record.
        place: Offset that the record states.
    """
    head = view.part(at, at + _HEAD)
    header = _header(head)
    if header is None:
        head = view.part(at, at + MAX_HEADER)
        header = _header(head)
    if header is None:
        begun = starts_record(head)
        problem = "headers without an end" if begun else "no record starts here"
        return Frame(place, block=head[:SHOWN], error=problem), view.following(at + 1)
    headers, size = header
    declared = headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit() and len(declared) < 16):
        problem = "no Content-Length"
        return Frame(place, 0, headers, head[:SHOWN], problem), view.following(at + 1)
    start, length = at + size, int(declared)
    end = start + length
    frame = Frame(place, length, headers, view.part(start, min(end, start + SHOWN)))
    if not view.reaches(end):
        frame.error = f"cut short: {length:,} bytes are declared, and fewer follow"
        return frame, view.following(start)
    if length > MAX_RECORD:
        frame.error = too_large(length)
    elif _goes_on(view, end) or _ends_well(view, frame, start, end):
        frame.block = view.part(start, end)
        return frame, end
    else:
        frame.error = "damaged: something else follows where its length ends"
    return frame, end if frame.length > MAX_RECORD and _goes_on(view, end) else view.following(
        start
    )


def _goes_on(view: View, end: int) -> bool:
    """Say whether a record, or nothing, follows behind the empty lines at an offset."""
    if _NEXT.match(view.part(end, end + 14)):  # nearly always
        return True
    at = past_blanks(view, end)
    head = view.part(at, at + SHOWN * 2)
    return not head or view.starts(head)


def _ends_well(view: View, frame: Frame, start: int, end: int) -> bool:
    """Say whether a record is whole although no other one follows."""
    behind = view.part(end, end + 4)
    if "arc" not in frame.headers:
        return behind.startswith((b"\r\n\r\n", b"\n\n"))
    if behind[:1] != b"\n" or not length_holds(view.part(start, end)):
        return False
    return next_line(b"\n" + view.part(start, end), 1) < 0


def _header(head: bytes) -> _Header | None:
    """Return the headers of the record that starts with `head`, or None."""
    if not WARC.match(head):
        line = arc_header.parse(head)
        return _Header(*line) if line else None
    quick = head.find(b"\r\n\r\n", 0, MAX_HEADER)
    usual = _usual(head[:quick]) if quick >= 0 else None
    if usual is not None:
        return _Header(usual, quick + 4)
    end = find_blank(head, 0, MAX_HEADER)
    if not end:
        return None
    text = head[: end[0]].decode("utf-8", "replace")
    if "\n " in text or "\n\t" in text:
        text = _FOLDED.sub(" ", text)
    return _Header({name.lower(): value for name, value in _FIELD.findall(text)}, end[1])
