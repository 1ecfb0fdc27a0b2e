"""Blocks of a rendered page, and the choice between data tables and layout tables."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Block:
    """A paragraph, heading, item, row or verbatim passage."""

    kind: str  # p, h, li, pre, row, dd, address
    text: str
    linked: int = 0  # characters inside links
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class HtmlTable:
    """A table that is being read: rows of cells, which are lists of blocks."""

    border: bool
    rows: list[list[list[Block]]] = field(default_factory=list)
    before: list[Block] = field(default_factory=list)  # caption, and blocks outside of cells
    header: bool = False
    nested: bool = False


def holds_data(table: HtmlTable) -> bool:
    """Say whether a table holds data rather than the layout of a page.

    In 1995 most tables were for layout. A data table has several rows of two or more short cells,
    and either a border, header or caption, or many rows of the same width. A form is data too: a
    short name beside each value, of any length.
    """
    rows = [row for row in table.rows if any(row)]
    if table.nested or len(rows) < 2:
        return False
    wide = [row for row in rows if len(row) >= 2]
    if len(wide) < 0.6 * len(rows) or len(wide) < 2:
        return False
    cells = [cell for row in rows for cell in row if cell]
    if any(_length(cell) > 1500 or any(b.kind == "pre" for b in cell) for cell in cells):
        return False
    ruled = table.header or table.border
    if any(len(cell) > 1 or len(cell[0].text) > 300 for cell in cells):
        named = [row for row in wide if len(row) == 2 and _names(row[0]) and row[1]]
        paragraphs = any(len(cell) > 1 for cell in cells)
        return len(named) >= 0.8 * len(rows) and (ruled or not paragraphs)
    lengths = sorted(len(cell[0].text) for cell in cells)
    median = lengths[len(lengths) // 2]
    if ruled:
        return median <= 100
    same = max(sum(len(row) == n for row in wide) for n in {len(row) for row in wide})
    return median <= 40 and same >= 0.8 * len(wide) and len(wide) >= 3


def _length(cell: list[Block]) -> int:
    return sum(len(block.text) for block in cell)


def _names(cell: list[Block]) -> bool:
    return len(cell) == 1 and len(cell[0].text) <= 40


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
