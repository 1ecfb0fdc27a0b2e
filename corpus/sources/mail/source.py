"""Reads mbox files, maildirs and articles (RFC 822, 1036), and yields a record for each message."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import BinaryIO

from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.archives import ERRORS, ArchiveMember
from erastyle.corpus.sources.base import Item, too_large, unreadable
from erastyle.corpus.sources.mail import dates, hypermail
from erastyle.corpus.sources.mail import header_lines as mail_headers
from erastyle.corpus.sources.mail import mime_parts as parts
from erastyle.corpus.sources.mail.mbox import RawMessage, messages
from erastyle.corpus.sources.mail.rules import CHOICES, VERSION, MailRules, Treatment
from erastyle.corpus.sources.members import MemberSource

_MAIL_HEADERS = re.compile(
    rb"^(?:from|subject|newsgroups|date|path|received|message-id|to|return-path):",
    re.IGNORECASE | re.MULTILINE,
)
_SAVED_BY_RN = re.compile(rb"Article:? \d+ (?:of|in) [^\n]{1,200}\n")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_LIST_HEADERS = ("list-id", "x-mailing-list", "mailing-list", "x-list", "list-post")
_STATED = ("date", "nntp-posting-date", "posted")
_ARRIVALS = ("date-received", "delivery-date", "x-received", "x-original-arrival-time")


class MailSource(MemberSource):
    """mbox files, maildirs, articles, pages of hypermail and MHonArc; also in zip and tar files.

    `mbox:PATH?site=author` makes the author the site, `site=thread` the thread, `site=hierarchy`
    `comp`, `rec`, …, and `site=file` the file. By default the site is the newsgroup, the mailing
    list or the author. `MailRules` explains `quotes=`, `signatures=` and `authors=`.
    """

    what = "mail"
    known = (*CHOICES, "salt")

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check path and options.

        Args:
            spec: The source as the person wrote it.
            location: Path of a file, folder or archive.
            options: Options after the `?` of the spec.

        Raises:
            SourceError: The path does not exist, or cannot be read.
            ConfigError: An option or its value is unknown.
        """
        super().__init__(spec, location, options)
        self._rules = MailRules.of(spec, options)

    def _salt(self) -> str:
        return f"{super()._salt()}{VERSION}\n"

    def read(self) -> Iterator[Item]:
        """Yield the text of each message as a record, and each attachment as skipped."""
        treatment = Treatment(self._rules)
        for member in self.walk(stream=True):
            if not isinstance(member, ArchiveMember):
                yield member
                continue
            other = sniff.no_document(member.label)
            if other:
                yield Skipped(member.label, "not text", other)
                continue
            try:
                with member.open() as stream:
                    yield from read_mail(stream, member.label, treatment)
            except ERRORS as error:
                yield unreadable(member.label, -1, f"the rest is lost: {error}")


def read_mail(stream: BinaryIO, label: str, treatment: Treatment | None = None) -> Iterator[Item]:
    """Yield the items in the messages of a stream.

    Args:
        stream: An mbox, one message, or a message page of hypermail or MHonArc.
        label: Label of the stream.
        treatment: Rules for threads, quotations, signatures and authors.
    """
    treatment = treatment or Treatment()
    for number, message in enumerate(messages(stream)):
        place = f"{label}@{message.offset}"
        alone = number == 0 and not message.separator
        if message.cut:
            yield unreadable(place, message.offset, too_large(), message.raw)
        elif not message.raw.strip():
            yield Skipped(place, "empty")
        elif alone and hypermail.is_message_page(message.raw):
            yield read_page(message.raw, label, treatment)
        elif alone and not _looks_like_mail(message.raw):
            yield Skipped(place, "not mail", sniff.binary_type(message.raw) or "text")
        else:
            yield from read_message(message, place, label, treatment)


