"""Base class of the sources that read files one by one, archive members included."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from erastyle.corpus.errors import SourceError
from erastyle.corpus.record import Skipped, Unreadable
from erastyle.corpus.sources import archives, unpack
from erastyle.corpus.sources.archives import ArchiveMember
from erastyle.corpus.sources.base import DamagedError, readable, unreadable
from erastyle.corpus.sources.files import LEFT_OUT, FileSource


class MemberSource(FileSource):
    """A source that reads files one by one, in folders, zip and tar files."""

    def walk(self, *, stream: bool = False) -> Iterator[ArchiveMember | Unreadable | Skipped]:
        """Yield each file and each member of an archive once, sorted by path.

        Args:
            stream: Whether files on disk open as streams without gzip, bzip2 or xz.

        Raises:
            SourceError: There is no file, or the source itself is a damaged archive.
        """
        for path in self.files():
            label = self.label(path)
            if not archives.is_archive(path.name):
                yield on_disk(path, label, unpack.open_stream if stream else open_plain)
                continue
            try:
                yield from archives.members(path, label)
            except DamagedError as error:
                if path == self.path:
                    raise SourceError(
                        f"{path} cannot be opened: {error}. Was the download complete?"
                    ) from None
                yield unreadable(label, 0, str(error))
            except OSError as error:
                yield unreadable(label, 0, error.strerror or str(error))
        yield from links(self.path)
        yield from self.others()

    def folders(self, label: str) -> list[str]:
        """Return the folders of a member below the root of the source.

        The name of an archive counts as a folder only if there is no folder inside it.

        Args:
            label: Label of the member.
        """
        parts = label.split("/")[:-1]
        if self.path.is_file():
            return parts[1:]
        return [p for p in parts if not archives.is_archive(p)] or parts

    @property
    def root(self) -> str:
        """Site name of the root: its name without the ending."""
        name = self.name
        if not self.path.is_file():
            return name
        lower = name.lower()
        endings = [e for e in archives.ENDINGS if lower.endswith(e)]
        return name[: -len(max(endings, key=len))] if endings else name


def open_plain(path: Path) -> BinaryIO:
    """Open a file without unpacking it."""
    return path.open("rb")


def on_disk(
    path: Path, label: str, opener: Callable[[Path], BinaryIO] = open_plain
) -> ArchiveMember:
    """Return a file on disk as a member, without a date, because copying a file changes it.

    Args:
        path: The file.
        label: Its label.
        opener: Opens the file.
    """
    return ArchiveMember(label, path.stat().st_size, "", lambda: opener(path))


def links(root: Path) -> Iterator[Skipped]:
    """Yield everything below a folder that is no file: links to folders, dead links, pipes."""
    if not root.is_dir():
        return
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted((f for f in folders if f not in LEFT_OUT), key=os.fsencode)
        for name in [*folders, *sorted(names, key=os.fsencode)]:
            path = Path(folder) / name
            label = readable(path.relative_to(root).as_posix())
            if path.is_symlink() and not path.is_file():
                yield Skipped(label, "link")
            elif name in names and not path.is_file():
                yield Skipped(label, "not a file")
