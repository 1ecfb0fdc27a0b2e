"""The files of a text: labelled in the era's form, as plain text, and what stands beside it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from erastyle.corpus.errors import RunError
from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.provenance.sidecar import Sidecar
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import TextRecord, Written

if TYPE_CHECKING:
    from erastyle.corpus.period_file import PeriodFile

SLUG = 40
"""Most characters of a file's name that come from a person."""


class LabelledFile(NamedTuple):
    """A text as a file, and the file beside it.

    Attributes:
        name: Its name.
        raw: Its bytes.
        sidecar: What stands beside it.
    """

    name: str
    raw: bytes
    sidecar: Sidecar


def file_of(record: TextRecord, style: StudioStyle) -> LabelledFile:
    """Return the file of a text that is written.

    Raises:
        SourceError: The text cannot be a file of the era.
    """
    from erastyle.corpus.period_file import Posting, day_of
    from erastyle.writing import text_file

    written = _written(record)
    order, era = record.order, style.era
    said = sidecar.notice(
        written.model,
        order.source_type,
        order.seed,
        sentence=era.files.label if era else "",
    )
    posting = Posting()
    if era is not None:
        posting = Posting(order.subject, day_of(era, record.id, order.year), record.id)
    file = text_file.encoded(record.text, era, said, text_file.Form(), posting)
    name = file_name(record, style)
    return LabelledFile(name, file.raw, _sidecar(record, written, name, file))


def file_name(record: TextRecord, style: StudioStyle) -> str:
    """Return the name of the file of a text."""
    from erastyle.writing import text_file

    ended = text_file.ending(style.era, record.text)
    return f"{slug(record.order.subject)}-{record.id[:6]}{ended}"


def beside(file: LabelledFile) -> tuple[str, bytes]:
    """Return the name and the bytes of the file that stands beside a text."""
    plain = file.sidecar.model_dump(mode="json", by_alias=True)
    text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
    return file.name + sidecar.ENDING, text.encode("utf-8", "replace")


def plain_text(record: TextRecord) -> tuple[str, bytes]:
    """Return the prose of a text with its label, as a file of plain text, and the file's name."""
    from erastyle.corpus.html import markup

    written = _written(record)
    said = sidecar.notice(written.model, record.order.source_type, record.order.seed)
    prose = markup.prose(record.text) if markup.is_html(record.text) else record.text
    name = f"{slug(record.order.subject)}-{record.id[:6]}.txt"
    return name, (label.label(prose.strip() + "\n", said, "text")).encode()


def slug(words: str) -> str:
    """Return words as a part of a file's name; nothing in it can leave a folder.

    >>> slug("../Kites & Co"), slug("漢字")
    ('kites-co', 'text')
    """
    plain = unicodedata.normalize("NFKD", words[:400]).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:SLUG].strip("-") or "text"


def _written(record: TextRecord) -> Written:
    if record.written is None:
        raise RunError("The text is not finished, so there is no file of it. Write it again.")
    return record.written


def _sidecar(record: TextRecord, written: Written, name: str, file: PeriodFile) -> Sidecar:
    from erastyle import __version__

    checked = record.checked
    scores = checked.model_dump(mode="json", exclude={"marks"}) if checked else None
    return Sidecar(
        made_by=f"erastyle {__version__}",
        digitalSourceType=label.uri(record.order.source_type),
        file=name,
        sha256=hashlib.sha256(file.raw).hexdigest(),
        text_sha256=hashlib.sha256(label.strip(file.body).encode("utf-8", "replace")).hexdigest(),
        written=record.created,
        model=written.model,
        corpus=written.corpus,
        brief=written.request,
        seed=record.order.seed,
        decoding=written.decoding,
        watermark=written.watermark,
        guards=written.guards,
        scores=scores,
        edited=record.edited,
        approved=record.approved,
    )
