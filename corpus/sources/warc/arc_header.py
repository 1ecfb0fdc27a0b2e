"""Reads the header line of an ARC record, in version 1 and 2 of the format."""

from __future__ import annotations

import datetime
import re

LINE = re.compile(
    rb"[a-z][a-z0-9+.-]{1,20}:[^\n]{0,4000}? "
    rb"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]{0,45}|-) \d{12,17} [^\n]{0,1000}?\d{1,15}\r?\n",
    re.IGNORECASE,
)
"""A header line: URL, IP address, date, type, and behind them further fields and the length."""
_FIELDS = re.compile(
    r"(?P<url>.+?) (?P<ip>[0-9A-Fa-f.:]+|-) (?P<date>\d{12,17}) (?:(?P<rest>.*) )?(?P<length>\d+)"
)
_SECOND = re.compile(
    r"(?P<type>.*?) ?(?P<status>\d{3}|-) (?P<checksum>\S+) (?P<location>.+) "
    r"(?P<offset>\d+|-) (?P<filename>\S+)"
)


def parse(head: bytes) -> tuple[dict[str, str], int] | None:
    r"""Return the fields of the ARC record that starts with `head`, and the bytes of its line.

    The fields have the names of WARC. A URL may hold blanks, which become `%20`, so the fields are
    told from the end of the line. Version 2 has ten fields; those that WARC lacks are left out.

    Args:
        head: First bytes of the record.

    Returns:
        None if the bytes do not begin with a header line.

    >>> parse(b"http://a.b/ 1.2.3.4 19970503100000 text/html 3\nabc")[0]["warc-date"]
    '1997-05-03T10:00:00Z'
    >>> line = b"http://a.b/x y 1.2.3.4 19970503100000 text/html 200 abc - 0 x.arc 3\nabc"
    >>> parse(line)[0]["warc-target-uri"], parse(line)[0]["content-type"]
    ('http://a.b/x%20y', 'text/html')

    Source:
        Burner and Kahle, "Arc File Format", Internet Archive, 1996.
    """
    match = LINE.match(head)
    fields = match and _FIELDS.fullmatch(match[0].decode("utf-8", "replace").strip("\r\n"))
    if not match or not fields:
        return None
    rest = fields["rest"] or ""
    second = _SECOND.fullmatch(rest)
    media = second["type"] if second else rest
    url = fields["url"].strip()
    headers = {
        "arc": "2" if second else "1",
        "warc-type": "warcinfo" if url.lower().startswith("filedesc:") else "response",
        "warc-target-uri": "%20".join(url.split()),
        "warc-date": _moment(fields["date"]),
        "content-type": media.strip(),
        "content-length": fields["length"],
    }
    return headers, match.end()


def _moment(digits: str) -> str:
    """Return the moment in an ARC date, in the form of WARC, or empty if there is no such day."""
    try:
        moment = datetime.datetime.strptime(f"{digits[:12]}+0000", "%Y%m%d%H%M%z")
    except ValueError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:") + f"{digits[12:14] or '00'}Z"
