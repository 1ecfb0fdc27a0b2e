"""Bytes to text: which encoding a document was written in, and repair of what was decoded wrongly.

The order is: byte order mark, escape sequences (ISO-2022), strict UTF-8, what the document
declares, then candidates (the era's, the common ones, chardet's) by how plausible the decoded text
is; see `plausibility`. A declaration is a hint, not a fact: of the pages of the 1990s that declared
anything, many said `iso-8859-1` and meant the code page of their machine.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from erastyle.corpus.plausibility import plausibility


class Decoded(NamedTuple):
    r"""A decoded document.

    Attributes:
        text: The text, `\n` line ends, no NUL, no lone surrogate.
        encoding: Name of the encoding, such as `windows-1252`.
        repaired: Whether the text held mojibake, or bytes of two encodings, that was repaired.
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

COMMON = ("windows-1252", "mac-roman", "cp437", "cp850")
"""Tried for every document; the Western encodings of PCs, Macs and Unix machines."""

WIDER = [
    "windows-1250",
    "iso-8859-2",
    "cp852",
    "windows-1251",
    "koi8-r",
    "cp866",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
]
"""Tried where high bytes stand beside each other, which Western text rarely does."""

SAMPLE = 400  # high bytes looked at; more do not change the decision
WINDOW = 262_144  # bytes in which they are looked for: bounds the time for one huge line
SURE = 0.35  # a declared encoding stands unless another one is this much more plausible per byte

_WESTERN_LATIN = {
    "iso-8859-1",
    "latin-1",
    "latin1",
    "ascii",
    "us-ascii",
    "iso8859-1",
    "iso-8859-15",
}
_SPELLINGS = {
    "cp1252": "windows-1252",
    "macroman": "mac-roman",
    "mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "sjis": "shift_jis",
    "cp932": "shift_jis",
    "x-euc-jp": "euc_jp",
    "euc-jp": "euc_jp",
    "euc-kr": "euc_kr",
    "cp949": "euc_kr",
    "ks_c_5601-1987": "euc_kr",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
}
_DOUBLE = {"shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"}
_CODECS = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "cp950"}  # supersets that were in use
_ESCAPED = re.compile(rb"\x1b(?:\$[@AB]|\$\([CD]|\$\)[ACG]|\([BIJ])")
_HIGH = re.compile(rb"[\x80-\xff]")
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
    b"\x89PNG", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"PK\x03\x04", b"%PDF-", b"\x1f\x8b",
    b"\x7fELF", b"MZ", b"Rar!", b"BZh", b"RIFF", b"\xd0\xcf\x11\xe0", b"\xca\xfe\xba\xbe",
    b"\x00\x00\x03\xf3",  # AmigaOS load file
)  # fmt: skip


def name(charset: str) -> str:
    """Return the name this module uses for `charset`, or empty for one that nobody knows.

    >>> name("x-mac-roman"), name("ISO_8859-1:1987"), name("x-unknown")
    ('mac-roman', 'iso-8859-1', '')
    """
    wanted = charset.strip().strip("\"'").lower().replace("iso_8859", "iso-8859").partition(":")[0]
    wanted = _SPELLINGS.get(wanted, wanted)
    try:
        codecs.lookup(wanted)
        "".encode(wanted)
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
    found = codecs.lookup(wanted).name
    return _SPELLINGS.get(found, wanted)


def looks_binary(raw: bytes) -> bool:
    r"""Say whether `raw` is no text at all: a known file head, or too many control bytes.

    UTF-16 and UTF-32 hold NUL bytes and are text; ISO-2022 and ANSI art hold escapes and are too.

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
        raw: The bytes of a document.
        declared: Charset from HTTP, mail or a META element, if any. Declared ISO 8859-1 and ASCII
            are read as Windows-1252, as browsers do (WHATWG Encoding Standard, section 4.2).
        expected: Encodings of the era, the likeliest first; they decide between equals.

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
        mixed = _finish(raw.decode("utf-8", _AS_1252), "utf-8", 0.9)
        return mixed._replace(repaired=True)
    label, sure = _choose(raw, name(declared) if declared else "", expected)
    text = raw.decode(_CODECS.get(label, label), _AS_1252 if label not in _DOUBLE else "replace")
    if label == "windows-1252" and not re.search(rb"[\x80-\x9f]", raw):
        label = "iso-8859-1"
    return _finish(text, label, sure)


def sha256(raw: bytes) -> str:
    """Return the hexadecimal SHA-256 of the raw bytes."""
    return hashlib.sha256(raw).hexdigest()


def scrub(text: str) -> str:
    """Return `text` without what no file may hold: lone surrogates and NUL.

    A surrogate that stands for a byte (`surrogateescape`) becomes the Windows-1252 character.
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


