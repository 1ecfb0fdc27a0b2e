"""Reads HTTP responses in web archives: status, headers, and the body without its codings."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from erastyle.corpus.sources import unpack
from erastyle.corpus.sources.base import MAX_RECORD, DamagedError, TooLargeError

_MAX_HEADERS = 64 * 1024
_BLANK = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
_HASHES: dict[str, Callable[..., Any]] = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "md5": hashlib.md5,
}
# Python reads base 32 with the digits 0-9 and A-V.
_BASE32 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ2345670189_", "0123456789ABCDEFGHIJKLMNOPQRSTUV....."
)
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r|\n|$)", re.IGNORECASE)
_SECRET = {"set-cookie", "set-cookie2", "cookie", "authorization"}


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response.

    Attributes:
        status: Status code; 200 for HTTP/0.9, which has none.
        headers: Headers by lower-case name, without cookies; commas join repeated ones.
        body: Body with its transfer and content codings.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def parse(block: bytes) -> Response:
    r"""Return the response in a record's block.

    >>> parse(b"HTTP/1.0 404 Not Found\r\nServer: NCSA/1.3\r\n\r\nNo.").status
    404

    Raises:
        DamagedError: The block begins like HTTP but has no status or no end of the headers.
    """
    if not block.startswith(b"HTTP/"):
        return Response(200, {}, block)
    end = find_blank(block, 0, _MAX_HEADERS)
    status = _STATUS.match(block)
    if not status:
        raise DamagedError("HTTP status line is damaged")
    if not end:
        if len(block) < _MAX_HEADERS:  # headers alone, as after a cut connection
            return Response(int(status[1]), _headers(block), b"")
        raise DamagedError("HTTP headers do not end")
    return Response(int(status[1]), _headers(block[: end[0]]), block[end[1] :])


def find_blank(data: bytes, start: int, end: int) -> tuple[int, int] | None:
    r"""Return the span of the first empty line with the line end before it, or None.

    >>> find_blank(b"a: b\r\n\r\nc", 0, 99), find_blank(b"a: b\n\nc", 0, 99)
    ((4, 8), (4, 6))
    """
    at = data.find(b"\r\n\r\n", start, end)
    bare = data.find(b"\n\n", start, at if at >= 0 else end)
    if at < 0 or bare >= 0:
        blank = _BLANK.search(data, start, end)  # mixed line ends
        return blank.span() if blank else None
    return at, at + 4


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    name = ""
    for line in head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")[1:]:
        if line[:1] in (" ", "\t"):
            if name in headers:
                headers[name] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or not name or name in _SECRET:
            continue
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    return headers


def content(response: Response) -> bytes:
    """Return the body without transfer and content codings.

    A header with a coding that the body does not have is ignored, because archives often keep the
    headers of a body that they unpacked.

    Raises:
        TooLargeError: The body unpacks to more than the limits allow.
        DamagedError: The body is cut or damaged.
    """
    body = response.body
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        body = unchunk(body)
    codings = response.headers.get("content-encoding", "").lower().split(",")
    codings = [c.strip() for c in codings if c.strip() not in ("", "identity", "none")]
    if len(codings) > 3:
        raise TooLargeError(f"{len(codings)} content codings in one another")
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip") and not body.startswith(b"\x1f\x8b"):
            continue
        if coding in ("iso-8859-1", "utf-8", "us-ascii", "8bit", "7bit", "binary", "utf8"):
            continue  # a character set in the wrong header, common in the 1990s
        body = unpack.inflate(body, coding)
    if len(body) > MAX_RECORD:
        raise TooLargeError(f"larger than {MAX_RECORD:,} bytes")
    return body


def length_holds(block: bytes) -> bool:
    r"""Say whether the Content-Length of a response agrees with its block; true if it has none.

    >>> head = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n"
    >>> length_holds(head + b"Hi"), length_holds(head + b"Hi there"), length_holds(b"Hi")
    (True, False, True)
    """
    end = find_blank(block, 0, _MAX_HEADERS)
    declared = _LENGTH.search(block, 0, end[0]) if end else None
    return not end or not declared or len(block) - end[1] == int(declared[1])


def unchunk(body: bytes) -> bytes:
    r"""Return a chunked body in one piece, and any other body unchanged.

    >>> unchunk(b"3\r\nabc\r\n0\r\n\r\n"), unchunk(b"<HTML>")
    (b'abc', b'<HTML>')

    Raises:
        DamagedError: A chunk after the first is cut or damaged.

    Source:
        RFC 9112, section 7.1.
    """
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\n", at, at + 1024)
        line = body[at : end if end >= 0 else at].split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
            if not parts:
                return body
            raise DamagedError("chunk length is damaged")
        size = int(line, 16)
        if size == 0:
            return b"".join(parts)
        start = end + 1
        if start + size > len(body):
            raise DamagedError(f"chunk of {size:,} bytes is cut short")
        parts.append(body[start : start + size])
        at = start + size
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(parts)


def from_base32(text: str) -> bytes:
    """Return the bytes of base 32 without padding, or none if it is not valid.

    This is much faster than the module `base64`.

    >>> from_base32("NBSWY3DP")
    b'hello'
    """
    size = len(text) * 5 // 8
    try:
        number = int(text.upper().translate(_BASE32), 32)
    except ValueError:
        return b""
    return (number >> len(text) * 5 - size * 8).to_bytes(size, "big")


def digest_holds(declared: str, *candidates: bytes) -> bool:
    """Say whether a digest such as `sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ` is that of a candidate.

    A digest of an unknown algorithm cannot be checked and counts as true.

    Args:
        declared: Algorithm and digest, in base 16, 32 or 64.
        candidates: Bytes of which one must have the digest.

    >>> digest_holds("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", b"")
    True
    """
    name, _, value = declared.strip().partition(":")
    name, value = name.lower().replace("-", ""), value.strip()
    if name not in _HASHES or not value:
        return True
    value = value.rstrip("=")
    for candidate in candidates:
        digest = _HASHES[name](candidate, usedforsecurity=False).digest()
        # The length tells base 16, 32 and 64 apart.
        if len(value) == len(digest) * 2:
            same = digest.hex() == value.lower()
        elif len(value) > len(digest) * 1.5:
            same = from_base32(value) == digest
        else:
            same = base64.b64encode(digest).decode().rstrip("=") == value
        if same:
            return True
    return False
