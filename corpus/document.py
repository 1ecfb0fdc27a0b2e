"""The Document: the one row that the corpus stages read and write."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["html", "text"]
Origin = Literal["period", "synthetic", "rewritten", "modern"]


@dataclass(frozen=True, slots=True)
class Document:
    r"""A document and its metadata.

    Attributes:
        id: 16 hex digits of the sha256 over the source and the raw bytes; see `document_id`.
        source: URL, path or record offset, where a person finds the document again.
        site: The unit that a split keeps together: host, author, newsgroup, newspaper title.
        title: Title in the document, or empty.
        format: `html` or `text`.
        body: The document with its markup and with `\n` line ends.
        prose: Its text without markup; empty before the clean stage.
        encoding: Encoding of the bytes; a final ` +mojibake` means that the text was repaired.
        language: ISO 639-1 code, or empty.
        date_from: First possible date, `YYYY-MM-DD`, or empty.
        date_to: Last possible date, or empty.
        date_evidence: What the dates rest on, in words.
        date_confidence: Confidence in the dates, 0 (nothing known) to 1.
        licence: Licence that the source states, or empty.
        origin: Who wrote it: people of the period, a program, or a modern author.
        raw_sha256: Hash of the raw bytes, equal for exact copies.
        split: `train`, `dev` or `test`; empty before the split stage.
        signals: Measurements by name, such as `words` or `ocr_noise`.
    """

    id: str
    source: str
    site: str
    format: Format
    body: str
    raw_sha256: str
    title: str = ""
    prose: str = ""
    encoding: str = "utf-8"
    language: str = ""
    date_from: str = ""
    date_to: str = ""
    date_evidence: str = ""
    date_confidence: float = 0.0
    licence: str = ""
    origin: Origin = "period"
    split: str = ""
    signals: dict[str, float] = field(default_factory=dict)


NAMES = tuple(f.name for f in fields(Document))


def document_id(source: str, raw: bytes) -> str:
    """Return the id of a document.

    Args:
        source: Its URL, path or record offset.
        raw: Its raw bytes.

    >>> document_id("http://a.example/", b"<H1>Hi</H1>")
    '054d17f78002bf52'
    """
    return hashlib.sha256(source.encode("utf-8", "surrogateescape") + b"\0" + raw).hexdigest()[:16]


def schema() -> pa.Schema:
    """Return the Arrow schema of documents. `signals` is a list of (name, value)."""
    import pyarrow as pa

    signals = pa.list_(pa.struct([("name", pa.string()), ("value", pa.float64())]))
    special = {"date_confidence": pa.float64(), "signals": signals}
    return pa.schema([(name, special.get(name, pa.string())) for name in NAMES])


def to_row(document: Document) -> dict[str, Any]:
    """Return `document` as a row of `schema`."""
    row = {name: getattr(document, name) for name in NAMES}
    pairs = sorted(document.signals.items())
    row["signals"] = [{"name": name, "value": float(value)} for name, value in pairs]
    return row


def from_row(row: dict[str, Any]) -> Document:
    """Return the document in a row; other columns are ignored."""
    values = {name: row[name] for name in NAMES}
    values["signals"] = {s["name"]: s["value"] for s in values["signals"]}
    return Document(**values)
