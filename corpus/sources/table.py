"""Reads tables (JSON lines, CSV, TSV, Parquet) and yields a record for each row."""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import KEEP, Record, Skipped
from erastyle.corpus.sources import sniff, unpack
from erastyle.corpus.sources.base import (
    MAX_RATIO,
    MAX_RECORD,
    DamagedError,
    Item,
    TooLargeError,
    too_large,
    unreadable,
)
from erastyle.corpus.sources.files import FileSource
from erastyle.corpus.yamlfile import nearest

COLUMNS = ("body", "date", "site", "title", "source", "licence")
_BODIES = ("body", "text", "content", "html")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)-(\d\d))?(?!\d)")
MAX_CHUNK = 1024 * 1024 * 1024
"""Most bytes of one column in one Parquet row group."""


class TableSource(FileSource):
    """A file of rows, or a folder of such files.

    `table:rows.jsonl?body=text&date=year&site=author` maps fields to columns. The default for the
    body is the column `body`, `text`, `content` or `html`; for other fields, the column of the same
    name.
    """

    endings = (
        ".jsonl",
        ".ndjson",
        ".jsonl.gz",
        ".ndjson.gz",
        ".csv",
        ".csv.gz",
        ".tsv",
        ".tsv.gz",
        ".parquet",
    )
    what = "table"
    known = COLUMNS

    def read(self) -> Iterator[Item]:
        """Yield one item for each row.

        Raises:
            SourceError: The source is one file, and not of the format that its name says.
            ConfigError: A column from the options does not exist.
        """
        for path in self.files():
            label = self.label(path)
            rows = self._rows(path, label)
            while True:
                try:
                    item = next(rows)
                except StopIteration:
                    break
                except (DamagedError, TooLargeError, OSError) as error:
                    yield unreadable(label, -1, f"the rest is lost: {error}")
                    break
                yield item

    def _rows(self, path: Path, label: str) -> Iterator[Item]:
        name = path.name.lower()
        if path.stat().st_size == 0:
            if path == self.path:
                raise SourceError(f"{path} is empty (0 bytes). Was the download complete?")
            yield Skipped(label, "empty")
        elif name.endswith(".parquet"):
            yield from self._parquet(path, label)
        elif ".csv" in name or ".tsv" in name:
            with unpack.open_stream(path) as stream:
                yield from self._csv(stream, label, "\t" if ".tsv" in name else ",")
        else:
            with unpack.open_stream(path) as stream:
                yield from self._jsonl(stream, label)

    def _jsonl(self, stream: BinaryIO, label: str) -> Iterator[Item]:
        columns: dict[str, str] | None = None
        for number, offset, line in numbered_lines(stream):
            place = f"{label}:{number}"
            if len(line) > MAX_RECORD:
                yield unreadable(place, offset, too_large(), line)
                continue
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                problem = str(error) or type(error).__name__
                yield unreadable(place, offset, f"not JSON: {problem}", line)
                continue
            if not isinstance(row, dict):
                yield unreadable(place, offset, f"a {type(row).__name__}, not an object", line)
                continue
            if columns is None or columns["body"] not in row:
                columns = columns_of(
                    list(row), self.options, self.spec, label, strict=columns is None
                )
            yield mapped(row, columns, place, offset)

    def _csv(self, stream: BinaryIO, label: str, delimiter: str) -> Iterator[Item]:
        csv.field_size_limit(MAX_RECORD)
        long: list[int] = []

        def text() -> Iterator[str]:
            for number, _, line in numbered_lines(stream):
                if len(line) > MAX_RECORD:
                    long.append(number)
                    line = line[:0] + b"\n"
                try:
                    yield line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    yield line.decode("cp1252", "replace")

        reader = csv.reader(text(), delimiter=delimiter)
        header: list[str] | None = None
        columns: dict[str, str] = {}
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield unreadable(f"{label}:{line}", -1, f"not CSV: {error}")
                continue
            for number in long:
                yield unreadable(f"{label}:{number}", -1, too_large())
            long.clear()
            if not row:
                continue
            if header is None:
                header = row
                columns = columns_of(header, self.options, self.spec, label, strict=True)
            elif len(row) != len(header):
                problem = f"{len(row)} fields where the header has {len(header)}"
                shown = delimiter.join(row)[:KEEP].encode("utf-8", "replace")
                yield unreadable(f"{label}:{line}", -1, problem, shown)
            else:
                yield mapped(dict(zip(header, row, strict=True)), columns, f"{label}:{line}")

    def _parquet(self, path: Path, label: str) -> Iterator[Item]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(path)
            names = list(file.schema_arrow.names)
        except (pa.ArrowException, OSError, ValueError) as error:
            if path == self.path:
                raise SourceError(f"{path} is no Parquet file: {_line(error)}") from None
            yield unreadable(label, 0, f"no Parquet file: {_line(error)}")
            return
        columns = columns_of(names, self.options, self.spec, label, strict=True)
        wanted = sorted(set(columns.values()))
        # As a dictionary, a value that a million rows repeat takes memory once.
        file = pq.ParquetFile(path, read_dictionary=[columns["body"]])
        number, given = 0, 0
        most = max(unpack.STREAM_FLOOR, path.stat().st_size * MAX_RATIO)
        for group in range(file.metadata.num_row_groups):
            meta = file.metadata.row_group(group)
            chunks = [meta.column(c) for c in range(meta.num_columns)]
            large = [c.total_uncompressed_size for c in chunks if c.path_in_schema in wanted]
            place = f"{label}:{number + 1}"
            if any(size > MAX_CHUNK for size in large):
                yield unreadable(place, -1, too_large(max(large), MAX_CHUNK))
                number += meta.num_rows
                continue
            done = number
            try:
                for batch in file.iter_batches(64, row_groups=[group], columns=wanted):
                    for index in range(batch.num_rows):
                        done += 1
                        if given > most:  # one value in a million rows is small in the file
                            left = file.metadata.num_rows - done + 1
                            problem = f"{left:,} rows are lost: the file unpacks to too much"
                            yield unreadable(f"{label}:{done}", -1, problem)
                            return
                        row = {n: batch.column(n)[index].as_py() for n in wanted}
                        given += len(str(row[columns["body"]]))
                        yield mapped(row, columns, f"{label}:{done}")
            except (pa.ArrowException, OSError, ValueError) as error:
                lost = meta.num_rows - (done - number)
                problem = f"{lost:,} rows of a row group are lost: {_line(error)}"
                yield unreadable(f"{label}:{done + 1}", -1, problem)
            number += meta.num_rows


