"""Reads books in the format of Project Gutenberg, and yields a record for each, without licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.archives import ArchiveMember
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.members import MemberSource

# Licence headers of 1991-1997, of 1998-2003 and of today.
_START = re.compile(
    rb"^[ \t]*(?:\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*(?:\n[^\n*]*\*{3}[^\n]*)?"
    rb"|\*END\*? ?THE SMALL PRINT![^\n]*"
    rb"|\*{3} ?START: FULL LICENSE ?\*{3}[^\n]*)\r?\n",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    rb"^[ \t]*(?:\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG"
    rb"|\*{0,3}(?:This is the )?End of (?:The |this )?Project Gutenberg)",
    re.IGNORECASE | re.MULTILINE,
)
_CREDITS = re.compile(
    rb"\s*(?:(?:this (?:e-?text|e-?book) was )?(?:produced|prepared|transcribed|scanned|typed)"
    rb"|e-?text (?:prepared|produced|scanned)|transcriber'?s? note)[^\n]*"
    rb"(?:\n[^\n]+){0,8}\n[ \t]*\n",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^(title|author|language|original publication|release date|posting date|editor|translator)"
    r":[ \t]*(.+(?:\n[ \t]+.+)*)",
    re.IGNORECASE | re.MULTILINE,
)
_OLD_TITLE = re.compile(
    r"project gutenberg(?:'s)? e-?(?:text|book) (?:of|,)?\s*(.+?)(?:,? by (.+?))?[\s*]*$",
    re.IGNORECASE | re.MULTILINE,
)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d)(?!\d)")
_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Book:
    """A book without licence, header and credits.

    Attributes:
        text: Text of the book.
        fields: Fields of the header by lower-case name: `title`, `author`, ….
        framed: Whether there was a licence header or footer.
    """

    text: bytes
    fields: dict[str, str] = field(default_factory=dict)
    framed: bool = False


def unframe(raw: bytes) -> Book:
    r"""Return a book without licence, header and credits.

    >>> frame = b"*** START OF THIS PROJECT GUTENBERG EBOOK X ***\r\nOne.\r\n"
    >>> unframe(b"Title: X\r\n\r\n" + frame + b"*** END OF THIS PROJECT GUTENBERG EBOOK X ***")
    Book(text=b'One.\n', fields={'title': 'X'}, framed=True)
    """
    raw = raw.replace(b"\r\n", b"\n")
    starts = list(_START.finditer(raw[: _HEAD * 2]))
    start = starts[-1].end() if starts else 0
    end = _END.search(raw, start)
    if not starts and not end:
        return Book(raw)
    head = raw[:start].decode("utf-8", "replace")
    fields = {m[1].lower(): " ".join(m[2].split()) for m in reversed(list(_FIELD.finditer(head)))}
    old = _OLD_TITLE.search(head[:2000])
    if old and "title" not in fields:
        fields["title"] = " ".join(old[1].split())
        if old[2]:
            fields.setdefault("author", " ".join(old[2].split()))
    text = raw[start : end.start() if end else len(raw)]
    while (told := _CREDITS.match(text)) and told.end() < 4000:
        text = text[told.end() :]
    return Book(text.strip(b"\n") + b"\n", fields, framed=True)


class GutenbergSource(MemberSource):
    """Plain-text books in a folder, a zip or a tar file. The site is the author or the title."""

    what = "book"

    def read(self) -> Iterator[Item]:
        """Yield a record for each book."""
        for member in self.walk():
            yield self._book(member) if isinstance(member, ArchiveMember) else member

    def _book(self, member: ArchiveMember) -> Item:
        label = member.label
        other = sniff.no_document(label)
        if other:
            return Skipped(label, "not text", other)
        try:
            raw = member.read()
        except (TooLargeError, DamagedError) as error:
            return unreadable(label, 0, str(error))
        other = sniff.binary_type(raw)
        if other:
            return Skipped(label, "not text", other)
        book = unframe(raw)
        if not book.text.strip():
            return Skipped(label, "empty")
        year = _YEAR.search(book.fields.get("original publication", ""))
        stem = label.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        title = book.fields.get("title", "")
        return Record(
            source=label,
            raw=book.text,
            site=book.fields.get("author") or title or stem,
            content_type="text/plain",
            date=year[1] if year else "",
            title=title,
        )
