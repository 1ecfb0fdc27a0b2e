"""Reads web pages of hypermail and MHonArc, and returns the messages in them."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

_PAIR = re.compile(r'<!--\s*(\w+)="([^"]*)"\s*-->')
_FIELD = re.compile(r"X-([A-Za-z0-9-]{1,40}):\s?(.*)", re.DOTALL)
_BODIES = (
    (re.compile(r'<!--\s*body="start"\s*-->'), re.compile(r'<!--\s*body="end"\s*-->')),
    (re.compile(r"<!--X-Body-of-Message-->"), re.compile(r"<!--X-Body-of-Message-End-->")),
)
_NAMES = {
    "sent": "date",
    "received": "x-received",
    "name": "x-name",
    "email": "x-email",
    "subject": "subject",
    "id": "message-id",
    "inreplyto": "in-reply-to",
    "isosent": "x-isosent",
}
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_PRE = re.compile(r"<(/?)pre\b[^>]{0,200}>", re.IGNORECASE)
_BREAK = re.compile(r"<br\b[^>]{0,100}>[ \t]*\r?\n?", re.IGNORECASE)
_BLOCK = re.compile(
    r"\s{0,50}<(?:/?(?:p|div|blockquote|ul|ol|table|tr|h[1-6]|dl)|hr|li|dd|dt)\b[^>]{0,300}>\s{0,50}",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_LOOK = 65536


def is_message_page(raw: bytes) -> bool:
    """Say whether bytes are a message page of hypermail or MHonArc, and not an index.

    >>> is_message_page(b'<!-- received="x" --><!-- body="start" -->'), is_message_page(b"<HTML>")
    (True, False)
    """
    head = raw[:_LOOK]
    return b"<!--X-Body-of-Message-->" in head or (
        b'="' in head and re.search(rb'<!--\s*body="start"\s*-->', head) is not None
    )


def message_of(raw: bytes) -> tuple[dict[str, str], bytes]:
    r"""Return the headers of a message page by lower-case name, and its text as UTF-8.

    >>> page = b'<!-- name="Ann" --><!-- email="ann@a.b" --><!-- sent="3 Apr 1994" -->'
    >>> body = b'<!-- body="start" --><P>\n&gt; Rain.<BR>\nSun.<BR>\n<!-- body="end" -->'
    >>> message_of(page + body)
    ({'date': '3 Apr 1994', 'from': 'Ann <ann@a.b>'}, b'> Rain.\nSun.\n')

    Source:
        The pages of hypermail 1.02 (1994) to 2.4 and MHonArc 1.0 (1994) to 2.6.
    """
    text = _decoded(raw)
    headers: dict[str, str] = {}
    start, end = len(text), len(text)
    for opening, closing in _BODIES:
        begin = opening.search(text)
        if begin:
            start = begin.end()
            closed = [m.start() for m in closing.finditer(text, start)]
            end = closed[-1] if closed else len(text)
            break
    for name, value in _PAIR.findall(text[:start]):
        key = _NAMES.get(name.lower())
        if key and value:
            headers.setdefault(key, _clean(value))
    references: list[str] = []
    for comment in _comments(text[:start]):
        field = _FIELD.match(comment)
        if not field:
            continue
        name, value = field[1].lower(), _clean(field[2])
        if name.endswith("-r13"):  # MHonArc hides addresses from collectors by rot13
            name, value = name.removesuffix("-r13"), codecs.decode(value, "rot13")
        if name == "reference":
            references.append(value if value.startswith("<") else f"<{value}>")
        elif name in ("from", "date", "subject", "message-id", "derived", "in-reply-to"):
            headers.setdefault(name, value)
    if references:
        headers["references"] = " ".join(references)
    _finish(headers)
    return headers, _text(text[start:end]).encode("utf-8", "replace")


def _finish(headers: dict[str, str]) -> None:
    name, address = headers.pop("x-name", ""), headers.pop("x-email", "")
    if address or name:
        both = f"{name} <{address}>" if name and name != address and address else address or name
        headers.setdefault("from", both)
    iso, received = headers.pop("x-isosent", ""), headers.pop("x-received", "")
    if re.fullmatch(r"\d{14}", iso):
        headers["date"] = f"{iso[:4]}-{iso[4:6]}-{iso[6:8]}"
    elif received:
        headers.setdefault("date", received)
    for key in ("message-id", "in-reply-to"):
        value = headers.get(key, "")
        if value and "@" in value and "<" not in value:
            headers[key] = f"<{value.split()[0]}>"


def _decoded(raw: bytes) -> str:
    declared = _CHARSET.search(raw[:_LOOK])
    names = [declared[1].decode("ascii", "replace")] if declared else []
    for name in [*names, "utf-8"]:
        try:
            return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def _clean(value: str) -> str:
    return " ".join(html.unescape(value).replace("\0", "").split())[:2000]


def _comments(text: str) -> Iterator[str]:
    """Yield the content of each comment, in time linear in the length of `text`."""
    at = text.find("<!--")
    while at >= 0:
        end = text.find("-->", at)
        if end < 0:
            return
        yield text[at + 4 : end].strip()
        at = text.find("<!--", end)


def _without_comments(text: str) -> str:
    out: list[str] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        out.append(text[at:start])
        at = end + 3
    return "".join([*out, text[at:]])


def _text(body: str) -> str:
    """Return the text of a message body, with line ends at BR and block tags."""
    body = _without_comments(body)
    out: list[str] = []
    literal = 0
    at = 0
    for tag in [*_PRE.finditer(body), None]:
        piece = body[at : tag.start() if tag else len(body)]
        if not literal:
            if out:  # the line on which a literal block closed
                piece = re.sub(r"^[ \t]*\r?\n", "", piece)
            piece = _BLOCK.sub("\n\n", _BREAK.sub("\n", piece))
        else:
            piece = re.sub(r"<br\b[^>]{0,100}>\r?\n?", "\n", piece, flags=re.IGNORECASE)
        out.append(_TAG.sub("", piece))
        if tag:
            literal = max(0, literal + (-1 if tag[1] else 1))
            at = tag.end()
    text = html.unescape("".join(out)).replace("\r\n", "\n").replace("\xa0", " ")
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return text.rstrip() + "\n" if text.strip() else ""
