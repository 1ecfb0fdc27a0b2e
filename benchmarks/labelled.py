"""The labelled real documents, read for the benchmarks on dates and anachronisms."""

from __future__ import annotations

import gzip
import json
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from erastyle.corpus.document import Document

CAPTURED = "2026-11-21"
"""Day on which the collections were packed: an upper bound and nothing more."""
_FRAME = re.compile(
    r"\A.*?\n---\n|<teiHeader.*?</teiHeader>|<\?xml[^>]*\?>|<TEI\b[^>]*>", re.DOTALL
)


def documents(folder: Path, name: str, most: int = 0) -> list[tuple[Document, dict[str, Any]]]:
    """Return documents of a collection and their labels; `most` > 0 draws that many, seeded."""
    with gzip.open(folder / "labels" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        labels = {label["ref"]: label for label in map(json.loads, file)}
    found = list(_read(folder, name, labels))
    if most and len(found) > most:
        found = random.Random(7).sample(found, most)
    return found


def _read(
    folder: Path, name: str, labels: dict[str, dict[str, Any]]
) -> Iterator[tuple[Document, dict[str, Any]]]:
    if name.endswith(("1990s", "-web")) and (folder / f"{name}.warc.gz").exists():
        from fastwarc.warc import ArchiveIterator

        with (folder / f"{name}.warc.gz").open("rb") as file:
            for record in ArchiveIterator(file, parse_http=True):
                ref = record.headers.get("WARC-Target-URI")
                if ref in labels:
                    yield _document(ref, record.reader.read(), "html", labels[ref]), labels[ref]
        return
    with zipfile.ZipFile(folder / f"{name}.zip") as archive:
        for member in archive.namelist():
            raw = archive.read(member)
            if member.endswith(".mbox"):
                yield from _articles(member.removesuffix(".mbox"), raw, labels)
            elif member in labels:
                yield _document(member, raw, "text", labels[member]), labels[member]


def _articles(
    group: str, raw: bytes, labels: dict[str, dict[str, Any]]
) -> Iterator[tuple[Document, dict[str, Any]]]:
    for part in re.split(rb"(?:\A|\n)From - ", raw):
        head, _, body = part.partition(b"\n\n")
        fields = dict(re.findall(rb"(?m)^([\w-]+):\s*(.*)$", head))
        ref = f"{group}#{fields.get(b'Message-ID', b'').decode('latin-1').strip()}"
        if ref in labels:
            sent = fields.get(b"Date", b"").decode("latin-1").strip()
            yield _document(ref, body, "text", labels[ref], f"mail date: {sent}"), labels[ref]


def _document(
    ref: str, raw: bytes, kind: str, label: dict[str, Any], evidence: str = ""
) -> Document:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    if ref.endswith((".md", ".xml")) and (label["year"] or 0) < 1930:
        text = _FRAME.sub("", text)  # a modern editor's frame around an old text
    return Document(
        id="",
        source=ref,
        site=label["site"],
        format=kind,  # type: ignore[arg-type]
        body=text.replace("\r\n", "\n"),
        raw_sha256="",
        date_to=CAPTURED,
        date_evidence=evidence,
    )
