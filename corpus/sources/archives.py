"""Reads zip and tar files and yields their members. Nothing is unpacked to disk."""

from __future__ import annotations

import mmap
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from erastyle.corpus.record import Skipped, Unreadable
from erastyle.corpus.sources import clocks, unpack
from erastyle.corpus.sources.base import (
    MAX_RECORD,
    DamagedError,
    TooLargeError,
    readable,
    too_large,
    unreadable,
)

ENDINGS = (
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.xz",
    ".txz",
)
PACKED = (*ENDINGS, ".gz", ".bz2", ".xz", ".7z", ".rar", ".lha", ".lzh", ".arj", ".z", ".zst")
"""Endings of packed files that are not opened inside an archive."""
_LOCAL = b"PK\x03\x04"
MAX_TOTAL = 4 * 1024 * 1024 * 1024
"""Most unpacked bytes of one archive, unless they are less than 50 times its size."""
ERRORS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file in an archive, or on disk.

    Attributes:
        label: Its name below the root of the source, as text.
        size: Declared size in bytes.
        date: Day of its last change in the archive, `YYYY-MM-DD`, or empty.
        open: Opens the file. The stream of a tar member is valid until the next member is read.
    """

    label: str
    size: int
    date: str
    open: Callable[[], BinaryIO]

    def read(self, limit: int = MAX_RECORD) -> bytes:
        """Return the bytes of the file.

        Raises:
            TooLargeError: It has more than `limit` bytes, whatever size it declares.
            DamagedError: It is damaged, cut or encrypted.
        """
        if self.size > limit:
            raise TooLargeError(too_large(self.size, limit))
        try:
            with self.open() as stream:
                raw = stream.read(limit + 1)
        except (TooLargeError, DamagedError):
            raise
        except ERRORS as error:
            raise DamagedError(str(error) or type(error).__name__) from None
        if len(raw) > limit:
            raise TooLargeError(too_large(None, limit))
        return raw


def is_archive(name: str) -> bool:
    """Say whether the name of a file is that of an archive.

    >>> is_archive("pages.tar.gz"), is_archive("pages.warc.gz")
    (True, False)
    """
    return name.lower().endswith(ENDINGS)


def members(path: Path, label: str) -> Iterator[ArchiveMember | Unreadable | Skipped]:
    """Yield each member of an archive once, in the order of the archive.

    Folders are no members. Links, devices and archives inside the archive are skipped.

    Args:
        path: The archive.
        label: Prefix of the members' labels: `label/name`.

    Raises:
        DamagedError: The file is no archive, or its list of members is missing.
        OSError: The file cannot be opened.
    """
    inner = _zip_members if path.name.lower().endswith(".zip") else _tar_members
    for member in inner(path, label):
        if isinstance(member, ArchiveMember) and member.label.lower().endswith(PACKED):
            yield Skipped(member.label, "nested archive", member.label.rsplit(".", 1)[-1].lower())
        else:
            yield member


def _zip_members(path: Path, label: str) -> Iterator[ArchiveMember | Unreadable | Skipped]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DamagedError(f"not a whole zip file: {error}") from None
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        overlapping = _overlapping(infos)
        left = max(MAX_TOTAL, 50 * path.stat().st_size)
        for start, problem in _unlisted(path, infos):
            yield unreadable(label, start, problem)
        for info in infos:
            name = f"{label}/{readable(info.filename)}"
            left -= min(info.file_size, MAX_RECORD)
            mode = info.external_attr >> 16
            if info.flag_bits & 1:
                yield unreadable(name, info.header_offset, "encrypted")
            elif id(info) in overlapping:
                yield unreadable(name, info.header_offset, "overlaps another member: a zip bomb")
            elif mode and stat.S_ISLNK(mode):
                yield Skipped(name, "link")
            elif info.file_size > unpack.bound(info.compress_size):
                times = info.file_size // max(info.compress_size, 1)
                huge = info.file_size > MAX_RECORD
                problem = (
                    too_large(info.file_size) if huge else f"unpacks to {times} times its size"
                )
                yield unreadable(name, info.header_offset, problem)
            elif left < 0:
                yield unreadable(name, info.header_offset, "the archive unpacks to too much")
            else:
                yield ArchiveMember(
                    name, info.file_size, _zip_date(info), _zip_opener(archive, info)
                )


def _unlisted(path: Path, infos: list[zipfile.ZipInfo]) -> Iterator[tuple[int, str]]:
    """Yield each stretch of a zip file that holds members which its list does not name.

    Two zip files that were joined have one list, that of the second; so have files whose members
    were replaced in place.
    """
    covered = sorted((i.header_offset, i.header_offset + 30 + i.compress_size) for i in infos)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        listed = data.rfind(b"PK\x01\x02")
        directory = data.find(b"PK\x01\x02", covered[-1][1]) if covered else listed
        at = 0
        for start, end in [*covered, (directory if directory >= 0 else at, 0)]:
            if data.find(_LOCAL, at, start) >= 0:
                yield at, f"{start - at:,} bytes are in no list: the archive was joined or changed"
            at = max(at, end)


def _zip_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(info))


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Return the identities of members whose data overlap those of another member.

    Source:
        Fifield, "A better zip bomb", WOOT 2019.
    """
    overlapping: set[int] = set()
    last_end = -1
    for info in sorted(infos, key=lambda i: (i.header_offset, i.compress_size)):
        if info.header_offset < last_end:
            overlapping.add(id(info))
        last_end = max(last_end, info.header_offset + 30 + info.compress_size)
    return overlapping


def _zip_date(info: zipfile.ZipInfo) -> str:
    return clocks.day(*info.date_time[:5])


def _tar_members(path: Path, label: str) -> Iterator[ArchiveMember | Unreadable | Skipped]:
    with unpack.open_stream(path) as stream:
        try:
            archive = tarfile.open(fileobj=stream, mode="r|", errorlevel=2)  # noqa: SIM115
        except (tarfile.TarError, DamagedError, TooLargeError, EOFError) as error:
            raise DamagedError(f"not a tar file: {error}") from None
        offset = 0
        while True:
            try:
                info = archive.next()
            except ERRORS as error:
                yield unreadable(label, offset, f"the rest of the archive is lost: {error}")
                return
            if info is None:
                if _more_behind(archive):
                    problem = "something follows the end of the archive: two were joined"
                    yield unreadable(label, archive.offset, problem)
                return
            archive.members = []  # type: ignore[attr-defined]  # or the list of a large archive would stay in memory
            offset = info.offset
            name = f"{label}/{readable(info.name)}"
            if info.isdir():
                continue
            if info.issym() or info.islnk():
                yield Skipped(name, "link")
            elif not info.isreg():
                yield Skipped(name, "not a file")
            elif info.size > MAX_RECORD:
                yield unreadable(name, offset, too_large(info.size))
            else:
                yield ArchiveMember(name, info.size, _tar_date(info), _tar_opener(archive, info))


def _more_behind(archive: tarfile.TarFile) -> bool:
    """Say whether anything but padding follows the end mark of a tar file."""
    rest = cast(BinaryIO, archive.fileobj)
    try:
        while part := rest.read(unpack.STEP):
            if part.strip(b"\0"):
                return True
    except ERRORS:
        return True
    return False


def _tar_opener(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.extractfile(info))


def _tar_date(info: tarfile.TarInfo) -> str:
    import datetime

    try:
        moment = datetime.datetime.fromtimestamp(info.mtime, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return clocks.day(moment.year, moment.month, moment.day, moment.hour, moment.minute)