def _choose(raw: bytes, declared: str, expected: Sequence[str]) -> tuple[str, float]:
    """Return the likeliest encoding of `raw` and how sure that is."""
    if declared in _WESTERN_LATIN:
        declared = "windows-1252"
    sample, adjacent = _sample(raw)
    wanted = [name(e) for e in expected]
    wanted = ["windows-1252" if e in _WESTERN_LATIN else e for e in wanted]
    candidates = [declared, *wanted, *COMMON]
    if adjacent > 0.25 or b"~" in raw[:64]:
        candidates += WIDER
    candidates += _chardet(raw)
    scores: dict[str, float] = {}
    texts: dict[str, str] = {}
    for label in dict.fromkeys(filter(None, candidates)):
        text = _try(sample, label)
        if text is None:
            continue
        same = next((other for other, seen in texts.items() if seen == text), None)
        if same:  # decodes alike here: the earlier one (declared, expected) stands
            continue
        texts[label] = text
        prior = 0.02 if label in wanted or label == "windows-1252" else 0.0
        scores[label] = plausibility(text) * (2 if label in _DOUBLE else 1) + prior
    if not scores:
        return "windows-1252", 0.1
    order = sorted(scores, key=lambda label: -scores[label])
    best = order[0]
    if declared in scores and scores[best] - scores[declared] < SURE:
        best = declared
    others = [scores[label] for label in order if label != best]
    margin = scores[best] - max(others) if others else 1.0
    return best, round(min(0.99, max(0.3, 0.5 + margin / 2)), 2)


def _sample(raw: bytes) -> tuple[bytes, float]:
    """Return the surroundings of the first high bytes, and the share that stand side by side."""
    head = raw[:WINDOW]
    pieces: list[bytes] = []
    end = count = adjacent = 0
    last = -2
    for match in _HIGH.finditer(head):
        at = match.start()
        adjacent += at == last + 1
        last = at
        count += 1
        if at >= end:
            start = max(end, at - 24)
            if start > end:
                pieces.append(b"\n")
            end = min(len(head), at + 24)
            pieces.append(head[start:end])
        if count >= SAMPLE:
            break
    if not count:  # all high bytes lie beyond the window
        first = _HIGH.search(raw)
        at = first.start() if first else 0
        return raw[max(0, at - 24) : at + WINDOW // 64], 0.0
    share = adjacent / count
    # Double-byte text must not be cut inside a character: give it whole, from the start.
    words = head[:4096]
    return (head[: last + 1], share) if share > 0.25 else (b"".join(pieces) + b"\n" + words, share)


def _try(sample: bytes, label: str) -> str | None:
    codec = _CODECS.get(label, label)
    if label in _DOUBLE or codec.startswith(("iso2022", "utf")):
        try:
            decoder = codecs.getincrementaldecoder(codec)("strict")
            return decoder.decode(sample, final=False)
        except (UnicodeError, LookupError):
            return None
    try:
        return sample.decode(codec, _AS_1252)
    except (UnicodeError, LookupError):
        return None


def _chardet(raw: bytes) -> list[str]:
    import chardet

    found = chardet.detect_all(raw[:65536], ignore_threshold=False)
    return [name(f["encoding"]) for f in found[:5] if f["encoding"]]


def _escaped(raw: bytes, declared: str | None) -> Decoded | None:
    """Return text in an ISO-2022 encoding, or None: other escapes are terminal art."""
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
    """Say whether nearly all high bytes are parts of UTF-8 sequences."""
    head = raw[:WINDOW]
    inside = sum(len(found) for found in _UTF8.findall(head))
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
    """Return `text` with mojibake undone, and whether there was any.

    Only lines with a telling pair of characters are touched, by `ftfy.fix_encoding`; `fix_text`
    would also flatten quotes, dashes and line art, which belong to the style.

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


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in wrong), error.end


_WINDOWS = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
_AS_1252 = "erastyle-1252"
codecs.register_error(_AS_1252, _as_1252)
