"""Rows of training and test documents for the memorisation measures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Row:
    """A request and the document that answers it.

    Attributes:
        document: Id of the document.
        site: Site of the document; all its documents are in one split.
        request: The brief.
        text: The document as the model learnt to write it.
    """

    document: str
    site: str
    request: str
    text: str


class LearntRows(NamedTuple):
    """Rows that the fine-tuned model learnt, and others to compare them with.

    Attributes:
        seen: Rows that were learnt.
        beside: Rows of the same sites whose documents the budget left out.
        unseen: Rows of the test sites.
    """

    seen: list[Row]
    beside: list[Row]
    unseen: list[Row]


def draw(rows: Iterable[Row], count: int, seed: int) -> list[Row]:
    """Return at most `count` rows, drawn by a hash of their ids; their order plays no part."""

    def lot(row: Row) -> bytes:
        return hashlib.sha256(f"{seed} {row.document}".encode("utf-8", "replace")).digest()

    return sorted(rows, key=lot)[:count]
