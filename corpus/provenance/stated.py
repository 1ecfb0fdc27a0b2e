"""What a text itself, or the file beside it, states about who wrote it.

Anybody can write such a statement, and anybody can take it out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from erastyle.corpus.errors import SourceError
from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.provenance.label import FIELD, GENERATED, HEADER, RESTYLED

Kind = Literal["label", "metadata", "sidecar"]
_TYPES = f"{GENERATED}|{RESTYLED}"
_META = re.compile(rf"<meta\b[^<>]{{0,400}}?({_TYPES})", re.IGNORECASE)
_FIELD = re.compile(rf'"{FIELD}"\s*:\s*"[^"\s]{{0,200}}?({_TYPES})"', re.IGNORECASE)
_HEADER = re.compile(rf"^{HEADER}:[^\n]{{0,200}}?({_TYPES})", re.IGNORECASE | re.MULTILINE)
_SCRIPT = re.compile(r"<script\b[^<>]{0,200}ld\+json[^<>]{0,200}>\s*\{[^<]{0,9000}$", re.IGNORECASE)
_PLAIN = re.compile(r"Made (by|with) AI: a language model (?:re)?wrote\b")
_GENERATOR = re.compile(
    r"""<meta\s+name\s*=\s*["']?generator["']?\s+content\s*=\s*["']?(erastyle [\d.]{1,20})""",
    re.IGNORECASE,
)
READ = 400_000
"""Characters at the start of a text in which statements are looked for."""


class Statement(NamedTuple):
    """A statement that a machine had a part in a text.

    Attributes:
        kind: Where it stands: the label, other metadata, or the file beside the text.
        where: Which of them: `JSON-LD`, `META`, `comment` ….
        source_type: Who wrote the text, by IPTC's list; empty: it does not say.
        detail: What else is known of it.
    """

    kind: Kind
    where: str
    source_type: str
    detail: str = ""


def in_text(text: str) -> list[Statement]:
    """Return what a text states about itself; nothing: it states nothing.

    >>> page = '<META NAME="digitalSourceType" CONTENT="trainedAlgorithmicMedia"><P>Hello.'
    >>> [(one.kind, one.where) for one in in_text(page)], in_text("Hello.")
    ([('metadata', 'META')], [])
    """
    return [*_labels(text), *_metadata(text[:READ])]


def _labels(text: str) -> Iterator[Statement]:
    if label.has_label(text):
        whole = label.is_intact(text)
        detail = "the text is as it was labelled" if whole else "the text was changed since"
        yield Statement("label", "label", label.source_type(text), detail)


def _metadata(text: str) -> Iterator[Statement]:
    for where, pattern in (("META", _META), ("header", _HEADER)):
        if match := pattern.search(text):
            yield Statement("metadata", where, _canonical(match[1]))
    for match in _FIELD.finditer(text):
        where = "JSON-LD" if _SCRIPT.search(text[: match.start()][-10_000:]) else "JSON field"
        yield Statement("metadata", where, _canonical(match[1]))
        break
    if match := _PLAIN.search(text):
        opened = text.rfind("<!--", 0, match.start()) > text.rfind("-->", 0, match.start())
        kind = GENERATED if match[1] == "by" else RESTYLED
        yield Statement("metadata", "comment" if opened else "sentence", kind)
    if match := _GENERATOR.search(text):
        yield Statement("metadata", "generator", "", match[1])


def _canonical(name: str) -> str:
    return next(one for one in (GENERATED, RESTYLED) if one.lower() == name.lower())


def beside(file: Path, raw: bytes) -> Statement | None:
    """Return what the file beside a text states; None: there is none.

    Args:
        file: The text's file.
        raw: Its bytes.
    """
    path = sidecar.beside(file)
    if not path.is_file():
        return None
    try:
        known = sidecar.read(path)
    except SourceError as error:
        return Statement("sidecar", path.name, "", f"it cannot be read: {error}")
    same = hashlib.sha256(raw).hexdigest() == known.sha256
    changed = "the file is as it was written" if same else "the file was changed since"
    who = known.digital_source_type.removeprefix(label.NEWSCODES)
    return Statement("sidecar", path.name, who, f"{known.made_by}, {known.model.base}; {changed}")
