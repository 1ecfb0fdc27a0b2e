"""The SQLite file of the studio's history: opened, read and written, whole or not at all.

Each call opens a connection of its own, and the journal is a write-ahead log, so that several
threads, tabs and studios may use one file at once. One connection stays open beside them: the last
one that closes takes the log away, and on a full disk none could begin it again, not even to read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from erastyle.corpus.errors import RunError

VERSION = 1
WAIT = 15.0
"""Seconds to wait for another studio that writes."""
_TABLES = """
CREATE TABLE IF NOT EXISTS texts (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, style TEXT NOT NULL, subject TEXT NOT NULL,
    state TEXT NOT NULL, owner TEXT NOT NULL, text TEXT NOT NULL, revision INTEGER NOT NULL,
    approved INTEGER NOT NULL DEFAULT 0, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS texts_by_time ON texts (created DESC, id);
CREATE TABLE IF NOT EXISTS revisions (
    text_id TEXT NOT NULL, revision INTEGER NOT NULL, at TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (text_id, revision));
CREATE TABLE IF NOT EXISTS collections (
    name TEXT PRIMARY KEY, created TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS collected (
    collection TEXT NOT NULL, text_id TEXT NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (collection, text_id));
CREATE TABLE IF NOT EXISTS sheets (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, created TEXT NOT NULL, sheet TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    sheet TEXT NOT NULL, reader TEXT NOT NULL, item INTEGER NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (sheet, reader, item));
"""


class DiskFullError(RunError):
    """The disk does not take what was to be stored; what was stored before is whole."""


class HistoryFile:
    """The file, and connections to it."""

    def __init__(self, file: Path) -> None:
        """Open or begin a history.

        Raises:
            RunError: The file cannot be used; says why.
        """
        self.file = file
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{file}: {error.strerror}. Name another one: --history FILE.") from None
        with self.read() as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise RunError(
                    f"{file} was written by another version of erastyle. Name another one: "
                    "--history FILE."
                )
            if version != VERSION:
                database.execute("PRAGMA journal_mode=WAL")
                database.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
                database.execute(f"PRAGMA user_version={VERSION}")
            self._held = sqlite3.connect(file, timeout=WAIT, check_same_thread=False)
            self._held.execute("SELECT count(*) FROM sheets").fetchone()  # begins the log

    def close(self) -> None:
        """Let the file go: nothing is read or stored any more."""
        self._held.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection; reading waits for nobody.

        Raises:
            RunError: The file cannot be used.
            DiskFullError: The disk is full.
        """
        database = None
        try:
            database = sqlite3.connect(self.file, timeout=WAIT, isolation_level=None)
            database.row_factory = sqlite3.Row
            database.execute("PRAGMA synchronous=NORMAL")
            yield database
        except sqlite3.Error as error:
            raise _told(self.file, error) from None
        finally:
            if database is not None:
                database.close()  # what was not committed is undone

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that writes; what is done with it is stored whole or not at all.

        Raises:
            RunError: The file cannot be used.
            DiskFullError: The disk is full.
        """
        with self.read() as database:
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")


def _told(file: Path, error: sqlite3.Error) -> RunError:
    """Return an error of SQLite as a person should read it."""
    said = str(error)
    if "full" in said or "disk I/O" in said:  # a quota that is used up is told as the latter
        why = "the disk is full" if "full" in said else f"the disk takes nothing more ({said})"
        return DiskFullError(f"{file}: {why}. Make room; what was stored before is whole.")
    if "locked" in said:
        return RunError(f"{file}: another studio has been writing for {WAIT:.0f} s. Try again.")
    if "not a database" in said or "malformed" in said:
        said = f"is no history of the studio ({said})"
        return RunError(f"{file} {said}. Name another one: --history FILE.")
    if "readonly" in said or "unable to open" in said:
        return RunError(f"{file} cannot be written ({said}). Name another one: --history FILE.")
    return RunError(f"{file}: {said}.")