def read_page(raw: bytes, label: str, treatment: Treatment) -> Item:
    """Return the message in a page of hypermail or MHonArc, whose mailing list is its folder.

    Args:
        raw: Bytes of the page.
        label: Label of the page.
        treatment: Rules for threads, quotations, signatures and authors.
    """
    headers, body = hypermail.message_of(raw)
    folder = label.rsplit("/", 1)[0] if "/" in label else ""
    if folder:
        headers.setdefault("x-list", folder.rsplit("/", 1)[-1])
    return _record(_Text(body, headers, label, label, "text/plain; charset=utf-8"), treatment)


def _looks_like_mail(raw: bytes) -> bool:
    raw = _SAVED_BY_RN.sub(b"", raw[: mail_headers.MAX_HEADERS], count=1)
    blank = _BLANK.search(raw)
    head = raw[: blank.start()] if blank else raw[:4096]
    return bool(mail_headers.HEADER.match(head)) and len(_MAIL_HEADERS.findall(head)) >= 2


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a message, before the rules.

    Attributes:
        body: Its bytes.
        headers: Headers of the message with lower-case names.
        source: Label of the message.
        label: Label of its file.
        content_type: Type and character set of the body.
        arrivals: Headers that state when the message arrived.
        separator: The `From ` line above it, or empty.
        codec: Codec of the raw bytes in the headers, or empty if they are ASCII.
    """

    body: bytes
    headers: dict[str, str]
    source: str
    label: str
    content_type: str
    arrivals: tuple[str, ...] = ()
    separator: bytes = b""
    codec: str = ""


def read_message(
    message: RawMessage,
    place: str,
    label: str,
    treatment: Treatment,
    around: tuple[_Text, ...] = (),
) -> Iterator[Item]:
    """Yield each text of a message as a record, and each attachment as skipped.

    Args:
        message: The message.
        place: Label of the message: `rec.autos.mbox@1803`.
        label: Label of its file.
        treatment: Rules for threads, quotations, signatures and authors.
        around: The messages around this one, the outermost first.
    """
    raw = (
        _SAVED_BY_RN.sub(b"", message.raw, count=1)
        if message.raw[:7] == b"Article"
        else message.raw
    )
    raw = raw.lstrip(b"\r\n")
    head, body = mail_headers.split(raw)
    try:
        text, coding = _read_headers(head, body, place, label)
        text = _inside(replace(text, separator=message.separator), around)
        if "control" in text.headers:
            detail = text.headers["control"].split(" ")[0][:40]
            yield Skipped(text.source, "control message", detail)
            return
        held: parts.Contents | None = None
        if text.content_type.lower().startswith("multipart/") or coding in _CODINGS:
            held = parts.contents(head.rstrip(b"\r\n") + b"\n\n" + body)
            text = replace(text, body=held.body, content_type=held.content_type)
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError) as error:
        yield unreadable(place, message.offset, f"message cannot be parsed: {error}", raw)
        return
    if held:
        for number, kind in held.others:
            yield Skipped(f"{text.source}#{number}", "attachment", kind)
    if text.body.strip() or not (held and (held.messages or held.pages)):
        yield _of_text(text, treatment)
    if not held:
        return
    for number, page, kind in held.pages:
        part = replace(text, body=page, content_type=kind, source=f"{text.source}#{number}")
        yield _of_text(part, treatment)
    for number, inner in held.messages:
        inside = f"{text.source}#{number}"
        if len(around) >= parts.MAX_DEPTH:
            yield Skipped(inside, "attachment", "message/rfc822")
        else:
            given = RawMessage(message.offset, inner, message.separator)
            yield from read_message(given, inside, label, treatment, (*around, text))


def _inside(text: _Text, around: tuple[_Text, ...]) -> _Text:
    """Return the text of a message inside others, with the group and the arrival of theirs."""
    if not around:
        return text
    outer = around[-1]
    told = ("newsgroups", "sender", *_LIST_HEADERS)
    group = {name: outer.headers[name] for name in told if name in outer.headers}
    stated = tuple(outer.headers[name] for name in _STATED if name in outer.headers)
    ident = "message-id" in text.headers
    return replace(
        text,
        headers=group | text.headers,
        source=f"{outer.source}{text.source[len(text.label) :]}" if ident else text.source,
        arrivals=(*text.arrivals, *outer.arrivals, *stated),
    )


_CODINGS = ("base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue")


def _read_headers(head: bytes, body: bytes, place: str, label: str) -> tuple[_Text, str]:
    """Return the text of a message without MIME parts, and its transfer encoding."""
    parsed = email.message_from_bytes(head.rstrip(b"\r\n") + b"\n\n", policy=email.policy.compat32)
    content_type = str(parsed.get("Content-Type", "")).strip()
    coding = str(parsed.get("Content-Transfer-Encoding", "")).strip().lower()
    charset = str(parsed.get_content_charset() or "")
    headers, codec = mail_headers.of(parsed, body, charset)
    ident = "".join(headers.get("message-id", "").split())[:250]
    source = f"{label}#{ident}" if ident else place
    passed = [str(value).rpartition(";")[2] for value in parsed.get_all("Received", [])]
    passed += [headers[name] for name in _ARRIVALS if name in headers]
    return _Text(body, headers, source, label, content_type, tuple(passed), codec=codec), coding


def _of_text(text: _Text, treatment: Treatment) -> Item:
    """Return the record of a text, or why there is none."""
    if not text.body.strip():
        return Skipped(text.source, "empty")
    kind = text.content_type.split(";")[0].strip().lower()
    other = sniff.binary_type(text.body)
    if other or (kind.startswith(("image/", "audio/", "video/", "application/"))):
        return Skipped(text.source, "not text", other or kind)
    if not kind.startswith("text/"):  # `Content-Type: text` and worse, before MIME settled
        charset = text.content_type.partition(";")[2]
        text = replace(text, content_type=f"text/plain;{charset}" if charset else "text/plain")
    return _record(text, treatment)


def _record(text: _Text, treatment: Treatment) -> Item:
    headers, body = text.headers, text.body
    stated = [headers[name] for name in _STATED if name in headers]
    date, arrived = dates.believed(stated, text.arrivals, text.separator)
    site = site_of(headers, text.label, treatment.rules.site)
    signals: dict[str, float] = {}
    charset = text.content_type.partition("charset=")[2].strip("\"' ;")
    html = text.content_type.lower().startswith("text/html")
    codecs = (text.codec, charset)
    body, headers, signals = treatment.apply(body, headers, codecs, html=html)
    if not body.strip():
        detail = "nothing but quotations" if signals.get("quoted") else ""
        return Skipped(text.source, "empty", detail)
    if treatment.rules.site == "thread":
        site = headers.get("thread", site)
    return Record(
        source=text.source,
        raw=body,
        site=site,
        content_type=text.content_type,
        headers=headers,
        captured=arrived,
        date=date,
        title=headers.get("subject", ""),
        signals=signals,
    )


def site_of(headers: dict[str, str], label: str, by: str = "group") -> str:
    """Return the site of a message.

    A hash of the address names an author, so that the column `site` holds no address.

    Args:
        headers: Headers with lower-case names.
        label: Label of the file.
        by: `group`, `hierarchy`, `author`, `thread` or `file`.

    >>> site_of({"newsgroups": "rec.autos,misc.forsale"}, "x.mbox")
    'rec.autos'
    >>> site_of({"newsgroups": "rec.autos,misc.forsale"}, "x.mbox", "hierarchy")
    'rec'
    """
    if by == "file":
        return label
    if by != "author":
        groups = [g.strip() for g in headers.get("newsgroups", "").split(",") if g.strip()]
        if groups:
            return groups[0].lower() if by == "group" else groups[0].split(".")[0].lower()
        for name in _LIST_HEADERS:
            match = re.search(r"[\w.+-]+@?[\w.-]*\w", headers.get(name, "").split("<")[-1])
            if match:
                return match[0].lower()
        sender = parseaddr(headers.get("sender", ""))[1].lower()
        if sender.startswith("owner-") or "-request@" in sender:
            return sender.removeprefix("owner-").replace("-request@", "@")
    address = parseaddr(headers.get("from", ""))[1].lower() or headers.get("from", "").lower()
    if not address:
        return label
    return f"author-{hashlib.sha256(address.encode()).hexdigest()[:10]}"
