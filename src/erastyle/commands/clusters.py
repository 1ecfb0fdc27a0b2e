"""The `erastyle clusters` command: the largest groups of copies, and how their members differ."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from erastyle.corpus.document import Document, from_row
from erastyle.corpus.text.difference import difference
from erastyle.corpus.text.normalise import normalise
from erastyle.pipeline.dedupe.clusters import Copy, order
from erastyle.pipeline.dedupe.passages import Which
from erastyle.pipeline.dedupe.stage import CLUSTERS
from erastyle.pipeline.runtime import ledger

WIDTH = 100  # columns
MOST_MEMBERS = 50  # of a cluster whose texts are read and compared
SHOWN_MEMBERS = 5  # of them on the terminal
SHOWN_CHARS = 20_000  # of a text that is compared


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a cluster beside the one that stands for it.

    Attributes:
        id: Its id.
        source: Where it came from.
        site: Its site.
        date: First possible date, or empty.
        words: Words of its prose.
        kind: `kept`, or what it is of the kept one: `exact`, `normalised`, `near`.
        kept_id: The document that stands for it.
        similarity: To that document.
        difference: From that document, in a few words; for a kept one, why it was kept.
    """

    id: str
    source: str
    site: str
    date: str
    words: int
    kind: str
    kept_id: str
    similarity: float
    difference: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of documents that are linked as copies.

    Attributes:
        id: Of its best document.
        size: Documents in it.
        kept: How many of them were kept.
        members: At most `MOST_MEMBERS`, kept ones first, each followed by its copies.
    """

    id: str
    size: int
    kept: int
    members: tuple[Member, ...]


def largest(deduped: Path, cleaned: Path, rule: Which, top: int = 10) -> list[Cluster]:
    """Return the `top` largest clusters, the largest first.

    Args:
        deduped: Finished folder of the stage `dedupe`.
        cleaned: The folder of `clean` that it read.
        rule: What decided which copy stays.
        top: How many.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(deduped / CLUSTERS)
    sizes = [(c["values"], c["counts"]) for c in pc.value_counts(table["cluster"]).to_pylist()]
    sizes.sort(key=lambda size: (-size[1], size[0]))
    chosen: dict[str, list[dict[str, Any]]] = {}
    kept: dict[str, int] = {}
    for cluster, _ in sizes[:top]:
        rows = table.filter(pc.field("cluster") == cluster).to_pylist()
        kept[cluster] = sum(row["kind"] == "kept" for row in rows)
        rows.sort(key=lambda r: (r["kept_id"] != cluster, r["kept_id"], r["kind"] != "kept",
                                 r["similarity"], r["id"]))  # fmt: skip
        chosen[cluster] = rows[:MOST_MEMBERS]
    wanted = {row[name] for rows in chosen.values() for row in rows for name in ("id", "kept_id")}
    texts = {d.id: d for d in _documents(cleaned, wanted)}
    return [
        Cluster(cluster, size, kept[cluster], tuple(_members(chosen[cluster], texts, rule)))
        for cluster, size in sizes[:top]
    ]


def _documents(cleaned: Path, wanted: set[str]) -> Iterator[Document]:
    for row in ledger.rows(cleaned / "kept"):
        if row["id"] in wanted:
            yield from_row(row)


def _members(
    rows: Sequence[dict[str, Any]], texts: dict[str, Document], rule: Which
) -> Iterator[Member]:
    copies = {row["id"]: _copy(texts[row["id"]]) for row in rows}
    for row in rows:
        document, stands = texts[row["id"]], texts[row["kept_id"]]
        if row["kind"] == "kept":
            others = [copies[r["id"]] for r in rows if r["kept_id"] == row["id"] != r["id"]]
            told = why_kept(copies[row["id"]], others, rule)
        else:
            one, other = stands.prose[:SHOWN_CHARS], document.prose[:SHOWN_CHARS]
            told = difference(one, other, WIDTH - 10)
        yield Member(
            document.id, document.source, document.site, document.date_from,
            copies[row["id"]].length, row["kind"], row["kept_id"], row["similarity"], told,
        )  # fmt: skip


def _copy(document: Document) -> Copy:
    words = normalise(document.prose)
    return Copy(
        document.id,
        document.origin,
        document.date_from,
        document.signals.get("ocr_noise", 0.0),
        words.count(" ") + bool(words),
        document.raw_sha256,
    )


def why_kept(kept: Copy, others: Sequence[Copy], rule: Which) -> str:
    """Return what put `kept` before the next best of the documents that it stands for."""
    if not others:
        return "differs from every other kept document of the cluster"
    other = min(others, key=order(rule))
    if kept.origin != other.origin:
        return f"{kept.origin}, the next is {other.origin}"
    earliest = f"earliest: {kept.date}, the next is {other.date or 'undated'}"
    cleanest = f"cleanest: noise {kept.noise:.3f}, the next has {other.noise:.3f}"
    longest = f"longest: {kept.length:,} words, the next has {other.length:,}"
    tests = {
        "earliest": (kept.date != other.date, earliest),
        "cleanest": (kept.noise != other.noise, cleanest),
        "longest": (kept.length != other.length, longest),
    }
    for name in (rule, *(n for n in tests if n != rule)):
        differs, text = tests[name]
        if differs:
            return text
    return "same date, noise and length as the next: the smallest id"


def show(clusters: Sequence[Cluster], total: int, *, json: bool) -> int:
    """Print clusters for people, or as JSON.

    Args:
        clusters: What `largest` returned.
        total: How many clusters the run has.
        json: Whether to print for machines.
    """
    if json:
        found = {"clusters": total, "largest": [asdict(c) for c in clusters]}
        typer.echo(jsonlib.dumps(found, indent=2, ensure_ascii=False))
        return 0
    typer.echo(f"{total:,} {'cluster' if total == 1 else 'clusters'}")
    for number, cluster in enumerate(clusters, start=1):
        typer.echo(f"\n{number}. {cluster.size:,} documents, {cluster.kept:,} kept")
        shown = cluster.members[:SHOWN_MEMBERS]
        for member in shown:
            for line in lines(member):
                typer.echo(line)
        if more := cluster.size - len(shown):
            typer.echo(f"   ... {more:,} more")
    return 0


def lines(member: Member) -> tuple[str, str]:
    """Return a member in two lines of at most `WIDTH` columns."""
    kind = member.kind if member.kind == "kept" else f"{member.kind} {member.similarity:.2f}"
    head = f"   {kind:15} {member.id}  {member.date or 'undated':10}  {member.words:>6,} words  "
    room = WIDTH - len(head)
    source = member.source
    if len(source) > room:  # the end of an address says more than its beginning
        source = "..." + source[len(source) - room + 3 :]
    told = f"{'':7}{' '.join(member.difference.split())}"
    return head + source, told if len(told) <= WIDTH else told[: WIDTH - 3] + "..."
