"""Reads books in the format of Project Gutenberg, and yields a record for each, without licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from erastyle.corpus.decode import encoding
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import sniff
from erastyle.corpus.sources.archives import ArchiveMember
from erastyle.corpus.sources.base import DamagedError, Item, TooLargeError, unreadable
from erastyle.corpus.sources.members import MemberSource

# Marks of 1998 and later; a title may go over two lines.
_START = re.compile(
    rb"^[ \t]*\*{3} ?START OF (?:THE|THIS) (?:COPYRIGHTED )?PROJECT GUTENBERG[^\n]*"
    rb"(?:\n[^\n*]*\*{3}[^\n]*)?\n",
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(
    rb"^[ \t]*(?:\*{3} ?END OF (?:THE|THIS) (?:COPYRIGHTED )?PROJECT GUTENBERG"
    rb"|\*{0,3}(?:This is the )?End of (?:The |this )?(?:Copyrighted )?Project Gutenberg)[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)
# The licence of 1991 to 2004 stands before the text, and from 2001 on behind it.
_SMALL_PRINT = re.compile(
    rb"^[ \t]*(?:\*{3} ?START\*{0,2} ?(?:OF )?\*{0,2}THE SMALL PRINT!.{0,60000}?"
    rb"^[ \t]*\*END\*{0,2} ?THE SMALL PRINT![^\n]*(?:\n|\Z)"
    rb"|\*{3} ?START: FULL LICENSE ?\*{3}.{0,60000}?(?=^[ \t]*\*{3} ?START OF |\Z))",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_SMALL_PRINT_END = re.compile(
    rb"^[ \t]*(?:\*END\*{0,2} ?THE SMALL PRINT!|\*{3} ?START: FULL LICENSE ?\*{3})[^\n]*(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_PARAGRAPH = re.compile(
    rb"\s*(?:\W{0,6}(?:the )?project gutenberg|title:|author:|editor:|translator:|illustrator:"
    rb"|language:|release date|posting date|edition:|character set|original publication"
    rb"|\[?(?:e-?book|e-?text) #|\[(?:this file was|date last|most recently|last updated)"
    rb"|this header should be|copyright laws are|please (?:do not|take a look|read)"
    rb"|\*{2}(?:welcome to|e-?books readable|etexts readable)|\*{3,5}these"
    rb"|\*it must legally|we encourage you|information (?:on|about) contacting)",
    re.IGNORECASE,
)
_TOLD = rb"(?:e-?text|e-?book|file|book|text)"
_CREDITS = re.compile(
    rb"\s*(?:(?:this " + _TOLD + rb" was )?(?:produced|prepared|transcribed|scanned|typed)"
    rb"(?: and \w+)? (?:by|from|for)\b"
    rb"|" + _TOLD + rb" (?:prepared|produced|scanned)|html version by|\(this file was produced from"
    rb"|transcriber'?s?'? notes?\b|note: +(?:project gutenberg|images of|the original))[^\n]*"
    rb"(?:\n[^\n]+){0,12}(?:\n[ \t]*)+(?:\n|\Z)"
    rb"|\s*see \d{3,6}-h\.(?:htm|zip)[^\n]*(?:\n[^\n]+){0,8}(?:\n[ \t]*)+(?:\n|\Z)",
    re.IGNORECASE,
)
_NOTE = re.compile(rb"\[ ?transcriber'?s?'? ?notes?\b[^\[\]]{0,4000}\][ \t]*\n?", re.IGNORECASE)
_LAST_NOTE = re.compile(
    rb"\n[ \t]*\n[ \t=_+*|-]*transcriber'?s?'? notes?:?[ \t=_+*|-]*\n.{0,4000}\Z",
    re.IGNORECASE | re.DOTALL,
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
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


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
    r"""Return the first book of a file without licence, header and credits.

    >>> frame = b"*** START OF THIS PROJECT GUTENBERG EBOOK X ***\r\nOne.\r\n"
    >>> unframe(b"Title: X\r\n\r\n" + frame + b"*** END OF THIS PROJECT GUTENBERG EBOOK X ***")
    Book(text=b'One.\n', fields={'title': 'X'}, framed=True)
    """
    return next(books(raw))


def books(raw: bytes) -> Iterator[Book]:
    """Yield each book of a file; a file of one text without a frame is one book.

    Where `START OF` stands, it begins the text. Without it, the text begins behind the licence that
    stands before it, or behind the header if the licence stands at the end.

    Args:
        raw: Bytes of the file.
    """
    if raw.startswith(_UTF16):
        raw = encoding.decode(raw).text.encode()
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    starts = list(_START.finditer(raw))
    if not starts:
        yield _unmarked(raw)
        return
    at = 0
    while starts:
        start = starts.pop(0)
        end = _END.search(raw, start.end())
        stop = end.start() if end else len(raw)
        inside = [s for s in starts if s.start() < stop]  # a mark that stands twice
        text = raw[start.end() : stop]
        for mark in inside:
            text = text.replace(mark[0], b"", 1)
        starts = starts[len(inside) :]
        header = raw[at : start.start()]
        if _END.search(header) or len(header) > _HEAD * 2:  # a book whose mark is damaged
            yield _unmarked(header)
            header = b""
        yield _book(header, text)
        at = end.end() if end else len(raw)


def _unmarked(raw: bytes) -> Book:
    """Return the book of a file without a mark at its beginning."""
    end = _END.search(raw)
    prints = [m for m in _SMALL_PRINT.finditer(raw) if m.start() < _HEAD * 2]
    closing = _SMALL_PRINT_END.search(raw[: _HEAD * 2])
    start = prints[-1].end() if prints else closing.end() if closing else 0
    if end and start > end.start():  # the licence stands behind the text
        later = _END.search(raw, start)
        if later and later.start() - start > end.start():
            end = later  # `End of Project Gutenberg` in the header
        else:
            start = 0
    elif not end and start and not raw[start:].strip():
        start = 0
        licence = prints[0] if prints else closing
        raw = raw[: licence.start()] if licence else raw
    if not start and not end and not prints and not closing:
        return Book(raw)
    if not start:
        start = _behind_header(raw)
        end = _END.search(raw, start)
    return _book(raw[:start], raw[start : end.start() if end else len(raw)])


def _behind_header(raw: bytes) -> int:
    """Return the offset behind the paragraphs of a header."""
    at = 0
    for paragraph in re.finditer(rb"(?:[^\n]*\S[^\n]*\n?)+(?:[ \t]*\n)*", raw[:_HEAD]):
        if not _HEADER_PARAGRAPH.match(paragraph[0]):
            break
        at = paragraph.end()
    return at


def _book(header: bytes, text: bytes) -> Book:
    """Return a book from its header and its text with credits and notes."""
    head = encoding.decode(header[-_HEAD:]).text
    fields = {m[1].lower(): " ".join(m[2].split()) for m in reversed(list(_FIELD.finditer(head)))}
    old = _OLD_TITLE.search(head[:2000])
    if old and "title" not in fields:
        fields["title"] = " ".join(old[1].split())
        if old[2]:
            fields.setdefault("author", " ".join(old[2].split()))
    text = _SMALL_PRINT.sub(b"", text)
    text = _NOTE.sub(b"", text)
    while (told := _CREDITS.match(text)) and told.end() < 4000:
        text = text[told.end() :]
    text = _LAST_NOTE.sub(b"", text)
    return Book(text.strip(b"\n") + b"\n", fields, framed=True)


class GutenbergSource(MemberSource):
    """Plain-text books in a folder, a zip or a tar file. The site is the author or the title."""

    what = "book"

    def read(self) -> Iterator[Item]:
        """Yield a record for each book."""
        for member in self.walk():
            if isinstance(member, ArchiveMember):
                yield from self._books(member)
            else:
                yield member

    def _books(self, member: ArchiveMember) -> Iterator[Item]:
        label = member.label
        other = sniff.no_document(label)
        if other:
            yield Skipped(label, "not text", other)
            return
        try:
            raw = member.read()
        except (TooLargeError, DamagedError) as error:
            yield unreadable(label, 0, str(error))
            return
        other = sniff.binary_type(raw)
        if other:
            yield Skipped(label, "not text", other)
            return
        for number, book in enumerate(books(raw), 1):
            yield self._book(book, label, label if number == 1 else f"{label}#{number}")

    def _book(self, book: Book, label: str, source: str) -> Item:
        if not book.text.strip():
            return Skipped(source, "empty")
        year = _YEAR.search(book.fields.get("original publication", ""))
        stem = label.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        title = book.fields.get("title", "")
        return Record(
            source=source,
            raw=book.text,
            site=book.fields.get("author") or title or stem,
            content_type="text/plain",
            date=year[1] if year else "",
            title=title,
        )
