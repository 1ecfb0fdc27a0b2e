"""Evidence of a document's date: headers, statements, copyright lines, versions, the path.

Each function yields `Clue`s; `erastyle.corpus.dates.interval` weighs them against each other. Only
the head and the tail of a long body are read, so a line of 50 MB takes no longer than a page.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from erastyle.corpus.chronology import lexicon, markup_history
from erastyle.corpus.dates import expressions
from erastyle.corpus.dates.expressions import Mention
from erastyle.corpus.document import Document
from erastyle.corpus.text.plain import visible

HEAD = 16_000
"""Characters read from the start of a body."""
TAIL = 8_000
"""Characters read from its end."""
WORDS = 8_000
"""Characters that are searched for dated words."""


class Clue(NamedTuple):
    """One piece of evidence.

    Attributes:
        kind: Kind of evidence: a key of `interval.KINDS`, which holds the trust in each kind.
        first: First day that it supports, `YYYY-MM-DD`.
        last: Last day that it supports.
        text: The evidence in words that a person reads.
        sure: How sure this clue is, 0 to 1, on top of the trust in its kind.
    """

    kind: str
    first: str
    last: str
    text: str
    sure: float = 1.0


_BLANKS = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_COMMENT = re.compile(r"<!-{0,2}([^>]{4,400})>")
_TAG = re.compile(r"<[^<>]{0,1000}>")
_META = re.compile(r"<meta\s([^>]{5,400})>", re.IGNORECASE)
_META_NAME = re.compile(
    r"""(?:name|http-equiv|property|itemprop)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE
)
_META_CONTENT = re.compile(r"""content\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_META_DATES = frozenset(
    (
        *("date", "last-modified", "dc.date", "dc.date.modified", "dc.date.created", "created"),
        *("creation_date", "modified", "revised", "article:published_time", "pubdate"),
        *("article:modified_time", "datepublished", "datemodified", "publication_date"),
        *("formatter-date", "og:updated_time", "sailthru.date", "parsely-pub-date"),
    )
)
_STATES = re.compile(
    r"(?:updat|modif|revis|chang|edit|touch|aktualisiert|geändert|generated|converted|stand\b|"
    r"compiled|\$VER|mis à jour|aggiornat)[^<>\n]{0,40}$",
    re.IGNORECASE,
)
_RCS = re.compile(r"\$(?:Date|Id|Header|Revision)[^$\n]{0,120}?((?:19|20)\d\d[-/]\d\d[-/]\d\d)")
_VER = re.compile(r"\$VER:[^\n(]{1,60}\((\d{1,2}[.-]\d{1,2}[.-]\d{2,4})\)")
_COPYRIGHT = re.compile(r"[Cc](?:opyright|OPYRIGHT|opyleft)|\([Cc]\)|©|&copy;?|&#169;")
_SIGNS = ("opyright", "OPYRIGHT", "opyleft", "(c)", "(C)", "©", "&copy", "&#169;")
_FOUR = re.compile(
    r"(?<!\d)(?P<first>(?:1[6-9]|20)\d\d)(?P<more>(?:\s?(?:[-/,&+\u2013\u2014]|,?\s?and\b|to\b|bis\b)\s?"
    r"'?(?:\d{4}|\d\d?)(?![\d:%]|[.,]\d{3}))*)(?!\d)|'(?P<short>[7-9]\d)(?!\d)"
)
_MORE = re.compile(r"([-/\u2013\u2014]?)\s?'?(\d{4}|\d\d?)(?!\d)")


def windows(body: str) -> tuple[str, str]:
    """Return the head and the tail of `body`; the tail of a short body is empty."""
    if len(body) <= HEAD + TAIL:
        return body, ""
    return body[:HEAD], body[-TAIL:]


def find(document: Document) -> list[Clue]:
    """Return all clues in `document`, the strongest kinds first."""
    clues = list(from_headers(document.date_evidence))
    head, tail = windows(document.body)
    text = f"{head}\n{tail}" if tail else head
    if document.format == "html":
        clues += from_meta(head)
        clues += from_markup(text)
        clues += from_comments(text)
        text = unescape(_TAG.sub(" ", text))
    text = visible(text).translate(_BLANKS)
    known = document.format == "html" or bool(document.date_to)
    clues += from_text(text, document.date_to or "9", recent=known)
    clues += from_path(document.source)
    if _UNEXPANDED.search(text):
        clues = [c._replace(kind="stale") if c.kind in _SELF else c for c in clues]
    stated = [int(clue.first[:4]) for clue in clues if clue.kind not in _HINTS]
    words = from_words(text[:WORDS], max(stated, default=EARLIEST + 1) - 1)
    scanned = document.signals.get("ocr_noise", 0.0) > MISREAD
    clues += [c._replace(sure=c.sure * 0.3) for c in words] if scanned else words
    return clues


MISREAD = 0.02
"""Noise of a scan from which on a word of few letters is often a misread one."""


SURE = 0.6
"""A year that is read with less certainty is a doubtful number: `'96`, or `2000` of a product."""
RECENT = "1965"
"""First year from which on a document that names it can mean 1970 to 1999 by two digits."""
_NET = re.compile(
    r"[\w.-]{2,60}@[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}|https?://|ftp://|\$VER|\b(?:FidoNet|BBS)\b"
)
_UNEXPANDED = re.compile(r"\$(?:Id|Date|Header|Revision):? ?\$")
"""Empty keywords of version control: the file may be newer than the dates in it."""
_SELF = frozenset(("statement", "comment", "dateline", "copyright", "newest"))
_HINTS = frozenset(("year", "markup", "generator"))


def from_markup(html: str) -> Iterator[Clue]:
    """Yield the newest element or attribute; the page is not older than it."""
    newest = markup_history.newest(html)
    if newest:
        year = expressions.whole_year(newest.first_year)
        name = f"<{newest.element} {newest.attribute}".strip() + ">"
        text = f"{name} is from {newest.first_year} ({newest.seen_in})"
        yield Clue("markup", year.first, year.last, text)


EARLIEST = 1849
"""Last year whose words are not searched for when nothing else dates a document."""


def from_words(text: str, after: int = EARLIEST) -> Iterator[Clue]:
    """Yield the newest word, name or product; the document is not older than it.

    Args:
        text: Running text.
        after: Last year whose terms are not searched for, because other clues are as new.
    """
    # One matcher serves ten years: building one takes as long as reading twenty documents.
    after = max(after, EARLIEST)
    newest = lexicon.matcher(max(after // 10 * 10, EARLIEST)).newest(text, after)
    if newest:
        year = expressions.whole_year(newest.first_year)
        text = f"“{newest.text}” is from {newest.first_year}"
        yield Clue("product", year.first, year.last, text, 0.7 if newest.ambiguous else 1.0)


_HEADER = re.compile(
    r"^\s*(source date|mail date|http last-modified|http date|captured)\s*:\s*(.+)$", re.I | re.M
)
_HEADER_KINDS = {"source date": "source", "mail date": "mail", "http last-modified": "http"}
_ISO = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def from_headers(lines: str) -> Iterator[Clue]:
    """Yield the dates of source, HTTP and mail headers.

    Args:
        lines: Headers as ingest writes them, one `name: value` on each line.
    """
    for match in _HEADER.finditer(lines):
        kind = _HEADER_KINDS.get(match[1].lower())
        span = when(match[2]) if kind else None
        if kind and span:
            yield Clue(kind, span.first, span.last, f"{match[1].lower()} {match[2].strip()[:40]}")


def when(value: str) -> Mention | None:
    """Return the date in a header or attribute, the most precise one, or `None`."""
    value = value.strip()
    iso = _ISO.match(value)
    if iso and 1600 <= int(iso[1]) <= expressions.LAST_YEAR:
        year = int(iso[1])
        if not iso[2]:
            return expressions.whole_year(year)
        date = expressions.day(year, int(iso[2]), int(iso[3] or 1))
        if date:
            last = date if iso[3] else date[:8] + "28"
            return Mention(date, last, "day" if iso[3] else "month", 0, len(iso[0]))
    return next(iter(sorted(expressions.mentions(value), key=_precision)), None)


def _precision(mention: Mention) -> int:
    return ("day", "month", "year").index(mention.form)


def from_meta(head: str) -> Iterator[Clue]:
    """Yield the dates of `<META>` tags."""
    for match in _META.finditer(head):
        name, content = _META_NAME.search(match[1]), _META_CONTENT.search(match[1])
        if not name or not content:
            continue
        value = content[1] or content[2] or content[3] or ""
        if name[1].lower() in _META_DATES:
            span = when(value)
            if span:
                yield Clue(
                    "statement", span.first, span.last, f"meta {name[1].lower()} {value[:30]}"
                )


def from_comments(text: str) -> Iterator[Clue]:
    """Yield dates in comments and declarations, where editors and converters sign."""
    for match in _COMMENT.finditer(text):
        if match[1][:7].upper() == "DOCTYPE":
            continue
        for span in expressions.mentions(match[1]):
            if span.form == "day":
                kind = "statement" if _STATES.search(match[1][: span.start]) else "comment"
                yield Clue(
                    kind, span.first, span.last, f"comment “{_shorten(match[1])}”", span.sure
                )


def _shorten(text: str, most: int = 60) -> str:
    return " ".join(text.split()).strip("- ")[:most]


def from_text(text: str, ceiling: str = "9", *, recent: bool = True) -> Iterator[Clue]:
    """Yield dates in running text: statements, date lines, copyright lines, newest date, years.

    Args:
        text: Running text.
        ceiling: Day of capture; later dates are ignored.
        recent: Whether the document is known to be of the last decades. In any other one a year of
            two digits needs a whole year near it, or an address of the net, to count for much.
    """
    for match in _RCS.finditer(text):
        span = when(match[1].replace("/", "-"))
        if span:
            yield Clue("statement", span.first, span.last, f"RCS {match[1]}")
    for match in _VER.finditer(text):
        for span in expressions.mentions(match[1]):
            yield Clue("statement", span.first, span.last, f"$VER {match[1]}")
    yield from from_copyright(text, ceiling)
    mentions = [m for m in expressions.mentions(text) if m.first <= ceiling]
    whole = [m.first for m in mentions if not m.short and m.sure >= SURE]
    if not recent and not _NET.search(text) and not (whole and max(whole) >= RECENT):
        mentions = [m._replace(sure=min(m.sure, 0.3)) if m.short else m for m in mentions]
    days: list[Mention] = []
    years: dict[int, float] = {}
    for mention in mentions:
        if mention.form == "year":
            year = int(mention.first[:4])
            before = years.get(year, 0.0)
            doubtful = mention.short or mention.sure < SURE  # and no surer where it is repeated
            years[year] = max(before, mention.sure) if doubtful else before + mention.sure
            continue
        lead = text[max(0, mention.start - 60) : mention.start]
        quoted = _shorten(lead[-30:] + text[mention.start : mention.end])
        if _STATES.search(lead):
            yield Clue("statement", mention.first, mention.last, f"“{quoted}”", mention.sure)
        elif mention.start < 300 or mention.start > len(text) - 300:
            yield Clue("dateline", mention.first, mention.last, f"“{quoted}”", mention.sure)
        else:
            days.append(mention)
    if days:
        newest = max(days, key=lambda m: (m.sure >= 0.7, m.last))
        quoted = text[newest.start : newest.end]
        yield Clue(
            "newest", newest.first, newest.last, f"newest date “{_shorten(quoted)}”", newest.sure
        )
    if years:
        yield from _from_years(years)


def _from_years(years: dict[int, float]) -> Iterator[Clue]:
    solid = [y for y, weight in years.items() if weight >= 0.6] or list(years)
    newest = max(solid)
    span = expressions.whole_year(newest)
    sure = min(1.0, years[newest])
    yield Clue("year", span.first, span.last, f"newest year {newest}", sure)


def from_copyright(text: str, ceiling: str = "9") -> Iterator[Clue]:
    """Yield the newest year of the copyright lines.

    Args:
        text: Running text.
        ceiling: Day of capture; later years are ignored.
    """
    newest, quoted = 0, ""
    if not any(sign in text for sign in _SIGNS):  # much faster than the pattern
        return
    for match in _COPYRIGHT.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()].rsplit("\n\n", 1)[-1]
        around = before + text[match.start() : match.end() + 70].split("\n\n")[0]
        for number in _FOUR.finditer(around):
            if number["first"] and expressions.is_number(around, number.start()):
                continue  # `(c) COMMODORE AMIGA 2000`
            year = 1900 + int(number["short"]) if number["short"] else _last_year(number)
            if 1700 <= year <= expressions.LAST_YEAR and newest < year <= int(
                ceiling[:4].ljust(4, "9")
            ):
                newest, quoted = year, around
    if newest:
        span = expressions.whole_year(newest)
        yield Clue("copyright", span.first, span.last, f"“{_shorten(quoted)}”")


def _last_year(number: re.Match[str]) -> int:
    """Return the newest year of a list or range: `1994-5`, `1994, 95, 96`, `1998/99/00`."""
    year = int(number["first"])
    for sign, digits in _MORE.findall(number["more"]):
        if len(digits) == 1 and not sign:
            break  # `1994, 5 Main Street`
        base = 10 ** len(digits)
        newer = int(digits) if len(digits) == 4 else year // base * base + int(digits)
        if len(digits) == 2 and newer < year and year % 100 >= 90 and int(digits) <= 10:
            newer += 100
        if not year < newer <= year + 60:
            break
        year = newer
    return year


_PATH_DAY = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d)[-_/]?([01]\d)[-_/]?([0-3]\d)(?!\d)")
_PATH_NAMED = re.compile(
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[-_]?((?:19|20)\d\d|[89]\d)(?!\d)",
    re.IGNORECASE,
)
_PATH_MONTH = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d)[-_/]([01]?\d)(?=[/_.-])")
_PATH_SHORT = re.compile(r"(?<!\d)(\d\d)(\d\d)(\d\d)?(?!\d)")
_PATH_YEAR = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d)(?!\d)")
_PATH_TWO = re.compile(
    r"(?<![^a-z]win)(?<!windows)(?<!office)(?<=[a-z_'-])(8[5-9]|9\d)(?![\d.])", re.I
)


def from_path(source: str) -> Iterator[Clue]:
    """Yield the date in a URL or path: `/1997/`, `19160711`, `fash1097`, `ANN9701`, `oct96`.

    The most precise form wins; of several dates in that form the last one, nearest to the file.
    """
    source = source[-400:]
    for pattern, read in _PATH_FORMS:
        spans = [span for match in pattern.finditer(source) if (span := read(match))]
        if spans:
            first, last, sure, quoted = spans[-1]
            yield Clue(
                "path day" if first == last else "path", first, last, f"path “{quoted}”", sure
            )
            return


Read = tuple[str, str, float, str]


def _read_day(match: re.Match[str]) -> Read | None:
    date = expressions.day(int(match[1]), int(match[2]), int(match[3]))
    return (date, date, 1.0, match[0]) if date else None


def _read_named(match: re.Match[str]) -> Read | None:
    year, month = expressions.full_year(match[2]), expressions.month_number(match[1])
    return _month(year, month, match[0]) if year and month else None


def _read_month(match: re.Match[str]) -> Read | None:
    return _month(int(match[1]), int(match[2]), match[0])


def _month(year: int, month: int, quoted: str) -> Read | None:
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return f"{year:04}-{month:02}-01", f"{year:04}-{month:02}-{last:02}", 1.0, quoted


def _read_short(match: re.Match[str]) -> Read | None:
    """Return the date in `9701`, `1097` or `970131`; only 1980 to 1999 count."""
    a, b, c = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[3]:
        for y, m, d in ((a, b, c), (c, b, a), (c, a, b)):
            date = expressions.day(1900 + y, m, d) if y >= 80 else None
            if date:
                return date, date, 0.95, match[0]
        return None
    for y, m in ((a, b), (b, a)):
        if y >= 80 and 1 <= m <= 12:
            return _month(1900 + y, m, match[0])
    return None


_PATH_PRODUCT = re.compile(r"(?:^|[^a-z])(?:a|[a-z]{3,20})[ _-]?$", re.IGNORECASE)


def _read_year(match: re.Match[str]) -> Read | None:
    before = match.string[: match.start()]
    if _PATH_PRODUCT.search(before[-24:]) and expressions.is_number(before, len(before)):
        return None  # `a2000/`, `gateway2000.html`
    year = int(match[1])
    # A round year in the name of an old file often means its decade.
    last = year + 9 if year % 10 == 0 and year < 1950 else year
    apart = match.string[match.start() - 1 : match.start()] in "/_.-"
    return f"{year}-01-01", f"{last}-12-31", 0.9 if apart else 0.8, match[0]


def _read_two(match: re.Match[str]) -> Read:
    year = 1900 + int(match[1])
    return f"{year}-01-01", f"{year}-12-31", 0.5, match[0]


_PATH_FORMS = (
    (_PATH_DAY, _read_day),
    (_PATH_NAMED, _read_named),
    (_PATH_MONTH, _read_month),
    (_PATH_SHORT, _read_short),
    (_PATH_YEAR, _read_year),
    (_PATH_TWO, _read_two),
)
