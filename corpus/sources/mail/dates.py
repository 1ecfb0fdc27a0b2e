"""Days in the headers of messages, and which of them the clock of a machine made up."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from erastyle.corpus.dates.headers import day
from erastyle.corpus.sources import clocks

_MIDNIGHT = re.compile(rb" 00:00:00 ")  # a separator that a program made up
_WEEKDAY = re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*")
_SLACK = datetime.timedelta(days=180)
"""How much a message may be younger than its arrival: clocks err by days, archives are slow."""


_STARTS = ("1969-12-31", "1970-01-01", "1978-01-01", "1980-01-01")
"""Days at which clocks start that nobody sets: Unix in two time zones, the Amiga, DOS."""


def believed(stated: Iterable[str], arrivals: Iterable[str], separator: bytes) -> tuple[str, str]:
    """Return the day of a message, and the latest possible day if that one is unknown.

    A day is not believed if the clock behind it was never set (midnight on 1 January), if it is in
    the future, or if it is later than the arrival of the message. A day before 1985 is believed if
    the separator line or a header of the way states one at most 180 days from it.

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
    >>> believed(["Fri, 19-Aug-83 10:00:00 EDT"], ["Fri, 19-Aug-83 22:10:00 EDT"], b"")
    ('1983-08-19', '')
    """
    behind = None if _MIDNIGHT.search(separator) else _WEEKDAY.search(separator)
    ways = ([behind[0].decode("latin-1")] if behind else []) + list(arrivals)
    latest = min((known for text in ways if (known := clocks.stated(text))), default="")
    early = [known for text in ways if (known := _early(text))]
    for text in stated:
        known = clocks.stated(text)
        if known and not (latest and _apart(known, latest) > _SLACK):
            return known, ""
        known = _early(text)
        if known and any(abs(_apart(known, other)) <= _SLACK for other in early):
            return known, ""
    return "", latest


def _early(header: str) -> str:
    """Return the day in a header if it is before the clocks that are believed without a witness."""
    known = day(header)
    early = known[:4] < str(clocks.FIRST_YEAR) and known not in _STARTS
    return known if early else ""


def _apart(one: str, other: str) -> datetime.timedelta:
    return datetime.date.fromisoformat(one) - datetime.date.fromisoformat(other)
