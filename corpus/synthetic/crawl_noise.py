"""Generates the noise of a crawl: error pages, listings, copies, later captures."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from erastyle.corpus.record import Record
from erastyle.corpus.synthetic.authors import MONTHS, pick, write_date

_COUNTER = re.compile(rb"\b(\d{2,6})( times since| people|(?= since))")
_SHORT = ("notes", "pics", "old", "misc", "stuff", "src", "docs", "tmp")


def make(rng: Random, page: Record, number: int) -> tuple[Record, str]:
    """Return one record of noise and its kind.

    Args:
        rng: Random generator.
        page: An earlier page of the stream, of which copies are made.
        number: Number in the stream, which makes the address unique.
    """
    name = pick(rng, tuple(MAKERS))
    return MAKERS[name](rng, page, number), name


def _beside(page: Record, path: str, raw: str) -> Record:
    """Return a record on the site of `page`."""
    base = page.source[: page.source.rindex("/") + 1]
    return replace(page, source=base + path, raw=raw.encode("latin-1"), title="")


def _error(rng: Random, page: Record, number: int) -> Record:
    path = f"{pick(rng, _SHORT)}{number}.html"
    raw = (
        "<HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\n"
        f"The requested URL /{path} was not found on this server.<P>\n</BODY>\n"
    )
    return replace(_beside(page, path, raw), date="", headers={}, title="404 Not Found")


def _listing(rng: Random, page: Record, number: int) -> Record:
    folder = f"{pick(rng, _SHORT)}{number}"
    day = datetime.date.fromisoformat(page.date)
    rows = []
    for _ in range(rng.randint(6, 14)):
        day -= datetime.timedelta(days=rng.randint(0, 40))
        ending = pick(rng, ("gif", "txt", "zip", "html", "Z"))
        file = f"{pick(rng, _SHORT)}{rng.randint(1, 99)}.{ending}"
        stamp = f"{day.day:02d}-{MONTHS[day.month - 1][:3]}-{day.year % 100:02d}"
        clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"
        link = f'<A HREF="{file}">{file}</A>' + " " * max(1, 22 - len(file))
        size = f"{rng.randint(1, 400):4d}K"
        rows.append(f'<IMG SRC="/icons/text.gif" ALT="[   ]"> {link}{stamp} {clock}  {size}')
    raw = (
        f"<HEAD><TITLE>Index of /{folder}</TITLE></HEAD><BODY>\n<H1>Index of /{folder}</H1>\n<PRE>"
        "     Name                   Last modified     Size  Description\n<HR>\n"
        + "\n".join(rows)
        + "\n</PRE></BODY>\n"
    )
    return replace(_beside(page, f"{folder}/", raw), title=f"Index of /{folder}")


def _mirror(rng: Random, page: Record, number: int) -> Record:
    host = f"ftp.mirror{number}.example"
    return replace(page, source=f"http://{host}/{pick(rng, _SHORT)}/{page.source[7:]}", site=host)


def _near_copy(rng: Random, page: Record, number: int) -> Record:
    later = datetime.date.fromisoformat(page.date) + datetime.timedelta(days=rng.randint(1, 9))
    raw = _COUNTER.sub(lambda m: str(int(m[1]) + rng.randint(3, 90)).encode() + m[2], page.raw)
    stamp = f"<P>Mirrored {write_date(later, 0, rng)}\n".encode()
    at = raw.lower().rfind(b"</body")
    raw = raw[:at] + stamp + raw[at:] if at > 0 else raw + stamp
    base = page.source[: page.source.rindex("/") + 1]
    return replace(
        page, source=f"{base}old{number}.html", raw=raw, date=later.isoformat(), captured=""
    )


def _pictures(rng: Random, page: Record, number: int) -> Record:
    pictures = "\n".join(
        f'<A HREF="p{n}.jpg"><IMG SRC="t{n}.gif"></A>' for n in range(1, rng.randint(4, 12))
    )
    raw = f"<HTML><HEAD><TITLE>pictures</TITLE></HEAD>\n<BODY>\n{pictures}\n</BODY></HTML>\n"
    return replace(_beside(page, f"pics{number}.html", raw), title="pictures")


def _later(rng: Random, page: Record, number: int) -> Record:
    date = datetime.date(rng.randint(1999, 2003), rng.randint(1, 12), rng.randint(1, 28))
    body = page.raw.decode("latin-1")
    body = re.sub(r"(?is)^.*?<body[^>]*>|</body>.*$|^.*?</title>", "", body)
    raw = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        f"<html><head><title>{page.title}</title>\n"
        '<style type="text/css">\nbody { font-family: Verdana, sans-serif; margin: 0 }\n'
        ".menu { float: left; width: 140px; background-color: #336699 }\n</style></head>\n"
        '<body><div class="menu"><span>Home</span> <span>Site map</span></div>\n'
        f'<div id="content">{body}\n<p>Updated {date.isoformat()}. Requires Internet Explorer 5.'
        "</p></div></body></html>\n"
    )
    header = {"last-modified": http_date(date, rng), "server": "Apache/1.3.12 (Unix)"}
    return replace(
        _beside(page, f"new{number}.html", raw),
        date=date.isoformat(),
        captured=date.isoformat(),
        headers=header,
        title=page.title,
    )


def _banner(rng: Random, page: Record, number: int) -> Record:
    stamp = f"{rng.randint(1999, 2012)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}101500"
    comment = (
        f"\n<!--\n     FILE ARCHIVED ON {stamp} AND RETRIEVED FROM AN\n"
        "     ARCHIVE OF THE WEB.\n-->\n"
    ).encode()
    banner = (
        "<!-- BEGIN WAYBACK TOOLBAR INSERT -->\n"
        '<script type="text/javascript" src="/_static/js/bundle-playback.js"></script>\n'
        '<div id="wm-ipp-base" lang="en"><div id="wm-ipp">'
        f'<a href="/web/{stamp}*/{page.source}">12 captures</a> of {page.source}</div></div>\n'
        "<!-- END WAYBACK TOOLBAR INSERT -->\n"
    ).encode()
    match = re.search(rb"(?i)<body[^>]*>|</title>", page.raw)
    at = match.end() if match else 0
    raw = page.raw[:at] + b"\n" + banner + page.raw[at:] + comment
    return replace(
        page,
        source=f"http://web.archive{number}.example/web/{stamp}/{page.source}",
        raw=raw,
        headers={},
        captured=f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}",
    )


def http_date(date: datetime.date, rng: Random) -> str:
    """Return a date in the form of HTTP (RFC 1123), at a random time of that day."""
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[date.weekday()]
    clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
    return f"{day}, {date.day:02d} {MONTHS[date.month - 1][:3]} {date.year} {clock} GMT"


MAKERS: dict[str, Callable[[Random, Record, int], Record]] = {
    "error": _error,
    "listing": _listing,
    "mirror": _mirror,
    "near copy": _near_copy,
    "pictures": _pictures,
    "later": _later,
    "banner": _banner,
}
"""The function that makes each kind of noise."""
