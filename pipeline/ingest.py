"""Stage `ingest`: read the sources, turn bytes into text, and count what is no document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import Field

from erastyle.corpus.decode import encoding
from erastyle.corpus.document import Document, Format, document_id
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.html import markup
from erastyle.corpus.options import Options
from erastyle.corpus.provenance import label
from erastyle.corpus.record import KEEP, Record, Skipped, Unreadable
from erastyle.corpus.sources import clocks
from erastyle.corpus.sources.hub import HubSource
from erastyle.corpus.sources.registry import open_source
from erastyle.corpus.sources.table import MACHINE_WRITTEN, UNREAD_DATE
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

SAMPLE = "synthetic:330@1995"
MAX_REWRITTEN = 0.25
"""Rewritten documents for each of the period, at most: they are added to real text, never more."""
MACHINE = "machine-written"
"""Reason of the ledger for a text that is labelled as a machine's."""
READS_MORE = "sources are read more completely, and more of their dates are used"


class IngestOptions(Options):
    """Options of `ingest`."""

    sources: tuple[str, ...] = Field(default=(SAMPLE,), min_length=1, exclude=True)
    """Period documents: paths, or `KIND:LOCATION`. Their content decides the key."""
    max_chars: int = Field(default=1_000_000, ge=1000)
    """Longest document to read, in characters; a longer one is dropped."""


def digests(name: str, specs: Sequence[str]) -> dict[str, str]:
    """Return the digest of each source under `name` and its number."""
    return {f"{name}.{number}": open_source(spec).digest() for number, spec in enumerate(specs)}


def has_sample(era: Era) -> bool:
    """Say whether the sample that comes with the program, web pages, is of the era's format."""
    return "html" in era.formats


def ready(options: IngestOptions, era: Era) -> None:
    """Refuse a run whose only documents could be generated pages of another format.

    Raises:
        ConfigError: The era is of plain text, and nothing but the sample is named.
    """
    if not has_sample(era) and set(options.sources) == {SAMPLE}:
        raise ConfigError(
            f"{era.name} has no sample; give period documents with --source and modern ones of the "
            "same kind with --contrast."
        )


def _reads(options: IngestOptions) -> Mapping[str, str]:
    return digests("sources", options.sources)


def read(record: Record, era: Era) -> Document | Unreadable:
    """Return the record as a document with decoded text, or why it cannot be one.

    The clues to its date that only the source knows (headers, its own date) stand in
    `date_evidence`, one a line, for the clean stage to weigh.
    """
    if encoding.looks_binary(record.raw):
        return Unreadable(record.source, -1, "binary: not text", record.raw[:KEEP])
    html = markup.is_html(record.raw, record.content_type)
    declared = markup.charset_of(record.content_type)
    if html:
        declared = declared or markup.declared_charset(record.raw)
    decoded = encoding.decode(record.raw, declared, era.encodings)
    return Document(
        id=document_id(record.source, record.raw),
        source=record.source,
        site=record.site,
        format="html" if html else "text",
        body=decoded.text,
        raw_sha256=encoding.sha256(record.raw),
        title=record.title or record.headers.get("subject", ""),
        encoding=decoded.encoding + (" +mojibake" if decoded.repaired else ""),
        date_to=record.captured,
        date_evidence="\n".join(clues(record)),
        licence=record.licence,
        origin=record.origin,
        signals=record.signals,
    )


def clues(record: Record) -> list[str]:
    """Return the dates that only the source knows, each as a line that `dates.evidence` reads.

    A `Last-Modified` is left out if no clock can show it, if it is later than the capture, or if it
    is the very moment of the answer, as with pages that a program makes when they are asked for.
    """
    lines = []
    header = record.headers.get("last-modified", "")
    modified = clocks.stated(header)
    if (
        modified
        and header != record.headers.get("date", "")
        and not (record.captured and modified > record.captured)
    ):
        lines.append(f"http last-modified: {modified}")
    if record.date:
        lines.append(f"source date: {record.date}")
    return lines


