"""Splits a message into headers and body, and decodes the headers: raw bytes and encoded words."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from erastyle.corpus.decode import encoding
from erastyle.corpus.decode.charsets import CODECS

MAX_HEADERS = 256 * 1024
"""Most bytes of the headers of a message."""
HEADER = re.compile(rb"[!-9;-~]{1,76}:(?:[ \t]|\r?\n)")
"""Start of a header line: a name and a colon."""
_NAME = re.compile(rb"[!-9;-~]{1,76}[ \t]?:")
_MAIL_NAME = re.compile(
    rb"(?:from|subject|newsgroups|date|path|received|message-id|to|cc|sender|organization|lines|"
    rb"references|reply-to|return-path|x-[!-9;-~]{1,60}|mime-version|content-[a-z-]{1,40}):",
    re.IGNORECASE,
)
_UUCP = re.compile(rb"(?:>From [^\n]*\n)+")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]*)\?=(?:\s+(?==\?))?")
_LEFT_OUT = {"received", "content-type", "content-transfer-encoding", "mime-version", "status"}
_LONGEST = 2000


def split(raw: bytes) -> tuple[bytes, bytes]:
    r"""Return the headers and the body of a message.

    The headers end at an empty line, or where a line is no header and no mail header follows it. A
    broken line between headers is left out.

    >>> split(b"From: a\nSubject: b\n c\n\nText.\n")
    (b'From: a\nSubject: b\n c\n', b'Text.\n')
    >>> split(b"From: a\nSubject: b\nText without an empty line.\n")
    (b'From: a\nSubject: b\n', b'Text without an empty line.\n')
    """
    raw = _UUCP.sub(b"", raw, count=1) if raw.startswith(b">From ") else raw
    at, first_other = 0, -1
    lines: list[bytes] = []
    kept = 0
    for line in raw[:MAX_HEADERS].splitlines(keepends=True):
        if not line.strip():
            if first_other >= 0:
                break
            return b"".join(lines), raw[at + len(line) :]
        at += len(line)
        if _MAIL_NAME.match(line):
            if first_other >= 0:
                lines[kept:] = _headers_alone(lines[kept:])
            first_other = -1
        elif first_other < 0 and line[:1] not in b" \t" and not _NAME.match(line):
            first_other, kept = at - len(line), len(lines)
            continue
        lines.append(line)
    if first_other < 0:
        return b"".join(lines), raw[MAX_HEADERS:]
    return b"".join(lines[:kept]), raw[first_other:]


def _headers_alone(lines: list[bytes]) -> list[bytes]:
    """Return lines without those that are no header; what is folded goes with its line."""
    kept, is_header = [], False
    for line in lines:
        is_header = is_header if line[:1] in b" \t" else bool(_NAME.match(line))
        if is_header:
            kept.append(line)
    return kept


def of(parsed: Message, body: bytes, declared: str) -> tuple[dict[str, str], str]:
    """Return the headers of a message as text, and the codec of their raw bytes.

    The headers stand by lower-case name; the first of each name counts. The codec is empty if all
    of them are ASCII.

    Args:
        parsed: The message, parsed with the policy `compat32`.
        body: Bytes of the body; its character set is probably that of the headers.
        declared: Character set that the message declares, or empty.
    """
    given = [(name.lower(), value) for name, value in parsed.raw_items()]
    bare = [_bytes(value) for name, value in given if not value.isascii()]
    codec = ""
    if bare:
        sample = body[:4000] if not body.isascii() else b""
        codec = codec_of(b"\n".join(bare) + b"\n" + sample, declared)
    headers: dict[str, str] = {}
    for name, value in given:
        if name not in _LEFT_OUT and name not in headers:
            headers[name] = text_of(value, codec, declared)
    return headers, codec


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def codec_of(raw: bytes, declared: str = "") -> str:
    """Return the Python codec of bytes, chosen as for the body of a document.

    Args:
        raw: Bytes in one character set.
        declared: Character set that they declare, or empty.

    >>> codec_of("Götz über Bücher".encode("latin-1")), codec_of("Götz".encode("utf-8"))
    ('iso-8859-1', 'utf-8')
    """
    label = encoding.decode(raw, declared or None).encoding
    return CODECS.get(label, label)


def text_of(value: str, codec: str = "", declared: str = "") -> str:
    """Return the text of a header.

    Args:
        value: The header as `email` gives it, with surrogates for raw bytes.
        codec: Codec of the raw bytes.
        declared: Character set that the message declares, for words of an unknown one.
    """
    if not value.isascii():
        raw = _bytes(value)
        try:
            value = raw.decode(codec or "utf-8")
        except (UnicodeDecodeError, LookupError):
            value = encoding.decode(raw, declared or None).text
    if "=?" in value:
        value = _unworded(value, declared)
    value = value.encode("utf-8", "replace").decode("utf-8")
    return " ".join(value.replace("\0", "").split())[:_LONGEST]


def _unworded(value: str, declared: str) -> str:
    """Return a header with its encoded words decoded, also those of unknown character sets."""
    if value.isascii():
        try:
            text = str(make_header(decode_header(value)))
            if "\ufffd" not in text:
                return text
        except (ValueError, LookupError, HeaderParseError):
            pass

    def decoded(match: re.Match[str]) -> str:
        text = match[3]
        try:
            if match[2] in "bB":
                raw = base64.b64decode(text + "=" * (-len(text) % 4))
            else:
                raw = quopri.decodestring(text.replace("_", " ").encode("utf-8"), header=True)
        except (ValueError, binascii.Error):
            return match[0]
        charset = match[1].partition("*")[0]  # RFC 2231 adds the language
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            return encoding.decode(raw, declared or None).text

    return _WORD.sub(decoded, value)
