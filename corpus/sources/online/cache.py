"""What was fetched, kept as it came: a WARC file and a line for each answer.

Addresses never become file names: a store is a folder named by the hash of what was asked. A line
is written after its record is on the disk, so whatever is cut by an interruption is asked for
again and nothing is asked for twice.
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
    """Return 64 hex digits for what is asked: the same question, the same store."""
    text = json.dumps(dict(asked), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the JSON objects of a file of lines, up to the first that is damaged.

    What follows it is cut off, so that new lines can be added behind what holds.
    """
    found: list[dict[str, Any]] = []
    if not path.is_file():
        return found
    good = 0
    with path.open("rb") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n") or not isinstance(row, dict):
                break
            found.append(row)
            good += len(line)
    if good < path.stat().st_size:
        os.truncate(path, good)
    return found


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Add one JSON object to a file of lines, and see it on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(json.dumps(dict(row), ensure_ascii=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


class Store:
    """The answers to one question, by number."""

    def __init__(self, folder: Path) -> None:
        """Open a store; nothing is written yet."""
        self.folder = folder
        self._warc, self._index = folder / "answers.warc.gz", folder / "answers.jsonl"
        self._rows: dict[int, dict[str, Any]] | None = None

    @property
    def rows(self) -> dict[int, dict[str, Any]]:
        """What is known of each number: `offset` of its record, `error`, or what was noted."""
        if self._rows is None:
            size = self._warc.stat().st_size if self._warc.is_file() else 0
            self._rows = {}
            for row in lines(self._index):
                if isinstance(row.get("n"), int) and int(row.get("end", 0)) <= size:
                    self._rows[row["n"]] = row
        return self._rows

    def reload(self) -> None:
        """Look again at what is on the disk."""
        self._rows = None

    def note(self, number: int, row: Mapping[str, Any]) -> None:
        """Remember something of a number that has no record: an error, a reason."""
        told = {"n": number, **row}
        self.rows[number] = told
        append(self._index, told)

    def add(self, number: int, target: str, date: str, answer: HttpAnswer, **more: Any) -> Frame:
        """Keep an answer.

        Args:
            number: Its number in the list of what is fetched.
            target: The address that it is the content of.
            date: When it was captured: `1997-02-03T04:05:06Z`.
            answer: What the server sent.
            more: Notes to keep beside it.

        Returns:
            It, as a reader of the WARC file gives it.
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
        """Return a kept answer.

        Raises:
            KeyError: There is none of that number.
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
