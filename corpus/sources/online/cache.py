"""Keeps the answers of servers unchanged: a WARC file, and an index with a line for each answer.

The hash of a question names its folder, so no address becomes a file name. A line is written after
its record is on the disk. So an answer that an interruption cuts is requested again, and no answer
is requested twice.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from erastyle.corpus.sources.online.client import HttpAnswer
from erastyle.corpus.sources.warc import records
from erastyle.corpus.sources.warc.records import Frame

_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")


def name_of(asked: Mapping[str, Any]) -> str:
    """Return the name of a question's store, 64 hex digits that depend on the question alone."""
    text = json.dumps(dict(asked), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the JSON objects in the lines of a file, up to the first damaged one.

    The file is cut there, so that new lines can follow.
    """
    objects: list[dict[str, Any]] = []
    if not path.is_file():
        return objects
    good = 0
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n") or not isinstance(row, dict):
                break
            objects.append(row)
            good += len(line)
    if good < path.stat().st_size:
        os.truncate(path, good)
    return objects


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Add one JSON object to a file of lines, and wait until it is on the disk.

    Args:
        path: The file; it is created if needed.
        row: The object.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(json.dumps(dict(row), ensure_ascii=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


class Store:
    """The answers to one question, by number."""

    def __init__(self, folder: Path) -> None:
        """Open a store without writing to it.

        Args:
            folder: Folder of the store, which need not exist.
        """
        self.folder = folder
        self._warc, self._index = folder / "answers.warc.gz", folder / "answers.jsonl"
        self._rows: dict[int, dict[str, Any]] | None = None

    @property
    def rows(self) -> dict[int, dict[str, Any]]:
        """Row of each number: `offset` and `end` of its record, `error`, or a note."""
        if self._rows is None:
            size = self._warc.stat().st_size if self._warc.is_file() else 0
            self._rows = {}
            for row in lines(self._index):
                if isinstance(row.get("n"), int) and int(row.get("end", 0)) <= size:
                    self._rows[row["n"]] = row
        return self._rows

    def reload(self) -> None:
        """Read the index again at its next use."""
        self._rows = None

    def note(self, number: int, row: Mapping[str, Any]) -> None:
        """Keep a row for a number without a record.

        Args:
            number: Number in the list of pages to fetch.
            row: An error or a reason.
        """
        told = {"n": number, **row}
        self.rows[number] = told
        append(self._index, told)

    def add(self, number: int, target: str, date: str, answer: HttpAnswer, **more: Any) -> Frame:
        """Keep an answer.

        Args:
            number: Number in the list of pages to fetch.
            target: Address of the page.
            date: Time of its capture: `1997-02-03T04:05:06Z`.
            answer: Answer of the server.
            more: Values to keep in the row of the number.

        Returns:
            The record in the WARC file.
        """
        rows = self.rows
        raw = warc_record(target, date, answer)
        self.folder.mkdir(parents=True, exist_ok=True)
        good = max((int(row.get("end", 0)) for row in rows.values()), default=0)
        with self._warc.open("ab") as file:
            if file.tell() > good:  # an interruption left a record without its line
                file.truncate(good)
                file.seek(good)
            file.write(gzip.compress(raw, 6, mtime=0))
            file.flush()
            os.fsync(file.fileno())
            end = file.tell()
        told = {"n": number, "offset": good, "end": end, **more}
        rows[number] = told
        append(self._index, told)
        return next(records.records_of(raw, good))

    def frame(self, number: int) -> Frame:
        """Return the record of a kept answer.

        Raises:
            KeyError: There is no answer of that number.
        """
        row = self.rows[number]
        with self._warc.open("rb") as file:
            file.seek(row["offset"])
            packed = file.read(row["end"] - row["offset"])
        try:
            raw, after = records.member(packed, 0)
        except records.UNPACK_ERRORS as error:
            return Frame(row["offset"], error=f"the cache is damaged: {error}")
        if after < 0:
            return Frame(row["offset"], error="the cache is damaged: a record is cut")
        return next(records.records_of(raw, row["offset"]))


def warc_record(target: str, date: str, answer: HttpAnswer) -> bytes:
    """Return an answer as a WARC response record.

    Args:
        target: Address of the page.
        date: Time of its capture: `1997-02-03T04:05:06Z`.
        answer: Answer of the server.

    Source:
        ISO 28500:2017, WARC 1.0.
    """
    digest = base64.b32encode(hashlib.sha1(answer.body, usedforsecurity=False).digest()).decode()
    head = "".join(
        f"{_UNSAFE.sub(' ', name)}: {_UNSAFE.sub(' ', value)}\r\n"
        for name, value in answer.headers
        if name not in ("transfer-encoding", "connection")  # undone when it was received
    )
    http = f"HTTP/1.1 {answer.status} OK\r\n{head}\r\n".encode("utf-8", "replace") + answer.body
    fields = (
        ("WARC-Type", "response"),
        ("WARC-Target-URI", "".join(target.split())),
        ("WARC-Date", date),
        ("Content-Type", "application/http; msgtype=response"),
        ("WARC-Payload-Digest", f"sha1:{digest}"),
        ("Content-Length", str(len(http))),
    )
    lines_ = "".join(f"{name}: {_UNSAFE.sub('', value)}\r\n" for name, value in fields)
    return b"WARC/1.0\r\n" + lines_.encode("utf-8", "replace") + b"\r\n" + http + b"\r\n\r\n"
