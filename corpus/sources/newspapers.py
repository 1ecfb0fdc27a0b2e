"""Reads scanned newspapers and yields a record for each page of OCR text or ALTO XML."""

from __future__ import annotations

from collections.abc import Iterator

from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import sites, sniff
from erastyle.corpus.sources.alto import NotAPageError, issue_day, lccn, page_text
from erastyle.corpus.sources.archives import ArchiveMember
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.members import MemberSource


class NewspaperSource(MemberSource):
    """Pages of OCR, plain text or ALTO XML, in folders, zip or tar files.

    The site is the newspaper: its Library of Congress number if the path has one
    (`sn83030214/1890-01-05/ed-1/seq-1/ocr.txt`), otherwise its folder.
    """

    what = "page"

    def read(self) -> Iterator[Item]:
        """Yield a record for each page; a page in both text and XML gives its text only."""
        seen: set[str] = set()
        for member in self.walk():
            if isinstance(member, ArchiveMember):
                yield self._page(member, seen)
            else:
                yield member

    def _page(self, member: ArchiveMember, seen: set[str]) -> Item:
        label = member.label
        ending = sniff.ending(label)
        stem = label[: -len(ending) - 1] if ending else label
        if ending != "xml":
            other = sniff.no_document(label)
            if other:
                return Skipped(label, "not text", other)
            seen.add(stem)
        elif stem in seen:
            return Skipped(label, "same page as text")
        try:
            raw = member.read()
            if ending == "xml":
                raw = page_text(raw).encode()
        except NotAPageError as other_xml:
            return Skipped(label, "no page", str(other_xml))
        except (TooLargeError, DamagedError) as error:
            return unreadable(label, 0, str(error))
        if not raw.strip():
            return Skipped(label, "empty")
        other = sniff.binary_type(raw)
        if other:
            return Skipped(label, "not text", other)
        number = lccn(label)
        return Record(
            source=label,
            raw=raw,
            site=number or sites.of_path(self.folders(label), self.root),
            content_type="text/plain; charset=utf-8" if ending == "xml" else "text/plain",
            date=issue_day(label),
        )
