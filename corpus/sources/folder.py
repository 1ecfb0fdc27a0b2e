"""Reads pages and texts in folders, zip and tar files, and yields a record for each."""

from __future__ import annotations

from collections.abc import Iterator

from erastyle.corpus.errors import ConfigError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import archives, sites, sniff
from erastyle.corpus.sources.archives import ArchiveMember
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.files import everything
from erastyle.corpus.sources.mail import rules
from erastyle.corpus.sources.mail.source import read_mail
from erastyle.corpus.sources.members import MemberSource
from erastyle.corpus.sources.warc import source as warc
from erastyle.corpus.sources.warc.recovery import NotAnArchiveError

MAILBOXES = (".mbox", ".mbx")


def holds_many(name: str) -> bool:
    """Say whether a file in a folder holds many documents, by its name.

    >>> holds_many("a.WARC.gz"), holds_many("mail.mbox"), holds_many("b.zip"), holds_many("c.html")
    (True, True, True, False)
    """
    ready = name.lower()
    return archives.is_archive(ready) or ready.endswith((*warc.WarcSource.endings, *MAILBOXES))


class FolderSource(MemberSource):
    """Pages and texts in a folder, a zip or a tar file; reads web archives and mboxes in it too.

    `folder:PATH?site=2` takes the first two folders of each path as its site; `?site=file` makes
    each file a site of its own.
    """

    what = "file"
    known = ("site",)

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check path and options.

        Args:
            spec: The source as the person wrote it.
            location: Path of the folder or archive.
            options: Options after the `?` of the spec.

        Raises:
            SourceError: The path does not exist, or cannot be read.
            ConfigError: `site` is neither a number nor `file`.
        """
        super().__init__(spec, location, options)
        site = options.get("site", "0")
        if site != "file" and not (site.isdigit() and int(site) < 100):
            raise ConfigError(f"Source {spec}: site is a count of folders or `file`, not {site!r}.")
        self._depth = 0 if site == "file" else int(site)

    def _salt(self) -> str:
        # The name of the root counts if it is the site of files directly in it.
        direct = any(path.parent == self.path for path in everything(self.path))
        salt = super()._salt() + (self.root if direct or self.path.is_file() else "") + "\n"
        mail = any(path.name.lower().endswith(MAILBOXES) for path in everything(self.path))
        return f"{salt}{rules.VERSION}\n" if mail else salt

    def site(self, label: str) -> str:
        """Return the site of a file."""
        if self.options.get("site") == "file":
            return label
        return sites.of_path(self.folders(label), self.root, self._depth)

    def counted(self) -> tuple[int, int, int]:
        """Return how many files are one document each, their bytes, and those of all others.

        Names and sizes are looked at, not contents. The others are archives and mailboxes, which
        hold many documents. What is no document by its name counts nowhere.
        """
        documents = loose = packed = 0
        for path in everything(self.path):
            size = path.stat().st_size
            if holds_many(path.name):
                packed += size
            elif size and not sniff.no_document(path.name):
                documents, loose = documents + 1, loose + size
        return documents, loose, packed

    def read(self) -> Iterator[Item]:
        """Yield the records in each file.

        Raises:
            SourceError: There is no file, or the source itself is a damaged archive.
        """
        for member in self.walk():
            if not isinstance(member, ArchiveMember):
                yield member
            elif (ready := member.label.lower()).endswith(warc.WarcSource.endings):
                yield from self._archive(member)
            elif ready.endswith(MAILBOXES):
                yield from self._mail(member)
            elif ready.rsplit("/", 1)[-1] in (".ds_store", "thumbs.db") or "/__macosx/" in ready:
                yield Skipped(member.label, "not text", "system file")
            else:
                yield self._page(member)

    def _archive(self, member: ArchiveMember) -> Iterator[Item]:
        path = self.path / member.label if self.path.is_dir() else self.path
        if not path.is_file():
            yield Skipped(member.label, "nested archive", "warc")
            return
        try:
            yield from warc.read_archive(path, member.label)
        except NotAnArchiveError as error:
            yield unreadable(member.label, 0, f"no web archive: {error}")

    def _mail(self, member: ArchiveMember) -> Iterator[Item]:
        try:
            with member.open() as stream:
                yield from read_mail(stream, member.label)
        except archives.ERRORS as error:
            yield unreadable(member.label, -1, f"the rest is lost: {error}")

    def _page(self, member: ArchiveMember) -> Item:
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