def machine_written(record: Record | Unreadable, document: Document) -> str:
    """Return what says that a machine wrote a document, or empty.

    A model that learns from what models wrote loses the era with each round. So labelled texts do
    not get into a corpus, whatever their source says of them.
    """
    source_type = label.source_type(document.body)
    if source_type:
        return f"its label says {source_type}"
    if isinstance(record, Record):
        if told := record.headers.get(label.HEADER.lower(), ""):
            return f"its header says {told[:200]}"
        if MACHINE_WRITTEN in record.signals:
            return f"its row names a {label.FIELD}"
    return ""


def ingest(
    context: Context[IngestOptions], records: Iterable[Record | Unreadable | Skipped]
) -> Stats:
    """Write the records to `context.out` as documents, and return the counts.

    Args:
        context: Options, era and folder.
        records: What the sources hold.
    """
    options, era = context.options, context.era
    count = rewritten = real = unread = characters = 0
    formats: dict[Format, int] = {"html": 0, "text": 0}
    with Ledger(context.out) as ledger:
        for record in records:
            count += 1
            context.progress.advance()
            if isinstance(record, Skipped):
                ledger.drop_row(record.reason, record.detail, record.source)
                continue
            unread += isinstance(record, Record) and UNREAD_DATE in record.signals
            document = record if isinstance(record, Unreadable) else read(record, era)
            if isinstance(document, Unreadable):
                ledger.quarantine(document)
            elif len(document.body) > options.max_chars:
                detail = f"{len(document.body):,} characters > {options.max_chars:,}"
                ledger.drop(replace(document, body=document.body[:1000]), "too long", detail)
            elif not document.body.strip():
                ledger.drop(document, "empty")
            elif machine := machine_written(record, document):
                ledger.drop(document, MACHINE, machine)
            elif document.format not in era.formats:
                ledger.drop(document, "other format", document.format)
            elif document.origin == "rewritten" and rewritten >= MAX_REWRITTEN * real:
                ledger.drop(
                    document, "over the cap", f"rewritten > {MAX_REWRITTEN:.0%} of the rest"
                )
            else:
                rewritten += document.origin == "rewritten"
                real += document.origin == "period"
                formats[document.format] += 1
                characters += len(document.body)
                ledger.keep(document)
        stats = ledger.stats(count)
    told = {"unread_dates": unread} if unread else {}
    return stats | {"formats": formats, "characters": characters} | told


def _run(context: Context[IngestOptions]) -> Stats:
    specs = context.options.sources
    stats = ingest(context, _records(specs))
    if not stats["kept"]:
        raise SourceError(nothing(specs, stats["reasons"]))
    return stats | pinned(specs)


def pinned(specs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the commit of each data set that was read from the hub, for the manifest."""
    opened = [open_source(spec) for spec in specs if spec.startswith("hub:")]
    revisions = {s.location: s.revision for s in opened if isinstance(s, HubSource) and s.revision}
    return {"revisions": revisions} if revisions else {}


def _records(specs: Sequence[str]) -> Iterator[Record | Unreadable | Skipped]:
    # What a model rewrote comes last: how much of it may stay depends on how much is real.
    for spec in sorted(specs, key=lambda spec: spec.startswith("rewrite:")):
        for record in open_source(spec).read():
            if isinstance(record, Record) and record.origin == "modern":
                yield Skipped(record.source, "modern", "give modern documents with --contrast")
            else:
                yield record


OF_FILES = frozenset(("folder", "warc", "mbox", "gutenberg", "newspapers", "table"))
"""Kinds of source that the program also finds out from the files themselves."""


def nothing(specs: Sequence[str], reasons: Mapping[str, int]) -> str:
    """Return the sentence for sources of which no document was kept, with the reasons."""
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "no files"
    advice = "Check that the path holds HTML or text files or web archives."
    told = {spec.partition(":")[0] for spec in specs}
    if specs and told <= OF_FILES:
        names = " and ".join(f"`{kind}:`" for kind in sorted(told))
        advice = f"Leave {names} out, and the program looks for itself what the files are."
    return f"No document could be read from {', '.join(specs)} ({why}). {advice}"


INGEST = Stage(
    "ingest",
    "Read the sources and turn bytes into text.",
    IngestOptions,
    _run,
    era=("formats", "encodings"),
    version=3,
    changed=READS_MORE,
    reads=_reads,
    ready=ready,
)
