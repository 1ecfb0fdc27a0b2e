"""The documents of a run for the studio: what was kept, what was dropped and why, and copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import RunError
from erastyle.eval.report.sandbox import Segment
from erastyle.pipeline.runtime import ledger, manifest

STAGES = ("ingest", "clean", "dedupe", "split", "pairs")
"""Stages whose documents are shown, in their order."""
STATES = ("kept", "dropped", "quarantine")
PAGE = 50
"""Documents of a page."""
COMPARED = 4_000
"""Words of each document that are compared."""
CLUSTERS = "clusters.parquet"
_LIGHT = (
    *("id", "source", "site", "title", "origin", "reason", "detail", "excerpt", "error", "licence"),
    *("date_from", "date_to", "date_evidence", "date_confidence", "split", "language"),
)
_EMPTY = dict.fromkeys((*_LIGHT, "body", "prose", "format"), "")


@dataclass(frozen=True, slots=True)
class StageCount:
    """What became of the documents at a stage.

    Attributes:
        stage: Its name.
        kept: Documents that went on.
        dropped: Documents that did not.
        quarantined: Records that could not be read.
        reasons: How many documents went for each reason, the commonest first.
    """

    stage: str
    kept: int
    dropped: int
    quarantined: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of documents.

    Attributes:
        rows: The documents.
        total: How many there are on all pages.
        start: How many stand before this page.
    """

    rows: Sequence[Mapping[str, Any]]
    total: int
    start: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with all that is known of it.

    Attributes:
        row: Its fields, from the last stage that kept it, or from the one that dropped it.
        decisions: Stage, what became of it there, and why.
        copies: Documents that were found to be copies of it, or that it is a copy of: id, kind and
            similarity.
    """

    row: Mapping[str, Any]
    decisions: Sequence[tuple[str, str, str]]
    copies: Sequence[tuple[str, str, float]]


def folders(run: Path) -> dict[str, Path]:
    """Return the finished output of each stage that the newest one rests on.

    Raises:
        RunError: A manifest is damaged.
    """
    chosen: dict[str, Path] = {}
    for stage in reversed(STAGES):
        if stage in chosen:
            continue
        finished = [f for f in (run / stage).glob("*/") if (f / manifest.NAME).is_file()]
        if not finished:
            continue
        newest = max(finished, key=lambda folder: (folder / manifest.NAME).stat().st_mtime)
        _follow(run, stage, newest, chosen)
    return {stage: chosen[stage] for stage in STAGES if stage in chosen}


def _follow(run: Path, stage: str, folder: Path, chosen: dict[str, Path]) -> None:
    done = manifest.read(folder)
    if done is None or stage in chosen:
        return
    chosen[stage] = folder
    for needed, key in done.identity["needs"].items():
        if needed in STAGES:
            _follow(run, needed, run / needed / key, chosen)


def counts(run: Path) -> list[StageCount]:
    """Return what became of the documents at each stage."""
    rows = []
    for stage, folder in folders(run).items():
        done = manifest.read(folder)
        stats = done.stats if done else {}
        rows.append(
            StageCount(
                stage,
                int(stats.get("kept", 0)),
                int(stats.get("dropped", 0)),
                int(stats.get("quarantined", 0)),
                stats.get("reasons", {}),
            )
        )
    return rows


def page(
    run: Path,
    stage: str,
    state: str,
    *,
    search: str = "",
    reason: str = "",
    year: int | None = None,
    start: int = 0,
) -> DocumentPage:
    """Return documents of a stage.

    Args:
        run: The run directory.
        stage: One of `STAGES`.
        state: One of `STATES`.
        search: Words that source, title, reason or text hold, in any case; empty: all.
        reason: Reason for which they were dropped; empty: any.
        year: Year that their date may lie in; None: any.
        start: How many to leave out.

    Raises:
        RunError: The stage is not finished.
    """
    folder = folders(run).get(stage)
    if folder is None or state not in STATES:
        raise RunError(f"{run} has no finished stage {stage!r} with documents {state!r}.")
    rows: Sequence[Mapping[str, Any]] = _light(folder / state)
    if reason:
        rows = [row for row in rows if row.get("reason") == reason]
    if year is not None:
        rows = [row for row in rows if _may_be_of(row, year)]
    if words := search.strip().casefold():
        within = _holding(folder / state, words)
        rows = [row for row in rows if row["place"] in within]
    return DocumentPage(rows[start : start + PAGE], len(rows), start)


def view(run: Path, id_: str) -> DocumentView:
    """Return a document with all that is known of it.

    Raises:
        RunError: The run knows no document of this id.
    """
    row: Mapping[str, Any] | None = None
    decisions: list[tuple[str, str, str]] = []
    known = folders(run)
    for stage, folder in known.items():
        for state in STATES[:2]:
            place = next((r for r in _light(folder / state) if r.get("id") == id_), None)
            if place is None:
                continue
            whole = _whole(folder / state, id_)
            why = ": ".join(filter(None, (place.get("reason"), place.get("detail"))))
            if state == "kept":
                row, why = whole, _dated(place)
            else:
                row = {**whole, **(row or {}), "reason": place["reason"]}
            decisions.append((stage, state, why))
    if row is None:
        raise RunError(f"{run} knows no document {id_}.")
    return DocumentView(row, decisions, _copies(known.get("dedupe"), id_))


def beside(run: Path, one: str, other: str) -> tuple[list[Segment], list[Segment]]:
    """Return the text of two documents; what only one of them has is marked.

    Raises:
        RunError: The run knows one of them not.
    """
    texts = [view(run, id_).row for id_ in (one, other)]
    words = [
        (row.get("prose") or row.get("body") or row.get("excerpt") or "").split(" ")[:COMPARED]
        for row in texts
    ]
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, words[0], words[1], autojunk=False).get_opcodes():
        mark = "" if kind == "equal" else "contrast"
        left.append(Segment(" ".join(words[0][a:b]) + " ", "", mark))
        right.append(Segment(" ".join(words[1][c:d]) + " ", "", mark))
    return [s for s in left if s.text.strip()], [s for s in right if s.text.strip()]


def held_out(run: Path) -> Iterator[tuple[str, str, str]]:
    """Yield source, body and format of the documents that the run's model did not learn from."""
    folder = folders(run).get("split")
    if folder is None:
        return
    for document in ledger.read(folder):
        if document.split == "test" and document.origin != "modern":
            yield document.source, document.body, document.format


