"""Where one message of an mbox ends and the next begins."""

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
    """A message as it stands in a file.

    Attributes:
        offset: Byte offset at which it starts.
        raw: Headers and body, the separator left out and `>From ` undone.
        separator: The `From ` line, or empty in a file of one message.
        cut: Whether it was larger than `MAX_RECORD`; `raw` is then its beginning.
    """

    offset: int
    raw: bytes
    separator: bytes
    cut: bool = False


def messages(stream: BinaryIO) -> Iterator[RawMessage]:
    r"""Yield the messages of an mbox in order; a stream that is no mbox is one message.

    A line `From …` separates where it stands first or after an empty line, and a weekday and a
    time are in it or two header lines follow it: sentences begin with the word as well.

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
    """Yield offset, bytes, and whether a line begins here; long lines come in pieces."""
    offset, begins = 0, True
    while line := stream.readline(_LINE):
        yield offset, line, begins
        offset += len(line)
        begins = line.endswith(b"\n")
