"""Base class of sources that read files: the files, their digest and their size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Skipped, Unreadable
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.base import Item, readable
from erastyle.corpus.sources.digest_cache import FileDigests
from erastyle.corpus.yamlfile import nearest

LEFT_OUT = frozenset({".git", ".svn", ".hg", "CVS", "__MACOSX", ".DS_Store", "Thumbs.db"})
"""Names that version control, mirrors and archives leave behind; they are never documents."""


class FileSource:
    """A file, or the files below a folder.

    Attributes:
        spec: The source as the person wrote it.
        path: The file or folder.
        options: Options after the `?` of the spec.
    """

    endings: ClassVar[tuple[str, ...]] = ()
    """Endings of the files that are read in a folder; empty means all files."""
    what: ClassVar[str] = "file"
    """Name of one file in messages."""
    known: ClassVar[tuple[str, ...]] = ()
    """Names of the options that the kind takes."""

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check that the path can be read and the options are known.

        Args:
            spec: The source as the person wrote it.
            location: Path of the file or folder.
            options: Options after the `?` of the spec.

        Raises:
            SourceError: The path does not exist, or cannot be read.
            ConfigError: An option is unknown.
        """
        self.spec, self.path, self.options = spec, Path(location), options
        for name in options:
            if name not in self.known:
                takes = f" It takes {', '.join(self.known)}." if self.known else ""
                hint = nearest(name, self.known)
                raise ConfigError(f"Source {spec}: unknown option {name!r}.{hint}{takes}")
        if not os.path.lexists(self.path):
            raise SourceError(
                f"Source {self.path} does not exist. Check the path (relative paths start at "
                f"{Path.cwd()})."
            )
        if not self.path.exists():
            raise SourceError(f"Source {self.path} is a link that leads nowhere. Fix the link.")
        if not (self.path.is_dir() or self.path.is_file()):
            raise SourceError(f"Source {self.path} is neither a file nor a folder.")
        if not os.access(self.path, os.R_OK | (os.X_OK if self.path.is_dir() else 0)):
            raise SourceError(f"Source {self.path} cannot be read. Check its permissions.")

    @property
    def name(self) -> str:
        """Last part of the path, as text."""
        return readable(self.path.resolve().name)

    def label(self, path: Path) -> str:
        """Return the label of a file: its path below the folder, or its name."""
        if path == self.path:
            return self.name
        return readable(path.relative_to(self.path).as_posix())

    def files(self) -> Iterator[Path]:
        """Yield the files that the kind reads, sorted by their bytes.

        Raises:
            SourceError: There is no such file.
        """
        count = 0
        for path in everything(self.path):
            wanted = path == self.path or not self.endings
            if wanted or path.name.lower().endswith(self.endings):
                count += 1
                yield path
        if not count:
            names = " ".join(f"*{e}" for e in self.endings) or "file"
            raise SourceError(f"Source {self.path} holds no {self.what}: no {names} below it.")

    def digest(self) -> str:
        """Return the sha256 over the names below the source and the bytes of the files.

        The path of the source itself does not count, so moving it changes nothing.
        """
        total = hashlib.sha256(self._salt().encode())
        digests = FileDigests(self.path)
        for path in self.files():
            label = self.label(path)
            try:
                content = digests.of(path, label)
            except OSError as error:
                content = error.strerror or "unreadable"
            total.update(f"{label}\0{content}\n".encode())
        digests.save()
        for item in self.others():
            total.update(f"{item.source}\n".encode("utf-8", "surrogateescape"))
        return total.hexdigest()

    def others(self) -> Iterator[Skipped | Unreadable]:
        """Yield an entry for each file that the kind does not read, and each folder it cannot list.

        Without them, a mistyped ending would make a file vanish without a word.
        """
        if not self.path.is_dir():
            return
        if self.endings:
            for path in everything(self.path):
                if not path.name.lower().endswith(self.endings):
                    yield Skipped(self.label(path), f"no {self.what}", sniff.ending(path.name))
        yield from unlisted(self.path)

    def _salt(self) -> str:
        """Return the text that, besides the files, decides what `read` yields."""
        shown = "&".join(f"{k}={v}" for k, v in sorted(self.options.items()))
        return f"{type(self).__name__}\0{shown}\n"

    def size(self) -> int:
        """Return the total bytes of the files that are read."""
        total = 0
        for path in self.files():
            try:
                total += path.stat().st_size
            except OSError:
                continue
        return total

    def read(self) -> Iterator[Item]:
        """Yield the items in the files."""
        raise NotImplementedError


def unlisted(root: Path) -> Iterator[Unreadable]:
    """Yield an entry for each folder below `root` whose files cannot be listed."""
    errors: list[OSError] = []
    for _, folders, _ in os.walk(root, onerror=errors.append, followlinks=False):
        folders[:] = sorted((f for f in folders if f not in LEFT_OUT), key=os.fsencode)
    for error in errors:
        path = Path(os.fsdecode(error.filename or "")) if error.filename else root
        label = readable(path.relative_to(root).as_posix()) if path != root else "."
        problem = f"the folder cannot be listed: {error.strerror or error}"
        yield Unreadable(label, -1, problem)


def everything(root: Path) -> Iterator[Path]:
    """Yield every regular file below `root`, or `root` itself, sorted by the bytes of their names.

    Links to files are followed. Links to folders are not, so a loop of links does no harm. Pipes,
    sockets and devices are skipped, because opening one could wait forever.
    """
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root, onerror=None, followlinks=False):
        folders[:] = sorted((f for f in folders if f not in LEFT_OUT), key=os.fsencode)
        for name in sorted(names, key=os.fsencode):
            path = Path(folder) / name
            if name not in LEFT_OUT and path.is_file():
                yield path
