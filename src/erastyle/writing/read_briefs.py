"""Reads briefs: one a line, CSV, or JSON lines, from a file or from standard input."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from erastyle.corpus.decode import encoding
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.prompts.asked_length import LEAST, MOST
from erastyle.corpus.yamlfile import nearest
from erastyle.writing.brief import MOST_TEXTS, Brief

COLUMNS = ("brief", "kind", "title", "facts", "length", "year", "n", "seed")
"""Columns of a table of briefs. One of `brief`, `title` and `facts` has to say something."""
TELLING = ("brief", "title", "facts")
_NUMBERS = {
    "length": (LEAST, MOST),
    "year": (1000, 2100),
    "n": (1, MOST_TEXTS),
    "seed": (0, 2**63 - 1),
}
MOST_BYTES = 64 * 1024 * 1024
"""Most bytes of a file of briefs."""
MOST_BRIEFS = 100_000
"""Most briefs of one file."""


@dataclass(frozen=True, slots=True)
class Briefs:
    """What a file holds.

    Attributes:
        briefs: The briefs, in order.
        empty_lines: Lines without a brief.
    """

    briefs: list[Brief]
    empty_lines: int


def read(path: Path, stdin: BinaryIO) -> Briefs:
    """Return the briefs of a file, or those of standard input where the path is `-`.

    The name decides: `.csv` and `.tsv` are tables with a header line, `.jsonl` and `.ndjson` hold
    an object a line, everything else a brief a line. Standard input whose first line is a JSON
    object holds JSON lines.

    Raises:
        SourceError: The file cannot be read, or is no text.
        ConfigError: A brief or a column cannot be used; names the line and what to do.
    """
    if str(path) == "-":
        return parse(_text(stdin.read(MOST_BYTES + 1), "stdin"), "stdin")
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from None
    return parse(_text(raw, str(path)), str(path))


def one(stdin: BinaryIO) -> str:
    """Return standard input as the text of one brief.

    Raises:
        SourceError: It is too large, or no text.
    """
    return _text(stdin.read(MOST_BYTES + 1), "stdin").replace("\r\n", "\n").strip()


def _text(raw: bytes, name: str) -> str:
    """Return the text of a file of briefs.

    Raises:
        SourceError: It is too large, or no text.
    """
    if len(raw) > MOST_BYTES:
        raise SourceError(f"{name}: more than {MOST_BYTES >> 20} MB of briefs. Split the file.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if encoding.looks_binary(raw):
        raise SourceError(f"{name}: not a text. Name a file of briefs: one a line, CSV or JSONL.")
    return encoding.decode(raw).text


def parse(text: str, name: str) -> Briefs:
    """Return the briefs in a text.

    Args:
        text: Content of a file of briefs.
        name: Name of the file, which decides how it is read and stands in messages.

    Raises:
        ConfigError: A brief or a column cannot be used, or there is no brief.
    """
    ending = Path(name).suffix.lower()
    if ending in (".csv", ".tsv"):
        read = list(_table(text, name))
    elif ending in (".jsonl", ".ndjson") or (name == "stdin" and _is_object(text)):
        read = list(_json_lines(text, name))
    else:
        read = [
            Brief(text=line, place=f"{name}:{number}") if line.strip() else None
            for number, line in enumerate(_lines(text), 1)
        ]
    briefs = [brief for brief in read if brief is not None]
    if not briefs:
        raise ConfigError(f"{name}: there is no brief in it. Write one a line.")
    if len(briefs) > MOST_BRIEFS:
        raise ConfigError(f"{name}: {len(briefs):,} briefs; at most {MOST_BRIEFS:,}. Split it.")
    return Briefs(briefs, len(read) - len(briefs))


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _is_object(text: str) -> bool:
    first = next((line for line in _lines(text) if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _json_lines(text: str, name: str) -> Iterator[Brief | None]:
    for number, line in enumerate(_lines(text), 1):
        place = f"{name}:{number}"
        if not line.strip():
            yield None
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = str(error) or type(error).__name__
            raise ConfigError(f"{place}: not JSON ({why}). Write one object a line.") from None
        if not isinstance(row, dict):
            raise ConfigError(f"{place}: a {_kind(row)}, not an object. Write {{…}} on each line.")
        yield of_row(row, place)


def _table(text: str, name: str) -> Iterator[Brief | None]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=lambda sign: (header.count(sign), sign == ","))
    csv.field_size_limit(MOST_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        _check_columns(columns, name)
        for cells in reader:
            place = f"{name}:{reader.line_num}"
            if not any(cell.strip() for cell in cells):
                yield None
                continue
            if len(cells) > len(columns):
                raise ConfigError(
                    f"{place}: {len(cells)} cells and {len(columns)} columns. Put quotation marks "
                    "around a cell that holds the delimiter."
                )
            yield of_row(dict(zip(columns, cells, strict=False)), place, cells=True)
    except csv.Error as error:
        raise ConfigError(f"{name}:{reader.line_num}: no CSV ({error}).") from None


def _check_columns(columns: Sequence[str], name: str) -> None:
    """Refuse a table whose columns are unknown, doubled, or say nothing of what to write.

    Raises:
        ConfigError: So.
    """
    for column in columns:
        if column not in COLUMNS:
            raise ConfigError(
                f"{name}:1: unknown column {column!r}.{nearest(column, COLUMNS)} "
                f"Columns: {', '.join(COLUMNS)}."
            )
        if columns.count(column) > 1:
            raise ConfigError(f"{name}:1: the column {column!r} stands twice. Take one out.")
    if not set(columns) & set(TELLING):
        raise ConfigError(
            f"{name}:1: no column says what to write. Add one of {', '.join(TELLING)} to the "
            "header line."
        )


def of_row(row: Mapping[str, Any], place: str, *, cells: bool = False) -> Brief:
    """Return the brief in a row.

    Args:
        row: Values by column.
        place: Where it stands, for messages.
        cells: Whether the values are the cells of a table, where numbers are written in digits and
            facts stand between semicolons.

    Raises:
        ConfigError: A column is unknown, or a value is of the wrong type.
    """
    for name in row:
        if name not in COLUMNS:
            raise ConfigError(
                f"{place}: unknown field {name!r}.{nearest(str(name), COLUMNS)} "
                f"Fields: {', '.join(COLUMNS)}."
            )
    words = {name: _words(row.get(name), name, place) for name in ("brief", "kind", "title")}
    if words["brief"] and (words["kind"] or words["title"] or row.get("facts")):
        raise ConfigError(
            f"{place}: `brief` says all of it in your words; leave out kind, title and facts, or "
            "leave out `brief`."
        )
    numbers = {name: _number(row.get(name), name, place, cells=cells) for name in _NUMBERS}
    return Brief(
        text=words["brief"],
        kind=words["kind"],
        title=words["title"],
        facts=_facts(row.get("facts"), place, cells=cells),
        place=place,
        **numbers,
    )


def _words(value: Any, name: str, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{place}: {name} is a {_kind(value)}. Write a text.")
    if name == "kind" and len(value) > 80:
        raise ConfigError(f"{place}: kind has {len(value)} characters; at most 80.")
    return value.strip()


def _facts(value: Any, place: str, *, cells: bool) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        parts = value.split(";") if cells else value.split("\n")
    elif isinstance(value, list) and all(isinstance(part, str) for part in value):
        parts = value
    else:
        raise ConfigError(f"{place}: facts is a {_kind(value)}. Write a list of texts.")
    return tuple(part.strip() for part in parts if part.strip())


def _number(value: Any, name: str, place: str, *, cells: bool) -> int | None:
    if value is None or (cells and not value.strip()):
        return None
    low, high = _NUMBERS[name]
    number = int(value) if cells and value.strip().isascii() and value.strip().isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        shown = json.dumps(value, ensure_ascii=False)[:40]
        raise ConfigError(f"{place}: {name} is {shown}. Write a whole number from {low} to {high}.")
    return number


def _kind(value: Any) -> str:
    """Return the name of a JSON value's type, for people."""
    names = {bool: "true or false", int: "number", float: "number", str: "text", list: "list"}
    return names.get(type(value), "object" if isinstance(value, dict) else "null")
