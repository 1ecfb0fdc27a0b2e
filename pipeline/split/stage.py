"""Stage `split`: part the sites into train, dev and test; copies stay on one side."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.pipeline.dedupe.stage import CLUSTERS
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.pipeline.split import assign
from erastyle.pipeline.split.assign import Shares, Split, SplitMember
from erastyle.pipeline.split.leaks import Leak, guard, leaks


class SplitOptions(Options):
    """Options of `split`."""

    shares: Shares = Shares()
    """How much each split is meant to hold, by words."""
    leak_words: int = Field(default=50, ge=10)
    """A document of dev or test that has so many words in a row in common with training is dropped:
    its score would measure what the model has memorised."""


def split(context: Context[SplitOptions], corpus: str = "period") -> Stats:
    """Part the documents of `context.inputs["dedupe"]`, and return the counts.

    Args:
        context: Options, seed and folders.
        corpus: What the documents are: `period` or `modern`.
    """
    import pyarrow.parquet as pq

    options, source, progress = context.options, context.inputs["dedupe"], context.progress
    total = ledger.count(source)
    progress.start("split", 2 * total)
    sites: dict[str, list[SplitMember]] = defaultdict(list)
    for row in ledger.rows(source / "kept", ["id", "site", "signals"]):
        words = next((s["value"] for s in row["signals"] if s["name"] == "words"), 1.0)
        sites[row["site"]].append(SplitMember(row["id"], max(1.0, words)))
        progress.advance()
    groups: dict[str, list[str]] = defaultdict(list)
    for row in pq.read_table(source / CLUSTERS, columns=["id", "cluster"]).to_pylist():
        groups[row["cluster"]].append(row["id"])
    assignment = assign.assign(sites, groups.values(), options.shares, context.seed, corpus)
    for note in assignment.notes:
        progress.say(note)
    progress.say(_in_words(sites, assignment.split, options.shares))

    leaked = _leaked(context, assignment.split)
    counts: Counter[str] = Counter()
    with Ledger(context.out) as out:
        for document in ledger.read(source):
            progress.advance()
            name = assignment.split[document.id]
            if document.id in leaked:
                side, leak = leaked[document.id]
                detail = f"{name} shares with {side} {leak.train_id}: {leak.passage[:120]}"
                out.drop(document, f"passage of {side}", detail)
            else:
                counts[f"{corpus} {name}"] += 1
                out.keep(replace(document, split=name))
        stats = out.stats(total)
    _guard(context, {id_: name for name, ids in groups.items() for id_ in ids})
    return stats | {
        "splits": dict(sorted(counts.items())),
        "sites": len(sites),
        "notes": list(assignment.notes),
    }


def _in_words(
    sites: Mapping[str, list[SplitMember]], split: Mapping[str, Split], shares: Shares
) -> str:
    """Return how many sites and documents each side got: whole sites, filled by words."""
    parts = []
    for name in assign.SPLITS:
        held = [[m for m in members if split[m.id] == name] for members in sites.values()]
        count = sum(map(len, held))
        parts.append(f"{name} {count:,} documents of {sum(map(bool, held)):,} sites")
    wanted = "/".join(f"{100 * getattr(shares, name):g}" for name in assign.SPLITS)
    return f"{', '.join(parts)} (whole sites; {wanted} by words, see split.shares)"


def _run(context: Context[SplitOptions]) -> Stats:
    stats = split(context)
    missing = [name for name in assign.SPLITS if not stats["splits"].get(f"period {name}")]
    if missing:
        count = stats["sites"]
        if count >= len(assign.SPLITS):
            raise SourceError(
                f"No period documents are left for {' and '.join(missing)}: the {count} sites "
                "share copies, and sites with copies of each other count as one. See which with "
                "`erastyle clusters`, and add documents of other sites."
            )
        raise SourceError(
            f"No period documents are left for {' and '.join(missing)}: "
            f"{count} {'site' if count == 1 else 'sites'} cannot be parted into train, dev and "
            "test. Add documents of at least 3 sites (hosts, authors or folders)."
        )
    return stats


def _leaked(
    context: Context[SplitOptions], split: Mapping[str, Split]
) -> dict[str, tuple[str, Leak]]:
    """Return what must go, by id: what dev and test share with training, and dev with test."""
    words = context.options.leak_words
    with _sides(context, context.inputs["dedupe"], split) as files:
        leaked = {
            leak.test_id: ("training", leak)
            for leak in leaks(files["train"], [*files["dev"], *files["test"]], words)
        }
        # What training leaks is gone from both: it must not take a third document with it.
        for leak in leaks(files["test"], files["dev"], words):
            if leak.train_id not in leaked:
                leaked.setdefault(leak.test_id, ("test", leak))
    return leaked


def _guard(context: Context[SplitOptions], clusters: Mapping[str, str]) -> None:
    """Refuse what was written if a cluster or a passage is on two sides."""
    with _sides(context, context.out) as files:
        guard(files, clusters, context.options.leak_words)


@contextmanager
def _sides(
    context: Context[SplitOptions], folder: Path, split: Mapping[str, Split] | None = None
) -> Iterator[dict[str, list[Path]]]:
    """Write the prose of each side to files of its own, and remove them in the end."""
    import pyarrow as pa

    schema = pa.schema([("id", pa.string()), ("prose", pa.string())])
    draft = context.out / "draft"
    book = {name: Shards(draft / name, schema) for name in assign.SPLITS}
    try:
        for row in ledger.rows(folder / "kept", ["id", "prose", "split"]):
            name = split[row["id"]] if split else row["split"]
            book[name].write({"id": row["id"], "prose": row["prose"]})
        for shards in book.values():
            shards.close()
        yield {name: ledger.files(draft / name) for name in assign.SPLITS}
    finally:
        shutil.rmtree(draft, ignore_errors=True)


SPLIT = Stage(
    "split",
    "Part the sites into train, dev and test.",
    SplitOptions,
    _run,
    needs=("dedupe",),
    seeded=True,
    version=2,
)
