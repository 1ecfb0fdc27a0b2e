"""The blocks that a page is read into, and what they are: data or layout, text or navigation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_words = str.split  # lists of words are written as one text

_NAV_WORDS = frozenset(
    _words(
        "back home next previous prev up down index top contents content menu main page "
        "return to help search forward start toc table of the go this first last table parent "
        "exit bottom left right homepage site map sitemap guestbook email e mail feedback "
        "begin end level chapter section document frames no text only version class hierarchy "
        "all packages package"
    )
)
_NAV_ROW = re.compile(
    r"^(?:next|up|previous|prev|index|contents)\s*:.{0,300}\b(?:up|previous|prev|next)\b",
    re.I | re.S,
)
_NAV_MARKS = re.compile(
    r"[\s|\[\]{}()<>*·•\-\u2013\u2014:;,./\\~=_+&«»\u2190-\u21ff\u25a0-\u25ff]+"
)


@dataclass(slots=True)
class Block:
    """A paragraph, heading, item, row or verbatim passage."""

    kind: str  # p, h, li, pre, row, dd
    text: str
    linked: int = 0  # characters inside links
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """An open table: cells are lists of blocks."""

    border: bool
    rows: list[list[list[Block]]] = field(default_factory=list)
    before: list[Block] = field(default_factory=list)  # caption, and what stands outside cells
    header: bool = False
    nested: bool = False


def holds_data(table: Table) -> bool:
    """Tell rows of data from a table that only places things on the page.

    In 1995 most tables were for layout. Data have several rows of two or more short cells, and a
    border, a header or a caption, or else many rows of the same width.
    """
    rows = [row for row in table.rows if any(row)]
    if table.nested or len(rows) < 2:
        return False
    wide = [row for row in rows if len(row) >= 2]
    if len(wide) < 0.6 * len(rows) or len(wide) < 2:
        return False
    cells = [cell for row in rows for cell in row if cell]
    if any(len(cell) > 1 or len(cell[0].text) > 1500 or cell[0].kind == "pre" for cell in cells):
        return False
    if any(len(cell[0].text) > 300 for cell in cells):  # only beside labels: `Name: | a long text`
        named = [row for row in wide if len(row) == 2 and row[0] and len(row[0][0].text) <= 40]
        return len(named) >= 0.8 * len(rows)
    lengths = sorted(len(cell[0].text) for cell in cells)
    median = lengths[len(lengths) // 2]
    if table.header or table.border:
        return median <= 100
    same = max(sum(len(row) == n for row in rows) for n in {len(row) for row in rows})
    return median <= 40 and same >= 0.8 * len(rows) and len(rows) >= 3


def navigates(block: Block, at_edge: bool) -> bool:
    """Say whether a block is a row of links to other pages and nothing else."""
    labels = block.labels
    if not labels or block.kind == "li":
        return False
    rest = block.text
    for label in labels:
        rest = rest.replace(label, "", 1)
    words = _NAV_MARKS.sub(" ", rest).split()
    if all(word.lower() in _NAV_WORDS for word in words):
        if all(
            w.lower() in _NAV_WORDS for label in labels for w in _NAV_MARKS.sub(" ", label).split()
        ):
            return True
        if (
            block.kind != "h"
            and at_edge
            and len(labels) >= 2
            and all(len(label.split()) <= 4 for label in labels)
        ):
            return True
    return at_edge and len(labels) >= 2 and bool(_NAV_ROW.match(block.text))


def join(blocks: list[Block]) -> str:
    """Return the text of blocks: items, rows and definitions close together, the rest apart."""
    parts: list[str] = []
    before = ""
    for block in blocks:
        if parts:
            tight = (block.kind == before and before in ("li", "row")) or block.kind == "dd"
            parts.append("\n" if tight else "\n\n")
        parts.append(block.text)
        before = block.kind
    return "".join(parts).strip("\n")
