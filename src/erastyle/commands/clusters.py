"""The command `clusters`: the largest groups of copies, and how their members differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from erastyle.commands.options import Debug, Json, RunArgument
from erastyle.commands.terminal import print_json, reported
from erastyle.corpus.errors import RunError

if TYPE_CHECKING:
    from erastyle.corpus.document import Document
    from erastyle.pipeline.dedupe.best_copy import Copy
    from erastyle.pipeline.dedupe.options import CopyRule

WIDTH = 100  # columns
MOST_MEMBERS = 50  # of a cluster whose texts are read and compared
SHOWN_MEMBERS = 5  # of them on the terminal
SHOWN_CHARS = 20_000  # of a text that is compared


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """A document of a cluster, compared with the kept document that represents it.

    Attributes:
        id: Id of the document.
        source: Where the document came from.
        site: Site of the document.
        date: First possible date, or empty.
        words: Number of words in the prose.
        kind: `kept`, or how it copies the kept document: `exact`, `normalised`, `near`.
        kept_id: Id of the kept document that represents it.
        similarity: Similarity to the kept document.
        difference: Difference to the kept document in a few words; of a kept one, why it was kept.
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
        id: Id of its best document.
        size: Number of documents in it.
        kept: How many of them were kept.
        members: At most `MOST_MEMBERS`, kept ones first, each followed by its copies.
    """

    id: str
    size: int
    kept: int
    members: tuple[ClusterMember, ...]


@reported
def clusters(
    *,
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="How many, the largest first.")] = 10,
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Show the largest groups of copies: what was kept, why, and how the others differ."""
    del debug
    from erastyle import planned_run
    from erastyle.pipeline.dedupe.stage import for_era

    planned = planned_run.load_saved(run)
    dedupe, clean = planned.step("dedupe"), planned.step("clean")
    if dedupe.done is None or clean.done is None:
        raise RunError(f"{run}: copies were not sought yet. Run erastyle dedupe --run {run}.")
    rule = for_era(planned.config.dedupe, planned.config.era).which_copy
    shown = largest(dedupe.folder, clean.folder, rule, top)
    total = dedupe.done.stats["clusters"]
    if json:
        groups = {"clusters": total, "largest": [asdict(cluster) for cluster in shown]}
        print_json(groups, ensure_ascii=False)
    else:
        _print(shown, total)
    return 0


def largest(deduped: Path, cleaned: Path, rule: CopyRule, top: int = 10) -> list[Cluster]:
    """Return the `top` largest clusters, the largest first.

    Args:
        deduped: Finished folder of the stage `dedupe`.
        cleaned: The folder of `clean` that it read.
        rule: The rule by which one copy stays.
        top: How many clusters to return.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from erastyle.pipeline.dedupe.stage import CLUSTERS

    table = pq.read_table(deduped / CLUSTERS)
    sizes = [(c["values"], c["counts"]) for c in pc.value_counts(table["cluster"]).to_pylist()]
    sizes.sort(key=lambda size: (-size[1], size[0]))
    chosen: dict[str, list[dict[str, Any]]] = {}
    kept: dict[str, int] = {}
    for cluster, _ in sizes[:top]:
        rows = table.filter(pc.field("cluster") == cluster).to_pylist()
        kept[cluster] = sum(row["kind"] == "kept" for row in rows)
        chosen[cluster] = sorted(rows, key=_kept_first(cluster))[:MOST_MEMBERS]
    wanted = {row[name] for rows in chosen.values() for row in rows for name in ("id", "kept_id")}
    texts = {d.id: d for d in _documents(cleaned, wanted)}
    return [
        Cluster(cluster, size, kept[cluster], tuple(_members(chosen[cluster], texts, rule)))
        for cluster, size in sizes[:top]
    ]


def _kept_first(cluster: str) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Return the sort key: the kept document of the cluster and its copies, then the others."""

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        kept = row["kept_id"]
        return (kept != cluster, kept, row["kind"] != "kept", row["similarity"], row["id"])

    return key


def _documents(cleaned: Path, wanted: set[str]) -> Iterator[Document]:
    from erastyle.corpus.document import from_row
    from erastyle.pipeline.runtime import ledger

    for row in ledger.rows(cleaned / "kept"):
        if row["id"] in wanted:
            yield from_row(row)


def _members(
    rows: Sequence[dict[str, Any]], texts: dict[str, Document], rule: CopyRule
) -> Iterator[ClusterMember]:
    from erastyle.corpus.text.difference import difference

    copies = {row["id"]: _copy(texts[row["id"]]) for row in rows}
    for row in rows:
        document, kept = texts[row["id"]], texts[row["kept_id"]]
        if row["kind"] == "kept":
            others = [copies[r["id"]] for r in rows if r["kept_id"] == row["id"] != r["id"]]
            note = why_kept(copies[row["id"]], others, rule)
        else:
            one, other = kept.prose[:SHOWN_CHARS], document.prose[:SHOWN_CHARS]
            note = difference(one, other, WIDTH - 10)
        yield ClusterMember(
            id=document.id,
            source=document.source,
            site=document.site,
            date=document.date_from,
            words=copies[row["id"]].length,
            kind=row["kind"],
            kept_id=row["kept_id"],
            similarity=row["similarity"],
            difference=note,
        )


def _copy(document: Document) -> Copy:
    from erastyle.corpus.text.normalise import normalise
    from erastyle.pipeline.dedupe.best_copy import Copy

    words = normalise(document.prose)
    return Copy(
        document.id,
        document.origin,
        document.date_from,
        document.signals.get("ocr_noise", 0.0),
        words.count(" ") + bool(words),
        document.raw_sha256,
    )


def why_kept(kept: Copy, others: Sequence[Copy], rule: CopyRule) -> str:
    """Return why `kept` ranks before the next best of the documents that it represents."""
    from erastyle.pipeline.dedupe.best_copy import order

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


def _print(clusters: Sequence[Cluster], total: int) -> None:
    """Print clusters for people.

    Args:
        clusters: The largest clusters.
        total: How many clusters the run has.
    """
    typer.echo(f"{total:,} {'cluster' if total == 1 else 'clusters'}")
    for number, cluster in enumerate(clusters, start=1):
        typer.echo(f"\n{number}. {cluster.size:,} documents, {cluster.kept:,} kept")
        shown = cluster.members[:SHOWN_MEMBERS]
        for member in shown:
            for line in lines(member):
                typer.echo(line)
        if more := cluster.size - len(shown):
            typer.echo(f"   ... {more:,} more")


def lines(member: ClusterMember) -> tuple[str, str]:
    """Return a member in two lines of at most `WIDTH` columns."""
    kind = member.kind if member.kind == "kept" else f"{member.kind} {member.similarity:.2f}"
    head = f"   {kind:15} {member.id}  {member.date or 'undated':10}  {member.words:>6,} words  "
    room = WIDTH - len(head)
    source = member.source
    if len(source) > room:  # the end of an address says more than its beginning
        source = "..." + source[len(source) - room + 3 :]
    note = f"{'':7}{' '.join(member.difference.split())}"
    return head + source, note if len(note) <= WIDTH else note[: WIDTH - 3] + "..."
