"""A collection as a zip: an index, each text with its label, beside it what it was made with."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.provenance import label
from erastyle.corpus.provenance.label import Notice
from erastyle.studio import labelled_files
from erastyle.studio.page_templates import render
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import TextRecord

STAMP = (1980, 1, 1, 0, 0, 0)
"""Time of every member, so that equal collections give equal files."""


def zipped(name: str, texts: Sequence[TextRecord], styles: Mapping[str, StudioStyle]) -> bytes:
    """Return a collection as a zip.

        kites/index.html
        kites/kites-1a2b3c.html
        kites/kites-1a2b3c.html.provenance.json
        kites/texts.jsonl

    Args:
        name: Name of the collection.
        texts: Its texts.
        styles: The styles of the studio by name.
    """
    folder = labelled_files.slug(name)
    members: list[tuple[str, bytes]] = []
    rows: list[dict[str, object]] = []
    left_out: list[tuple[str, str]] = []
    for record in texts:
        style = styles.get(record.order.style)
        if style is None or record.state != "done":
            why = "its style is not open here" if style is None else "it is not finished"
            left_out.append((record.order.subject, why))
            continue
        try:
            file = labelled_files.file_of(record, style)
        except ErastyleError as error:
            left_out.append((record.order.subject, str(error)))
            continue
        beside = file.sidecar.model_dump(mode="json", by_alias=True)
        members += [(file.name, file.raw), labelled_files.beside(file)]
        rows.append({"subject": record.order.subject, "text": record.text, **beside})
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    members.append(("texts.jsonl", lines.encode("utf-8", "replace")))
    index = render(
        "collection_index.html.j2",
        name=name,
        rows=rows,
        left_out=left_out,
        label=label.head_lines(Notice()),
        plain=Notice().plain,
    )
    members.insert(0, ("index.html", index.encode("utf-8", "replace")))
    return archive((f"{folder}/{path}", raw) for path, raw in members)


def archive(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of named bytes; equal members give an equal file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for path, raw in members:
            file.writestr(zipfile.ZipInfo(path, STAMP), raw, zipfile.ZIP_DEFLATED)
    return made.getvalue()
