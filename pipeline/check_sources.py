"""Reads a source without a run: what it holds, how each thing is read, and what would be lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.registry import open_source
from erastyle.corpus.sources.table import UNREAD_DATE
from erastyle.pipeline import ingest
from erastyle.pipeline.ingest import IngestOptions

_NAMES = {
    "FolderSource": ("folder", "pages and texts, one file a document"),
    "WarcSource": ("warc", "a web archive, one response a document"),
    "MailSource": ("mbox", "mail and news, one message a document"),
    "NewspaperSource": ("newspapers", "scanned pages, one page a document"),
    "GutenbergSource": ("gutenberg", "books without licence and notes, one book a document"),
    "TableSource": ("table", "rows, one row a document"),
}
MOST_CHARS: int = IngestOptions.model_fields["max_chars"].default


@dataclass(frozen=True, slots=True)
class Loss:
    """Things of a source that become no document, for one reason.

    Attributes:
        reason: Why: `not text: image/gif`, `unreadable: cut short`.
        count: How many.
        examples: Labels of the first ones, with what is wrong.
    """

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a source holds.

    Attributes:
        source: The source as the person wrote it.
        kind: Kind of source, as before the colon of a spec.
        how: How the kind reads, in words.
        items: Number of things in the source: documents and losses.
        documents: Number of documents.
        sites: Number of sites.
        formats: Documents by format.
        encodings: Documents by encoding, the most frequent first.
        dated: Documents whose date the source states.
        bounded: Documents of which only the latest possible day is known.
        unread_dates: Documents whose stated date is not understood.
        losses: What becomes no document, the most frequent first.
        error: Why the source as a whole cannot be read, or empty.
    """

    source: str
    kind: str = ""
    how: str = ""
    items: int = 0
    documents: int = 0
    sites: int = 0
    formats: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    dated: int = 0
    bounded: int = 0
    unread_dates: int = 0
    losses: tuple[Loss, ...] = ()
    error: str = ""


def check(spec: str, era: Era | None = None, most: int = 3) -> SourceReport:
    """Return what a source holds and what would be lost.

    Args:
        spec: The source: a path, or `KIND:LOCATION`.
        era: The era whose formats decide; every format counts if None.
        most: Most examples of each loss.
    """
    try:
        source = open_source(spec)
        kind, how = _NAMES.get(type(source).__name__, (spec.partition(":")[0], "its own reader"))
        tally = _Tally(era, most)
        for item in source.read():
            tally.add(item)
    except ErastyleError as error:
        return SourceReport(spec, error=str(error))
    return tally.report(spec, kind, how)


class _Tally:
    """Counts of the items of a source."""

    def __init__(self, era: Era | None, most: int) -> None:
        self._era = era or eras.load("web-1995").model_copy(update={"formats": ("html", "text")})
        self._most = most
        self._count: Counter[str] = Counter()
        self._formats: Counter[str] = Counter()
        self._encodings: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}
        self._sites: set[str] = set()

    def add(self, item: Item) -> None:
        self._count["items"] += 1
        if isinstance(item, Skipped):
            reason = f"{item.reason}: {item.detail}" if item.detail else item.reason
            self._lose(reason, item.source)
            return
        read = ingest.read(item, self._era) if isinstance(item, Record) else item
        if not isinstance(read, Document):
            self._lose(f"unreadable: {read.error.split(':')[0]}", f"{read.source}: {read.error}")
        elif len(read.body) > MOST_CHARS:
            self._lose("too long", read.source)
        elif not read.body.strip():
            self._lose("empty", read.source)
        elif read.format not in self._era.formats:
            self._lose(f"other format: {read.format}", read.source)
        else:
            self._document(read)

    def _document(self, document: Document) -> None:
        self._count["documents"] += 1
        self._sites.add(document.site)
        self._formats[document.format] += 1
        self._encodings[document.encoding] += 1
        self._count["unread"] += UNREAD_DATE in document.signals
        if document.date_evidence:
            self._count["dated"] += 1
        elif document.date_to:
            self._count["bounded"] += 1

    def _lose(self, reason: str, example: str) -> None:
        self._losses[reason] += 1
        shown = self._examples.setdefault(reason, [])
        if len(shown) < self._most:
            shown.append(example)

    def report(self, spec: str, kind: str, how: str) -> SourceReport:
        return SourceReport(
            source=spec,
            kind=kind,
            how=how,
            items=self._count["items"],
            documents=self._count["documents"],
            sites=len(self._sites),
            formats=dict(self._formats.most_common()),
            encodings=dict(self._encodings.most_common(6)),
            dated=self._count["dated"],
            bounded=self._count["bounded"],
            unread_dates=self._count["unread"],
            losses=tuple(
                Loss(reason, count, tuple(self._examples[reason]))
                for reason, count in self._losses.most_common()
            ),
        )
