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


class NotAPageError(ValueError):
    """XML without a page in it; the message names its root element."""


def page_text(raw: bytes) -> str:
    """Return the text of a page in ALTO or PAGE XML, with an empty line between blocks.

    Raises:
        DamagedError: The bytes are not XML.
        NotAPageError: They are other XML, such as the METS file of an issue.
    """
    root = _root(raw)
    if root == "PcGts":
        return _page_xml_text(raw)
    if root != "alto" and b"<TextLine" not in raw and b":TextLine" not in raw:
        raise NotAPageError(_NAMES.get(root, root))
    return alto_text(raw)


_NAMES = {"mets": "METS", "document": "ABBYY XML", "pdf2xml": "pdf2xml", "html": "hOCR"}


def _root(raw: bytes) -> str:
    """Return the name of the root element, without its namespace."""
    from lxml import etree  # type: ignore[import-untyped]

    try:
        context = etree.iterparse(
            io.BytesIO(raw),
            events=("start",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        )
        for _, element in context:
            return str(element.tag).rsplit("}", 1)[-1]
    except etree.XMLSyntaxError as error:
        raise DamagedError(f"not XML: {error}") from None
    raise DamagedError("not XML: no element in it")


def _page_xml_text(raw: bytes) -> str:
    """Return the text of a page in PAGE XML.

    A text stands in `TextEquiv` at the line, and often a second time at its region or its words;
    the one at the line counts, otherwise that of the region.

    Source:
        PAGE content format 2019-07-15, PRImA; elements TextRegion, TextLine, TextEquiv, Unicode.
    """
    from lxml import etree

    lines: list[str] = []
    inside: list[str] = []  # open elements that a text belongs to
    own: list[str] = []  # lines of the open region
    words: list[str] = []  # words of the open line
    told: dict[str, str] = {}
    try:
        context = etree.iterparse(
            io.BytesIO(raw), events=("start", "end"), resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=False,
        )  # fmt: skip
        for event, element in context:
            name = str(element.tag).rsplit("}", 1)[-1]
            holds = name in ("TextRegion", "TextLine", "Word", "Glyph")
            if event == "start":
                inside += [name] if holds else []
                if name == "TextLine":
                    words = []
            elif name == "Unicode" and inside:
                told.setdefault(inside[-1], element.text or "")
            elif holds:
                inside.pop()
                text = told.pop(name, "")
                if name == "Word":
                    words.append(text)
                elif name == "TextLine":
                    own.append(text or " ".join(w for w in words if w))
                elif name == "TextRegion":
                    lines += own if any(own) else text.splitlines()
                    lines.append("")
                    own = []
    except etree.XMLSyntaxError as error:
        raise DamagedError(f"not XML: {error}") from None
    return "\n".join(lines).strip("\n") + "\n" if any(lines) else ""


def alto_text(raw: bytes) -> str:
    """Return the text of an ALTO page, line by line, with an empty line between blocks.

    Raises:
        DamagedError: The bytes are not ALTO, or not XML.

    Source:
        ALTO 4.4, Library of Congress; elements TextBlock, TextLine, String, HYP.
    """
    from lxml import etree

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
