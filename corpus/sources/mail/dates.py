"""Days in the headers of messages, and which of them the clock of a machine made up."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from email.utils import parsedate_tz

from erastyle.corpus.sources import clocks

_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[ \-/.]([A-Za-z]{3})[A-Za-z]*[ \-/.,]+(\d{4}|\d{2})(?!\d)")
_YEAR_MONTH_DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NEW_YEAR = re.compile(r"(?<![\d:])0?0:00(?::00)?(?![\d:])")
_MIDNIGHT = re.compile(rb" 00:00:00 ")  # a separator that a program made up
_WEEKDAY = re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*")
_SLACK = datetime.timedelta(days=180)
"""How much a message may be younger than its arrival: clocks err by days, archives are slow."""


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


def believed(stated: Iterable[str], arrivals: Iterable[str], separator: bytes) -> tuple[str, str]:
    """Return the day of a message, and the latest possible day if that one is unknown.

    A day is not believed if the clock behind it was never set (before 1985, or midnight on 1
    January), if it is in the future, or if it is later than the arrival of the message.

    Args:
        stated: Headers in which the author's machine states the day, the best first.
        arrivals: Headers in which the machines on the way state when the message arrived.
        separator: The `From ` line of the mbox, or empty.

    Returns:
        The day, and the day of arrival; at most one of them is not empty.

    >>> line = b"From ann@foo.example Wed Apr 14 10:00:00 1993"
    >>> believed(["14 Apr 1993 10:00 GMT"], [], line)
    ('1993-04-14', '')
    >>> believed(["Thu, 01 Jan 1970 00:00:00 GMT"], [], line)
    ('', '1993-04-14')
    """
    behind = None if _MIDNIGHT.search(separator) else _WEEKDAY.search(separator)
    lines = [behind[0].decode("latin-1")] if behind else []
    bounds = [known for text in (*lines, *arrivals) if (known := _set(text, day(text)))]
    latest = min(bounds, default="")
    for text in stated:
        known = day(text)
        if latest and known and known[:4] == latest[:4] < str(clocks.FIRST_YEAR):
            return known, ""
        known = _set(text, known)
        if known and not (latest and _after(known, latest)):
            return known, ""
    return "", latest


def _set(text: str, known: str) -> str:
    """Return the day in a text, or empty if the clock that wrote it was never set."""
    if not known:
        return ""
    if known[5:] == "01-01" and _NEW_YEAR.search(text):
        return ""
    return clocks.moment(known)


def _after(known: str, latest: str) -> bool:
    return datetime.date.fromisoformat(known) - datetime.date.fromisoformat(latest) > _SLACK