def columns_of(
    names: list[str], options: Mapping[str, str], spec: str, label: str, *, strict: bool
) -> dict[str, str]:
    """Return the column of each field: body, date, site, ….

    Args:
        names: Columns of the table.
        options: Columns by field from the options of the source.
        spec: The source, for messages.
        label: The file or data set, for messages.
        strict: Whether a missing column is an error.

    Raises:
        ConfigError: A column from the options is missing, or there is none for the body.
    """
    columns: dict[str, str] = {}
    for field in COLUMNS:
        column = options.get(field)
        if column is not None and column not in names and strict:
            raise ConfigError(
                f"Source {spec}: {label} has no column {column!r}."
                f"{nearest(column, names)} It has {', '.join(names[:20])}."
            )
        if column is None:
            guesses = _BODIES if field == "body" else (field,)
            column = next((g for g in guesses if g in names), None)
        if column is not None:
            columns[field] = column
    if "body" not in columns:
        if strict:
            kind = spec.partition(":")[0]
            raise ConfigError(
                f"Source {spec}: which column of {label} is the text? It has "
                f"{', '.join(names[:20])}. Write {kind}:…?body=COLUMN."
            )
        columns["body"] = options.get("body", _BODIES[0])
    return columns


def mapped(
    row: Mapping[str, Any], columns: Mapping[str, str], place: str, offset: int = -1
) -> Item:
    """Return the record in a row, or the reason why there is none.

    Args:
        row: Values by column.
        columns: Columns by field: `body`, `date`, `site`, ….
        place: Label of the row: `posts.jsonl:17`.
        offset: Byte offset of the row, or -1.
    """
    body = row.get(columns["body"])
    if body is None or (isinstance(body, str) and not body.strip()):
        if columns["body"] not in row:
            return unreadable(place, offset, f"no column {columns['body']!r}")
        return Skipped(place, "empty")
    if not isinstance(body, str):
        return unreadable(place, offset, f"{columns['body']} is a {type(body).__name__}")
    raw = whole(body).encode()
    if len(raw) > MAX_RECORD:
        return unreadable(place, offset, too_large(len(raw)), raw)

    def told(field: str) -> str:
        value = row.get(columns.get(field, ""))
        return "" if value is None else " ".join(whole(str(value)).split())[:1000]

    return Record(
        source=told("source") or place,
        raw=raw,
        site=told("site") or place.rsplit(":", 1)[0],
        content_type=f"{sniff.text_type('', raw)}; charset=utf-8",
        licence=told("licence"),
        date=day(row.get(columns.get("date", ""))),
        title=told("title"),
    )


def numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    r"""Yield the number (from 1), the offset and the bytes of each line.

    Only a line feed ends a line; U+2028, which JSON allows in strings, does not. A line of more
    than `MAX_RECORD` bytes is cut to one byte more than that.

    >>> import io
    >>> list(numbered_lines(io.BytesIO(b"a\xe2\x80\xa8b\nc")))
    [(1, 0, b'a\xe2\x80\xa8b\n'), (2, 6, b'c')]
    """
    number, offset = 0, 0
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        yield number, offset, line
        offset += len(line)
        while len(line) > MAX_RECORD and not line.endswith(b"\n"):
            line = line[:0] + stream.readline(MAX_RECORD + 1)
            offset += len(line)
            if not line:
                return


def whole(text: str) -> str:
    r"""Return text without surrogates: pairs are joined, lone ones become U+FFFD.

    >>> whole("\ud83d\ude00"), whole("a\ud83d")
    ('😀', 'a�')
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def day(value: object) -> str:
    """Return the date in a cell, `YYYY-MM-DD` or `YYYY`, or empty.

    >>> day(1995), day("1995-04-03T10:00"), day(1995.0), day("c. 1890")
    ('1995', '1995-04-03', '1995', '')
    """
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    match = _DATE.match(str(value).strip()) if isinstance(value, int | str) else None
    if not match:
        return ""
    if not match[2]:
        return match[1]
    try:
        return datetime.date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return match[1]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
