"""Unpacks compressed data within limits, so that no input exhausts memory or time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from pathlib import Path
from typing import BinaryIO

from erastyle.corpus.sources.base import (
    MAX_RATIO,
    MAX_RECORD,
    RATIO_FLOOR,
    DamagedError,
    TooLargeError,
)

STREAM_FLOOR = 64 * 1024 * 1024
"""Unpacked bytes of a stream up to which the ratio is not checked."""

_Packed = gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
STEP = 64 * 1024
"""Bytes that are read at a time."""


def bound(size: int, limit: int = MAX_RECORD) -> int:
    """Return the most bytes that `size` packed bytes may unpack to.

    Args:
        size: Number of packed bytes.
        limit: Most bytes in any case.
    """
    return min(limit, max(size * MAX_RATIO, RATIO_FLOOR))


def inflate(data: bytes, coding: str, limit: int = MAX_RECORD) -> bytes:
    """Return `data` without one HTTP content coding.

    Args:
        data: Packed bytes.
        coding: `gzip`, `x-gzip`, `deflate`, `br`, or `identity`.
        limit: Most bytes to return.

    Raises:
        TooLargeError: The data unpack to more than `limit` or more than `MAX_RATIO` times their
            size.
        DamagedError: The data are cut or damaged, or the coding is unknown.

    Source:
        RFC 9110, section 8.4.1. Servers send `deflate` with and without the zlib frame.
    """
    most = bound(len(data), limit)
    if coding in ("", "identity", "none"):
        return data
    if coding in ("gzip", "x-gzip"):
        return _zlib(data, most, 31)
    if coding == "deflate":
        try:
            return _zlib(data, most, 15)
        except DamagedError:
            return _zlib(data, most, -15)
    if coding == "br":
        return _brotli(data, most)
    raise DamagedError(f"unknown content coding {coding!r}")


def _zlib(data: bytes, most: int, wbits: int) -> bytes:
    out = bytearray()
    while data:
        packer = zlib.decompressobj(wbits)
        try:
            out += packer.decompress(data, most + 1 - len(out))
        except zlib.error as error:
            if out:  # what follows a complete member is often padding
                break
            raise DamagedError(f"compressed data are damaged: {error}") from None
        if len(out) > most:
            raise TooLargeError(f"unpacks to more than {most:,} bytes")
        if not packer.eof:
            raise DamagedError("compressed data are cut short")
        data = packer.unused_data if wbits == 31 else b""
    return bytes(out)


def _brotli(data: bytes, most: int) -> bytes:
    from fastwarc.stream_io import BrotliReader

    reader = BrotliReader(io.BytesIO(data))
    out = bytearray()
    try:
        while len(out) <= most:
            part = reader.read(STEP)
            if not part:
                return bytes(out)
            out += part
    except (OSError, ValueError) as error:
        raise DamagedError(f"compressed data are damaged: {error}") from None
    raise TooLargeError(f"unpacks to more than {most:,} bytes")


class Metered(io.RawIOBase):
    """An unpacking stream that fails when it yields far more bytes than it reads."""

    def __init__(self, stream: _Packed, below: BinaryIO) -> None:
        """Measure `stream`, which unpacks the file `below`."""
        super().__init__()
        self._stream, self._below, self._given = stream, below, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`.

        Raises:
            TooLargeError: Each packed byte gives more than `MAX_RATIO` bytes.
            DamagedError: The packed data are damaged or cut.
        """
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            # One step at a time, so that the data before the damage are returned.
            part = self._stream.read1(min(len(view), STEP))
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise DamagedError(f"compressed data are damaged: {error}") from None
        self._given += len(part)
        if self._given > max(STREAM_FLOOR, self._below.tell() * MAX_RATIO):
            raise TooLargeError(f"unpacks to more than {MAX_RATIO} times its size")
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close both streams."""
        self._stream.close()
        self._below.close()
        super().close()


def open_stream(path: Path) -> BinaryIO:
    """Open a file for reading; gzip, bzip2 and xz (by their first bytes) unpack within limits."""
    below = path.open("rb")
    head = below.read(6)
    below.seek(0)
    stream: _Packed
    if head.startswith(b"\x1f\x8b"):
        stream = gzip.GzipFile(fileobj=below)
    elif head.startswith(b"BZh"):
        stream = bz2.BZ2File(below)
    elif head.startswith(b"\xfd7zXZ"):
        stream = lzma.LZMAFile(below)  # noqa: SIM115
    else:
        return below
    return io.BufferedReader(Metered(stream, below), STEP)
