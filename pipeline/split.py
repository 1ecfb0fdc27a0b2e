"""Stage `split`: part the sites into train, dev and test; copies stay on one side."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from dataclasses import replace

from pydantic import Field

from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.pipeline import ledger, splitting
from erastyle.pipeline.dedupe import CLUSTERS
from erastyle.pipeline.leaks import leaks
from erastyle.pipeline.ledger import Ledger, Shards
from erastyle.pipeline.splitting import Member, Shares
from erastyle.pipeline.stage import Context, Stage, Stats


class SplitOptions(Options):
    """Options of `split`."""

    shares: Shares = Shares()
    """How much each split is meant to hold, by words."""
    leak_words: int = Field(default=50, ge=10)
    """A document of dev or test that has so many words in a row in common with training is dropped:
    it would be scored on what was learnt by heart."""


def _run(context: Context[SplitOptions]) -> Stats:
    import pyarrow as pa
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
    for row in pq.read_table(source / CLUSTERS).to_pylist():
        groups[row["cluster"]].append(row["id"])
    assignment = splitting.assign(sites, groups.values(), options.shares, context.seed)
    for note in assignment.notes:
        progress.say(note.replace("\0", " "))

    draft = context.out / "draft"
    schema = pa.schema([("id", pa.string()), ("prose", pa.string())])
    book = {name: Shards(draft / name, schema) for name in splitting.SPLITS}
    for document in ledger.read(source):
        book[assignment.split[document.id]].write({"id": document.id, "prose": document.prose})
    for shards in book.values():
        shards.close()
    held = [path for name in ("dev", "test") for path in ledger.files(draft / name)]
    found = leaks(ledger.files(draft / "train"), held, options.leak_words)
    leaked = {leak.test_id: leak for leak in found}
    shutil.rmtree(draft)

    counts: Counter[str] = Counter()
    with Ledger(context.out) as out:
        for document in ledger.read(source):
            progress.advance()
            split = assignment.split[document.id]
            if leak := leaked.get(document.id):
                detail = f"{split} shares with training {leak.train_id}: {leak.passage[:120]}"
                out.drop(document, "passage of training", detail)
                continue
            side = "modern" if document.origin == "modern" else "period"
            counts[f"{side} {split}"] += 1
            out.keep(replace(document, split=split))
        stats = out.stats(total)
    missing = [name for name in splitting.SPLITS if not counts[f"period {name}"]]
    if missing:
        count = sum(1 for name in sites if name.startswith("period\0"))
        raise SourceError(
            f"No period documents are left for {' and '.join(missing)}: "
            f"{count} {'site' if count == 1 else 'sites'} cannot be parted into train, dev and "
            "test. Add documents of at least 3 sites (hosts, authors or folders)."
        )
    return stats | {
        "splits": dict(sorted(counts.items())),
        "sites": len(sites),
        "notes": [note.replace("\0", " ") for note in assignment.notes],
    }


SPLIT = Stage(
    "split",
    "Part the sites into train, dev and test.",
    SplitOptions,
    _run,
    needs=("dedupe",),
    seeded=True,
)
