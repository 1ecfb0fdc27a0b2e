"""Rows of the tables of a `Report`: stages, reasons for dropping, and sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SET_ASIDE = frozenset(
    {
        "site has enough",
        "template has enough",
        "not chosen",
        "generated share",
        "rest of a long document",
        "not shown",
        "contrast",
    }
)
"""Reasons for which a document that is fit is not used: enough of its kind are there."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """What a stage did. `seconds` is its work; `skipped` says that its output was there already."""

    name: str
    key: str
    read: int
    kept: int
    dropped: int
    quarantined: int
    seconds: float | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class DroppedDocument:
    """A document that was dropped: where it is, the particulars, and how it begins."""

    source: str
    detail: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a stage dropped `count` documents, with a few of them."""

    stage: str
    reason: str
    count: int
    examples: Sequence[DroppedDocument] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source: how many documents it gave, under which licence, and who wrote them."""

    source: str
    documents: int
    licence: str
    origin: str
