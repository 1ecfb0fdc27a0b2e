"""The file of a text as the era would have stored it: character set, line ends, columns, headers.

A page is HTML of the era's markup level; a Usenet article has the headers of RFC 1036 and stands in
an mbox of its own; other texts are plain text. Each file is read back by the readers of this
package before it counts, so that nothing gets lost on the way.

Sources:
    RFC 1036, "Standard for interchange of USENET messages", 1987, section 2.
    RFC 4155 and the mboxrd quoting of `From ` lines.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from erastyle.corpus.decode import encoding
from erastyle.corpus.document import Format
from erastyle.corpus.era import Era
from erastyle.corpus.errors import SourceError
from erastyle.corpus.html import dialect, markup
from erastyle.corpus.provenance import label as labels
from erastyle.corpus.provenance.label import Notice
from erastyle.corpus.record import Record
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.mail.rules import MailRules, Treatment
from erastyle.corpus.sources.mail.source import read_mail

Kind = Literal["page", "article", "text"]
ENDINGS: dict[Kind, str] = {"page": ".html", "article": ".mbox", "text": ".txt"}
"""What the name of a file ends with."""
SENDER = "nobody@erastyle.invalid"
GROUP = "misc.test"
"""Newsgroup of an article: the one in which anybody may post anything."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_PREFIX = re.compile(r"[ \t]*(?:[>|:][ \t]?)*")
_TYPED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d\u201e", '"'),
        **dict.fromkeys("\u2013\u2212", "-"),
        "\u201a": ",",
        "\u2014": "--",
        "\u2026": "...",
        "\u2022": "*",
        "\u00a0": " ",
        "\u2122": "(TM)",
        "\u00a9": "(c)",
        "\u00d7": "x",
        "\u00df": "ss",
        "\u00e6": "ae",
        "\u00f8": "o",
    }
)
"""What people typed for a character that their machine did not have."""


@dataclass(frozen=True, slots=True)
class PeriodFile:
    """A text as a file of the era.

    Attributes:
        raw: Its bytes.
        body: What the readers give back of them: the text with its label.
        encoding: Character set of the bytes.
        replaced: What the character set does not hold, and how often it was replaced.
    """

    raw: bytes
    body: str
    encoding: str
    replaced: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posting:
    """The headers of an article.

    Attributes:
        subject: Its subject.
        day: Its day.
        ident: What makes its Message-ID its own.
    """

    subject: str = ""
    day: datetime.date = datetime.date(1993, 4, 1)
    ident: str = "0"


def kind_of(era: Era) -> Kind:
    """Return what the era's texts are as files."""
    if "html" in era.formats:
        return "page"
    return "article" if "usenet" in era.medium.lower() else "text"


def write(text: str, era: Era, notice: Notice | None, posting: Posting) -> PeriodFile:
    """Return a text as a file of the era.

    Args:
        text: The text, without its label.
        era: The era's profile.
        notice: What its label says; None: no label.
        posting: Headers, where it becomes an article.

    Raises:
        SourceError: The text is empty, its markup is later than the era, or the readers would not
            give it back.
    """
    kind = kind_of(era)
    form: Format = "html" if kind == "page" else "text"
    plain = _plain(text)
    if not plain.strip():
        raise SourceError("The text is empty.")
    if form == "html" and (newer := dialect.newer(plain, era.markup)):
        named = ", ".join(map(str, newer[:3]))
        raise SourceError(f"Its markup is later than {era.markup}: {named}.")
    if form == "text" and era.files.columns:
        plain = wrapped(plain, era.files.columns)
    for charset in dict.fromkeys(("ascii", *era.encodings)):
        try:
            plain.encode(charset)
        except UnicodeEncodeError:
            continue
        if written := _written(plain, era, notice, posting, charset):
            return written
    typed, replaced = _typed(plain, form)
    if form == "text" and era.files.columns:
        typed = wrapped(typed, era.files.columns)
    if written := _written(typed, era, notice, posting, "ascii"):
        return PeriodFile(written.raw, written.body, written.encoding, replaced)
    raise SourceError("It would not be read back as it was written.")


def _plain(text: str) -> str:
    r"""Return a text with `\n` line ends, one of them at its end, and without control characters.

    >>> _plain("One\r\ntwo\0")
    'One\ntwo\n'
    """
    text = encoding.scrub(text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).rstrip("\n") + "\n"


