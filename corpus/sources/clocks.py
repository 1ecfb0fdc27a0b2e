"""Moments that a clock wrote, and how a clock that was never set is recognised.

A clock without its time starts at a fixed moment: 1970 on Unix, 1980 on DOS, 1978 on the Amiga, or
midnight on 1 January of some later year. A clock that runs wild shows the future.
"""

from __future__ import annotations

import datetime
import re

from erastyle.corpus.dates import headers

FIRST_YEAR = 1985
"""First year of the clocks that are believed; before it no source has the time of a clock."""
LAST_YEAR = 2026
"""Last year that is believed: that of this version. A constant, so that equal input stays equal."""
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)")
_NEW_YEAR = re.compile(r"(?<![\d:])0?0:00(?::00)?(?![\d:])")


def day(year: int, month: int, date: int, hour: int = 12, minute: int = 0) -> str:
    """Return a moment's day, `YYYY-MM-DD`, or empty if the clock that wrote it was never set.

    >>> day(1996, 3, 9, 12, 0), day(1980, 1, 1, 0, 0), day(1996, 13, 40, 0, 0), day(2036, 4, 14)
    ('1996-03-09', '', '', '')
    """
    unset = (month, date, hour, minute) == (1, 1, 0, 0)
    if unset or not FIRST_YEAR <= year <= LAST_YEAR:
        return ""
    try:
        return datetime.date(year, month, date).isoformat()
    except ValueError:
        return ""


def moment(text: str) -> str:
    """Return the day of a capture such as `1997-05-03T10:00:00Z`, or empty if it is not believed.

    Midnight on 1 January is believed here: indexes of archives fill up a year in that way.

    >>> moment("1997-05-03T10:00:00Z"), moment("1970-01-01T00:00:00Z"), moment("soon")
    ('1997-05-03', '', '')
    """
    match = _MOMENT.match(text.strip())
    if not match:
        return ""
    return day(int(match[1]), int(match[2]), int(match[3]))


def stated(header: str) -> str:
    """Return the day in a header of mail or HTTP, or empty if its clock was never set.

    >>> stated("Fri, 03 May 1996 10:00:00 GMT"), stated("Wed, 31 Dec 1969 19:00:00 EST")
    ('1996-05-03', '')
    >>> stated("Fri, 1 Jan 1993 00:00:00 GMT"), stated("Fri, 1 Jan 1993 12:00:00 GMT")
    ('', '1993-01-01')
    """
    known = headers.day(header)
    if known[5:] == "01-01" and _NEW_YEAR.search(header):
        return ""
    return moment(known)
