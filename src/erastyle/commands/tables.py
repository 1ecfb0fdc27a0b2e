"""Rows of a command's result: a table for people, or JSON, JSON lines or tab-separated values."""

from __future__ import annotations

import json as jsonlib
import shutil
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNCUT = 10_000
"""Columns of a table that nobody watches: in a pipe or a file no cell is cut or broken."""


class TableFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    TSV = "tsv"


def wide_console() -> Console:
    """Return a console as wide as the terminal; without one, wide enough to cut nothing."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else UNCUT)


def table(*columns: str) -> Table:
    """Return an empty table without borders; cells break where the terminal ends."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_table(made: Table) -> None:
    """Print a table; a line in a pipe ends with its last letter."""
    console = wide_console()
    if sys.stdout.isatty():
        console.print(made)
        return
    with console.capture() as captured:
        console.print(made)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def print_cells(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; rich, which takes a fifth of a second to import, only where lines must break.

    Args:
        columns: The headings.
        rows: Cells of each row, as many as there are headings.
    """
    cells = [columns, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else UNCUT
    if sum(widths) + 2 * (len(widths) - 1) <= room:
        for row in cells:
            padded = (f"{text:{width}}" for text, width in zip(row, widths, strict=True))
            typer.echo("  ".join(padded).rstrip())
        return
    from rich.markup import escape

    made = table(*columns)
    for row in rows:
        made.add_row(*map(escape, row))
    print_table(made)


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    form: TableFormat | None,
    *,
    json: bool = False,
) -> bool:
    """Print rows where a format for programs was asked for; return whether it was.

    Args:
        rows: Values of each row by name. JSON holds them all.
        columns: Names of the values that TSV shows, in order.
        form: The format; None and `table` print nothing.
        json: Whether `--json` was given, which is `--format json`.
    """
    if json or form is TableFormat.JSON:
        typer.echo(jsonlib.dumps(list(rows), indent=2, ensure_ascii=False))
    elif form is TableFormat.JSONL:
        for row in rows:
            typer.echo(jsonlib.dumps(row, ensure_ascii=False))
    elif form is TableFormat.TSV:
        typer.echo("\t".join(columns))
        for row in rows:
            typer.echo("\t".join(cell(row.get(column)) for column in columns))
    else:
        return False
    return True


def cell(value: Any) -> str:
    r"""Return a value as one cell of tab-separated values, on one line and without a tab.

    >>> cell(None), cell(0.5), cell("a\tb\nc"), cell([1, 2])
    ('', '0.5', 'a b c', '[1, 2]')
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else jsonlib.dumps(value, ensure_ascii=False)
    return " ".join(text.split())


def plain_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as a table for people."""
    print_cells(columns, [[cell(row.get(column)) for column in columns] for row in rows])
