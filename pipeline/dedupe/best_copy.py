"""Which of several copies stays: documents of the period first, then the era's rule.

The order comes in two forms: a sort key for copies in memory, and a text that sorts in the same
order, so that a Daft plan can take the smallest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from erastyle.pipeline.dedupe.options import CopyRule

ORIGINS = {"period": 0, "modern": 1, "rewritten": 2, "synthetic": 3}
OTHER_ORIGIN = 9
"""Ranks of origins; the lower one stays, whatever the rule."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What decides which of several copies stays."""

    id: str
    origin: str
    date: str
    noise: float
    length: int
    raw: str


def order(rule: CopyRule) -> Callable[[Copy], tuple[object, ...]]:
    """Return the sort key that puts the copy which stays first; an unknown date comes last."""

    def place(copy: Copy) -> tuple[object, ...]:
        date, noise, length = (not copy.date, copy.date), copy.noise, -copy.length
        ties = {
            "earliest": (date, noise, length),
            "cleanest": (noise, date, length),
            "longest": (length, date, noise),
        }
        return (ORIGINS.get(copy.origin, OTHER_ORIGIN), *ties[rule], copy.id)

    return place


def sort_text(row: Mapping[str, Any], rule: CopyRule) -> str:
    """Return a text that sorts documents as `order` does; it ends with NUL and the id.

    Args:
        row: `id`, `origin`, `date_from` and `signals` of a document.
        rule: What decides first; the other two, then the id, break ties.
    """
    signals = {s["name"]: s["value"] for s in row["signals"] or ()}
    date = row["date_from"] or "~"  # behind every digit: an unknown date comes last
    noise = f"{min(max(signals.get('ocr_noise', 0.0), 0.0), 9.0):.6f}"
    length = f"{max(0, 10**12 - int(signals.get('words', 0))):013}"
    parts = {
        "earliest": (date, noise, length),
        "cleanest": (noise, date, length),
        "longest": (length, date, noise),
    }[rule]
    return "\0".join((str(ORIGINS.get(row["origin"], OTHER_ORIGIN)), *parts, row["id"]))
