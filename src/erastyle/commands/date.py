"""The command `date`: when each text was written, and by which evidence. No era is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from erastyle.commands.options import Debug, Json
from erastyle.commands.terminal import print_json, reported

if TYPE_CHECKING:
    from erastyle.corpus.document import Document


@reported
def date(
    *,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Files, folders or KIND:LOCATION; - reads stdin."),
    ],
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Date texts by what stands in them: an interval, the likeliest year and the evidence.

    Example: erastyle date old-pages/index.html
    """
    del debug
    rows = [_row(document) for document in _documents(files)]
    if json:
        print_json(rows, ensure_ascii=False)
        return 0 if rows else 1
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    table = Table("text", "from", "to", "year", "confidence", "evidence", box=None, pad_edge=False)
    for row in rows:
        shown = (row["text"], row["from"] or "?", row["to"] or "?", row["year"] or "?")
        table.add_row(
            *(escape(str(value)) for value in shown),
            f"{row['confidence']:.2f}",
            escape(row["evidence"]),
        )
    console.print(table)
    return 0 if rows else 1


def _documents(files: list[str]) -> Iterator[Document]:
    """Yield the documents of the files, decoded and with scans repaired as they are."""
    from erastyle.corpus import era as eras
    from erastyle.corpus.document import Document
    from erastyle.corpus.record import Record
    from erastyle.corpus.sources.registry import open_source
    from erastyle.pipeline import ingest

    any_era = eras.load("web-1995").model_copy(update={"formats": ("html", "text")})
    for name in files:
        if name == "-":
            items = iter([Record("stdin", sys.stdin.buffer.read(), "stdin")])
        else:
            items = (item for item in open_source(name).read() if isinstance(item, Record))
        for record in items:
            document = ingest.read(record, any_era)
            if isinstance(document, Document):
                yield document
            else:
                typer.echo(f"{record.source}: {document.error}", err=True)


def _row(document: Document) -> dict[str, Any]:
    from erastyle.corpus.dates import interval

    dating = interval.date(document)
    return {
        "text": document.source,
        "from": dating.date_from,
        "to": dating.date_to,
        "year": dating.best,
        "confidence": dating.confidence,
        "evidence": dating.evidence,
    }
