"""Rows of training and test documents as the memorisation measures read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A request and the document that answers it.

    Attributes:
        document: Its id.
        site: What a split must not tear apart.
        request: The brief.
        text: The document as the model learnt to write it.
    """

    document: str
    site: str
    request: str
    text: str


def draw(rows: Iterable[Row], count: int, seed: int) -> list[Row]:
    """Return at most `count` rows, drawn without regard to their order."""

    def lot(row: Row) -> bytes:
        return hashlib.sha256(f"{seed} {row.document}".encode("utf-8", "replace")).digest()

    return sorted(rows, key=lot)[:count]