def wrapped(text: str, columns: int) -> str:
    """Return a text whose long lines are broken between words, each behind its quotation marks.

    >>> print(wrapped("> one two three four", 12))
    > one two
    > three four
    """
    return "\n".join(_broken(line, columns) for line in text.split("\n"))


def _broken(line: str, columns: int) -> str:
    match = _PREFIX.match(line)
    prefix = match[0] if match else ""
    if len(line) <= columns or len(prefix) >= columns // 2:
        return line
    lines = textwrap.wrap(
        line[len(prefix) :],
        columns - len(prefix),
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return "\n".join(prefix + part for part in lines) or line


def _typed(text: str, form: Format) -> tuple[str, dict[str, int]]:
    """Return a text in ASCII, and what was replaced: references in a page, else what was typed."""
    replaced = Counter(letter for letter in text if not letter.isascii())
    if form == "html":
        return text.encode("ascii", "xmlcharrefreplace").decode(), dict(replaced)
    plain = unicodedata.normalize("NFKD", text.translate(_TYPED))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode(), dict(replaced)


def _written(
    plain: str, era: Era, notice: Notice | None, posting: Posting, charset: str
) -> PeriodFile | None:
    """Return the file, or None where the readers do not give its text back."""
    kind = kind_of(era)
    form: Format = "html" if kind == "page" else "text"
    body = labels.label(plain, notice, form) if notice else plain
    ends = "\r\n" if era.files.line_ends == "crlf" else "\n"
    raw = body.replace("\n", ends).encode(charset)
    if kind == "article":
        raw = _article(raw, posting, notice, ends)
    if _read_back(raw, kind, era) != body:
        return None
    return PeriodFile(raw, body, charset)


def _article(body: bytes, posting: Posting, notice: Notice | None, ends: str) -> bytes:
    """Return an article in an mbox of its own, whose `From ` lines are quoted."""
    day = posting.day
    noon = datetime.datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - written as GMT
    subject = unicodedata.normalize("NFKD", posting.subject.translate(_TYPED))
    subject = " ".join(subject.encode("ascii", "ignore").decode().split())
    subject = re.sub(r"[^ -~]", "", subject)[:200].strip()
    headers = {
        "Path": "erastyle!not-for-mail",
        "From": SENDER,  # no name: readers put a stand-in for it, in the text too
        "Newsgroups": GROUP,
        "Subject": subject or "(none)",
        "Message-ID": f"<{re.sub(r'[^A-Za-z0-9.-]', '', posting.ident) or '0'}@erastyle.invalid>",
        "Date": noon.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    if notice:
        from erastyle import __version__

        headers[labels.HEADER] = labels.uri(notice.source_type)
        headers["X-Generated-By"] = f"erastyle {__version__}, a program; no document of the period"
    lines = [f"From {SENDER} {noon.strftime('%a %b %e %H:%M:%S %Y')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = ends.join([*lines, "", ""]).encode("ascii")
    return head + _FROM.sub(rb">\1", body) + ends.encode()


def _read_back(raw: bytes, kind: Kind, era: Era) -> str:
    """Return the body that the readers make of a file; empty: none, or several."""
    content_type = sniff.text_type(f"it{ENDINGS[kind]}", raw)
    if kind == "article":
        items = list(read_mail(io.BytesIO(raw), "it", Treatment(MailRules(authors="keep"))))
        if len(items) != 1 or not isinstance(items[0], Record):
            return ""
        raw, content_type = items[0].raw, items[0].content_type
    html = markup.is_html(raw, content_type)
    if html != (kind == "page") or encoding.looks_binary(raw) or sniff.binary_type(raw):
        return ""
    declared = markup.declared_charset(raw) if html else markup.charset_of(content_type)
    return encoding.decode(raw, declared, era.encodings).text


def day_of(era: Era, key: str, year: int | None = None) -> datetime.date:
    """Return a day of the period for an article, always the same one for the same key.

    Args:
        era: The era's profile.
        key: What the article is known by.
        year: Year that was asked for, or None.
    """
    first, last = era.period.first, era.period.last
    if year is not None:
        first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return first + datetime.timedelta(days=number % ((last - first).days + 1))
