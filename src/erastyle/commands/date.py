"""The command `date`: when each text was written, and by which evidence. No era is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Format, Json
from erastyle.commands.tables import plain_table, print_rows
from erastyle.commands.terminal import reported

if TYPE_CHECKING:
    from erastyle.corpus.document import Document


@reported
def date(
    *,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Files, folders or KIND:LOCATION; - reads stdin."),
    ],
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Date texts by what stands in them: an interval, the likeliest year and the evidence.

    Example: erastyle date old-pages/index.html
    """
    del debug
    rows = [_row(document) for document in _documents(files)]
    columns = ("text", "from", "to", "year", "confidence", "evidence")
    if not print_rows(rows, columns, format, json=json):
        plain_table([row | {"year": row["year"] or "?"} for row in rows], columns)
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