@lru_cache(maxsize=16)
def _light(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of a folder without their texts; finished folders never change."""
    import pyarrow.parquet as pq

    rows: list[Mapping[str, Any]] = []
    for file in ledger.files(folder):
        names = [n for n in pq.read_schema(file).names if n in _LIGHT]
        rows += pq.read_table(file, columns=names).to_pylist()
    return tuple({**_EMPTY, **row, "place": n} for n, row in enumerate(rows))


def _holding(folder: Path, words: str) -> set[int]:
    """Return the places of the rows that hold some words, a row group in memory at a time."""
    columns = ("source", "title", "site", "reason", "detail", "excerpt", "prose", "error")
    held, place = set(), 0
    import pyarrow.parquet as pq

    for path in ledger.files(folder):
        with pq.ParquetFile(path) as file:
            names = [n for n in columns if n in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=256, columns=names):
                for row in batch.to_pylist():
                    if any(words in (value or "").casefold() for value in row.values()):
                        held.add(place)
                    place += 1
    return held


def _whole(folder: Path, id_: str) -> Mapping[str, Any]:
    import pyarrow.parquet as pq

    for file in ledger.files(folder):
        if rows := pq.read_table(file, filters=[("id", "==", id_)]).to_pylist():
            return {**_EMPTY, **rows[0]}
    return _EMPTY


def _may_be_of(row: Mapping[str, Any], year: int) -> bool:
    first, last = (row.get("date_from") or "")[:4], (row.get("date_to") or "")[:4]
    return first.isdecimal() and last.isdecimal() and int(first) <= year <= int(last)


def _dated(row: Mapping[str, Any]) -> str:
    if not row.get("date_from") and not row.get("date_to"):
        return ""
    span = f"{row.get('date_from') or '?'} to {row.get('date_to') or '?'}"
    return ": ".join(filter(None, (span, row.get("date_evidence"))))


def _copies(deduped: Path | None, id_: str) -> list[tuple[str, str, float]]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if deduped is None or not (deduped / CLUSTERS).is_file():
        return []
    table = pq.read_table(deduped / CLUSTERS)
    own = table.filter(pc.field("id") == id_).to_pylist()
    if not own:
        return []
    rows = table.filter(pc.field("cluster") == own[0]["cluster"]).to_pylist()
    # A row's similarity is that to the document that stands for it.
    kept_id, similarity = own[0]["kept_id"], own[0]["similarity"]
    return [
        (r["id"], r["kind"], float(similarity if r["id"] == kept_id else r["similarity"]))
        for r in rows
        if r["id"] != id_
    ][:PAGE]
