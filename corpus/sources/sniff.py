"""Recognises text and media types by file name and first bytes."""

from __future__ import annotations

import re

_MAGIC = (
    (b"GIF8", "image/gif"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"{\\rtf", "application/rtf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x1f\x9d", "application/x-compress"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf", "application/x-7z-compressed"),
    (b"Rar!\x1a", "application/x-rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"\0\0\x03\xf3", "application/x-amiga-executable"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"SQLite format 3\0", "application/x-sqlite3"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b".snd", "audio/basic"),
    (b"MThd", "audio/midi"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"PAR1", "application/vnd.apache.parquet"),
)
_FIRST = frozenset({magic[:1] for magic, _ in _MAGIC} | {b"R", b"F"})
_RIFF = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}

_BY_ENDING = {
    name: media_type
    for media_type, names in {
        "image/gif": "gif",
        "image/jpeg": "jpg jpeg",
        "image/png": "png",
        "image/bmp": "bmp",
        "image/x-xbitmap": "xbm",
        "image/x-xpixmap": "xpm",
        "image/x-icon": "ico",
        "image/tiff": "tif tiff",
        "image/x-pcx": "pcx",
        "image/x-ilbm": "iff",
        "image/svg+xml": "svg",
        "image/webp": "webp",
        "audio/wav": "wav",
        "audio/basic": "au",
        "audio/midi": "mid",
        "audio/mod": "mod",
        "audio/mpeg": "mp3",
        "audio/realaudio": "ra",
        "video/quicktime": "mov",
        "video/mpeg": "mpg",
        "video/x-msvideo": "avi",
        "video/mp4": "mp4",
        "text/css": "css",
        "text/javascript": "js",
        "application/json": "json",
        "text/xml": "xml",
        "application/java-vm": "class",
        "application/x-executable": "exe dll",
        "application/pdf": "pdf",
        "application/postscript": "ps eps",
        "application/rtf": "rtf",
        "text/csv": "csv",
        "application/x-shockwave-flash": "swf",
        "application/x-python": "pyc",
        "text/x-c": "c h",
        "application/x-object": "o",
        "application/x-lha": "lha lzh",
        "application/x-arj": "arj",
        "application/x-compress": "z",
        "application/x-rar": "rar",
        "application/mac-binhex40": "hqx",
        "application/x-stuffit": "sit",
        "text/x-uuencode": "uue",
        "application/warc": "warc",
        "text/x-cdx": "cdx",
        "application/vnd.apache.parquet": "parquet",
        "application/jsonl": "jsonl",
        "text/yaml": "yaml yml",
        "font/woff": "woff",
        "font/ttf": "ttf",
    }.items()
    for name in names.split()
}
_HTML_ENDINGS = {"html", "htm", "shtml", "xhtml", "sht", "phtml", "stm", "asp", "jsp", "php"}

_TAG = re.compile(
    rb"<\s*(?:!doctype|html|head|title|body|h[1-6]|p|a\s+(?:href|name)|center|hr|table|frameset|pre)"
    rb"[\s>]",
    re.IGNORECASE,
)
# Tab, line feed, vertical tab, form feed, return, backspace (overstrike), escape (ANSI), ^Z (DOS).
_CONTROL = bytes(set(range(32)) - {8, 9, 10, 11, 12, 13, 26, 27}) + b"\x7f"
_LOOK = 8192
UNKNOWN = "application/octet-stream"
"""Media type of binary data with unknown first bytes."""


def ending(name: str) -> str:
    """Return the text after the last dot of a file name, in lower case, or empty.

    >>> ending("a.b/INDEX.HTM"), ending("a.b/README")
    ('htm', '')
    """
    last = name.rsplit("/", 1)[-1]
    return last.rsplit(".", 1)[-1].lower() if "." in last.lstrip(".") else ""


def no_document(name: str) -> str:
    """Return the media type of a file whose name excludes a document, or empty.

    >>> no_document("pics/cat.GIF"), no_document("README.1ST")
    ('image/gif', '')
    """
    return _BY_ENDING.get(ending(name), "")


def named_as_document(name: str) -> bool:
    """Say whether the name of a file is that of a text.

    >>> named_as_document("a/index.html"), named_as_document("a/game")
    (True, False)
    """
    return ending(name) in _HTML_ENDINGS | {"txt", "text", "readme", "md"}


def binary_type(raw: bytes) -> str:
    r"""Return the media type of binary data, or empty for text.

    Text in any 8-bit character set or UTF-16 counts as text, even with a few NUL bytes.

    >>> binary_type(b"GIF89a..."), binary_type("Übung macht den Meister".encode("cp437"))
    ('image/gif', '')
    """
    if raw[:1] in _FIRST:
        for magic, kind in _MAGIC:
            if raw.startswith(magic):
                return kind
        if raw.startswith(b"RIFF"):
            return _RIFF.get(raw[8:12], "application/x-riff")
        if raw.startswith(b"FORM") and raw[8:12].isalnum() and b"\0" in raw[:8]:
            return "application/x-iff"
    if raw[2:4] == b"-l" and raw[6:7] == b"-":
        return "application/x-lha"
    if raw.startswith(b"MZ") and b"\0" in raw[:64]:
        return "application/x-executable"
    head = raw[:_LOOK]
    if not head or _is_utf16(head):
        return ""
    control = len(head) - len(head.translate(None, _CONTROL))
    return UNKNOWN if control > max(8, len(head) * 0.05) else ""


def _is_utf16(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if head.count(0) < len(head) // 4:
        return False
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    return half > 8 and max(even, odd) > half * 0.7 and min(even, odd) < half * 0.05


def text_type(name: str, raw: bytes) -> str:
    """Return `text/html` or `text/plain` for a text, by its name and its markup.

    Args:
        name: File name or URL, or empty.
        raw: Bytes of the text.

    >>> text_type("README", b"<TITLE>Hi</TITLE> there"), text_type("a.txt", b"1 < 2")
    ('text/html', 'text/plain')
    """
    if ending(name) in _HTML_ENDINGS:
        return "text/html"
    head = raw[:2048]
    first = _TAG.search(head)
    # A text that only mentions a tag starts with prose.
    marked_up = first and first.start() < 512 and head.lstrip()[:1] == b"<"
    return "text/html" if marked_up else "text/plain"
