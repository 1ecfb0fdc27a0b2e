"""Folders, zip and tar files of pages and texts, in any encoding."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources import archives, sites, sniff, unpack
from erastyle.corpus.sources.archives import Member
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, readable, unreadable
from erastyle.corpus.sources.files import LEFT_OUT, FileSource, everything
from erastyle.corpus.sources.mail import rules
from erastyle.corpus.sources.warc import source as warc
from erastyle.corpus.sources.warc.recovery import NotAnArchiveError


class MemberSource(FileSource):
    """A source that looks at files one by one, those inside zip and tar files included."""

    def walk(self, *, stream: bool = False) -> Iterator[Member | Unreadable | Skipped]:
        """Yield each file and each member of an archive once, sorted by path.

        Args:
            stream: Whether files larger than a record come too, with gzip, bzip2 or xz undone.

        Raises:
            SourceError: There is no file, or the one file given is a damaged archive.
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

    def folders(self, label: str) -> list[str]:
        """Return the folders in which a member lies below the root of the source.

        The name of an archive counts as a folder only where there is none inside it.
        """
        parts = label.split("/")[:-1]
        if self.path.is_file():
            return parts[1:]
        return [p for p in parts if not archives.is_archive(p)] or parts

    @property
    def root(self) -> str:
        """What to call the root as a site: the name without its ending."""
        name = self.name
        if not self.path.is_file():
            return name
        lower = name.lower()
        found = [e for e in archives.ENDINGS if lower.endswith(e)]
        return name[: -len(max(found, key=len))] if found else name


class FolderSource(MemberSource):
    """Pages and texts in a folder, a zip or a tar file; web archives and mboxes there are read too.

    `folder:PATH?site=2` makes the first two folders of each path its site, `?site=file` each file.
    """

    what = "file"
    known = ("site",)

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Look that the place is there and the options are right.

        Raises:
            SourceError: It is not there.
            ConfigError: `site` is neither a number nor `file`.
        """
        super().__init__(spec, location, options)
        site = options.get("site", "0")
        if site != "file" and not (site.isdigit() and int(site) < 100):
            raise ConfigError(f"Source {spec}: site is a count of folders or `file`, not {site!r}.")
        self._depth = 0 if site == "file" else int(site)

    def _salt(self) -> str:
        # The name of the root is the site of the files that lie directly in it: then it counts.
        direct = any(path.parent == self.path for path in everything(self.path))
        salt = super()._salt() + (self.root if direct or self.path.is_file() else "") + "\n"
        mail = any(path.name.lower().endswith((".mbox", ".mbx")) for path in everything(self.path))
        return f"{salt}{rules.VERSION}\n" if mail else salt

    def site(self, label: str) -> str:
        """Return the site of a file."""
        if self.options.get("site") == "file":
            return label
        return sites.of_path(self.folders(label), self.root, self._depth)

    def read(self) -> Iterator[Item]:
        """Yield what each file holds.

        Raises:
            SourceError: There is no file, or the one file given is a damaged archive.
        """
        for member in self.walk():
            if not isinstance(member, Member):
                yield member
            elif (ready := member.label.lower()).endswith(warc.WarcSource.endings):
                yield from self._archive(member)
            elif ready.endswith((".mbox", ".mbx")):
                yield from self._mail(member)
            elif ready.rsplit("/", 1)[-1] in (".ds_store", "thumbs.db") or "/__macosx/" in ready:
                yield Skipped(member.label, "not text", "system file")
            else:
                yield self._page(member)

    def _archive(self, member: Member) -> Iterator[Item]:
        path = self.path / member.label if self.path.is_dir() else self.path
        if not path.is_file():
            yield Skipped(member.label, "nested archive", "warc")
            return
        try:
            yield from warc.read_archive(path, member.label)
        except NotAnArchiveError as error:
            yield unreadable(member.label, 0, f"no web archive: {error}")

    def _mail(self, member: Member) -> Iterator[Item]:
        from erastyle.corpus.sources.mail.source import read_mail  # which builds on this module

        try:
            with member.open() as stream:
                yield from read_mail(stream, member.label)
        except archives.ERRORS as error:
            yield unreadable(member.label, -1, f"the rest is lost: {error}")

    def _page(self, member: Member) -> Item:
        label = member.label
        other = sniff.no_document(label)
        if other:
            return Skipped(label, "not text", other)
        try:
            raw = member.read()
        except (TooLargeError, DamagedError) as error:
            return unreadable(label, 0, str(error))
        if not raw.strip():
            return Skipped(label, "empty")
        other = sniff.binary_type(raw)
        if other == sniff.UNKNOWN and sniff.named_as_document(label):
            return unreadable(label, 0, "binary: not the text that its name promises", raw)
        if other:
            return Skipped(label, "not text", other)
        return Record(
            source=label,
            raw=raw,
            site=self.site(label),
            content_type=sniff.text_type(label, raw),
            captured=member.date,
        )


def open_plain(path: Path) -> BinaryIO:
    """Open a file as it is."""
    return path.open("rb")


def on_disk(path: Path, label: str, opener: Callable[[Path], BinaryIO] = open_plain) -> Member:
    """Return a file as a member. Its date is left out: copying a file changes it."""
    return Member(label, path.stat().st_size, "", lambda: opener(path))


def links(root: Path) -> Iterator[Skipped]:
    """Yield what lies below a folder and is no file: links to folders, dead links, pipes."""
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
