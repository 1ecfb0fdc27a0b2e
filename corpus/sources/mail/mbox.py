"""Splits an mbox into raw messages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from erastyle.corpus.record import KEEP
from erastyle.corpus.sources.base import MAX_RECORD
from erastyle.corpus.sources.mail.header_lines import HEADER

_SEPARATOR = re.compile(
    rb"From (?:\S+ +|- +)?(?:.{0,200}? )?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,80}\d\d:\d\d"
)
_CERTAIN = re.compile(
    rb"From +(?:(?:\"[^\"\n]{0,100}\"[^ \n]{0,200}|[^ \n]{1,200}) +)?"
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2}),? +(?:\d{2,4} +)?\d{1,2}:\d\d"
)
_MARKS = (re.compile(rb"\x01{4}\r?\n"), re.compile(rb"#! *rnews \d+"))
"""What stands before each message of MMDF and of a news batch."""
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_LINE = 64 * 1024
_Line = tuple[int, bytes, bool]


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message in a file.

    Attributes:
        offset: Byte offset of its start.
        raw: Headers and body without the separator, with `From ` for `>From `.
        separator: The `From ` line, or empty in a file of one message.
        cut: Whether the message is larger than `MAX_RECORD`, so that `raw` is its beginning.
    """

    offset: int
    raw: bytes
    separator: bytes
    cut: bool = False


def messages(stream: BinaryIO) -> Iterator[RawMessage]:
    r"""Yield the messages of an mbox in order; another stream is one message.

    A line `From …` is a separator if it is the first or follows an empty line, and if it holds a
    weekday and a time or two header lines follow. Without an empty line above it, it is one if it
    holds a sender, a day and a time, and a header line follows. Other lines with `From` are
    sentences. In files that begin with a mark of MMDF or of an rnews batch, that mark separates.

    >>> import io
    >>> mbox = b"From a Fri Apr 23 09:22:13 1993\nSubject: x\n\nFrom me\n\n"
    >>> [m.raw for m in messages(io.BytesIO(mbox * 2))]
    [b'Subject: x\n\nFrom me\n', b'Subject: x\n\nFrom me\n']
    """
    lines = _lines(stream)
    held: list[_Line] = []

    def line_at(number: int) -> _Line | None:
        while len(held) <= number:
            following = next(lines, None)
            if following is None:
                return None
            held.append(following)
        return held[number]

    parts: list[bytes] = []
    size, start, separator = 0, 0, b""
    blank, first = True, True
    mark: re.Pattern[bytes] | None = None
    while (current := line_at(0)) is not None:
        offset, line, whole = current
        if offset == 0:
            mark = next((pattern for pattern in _MARKS if pattern.match(line)), None)
        glued = 0 if line.startswith(b"From ") else _glued(line, line_at)
        if glued:  # files that were joined where the first one does not end its last line
            held[0:1] = [
                (offset, line[:glued] + b"\n", whole),
                (offset + glued, line[glued:], True),
            ]
            continue
        if mark and whole and mark.match(line):
            if b"".join(parts).strip():
                yield _message(start, parts, separator, size)
            parts, size, start, separator, first = [], 0, offset + len(line), line.strip(), True
            held.pop(0)
            continue
        if whole and line.startswith(b"From ") and _separates(line, line_at, blank=blank):
            if not first:
                yield _message(start, parts, separator, size)
            parts, size, start, separator, first = [], 0, offset, line.strip(), False
        else:
            first = False
            size += len(line)
            if size <= MAX_RECORD:
                parts.append(line)
        blank = whole and not line.strip()
        held.pop(0)
    if not first:
        yield _message(start, parts, separator, size)


def _separates(line: bytes, line_at: Callable[[int], _Line | None], *, blank: bool) -> bool:
    following = [line_at(number) for number in (1, 2, 3)]
    lines = [entry[1] for entry in following if entry and not entry[1].startswith(b">From ")]
    headers = [bool(HEADER.match(after)) for after in lines[:2]]
    if not blank:
        return bool(_CERTAIN.match(line)) and headers[:1] == [True]
    return bool(_SEPARATOR.match(line)) or headers == [True, True]


def _glued(line: bytes, line_at: Callable[[int], _Line | None]) -> int:
    """Return the offset of a separator that ends a line of text, or 0."""
    if b"From " not in line:
        return 0
    separator = _CERTAIN.search(line, 1)
    following = line_at(1)
    if not separator or line[separator.start() - 1 : separator.start()] in b">|:":
        return 0
    if len(line) - separator.end() > 40 or following is None:
        return 0
    return separator.start() if HEADER.match(following[1]) else 0


def _message(start: int, parts: list[bytes], separator: bytes, size: int) -> RawMessage:
    raw = b"".join(parts)
    if size > MAX_RECORD:
        return RawMessage(start, raw[:KEEP], separator, cut=True)
    if separator:
        raw = _QUOTED_FROM.sub(rb"\1", raw)
        if raw.endswith(b"\n\n"):
            raw = raw[:-1]
        elif raw.endswith(b"\r\n\r\n"):
            raw = raw[:-2]
    return RawMessage(start, raw, separator)


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    """Yield offset, bytes, and whether a line begins there; a long line comes in pieces.

    In a file whose first lines end in a return alone, as on old Macs, returns end all lines.
    """
    offset, begins = 0, True
    first = stream.readline(_LINE)
    pieces: Iterator[bytes] = itertools.chain([first], iter(lambda: stream.readline(_LINE), b""))
    if b"\n" not in first and first.count(b"\r") > 1:
        pieces = _returns(pieces)
    for line in pieces:
        yield offset, line, begins
        offset += len(line)
        begins = line.endswith(b"\n")


def _returns(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines that end in a return, with a line feed in its place."""
    rest = b""
    for piece in pieces:
        lines = (rest + piece).replace(b"\r", b"\n").splitlines(keepends=True)
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        yield from lines
        if len(rest) >= _LINE:
            yield rest
            rest = b""
    if rest:
        yield rest
