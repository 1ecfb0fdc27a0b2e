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
    bounds = [known for text in (*lines, *arrivals) if (known := clocks.stated(text))]
    latest = min(bounds, default="")
    for text in stated:
        known = day(text)
        if latest and known and known[:4] == latest[:4] < str(clocks.FIRST_YEAR):
            return known, ""
        known = clocks.stated(text)
        if known and not (latest and _after(known, latest)):
            return known, ""
    return "", latest


def _after(known: str, latest: str) -> bool:
    return datetime.date.fromisoformat(known) - datetime.date.fromisoformat(latest) > _SLACK
