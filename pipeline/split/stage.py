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
from erastyle.pipeline.runtime.ledger import Ledger, Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.pipeline.split import assign
from erastyle.pipeline.split.assign import Member, Shares, Split
from erastyle.pipeline.split.leaks import Leak, guard, leaks


class SplitOptions(Options):
    """Options of `split`."""

    shares: Shares = Shares()
    """How much each split is meant to hold, by words."""
    leak_words: int = Field(default=50, ge=10)
    """A document of dev or test that has so many words in a row in common with training is dropped:
    it would be scored on what was learnt by heart."""


def _run(context: Context[SplitOptions]) -> Stats:
    import pyarrow.parquet as pq

    options, source, progress = context.options, context.inputs["dedupe"], context.progress
    total = ledger.count(source)
    progress.start("split", 2 * total)
    sites: dict[str, list[Member]] = defaultdict(list)
    for row in ledger.rows(source / "kept", ["id", "site", "origin", "signals"]):
        words = next((s["value"] for s in row["signals"] if s["name"] == "words"), 1.0)
        side = "modern" if row["origin"] == "modern" else "period"
        # The same host may stand on both sides: a period page and its modern successor.
        sites[f"{side}\0{row['site']}"].append(Member(row["id"], max(1.0, words), side))
        progress.advance()
    groups: dict[str, list[str]] = defaultdict(list)
    for row in pq.read_table(source / CLUSTERS, columns=["id", "cluster"]).to_pylist():
        groups[row["cluster"]].append(row["id"])
    assignment = assign.assign(sites, groups.values(), options.shares, context.seed)
    for note in assignment.notes:
        progress.say(note.replace("\0", " "))

    leaked = _leaked(context, assignment.split)
    counts: Counter[str] = Counter()
    with Ledger(context.out) as out:
        for document in ledger.read(source):
            progress.advance()
            split = assignment.split[document.id]
            if found := leaked.get(document.id):
                side, leak = found
                detail = f"{split} shares with {side} {leak.train_id}: {leak.passage[:120]}"
                out.drop(document, f"passage of {side}", detail)
                continue
            side = "modern" if document.origin == "modern" else "period"
            counts[f"{side} {split}"] += 1
            out.keep(replace(document, split=split))
        stats = out.stats(total)
    missing = [name for name in assign.SPLITS if not counts[f"period {name}"]]
    if missing:
        count = sum(1 for name in sites if name.startswith("period\0"))
        raise SourceError(
            f"No period documents are left for {' and '.join(missing)}: "
            f"{count} {'site' if count == 1 else 'sites'} cannot be parted into train, dev and "
            "test. Add documents of at least 3 sites (hosts, authors or folders)."
        )
    _guard(context, {id_: name for name, ids in groups.items() for id_ in ids})
    return stats | {
        "splits": dict(sorted(counts.items())),
        "sites": len(sites),
        "notes": [note.replace("\0", " ") for note in assignment.notes],
    }


def _leaked(
    context: Context[SplitOptions], split: Mapping[str, Split]
) -> dict[str, tuple[str, Leak]]:
    """Return what must go, by id: what dev and test share with training, and dev with test."""
    words = context.options.leak_words
    with _sides(context, context.inputs["dedupe"], split) as files:
        found = {
            leak.test_id: ("training", leak)
            for leak in leaks(files["train"], [*files["dev"], *files["test"]], words)
        }
        # What training leaks is gone from both: it must not take a third document with it.
        for leak in leaks(files["test"], files["dev"], words):
            if leak.train_id not in found:
                found.setdefault(leak.test_id, ("test", leak))
    return found


def _guard(context: Context[SplitOptions], clusters: Mapping[str, str]) -> None:
    """Look at what was written, and refuse it if a cluster or a passage is on two sides."""
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
