"""Decodes the bytes of a document, and repairs text that an earlier program decoded wrongly.

The order is: byte order mark, escape sequences (ISO-2022), strict UTF-8, the declared encoding,
then candidates (the era's, the common ones, chardet's) by the plausibility of the decoded text; see
`erastyle.corpus.decode.plausibility`. A declaration is a hint: many pages of the 1990s declare
`iso-8859-1` and are in the code page of their machine.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from erastyle.corpus.decode.charsets import AS_1252, CODECS, DOUBLE, WINDOW, choose
from erastyle.corpus.decode.charsets import name as name


class Decoded(NamedTuple):
    r"""A decoded document.

    Attributes:
        text: The text, with `\n` line ends, without NUL and lone surrogates.
        encoding: Name of the encoding, such as `windows-1252`.
        repaired: Whether mojibake, or bytes of two encodings, were repaired.
        confidence: 0 (a guess) to 1 (certain).
    """

    text: str
    encoding: str
    repaired: bool
    confidence: float


BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),  # before UTF-16: it begins with the same bytes
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)

_ESCAPED = re.compile(rb"\x1b(?:\$[@AB]|\$\([CD]|\$\)[ACG]|\([BIJ])")
_CSI = re.compile(rb"\x9b(?=[0-9;]{0,12}[A-Za-z])(?:(?=[0-9;])|(?=[HJKm]))")
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# A lead byte of UTF-8 shown in a Western code page, then what a following byte looks like there.
_MOJIBAKE = re.compile(
    "[\u00c2-\u00c5\u00c9\u00d0\u00d1\u00e2-\u00e9\u00ef]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
    "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x19\x1c-\x1f\x7f]")
_MAGIC = (
    b"\x89PNG",
    b"GIF87a",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"%PDF-",
    b"\x1f\x8b",
    b"\x7fELF",
    b"MZ",
    b"Rar!",
    b"BZh",
    b"RIFF",
    b"\xd0\xcf\x11\xe0",
    b"\xca\xfe\xba\xbe",
    b"\x00\x00\x03\xf3",  # AmigaOS load file
)


def looks_binary(raw: bytes) -> bool:
    r"""Say whether `raw` is binary: it has a known file head, or too many control bytes.

    UTF-16 and UTF-32 with their NUL bytes count as text; so do ISO-2022 and ANSI art with escapes.

    >>> looks_binary(b"GIF89a\x01\x00"), looks_binary(b"caf\xe9\r\n\x1b[1mHi\x1b[0m")
    (True, False)
    """
    if raw.startswith(_MAGIC[:7]) or (raw.startswith(_MAGIC[7:]) and b"\0" in raw[:512]):
        return True
    head = raw[:65536]
    if not head or raw.startswith(tuple(bom for bom, _, _ in BOMS)) or _unmarked_utf16(head):
        return False
    return len(_CONTROL.findall(head)) > 0.02 * len(head) + 1


def decode(raw: bytes, declared: str | None = None, expected: Sequence[str] = ()) -> Decoded:
    r"""Return `raw` as text.

    Args:
        raw: Bytes of a document.
        declared: Charset from HTTP, mail or a META element. Declared ISO 8859-1 and ASCII are read
            as Windows-1252, as in browsers (WHATWG Encoding Standard, section 4.2).
        expected: Encodings of the era, the likeliest first; they decide between equal candidates.

    >>> decode(b"caf\xe9\r\n")
    Decoded(text='café\n', encoding='iso-8859-1', repaired=False, confidence=...)
    >>> decode(b"caf\x8e").encoding, decode(b"caf\x82").text
    ('mac-roman', 'café')
    """
    for bom, codec, label in BOMS:
        if raw.startswith(bom):
            return _finish(raw.decode(codec, "replace"), label, 1.0)
    if raw.isascii():
        escaped = _escaped(raw, declared) if b"\x1b" in raw else None
        return escaped or Decoded(
            _lines(raw.decode("ascii")), "ascii", repaired=False, confidence=1.0
        )
    try:
        return _finish(raw.decode("utf-8"), "utf-8", 1.0)
    except UnicodeDecodeError:
        pass
    codec16 = _unmarked_utf16(raw[:4096])
    if codec16:
        return _finish(raw.decode(codec16, "replace"), codec16, 0.9)
    if _mostly_utf8(raw):
        mixed = _finish(raw.decode("utf-8", AS_1252), "utf-8", 0.9)
        return mixed._replace(repaired=True)
    if (
        b"\x9b" in raw
    ):  # the one-byte CSI of ECMA-48, in the Amiga's colored text; ESC [ is the same
        raw = _CSI.sub(b"\x1b[", raw)
        if raw.isascii():
            return Decoded(_lines(raw.decode("ascii")), "ascii", repaired=False, confidence=0.9)
    label, sure = choose(raw, name(declared) if declared else "", expected)
    text = raw.decode(CODECS.get(label, label), AS_1252 if label not in DOUBLE else "replace")
    if label == "windows-1252" and not re.search(rb"[\x80-\x9f]", raw):
        label = "iso-8859-1"
    return _finish(text, label, sure)


def sha256(raw: bytes) -> str:
    """Return the hexadecimal SHA-256 of the raw bytes."""
    return hashlib.sha256(raw).hexdigest()


def scrub(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which no file may hold.

    A surrogate for a byte (`surrogateescape`) becomes the Windows-1252 character of that byte.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub(_unescape, text)
    return text


def _unescape(match: re.Match[str]) -> str:
    code = ord(match[0])
    byte = code - 0xDC00
    return bytes([byte]).decode("cp1252", "ignore") if 0x80 <= byte <= 0xFF else ""


def _escaped(raw: bytes, declared: str | None) -> Decoded | None:
    """Return text in an ISO-2022 encoding, or None if the escapes are terminal art."""
    if not _ESCAPED.search(raw[:WINDOW]):
        return None
    named = [name(declared)] if declared and "2022" in declared else []
    for label in filter(None, [*named, "iso2022_jp", "iso2022_jp_2", "iso2022_kr"]):
        try:
            return _finish(
                raw.decode(label), label.replace("_", "-").replace("iso2", "iso-2"), 0.99
            )
        except UnicodeDecodeError:
            continue
    return None


def _unmarked_utf16(head: bytes) -> str:
    if head.count(0) < len(head) * 0.3 or len(head) < 16:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else ""


def _mostly_utf8(raw: bytes) -> bool:
    """Say whether at least 80 % of the high bytes are parts of UTF-8 sequences."""
    head = raw[:WINDOW]
    inside = sum(len(sequence) for sequence in _UTF8.findall(head))
    high = len(head) - len(head.translate(None, bytes(range(128, 256))))
    return inside >= 6 and inside >= 0.8 * high


def _finish(text: str, label: str, confidence: float) -> Decoded:
    text = _lines(text)
    repaired, changed = repair(text)
    return Decoded(repaired, label, changed, confidence)


def _lines(text: str) -> str:
    text = scrub(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip("\x1a")  # the end-of-file mark of CP/M and DOS


def repair(text: str) -> tuple[str, bool]:
    """Return `text` without mojibake, and whether there was any.

    `ftfy.fix_encoding` repairs the lines that hold a typical pair of characters. `ftfy.fix_text`
    would also change quotes, dashes and line art, which belong to the style.

    >>> repair("na\u00c3\u00afve caf\u00c3\u00a9")
    ('naïve café', True)
    """
    if text.isascii() or not _MOJIBAKE.search(text):
        return text, False
    import ftfy

    lines = text.split("\n")
    changed = False
    for i in _suspects(lines):
        better = ftfy.fix_encoding(lines[i]) if len(lines[i]) < 100_000 else lines[i]
        # One pair may be chance ("Ã©" in a table of characters): a repair must leave no rubbish.
        if better != lines[i] and "\ufffd" not in better and "\n" not in better:
            lines[i] = better
            changed = True
    return ("\n".join(lines), True) if changed else (text, False)


def _suspects(lines: Iterable[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if _MOJIBAKE.search(line)]
