"""Reads newspaper pages in ALTO XML, and the newspaper and day in a path."""

from __future__ import annotations

import datetime
import io
import re

from erastyle.corpus.sources.base import DamagedError

_LCCN = re.compile(r"(?<![a-z0-9])((?:sn|sf|nu|ne|ca|n|a|be)\d{8}|20\d{8})(?![0-9])", re.IGNORECASE)
_DAY = re.compile(
    r"(?<!\d)(1[6-9]\d\d|20\d\d)([-/_]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:0\d)?(?!\d)"
)
_YEAR = re.compile(r"(?:^|/)(1[6-9]\d\d)/")


def lccn(path: str) -> str:
    """Return the Library of Congress number in a path, or empty.

    >>> lccn("dates/19160711/sn85050913-ed-1_seq-1.txt")
    'sn85050913'
    """
    match = _LCCN.search(path)
    return match[1].lower() if match else ""


def issue_day(path: str) -> str:
    """Return the day of issue in a path, `YYYY-MM-DD` or `YYYY`, or empty.

    The last date counts, because folders before it carry the date of their batch.

    >>> issue_day("sn83030214/1890-01-05/ed-1/seq-1/ocr.txt")
    '1890-01-05'
    >>> issue_day("sn83030214/00175042167/1890010502/0001.xml"), issue_day("1874/x.txt")
    ('1890-01-05', '1874')
    """
    days = [m for m in _DAY.finditer(_LCCN.sub("", path)) if m[1]]
    for match in reversed(days):
        try:
            return datetime.date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        except ValueError:
            continue
    year = _YEAR.search(path)
    return year[1] if year else ""


def alto_text(raw: bytes) -> str:
    """Return the text of an ALTO page, line by line, with an empty line between blocks.

    Raises:
        DamagedError: The bytes are not ALTO, or not XML.

    Source:
        ALTO 4.4, Library of Congress; elements TextBlock, TextLine, String, HYP.
    """
    from lxml import etree  # type: ignore[import-untyped]

    lines: list[str] = []
    words: list[str] = []
    is_alto = False
    try:
        context = etree.iterparse(
            io.BytesIO(raw),
            events=("end",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            recover=False,
        )
        for _, element in context:
            name = str(element.tag).rsplit("}", 1)[-1]
            if name == "String":
                words.append(element.get("CONTENT") or "")
            elif name == "HYP" and words:
                words[-1] += element.get("CONTENT") or "-"
            elif name == "TextLine":
                is_alto = True
                lines.append(" ".join(w for w in words if w))
                words = []
            elif name == "TextBlock":
                is_alto = True
                lines.append("")
                element.clear()
            elif name == "alto":
                is_alto = True
    except etree.XMLSyntaxError as error:
        raise DamagedError(f"not XML: {error}") from None
    if not is_alto:
        raise DamagedError("no ALTO page: no TextLine in it")
    return "\n".join(lines).strip("\n") + "\n" if any(lines) else ""
