"""Reads tables (JSON lines, CSV, TSV, Parquet) and yields a record for each row."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from erastyle.corpus.dates import expressions, headers
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.provenance import label as labels
from erastyle.corpus.record import KEEP, Record, Skipped
from erastyle.corpus.sources import clocks, sniff, unpack
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
_SLASHED = re.compile(r"\d{4}[/.]\d")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T ]?\d{4,6}Z?)?")
_SECONDS = re.compile(r"\d{9,10}|\d{12,13}")
_VAGUE = re.compile(r"\b(?:c|ca|circa|about|around|before|after|undated)\b|[?~\[<>]", re.IGNORECASE)
_MAIL = re.compile(r"\d{1,2}:\d\d|[+-]\d{4}\b|\b(?:GMT|UTC|E[SD]T|P[SD]T)\b")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t|"
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
MAX_WHOLE = 256 * 1024 * 1024
"""Most bytes of a file that is read as one: a JSON array, or a table in UTF-16."""
UNREAD_DATE = "unread_date"
"""Signal of a row whose date is not understood."""
MACHINE_WRITTEN = "machine_written"
"""Signal of a row that names the source type of a text that a machine wrote."""
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
        ".json",
        ".json.gz",
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
        yield from self.others()

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
                yield from self._csv(_in_utf8(stream), label, "\t" if ".tsv" in name else "")
        else:
            with unpack.open_stream(path) as stream:
                yield from self._json(_in_utf8(stream), label)

    def _json(self, stream: BinaryIO, label: str) -> Iterator[Item]:
        """Yield an item for each object, one on each line or all in one array or value."""
        head = _peek(stream)
        begins = head.removeprefix(codecs.BOM_UTF8).lstrip()
        first = begins.split(b"\n", 1)[0]
        if begins.startswith(b"[") or (begins.startswith(b"{") and first.strip() in (b"{", b"{}")):
            yield from self._array(stream, label)
        else:
            yield from self._jsonl(stream, label)

    def _array(self, stream: BinaryIO, label: str) -> Iterator[Item]:
        raw = stream.read(MAX_WHOLE + 1)
        if len(raw) > MAX_WHOLE:
            problem = f"one JSON value of more than {MAX_WHOLE >> 20} MB: write one object a line"
            yield unreadable(label, 0, problem, raw)
            return
        columns: dict[str, str] | None = None
        for number, row in enumerate(_values(raw.decode("utf-8-sig", "replace")), 1):
            place = f"{label}:{number}"
            if isinstance(row, ValueError):
                yield unreadable(place, -1, f"not JSON: {row}; the rest of the value is lost", raw)
            elif not isinstance(row, dict):
                yield unreadable(place, -1, f"a {type(row).__name__}, not an object")
            else:
                if columns is None or columns["body"] not in row:
                    columns = columns_of(
                        list(row), self.options, self.spec, label, strict=columns is None
                    )
                yield mapped(row, columns, place)

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

        lines = text()
        first = next(lines, "")
        named = _SEP.fullmatch(first)
        if named:
            delimiter, first = named[1], next(lines, "")
        delimiter = delimiter or _delimiter(first)
        reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter)
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

    date = day(row.get(columns.get("date", "")))
    signals = {UNREAD_DATE: 1.0} if "date" in columns and told("date") and not date else {}
    if row.get(labels.FIELD):
        signals[MACHINE_WRITTEN] = 1.0
    return Record(
        source=told("source") or place,
        raw=raw,
        site=told("site") or place.rsplit(":", 1)[0],
        content_type=f"{sniff.text_type('', raw)}; charset=utf-8",
        licence=told("licence"),
        date=date,
        title=told("title"),
        signals=signals,
    )


def _peek(stream: BinaryIO) -> bytes:
    """Return the first bytes of a stream, which stay to be read."""
    return cast(io.BufferedReader, stream).peek(8192)[:8192]


def _in_utf8(stream: BinaryIO) -> BinaryIO:
    """Return a stream of the same text in UTF-8.

    Raises:
        TooLargeError: It is in UTF-16 and too large to be read as one.
    """
    head = _peek(stream)
    if not head.startswith(_UTF16) and not (head[1:2] == b"\0" or head[:1] == b"\0"):
        return stream
    raw = stream.read(MAX_WHOLE + 1)
    if len(raw) > MAX_WHOLE:
        raise TooLargeError(f"UTF-16, and larger than {MAX_WHOLE >> 20} MB: save it as UTF-8")
    codec = (
        "utf-16" if raw.startswith(_UTF16) else "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
    )
    return cast(BinaryIO, io.BufferedReader(io.BytesIO(raw.decode(codec, "replace").encode())))


def _delimiter(header: str) -> str:
    r"""Return the sign between the fields of a header line: the most frequent outside of quotes.

    >>> _delimiter("text;date;site\n"), _delimiter('"a;b",c\n'), _delimiter("text\n")
    (';', ',', ',')
    """
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=lambda sign: (bare.count(sign), sign == ","))


def _values(text: str) -> Iterator[object]:
    """Yield the rows of a JSON value: of an array, of the one array in an object, or one by one.

    What cannot be read gives one `ValueError`.
    """
    decoder = json.JSONDecoder()
    blank = re.compile(r"[\s,]*")

    def past(at: int) -> int:
        match = blank.match(text, at)
        return match.end() if match else at

    at, inside = past(0), False
    while at < len(text):
        if text[at] == "]" and inside:
            at, inside = past(at + 1), False
            continue
        if text[at] == "[" and not inside:
            at, inside = past(at + 1), True
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            yield ValueError(str(error) or type(error).__name__)
            return
        at = past(at)
        arrays = [v for v in value.values() if _is_rows(v)] if isinstance(value, dict) else []
        yield from arrays[0] if not inside and len(arrays) == 1 else [value]
    if inside:
        yield ValueError("the array is cut short")


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


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
    """Return the date in a cell, `YYYY-MM-DD` or `YYYY`, or empty if it is none for certain.

    A day in words or in the form of a mail header counts; of one whose day and month can be
    exchanged, the year. Seconds since 1970 count between 1985 and today.

    >>> day(1995), day("1995-04-03T10:00"), day(1995.0), day("c. 1890")
    ('1995', '1995-04-03', '1995', '')
    >>> day("3 May 1994"), day("May 3, 2015"), day("03/05/1994"), day("19940503"), day(767966400)
    ('1994-05-03', '2015-05-03', '1994', '1994-05-03', '1994-05-03')
    """
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if isinstance(value, int | str) else ""
    match = _DATE.match(text)
    if not match:
        return _moment(text) or _in_words(text)
    if not match[2]:
        return match[1] if not _SLASHED.match(text) else _in_words(text)
    try:
        return datetime.date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        return match[1]


def _moment(text: str) -> str:
    """Return the day in digits without signs: `19940503`, or seconds or milliseconds since 1970."""
    compact = _COMPACT.fullmatch(text)
    if compact:  # a day that somebody wrote, not the moment of a clock: any year
        try:
            known = datetime.date(*map(int, compact.groups()))
        except ValueError:
            pass
        else:
            if known.year <= clocks.LAST_YEAR:
                return known.isoformat()
    if not _SECONDS.fullmatch(text):
        return ""
    seconds = int(text[:-3]) if len(text) > 10 else int(text)
    return clocks.moment(datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat())


def _in_words(text: str) -> str:
    """Return the one date in a text of few words, or empty if there are several or it is vague."""
    if len(text) > 60 or _VAGUE.search(text):
        return ""
    known = headers.day(text) if _MAIL.search(text) else ""
    if known:
        return known
    mentions = expressions.mentions(text)
    if len(mentions) != 1 or mentions[0].sure < 0.9:
        return ""
    first, last = mentions[0].first, mentions[0].last
    if first == last:
        return first
    return first[:4] if first[:4] == last[:4] else ""


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
