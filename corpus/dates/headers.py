"""Days in the headers of mail and HTTP, in the forms that programs of the period wrote."""

from __future__ import annotations

import datetime
import re
from email.utils import parsedate_tz

_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[ \-/.]([A-Za-z]{3})[A-Za-z]*[ \-/.,]+(\d{4}|\d{2})(?!\d)")
_YEAR_MONTH_DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def day(header: str) -> str:
    """Return the day in a header such as `Date:`, in the time zone of its writer, or empty.

    >>> day("Fri, 23 Apr 93 09:22:13 GMT"), day("Tue, 6-Apr-93 16:31:33 PDT"), day("yesterday")
    ('1993-04-23', '1993-04-06', '')
    >>> day("Friday, 03-May-96 10:00:00 GMT"), day("Fri May  3 10:00:00 1996")
    ('1996-05-03', '1996-05-03')
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
