"""Parts of a MIME message: its text, the messages inside it, and what else hangs on it."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from erastyle.corpus.decode import encoding

_BOILERPLATE = re.compile(rb"MIME|multi-?part|attachment", re.IGNORECASE)
MAX_DEPTH = 8
"""Most messages inside one another that are read."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a message holds.

    Attributes:
        body: Bytes of its text, the parts joined in their order.
        content_type: Type and character set of the body.
        messages: Number and bytes of each message inside it.
        pages: Number, bytes and content type of each HTML part that is a text of its own.
        others: Number and media type of each other part.
    """

    body: bytes
    content_type: str
    messages: list[tuple[int, bytes]] = field(default_factory=list)
    pages: list[tuple[int, bytes, str]] = field(default_factory=list)
    others: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A part without parts; `number` counts those of the message."""

    number: int
    part: Message
    kind: str
    raw: bytes
    group: int
    """Number of the `multipart/alternative` around it, or -1."""


def contents(raw: bytes) -> Contents:
    """Return what a message holds.

    Every inline text is part of the message. Of alternatives of one text, the plain one counts. A
    message that says `multipart` and has no boundary is a text as it stands.

    Args:
        raw: Headers and body.

    Source:
        RFC 2046, section 5.1.
    """
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    if message.get_content_maintype() == "multipart" and not message.is_multipart():
        return Contents(_payload(message), "text/plain")
    leaves: list[_Leaf] = []
    inner: list[tuple[int, bytes]] = []
    for part, group in _walk(message, -1):
        number = len(leaves) + len(inner)
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            held = part.get_payload(0)
            inner.append((number, held.as_bytes() if isinstance(held, Message) else b""))
        else:
            leaves.append(_Leaf(number, part, part.get_content_type(), _payload(part), group))
    chosen = _chosen(leaves)
    texts = [leaf for leaf in chosen if leaf.kind != "text/html"]
    pages = [leaf for leaf in chosen if leaf.kind == "text/html"]
    if not texts and pages:
        texts, pages = pages[:1], pages[1:]
    body, content_type = _joined(texts, message)
    kept = {leaf.number for leaf in (*texts, *pages)}
    return Contents(
        body,
        content_type,
        inner,
        [(leaf.number, leaf.raw, _type(leaf.part)) for leaf in pages],
        [(leaf.number, leaf.kind) for leaf in leaves if leaf.number not in kept],
    )


def _walk(part: Message, group: int) -> Iterator[tuple[Message, int]]:
    """Yield each part without parts, and each message inside, with the alternative around it."""
    if part.get_content_type() == "message/rfc822" or not part.is_multipart():
        yield part, group
        return
    inside = id(part) if part.get_content_type() == "multipart/alternative" else group
    held = part.get_payload()
    for inner in held if isinstance(held, list) else []:
        if isinstance(inner, Message):
            yield from _walk(inner, inside)


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _chosen(leaves: list[_Leaf]) -> list[_Leaf]:
    """Return the parts that are text of the message: one of each group of alternatives."""
    chosen: list[_Leaf] = []
    texts = [
        leaf
        for leaf in leaves
        if leaf.kind.startswith("text/") and leaf.part.get_content_disposition() != "attachment"
    ]
    for leaf in texts:
        if leaf.group == -1:
            if leaf.kind in ("text/plain", "text/html"):
                chosen.append(leaf)
            continue
        rivals = [other for other in texts if other.group == leaf.group and other.raw.strip()]
        for kind in ("text/plain", "text/html", "text/"):
            best = [other for other in rivals if other.kind.startswith(kind)]
            if best:
                chosen += (
                    [leaf] if leaf in best and (kind == "text/plain" or leaf is best[0]) else []
                )
                break
    return chosen or texts[:1]


def _type(part: Message) -> str:
    charset = str(part.get_content_charset() or "")
    return part.get_content_type() + (f"; charset={charset}" if charset else "")


def _joined(texts: list[_Leaf], message: Message) -> tuple[bytes, str]:
    """Return the texts of a message as one, in one character set, with what stands around them."""
    pieces = [(leaf.raw, _type(leaf.part)) for leaf in texts]
    if not pieces or not pieces[0][1].startswith("text/html"):
        before, after = (_around(t) for t in (message.preamble, message.epilogue))
        pieces = [(t, "text/plain") for t in (before,) if t] + pieces
        pieces += [(t, "text/plain") for t in (after,) if t]
    pieces = [piece for piece in pieces if piece[0].strip()]
    if not pieces:
        return b"", "text/plain"
    if len(pieces) == 1:
        return pieces[0]
    types = {kind for raw, kind in pieces if not raw.isascii()}
    if len(types) <= 1:
        return b"\n".join(_ended(raw) for raw, _ in pieces), next(iter(types), pieces[0][1])
    decoded = (encoding.decode(raw, _charset(kind)).text for raw, kind in pieces)
    joined = "\n".join(text.rstrip("\n") + "\n" for text in decoded)
    return joined.encode(), "text/plain; charset=utf-8"


def _around(text: object) -> bytes:
    """Return what stands before the first or behind the last part, unless a program wrote it."""
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""
    return b"" if _BOILERPLATE.search(raw) or not raw.strip() else raw


def _ended(raw: bytes) -> bytes:
    return raw.rstrip(b"\r\n") + b"\n"


def _charset(content_type: str) -> str | None:
    return content_type.partition("charset=")[2] or None
