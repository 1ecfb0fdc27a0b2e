"""How well documents are dated: intervals, errors, silence, and speed, against the labels.

A label is the year of a header, of the document's own dates, of its package or of the last commit.
Labels of packages and commits whose page says another year are counted against us in the first
figures and set apart in those named `own date`.
"""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness import Bench, cpu_seconds, quick, shared_data
from labelled import CAPTURED, documents

from erastyle.corpus.dates import evidence as clues
from erastyle.corpus.dates.interval import Dating, best_year, date
from erastyle.corpus.document import Document

COLLECTIONS = ("web1990s", "usenet1993", "manuals1990s", "texts1990s", "newspapers")
BOUNDS = ("markup", "product", "generator", "year")
Row = tuple[Document, dict[str, Any], Dating]


def main() -> None:
    """Print the table and write results/dates.json."""
    small = quick()
    folder, bench = shared_data(), Bench("dates")
    pooled: list[Row] = []
    for name in COLLECTIONS:
        pairs = documents(folder, name, 400 if small else 0)
        start = time.process_time()
        found = [date(document) for document, _ in pairs]
        seconds = time.process_time() - start
        rows = [(d, label, f) for (d, label), f in zip(pairs, found, strict=True) if label["year"]]
        peers = _htmldate(rows, 100 if small else 400) if name == "web1990s" else {}
        _figures(bench, name, rows, peers)
        bench.figure(
            f"{name}: speed",
            round(len(pairs) / seconds),
            "documents/CPU s",
            ">= 500",
            len(pairs) / seconds >= 500,
        )
        pooled += rows
        if name == "usenet1993":
            bare = [(d, label, date(replace(d, date_evidence=""))) for d, label, _ in rows]
            _figures(bench, "usenet1993 without headers", bare, {}, goals=False)
    _figures(bench, "all", pooled, {})
    for half, name in enumerate(("sites the weights were counted on", "all other sites")):
        _figures(bench, name, [row for row in pooled if _half(row[0].site) == half], {})
    bench.finish()


def _half(site: str) -> int:
    """Return which half of the sites one belongs to, by its hash."""
    return hashlib.sha256(site.encode()).digest()[0] % 2


def _figures(
    bench: Bench, name: str, rows: list[Row], peers: dict[str, Any], goals: bool = True
) -> None:
    closed = [row for row in rows if best_year(row[2]) is not None and row[2].confidence > 0.2]
    stated = [row for row in closed if _states(row[0])]
    own = [row for row in stated if _own(row[1]["date_evidence"])]
    bench.figure(
        f"{name}: without a closed interval",
        round(1 - len(closed) / len(rows), 4),
        "share",
        "-",
        None,
    )
    for label, part in (
        ("any evidence", closed),
        ("states a date", stated),
        ("states a date, own label", own),
    ):
        if not part:
            continue
        inside = statistics.mean(_inside(row) for row in part)
        width = statistics.median(_width(row) for row in part)
        error = statistics.mean(_error(row) for row in part)
        title = f"{name}, {label} ({len(part)})"
        judged = goals and label in ("any evidence", "states a date, own label")
        bench.figure(
            f"{title}: true year inside",
            round(inside, 4),
            "share",
            ">= .95",
            inside >= 0.95 if judged else None,
        )
        bench.figure(
            f"{title}: median interval", width, "years", "<= 2", width <= 2 if judged else None
        )
        bench.figure(
            f"{title}: mean error of the best year",
            round(error, 3),
            "years",
            "<= 1.0",
            error <= 1.0 if judged else None,
            peers if label == "states a date" else {},
        )


def _states(document: Document) -> bool:
    return any(clue.kind not in BOUNDS for clue in clues.find(document))


def _own(evidence: str) -> bool:
    return "undated" not in evidence and "version-control" not in evidence


def _inside(row: Row) -> bool:
    return int(row[2].date_from[:4]) <= row[1]["year"] <= int(row[2].date_to[:4])


def _width(row: Row) -> int:
    return int(row[2].date_to[:4]) - int(row[2].date_from[:4]) + 1


def _error(row: Row) -> float:
    return abs((best_year(row[2]) or 0.0) - row[1]["year"])


def _htmldate(rows: list[Row], most: int) -> dict[str, float | str]:
    """Return what htmldate makes of the same pages; it has one year and no interval."""
    try:
        from htmldate import find_date
    except ImportError:
        return {"htmldate": "not installed"}
    part = [row for row in rows if _states(row[0])][:: max(1, len(rows) // most)]
    years: list[int | None] = []

    def work(find: Callable[..., str | None] = find_date) -> None:
        for document, _, _ in part:
            try:
                found = find(document.body, min_date="1980-01-01", max_date=CAPTURED)
            except (ValueError, AttributeError, TypeError):
                found = None
            years.append(int(found[:4]) if found else None)

    seconds = cpu_seconds(work)
    errors = [abs(y - row[1]["year"]) for y, row in zip(years, part, strict=True) if y]
    ours = [abs((best_year(row[2]) or 0.0) - row[1]["year"]) for row in part if best_year(row[2])]
    return {
        "htmldate pages": len(part),
        "htmldate answers": round(len(errors) / len(part), 3),
        "htmldate exact year": round(sum(e == 0 for e in errors) / len(part), 3),
        "ours within half a year": round(sum(e <= 0.5 for e in ours) / len(part), 3),
        "htmldate mean error": round(statistics.mean(errors), 3) if errors else "no answer",
        "htmldate documents/CPU s": round(len(part) / seconds, 1),
    }


if __name__ == "__main__":
    main()
