"""Splits an mbox into raw messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from erastyle.corpus.record import KEEP
from erastyle.corpus.sources.base import MAX_RECORD

_SEPARATOR = re.compile(
    rb"From (?:\S+ +|- +)?(?:.{0,200}? )?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .{0,80}\d\d:\d\d"
)
_HEADER = re.compile(rb"[!-9;-~]{1,76}:(?:[ \t]|\r?\n)")
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
    weekday and a time or two header lines follow. Other lines with `From` are sentences.

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
    while (current := line_at(0)) is not None:
        offset, line, whole = current
        if whole and line.startswith(b"From ") and blank and _separates(line, line_at):
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


def _separates(line: bytes, line_at: Callable[[int], _Line | None]) -> bool:
    if _SEPARATOR.match(line):
        return True
    following = [line_at(1), line_at(2)]
    return all(f is not None and _HEADER.match(f[1]) for f in following)


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
    """Yield offset, bytes, and whether a line begins there; a long line comes in pieces."""
    offset, begins = 0, True
    while line := stream.readline(_LINE):
        yield offset, line, begins
        offset += len(line)
        begins = line.endswith(b"\n")
