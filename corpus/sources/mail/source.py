"""Reads mbox files, maildirs and articles (RFC 822, 1036), and yields a record for each message."""

from __future__ import annotations

import contextlib
import datetime
import email
import email.policy
import hashlib
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_tz
from typing import BinaryIO

from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.archives import ERRORS, ArchiveMember
from erastyle.corpus.sources.base import Item, too_large, unreadable
from erastyle.corpus.sources.mail import hypermail
from erastyle.corpus.sources.mail.mbox import RawMessage, messages
from erastyle.corpus.sources.mail.rules import CHOICES, VERSION, MailRules, Treatment
from erastyle.corpus.sources.members import MemberSource

_HEADER = re.compile(rb"[!-9;-~]{1,76}:(?:[ \t]|\r?\n)")
_MAIL_HEADERS = re.compile(
    rb"^(?:from|subject|newsgroups|date|path|received|message-id|to|return-path):",
    re.IGNORECASE | re.MULTILINE,
)
_SAVED_BY_RN = re.compile(rb"Article:? \d+ (?:of|in) [^\n]{1,200}\n")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[ \-/.]([A-Za-z]{3})[A-Za-z]*[ \-/.,]+(\d{4}|\d{2})(?!\d)")
_YEAR_MONTH_DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_LEFT_OUT = {"received", "content-type", "content-transfer-encoding", "mime-version", "status"}
_LIST_HEADERS = ("list-id", "x-mailing-list", "mailing-list", "x-list", "list-post")
_MAX_HEADERS = 256 * 1024


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
    return _record(body, headers, label, label, "text/plain; charset=utf-8", treatment)


def _looks_like_mail(raw: bytes) -> bool:
    raw = _SAVED_BY_RN.sub(b"", raw[:_MAX_HEADERS], count=1)
    blank = _BLANK.search(raw)
    head = raw[: blank.start()] if blank else raw[:4096]
    return bool(_HEADER.match(head)) and len(_MAIL_HEADERS.findall(head)) >= 2


def read_message(
    message: RawMessage, place: str, label: str, treatment: Treatment
) -> Iterator[Item]:
    """Yield the text of a message as a record, and each attachment as skipped.

    Args:
        message: The message.
        place: Label of the message: `rec.autos.mbox@1803`.
        label: Label of its file.
        treatment: Rules for threads, quotations, signatures and authors.
    """
    raw = (
        _SAVED_BY_RN.sub(b"", message.raw, count=1)
        if message.raw[:7] == b"Article"
        else message.raw
    )
    raw = raw.lstrip(b"\r\n")
    blank = _BLANK.search(raw, 0, _MAX_HEADERS)
    head, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw[:_MAX_HEADERS], b"")
    try:
        parsed = email.message_from_bytes(head + b"\n\n", policy=email.policy.compat32)
        headers = _headers(parsed)
        ident = "".join(headers.get("message-id", "").split())[:250]
        source = f"{label}#{ident}" if ident else place
        if "control" in headers:
            yield Skipped(source, "control message", headers["control"].split(" ")[0][:40])
            return
        coding = str(parsed.get("Content-Transfer-Encoding", "")).strip().lower()
        content_type = str(parsed.get("Content-Type", "")).strip()
        mime = content_type.lower().startswith("multipart/") or coding in (
            "base64",
            "quoted-printable",
            "x-uuencode",
        )
        if mime:
            body, content_type, rest = _parts(raw)
            yield from (Skipped(f"{source}#{n}", "attachment", kind) for n, kind in rest)
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError) as error:
        yield unreadable(place, message.offset, f"message cannot be parsed: {error}", raw)
        return
    if not body.strip():
        yield Skipped(source, "empty")
        return
    kind = content_type.split(";")[0].strip().lower()
    other = sniff.binary_type(body)
    if other or (kind.startswith(("image/", "audio/", "video/", "application/"))):
        yield Skipped(source, "not text", other or kind)
        return
    if not kind.startswith("text/"):  # `Content-Type: text` and worse, before MIME settled
        content_type = "text/plain"
    yield _record(body, headers, source, label, content_type, treatment)


def _record(
    body: bytes,
    headers: dict[str, str],
    source: str,
    label: str,
    content_type: str,
    treatment: Treatment,
) -> Item:
    date = day(headers.get("date", "")) or day(headers.get("nntp-posting-date", ""))
    site = site_of(headers, label, treatment.rules.site)
    html = content_type.lower().startswith("text/html")
    signals: dict[str, float] = {}
    if not html:
        body, headers, signals = treatment.apply(body, headers)
        if not body.strip():
            return Skipped(
                source, "empty", "nothing but quotations" if signals.get("quoted") else ""
            )
    if treatment.rules.site == "thread":
        site = headers.get("thread", site)
    return Record(
        source=source,
        raw=body,
        site=site,
        content_type=content_type,
        headers=headers,
        date=date,
        title=headers.get("subject", ""),
        signals=signals,
    )


def _headers(parsed: Message) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in parsed.items():
        name = name.lower()
        if name in _LEFT_OUT or name in headers:
            continue
        headers[name] = _decoded(str(value))
    return headers


def _decoded(value: str) -> str:
    value = (
        value.encode("utf-8", "surrogateescape").decode("latin-1") if not _clean(value) else value
    )
    if "=?" in value:
        with contextlib.suppress(ValueError, LookupError):
            value = str(make_header(decode_header(value)))
    value = value.encode("utf-8", "replace").decode("utf-8")
    return " ".join(value.replace("\0", "").split())[:2000]


def _clean(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _parts(raw: bytes) -> tuple[bytes, str, list[tuple[int, str]]]:
    """Return the first text part, its content type, and the number and type of the other parts."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    body, content_type = b"", "text/plain"
    rest: list[tuple[int, str]] = []
    plain = None
    leaves = [part for part in message.walk() if not part.is_multipart()]
    for kind in ("text/plain", "text/html", "text/"):
        plain = plain or next((p for p in leaves if p.get_content_type().startswith(kind)), None)
    for number, part in enumerate(leaves):
        if part is plain:
            payload = part.get_payload(decode=True)
            body = payload if isinstance(payload, bytes) else b""
            charset = str(part.get_content_charset() or "")
            content_type = part.get_content_type() + (f"; charset={charset}" if charset else "")
        else:
            rest.append((number, part.get_content_type()))
    return body, content_type, rest


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


def day(header: str) -> str:
    """Return the day in a `Date:` header, in the time zone of its author, or empty.

    >>> day("Fri, 23 Apr 93 09:22:13 GMT"), day("Tue, 6-Apr-93 16:31:33 PDT"), day("yesterday")
    ('1993-04-23', '1993-04-06', '')
    """
    numbers: tuple[int, int, int] | None = None
    iso = _YEAR_MONTH_DAY.search(header)
    written = _DAY_MONTH_YEAR.search(header)
    if iso:
        numbers = (int(iso[1]), int(iso[2]), int(iso[3]))
    elif written and written[2].lower() in _MONTHS:
        numbers = (_year(written[3]), _MONTHS.index(written[2].lower()) + 1, int(written[1]))
    else:
        try:
            parsed = parsedate_tz(header)
        except (ValueError, IndexError, TypeError):
            parsed = None
        if parsed:
            numbers = (parsed[0], parsed[1], parsed[2])
    if not numbers or not 1969 <= numbers[0] <= 2100:
        return ""
    try:
        return datetime.date(*numbers).isoformat()
    except ValueError:
        return ""


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (1900 if year >= 69 else 2000)  # as RFC 2822 and POSIX read two digits
