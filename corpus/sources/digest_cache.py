"""Digests of source files, kept for dry runs, so that a plan need not read an archive again.

A digest is kept with the file's device, inode, size and times of change (mtime and ctime), and is
taken only where all of them are as they were. Changed content under the same stamp is possible all
the same: on a file system that counts in seconds, or without ctime. So

- only plans trust the cache, inside `trusted()`. A run reads every byte of its sources, and
  `verify` every byte of its files;
- a file that changed less than two seconds before it was read is not kept, nor one that changed
  while it was read: a second change could leave the same stamp.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BufferedReader
from pathlib import Path

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.user_cache import user_cache

FRESH = 2_000_000_000
"""Nanoseconds for which a changed file is not kept; FAT counts in steps of two seconds."""
UNUSED = 90 * 24 * 3600
"""Seconds after which the digests of a source are removed where none of its files changed."""
FOLDER = "digests"
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)


@contextmanager
def trusted() -> Iterator[None]:
    """Let digests of files be taken from the cache, in a plan that changes nothing."""
    token = _trusted.set(True)
    try:
        yield
    finally:
        _trusted.reset(token)


class FileDigests:
    """The digests of the files of one source; with a cache where it is trusted."""

    def __init__(self, root: Path) -> None:
        """Read what is kept of the source at `root`, in a plan.

        Args:
            root: The file or folder. Its absolute path names the file of the cache.
        """
        cache = user_cache() if _trusted.get() else None
        name = hashlib.sha256(os.fsencode(root.absolute())).hexdigest()[:16]
        self.file = cache / FOLDER / f"{name}.json" if cache else None
        self.kept = _read(self.file) if self.file else {}
        self.seen: dict[str, list[str]] = {}

    def of(self, path: Path, label: str) -> str:
        """Return the sha256 of a file, in hex.

        Args:
            path: The file.
            label: Its name within the source.

        Raises:
            OSError: It cannot be read.
        """
        if self.file is None:
            with path.open("rb") as file:
                return _sha256(file)
        before = _stamp(path.stat())
        known = self.kept.get(label)
        if known is not None and known[0] == before:
            self.seen[label] = known
            return known[1]
        with path.open("rb") as file:
            content = _sha256(file)
            status = os.fstat(file.fileno())
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        if _stamp(status) == before and time.time_ns() - changed > FRESH:
            self.seen[label] = [before, content]
        return content

    def save(self) -> None:
        """Keep the digests that were asked for; where the cache cannot be written there is none."""
        if self.file is None or self.seen == self.kept:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.file, json.dumps(self.seen))
            for other in self.file.parent.iterdir():
                if time.time() - other.stat().st_mtime > UNUSED:
                    other.unlink(missing_ok=True)
        except OSError:
            return


def _sha256(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp(status: os.stat_result) -> str:
    """Return what changes when a file does."""
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{status.st_dev} {status.st_ino} {status.st_size} {times}"


def _read(file: Path) -> dict[str, list[str]]:
    """Return what a file of the cache holds: nothing where it is absent, damaged or another's."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(held, dict):
        return {}
    return {
        label: row
        for label, row in held.items()
        if isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row)
    }
