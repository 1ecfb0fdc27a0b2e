"""How do CPU time and memory of the search for duplicates grow with the corpus?

    python benchmarks/scale.py [--quick] [--million]

Corpora of 10,000 to 300,000 documents (with `--million`, 1,000,000: 10 minutes and 4 GB of disk) of
120 words, 0.8 KB, on average, one in ten a changed copy. Short documents, because it is the
bookkeeping per document that could grow out of proportion; the cost per megabyte is measured by
`dedupe.py`. "Stage" is the whole of `erastyle dedupe`: the search, repeated passages, and reading
and writing every document. Making the corpora is not counted. docs/scaling.md is made from the
results.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from itertools import islice
from pathlib import Path

import dedupe
import planted
from harness import ROOT, Bench

MEAN_WORDS = 120
MOST_MINUTES = 15


def main() -> None:
    """Run the benchmark, or one measurement of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to 20,000 documents")
    parser.add_argument("--million", action="store_true", help="up to 1,000,000 documents")
    parser.add_argument("--stage", nargs=2, metavar=("FOLDER", "OUT"), type=Path, help=HIDDEN)
    parser.add_argument("--parts", nargs=2, metavar=("FOLDER", "OUT"), type=Path, help=HIDDEN)
    given = parser.parse_args()
    if given.stage:
        stage(*given.stage)
        return
    if given.parts:
        given.parts[1].write_text(json.dumps(parts(given.parts[0])), encoding="utf-8")
        return
    sizes = [5_000, 10_000, 20_000] if given.quick else [10_000, 30_000, 100_000, 300_000]
    if given.million:
        sizes.append(1_000_000)
    bench = Bench("scale")
    search: list[tuple[int, float]] = []
    whole: list[tuple[int, float]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work) / "clean" / "kept"
            shards = max(2, size // 10_000)
            corpus = planted.make(folder, size, mean_words=MEAN_WORDS, seed=21, shards=shards)
            result = dedupe.run(dedupe.OURS, folder, False)
            stage_used = alone("--stage", folder.parent, Path(work) / "dedupe")
            if size == sizes[min(2, len(sizes) - 1)]:
                costs = Path(work) / "parts.json"
                alone("--parts", folder, costs)
                measured = json.loads(costs.read_text(encoding="utf-8"))
        if result is None or stage_used is None:
            sys.exit(f"error: the search failed at {size:,} documents; its message is above")
        used, found = result
        recall, precision = dedupe.score(corpus.pairs, found)
        search.append((size, used.cpu))
        whole.append((size, stage_used.cpu))
        name = f"{size:,} documents, {corpus.megabytes:.0f} MB"
        million = size == 1_000_000
        bench.figure(f"CPU, {name}", used.cpu, "s", "", None)
        bench.figure(f"wall time, {name}", used.seconds, "s", "", None)
        limit = "<= 1536 at 1,000,000"
        bench.figure(
            f"peak memory, {name}", used.memory, "MB", limit,
            used.memory <= 1536 if million else None,
        )  # fmt: skip
        bench.figure(f"recall, {name}", recall, "", "", None)
        bench.figure(f"precision, {name}", precision, "", ">= 0.999", precision >= 0.999)
        bench.figure(f"CPU of the stage, {name}", stage_used.cpu, "s", "", None)
        minutes = stage_used.seconds / 60
        bench.figure(
            f"wall time of the stage, {name}", minutes, "min",
            f"<= {MOST_MINUTES} at 1,000,000", minutes <= MOST_MINUTES if million else None,
        )  # fmt: skip
        bench.figure(
            f"peak memory of the stage, {name}", stage_used.memory, "MB", limit,
            stage_used.memory <= 1536 if million else None,
        )  # fmt: skip
    span = f"{sizes[0]:,} -> {sizes[-1]:,} documents"
    for title, points in (("CPU", search), ("CPU of the stage", whole)):
        exponent = slope([(math.log(n), math.log(s)) for n, s in points])
        bench.figure(f"exponent of {title}, {span}", exponent, "", "<= 1.05", exponent <= 1.05)
    last = math.log(search[-1][1] / search[-2][1]) / math.log(sizes[-1] / sizes[-2])
    bench.figure("exponent of CPU between the last two sizes", last, "", "", None)
    for name, value, unit in measured:
        bench.figure(name, value, unit, "", None)
    hard(bench, 1_000_000 if given.million else 20_000, 100 if given.million else 5)
    bench.finish()


def hard(bench: Bench, copies: int, megabytes: int) -> None:
    """Measure corpora that break a careless search: copies of one text, and one very long text."""
    import numpy as np
    import pyarrow.parquet as pq

    rng = np.random.default_rng(3)
    source = planted.Source(rng, 740, None)
    (text, *others), _, _ = source.texts(200, ())
    book = " ".join(source.texts(megabytes * 200, ())[0])[: megabytes * 1_000_000]
    corpora = {
        f"{copies:,} identical documents": (text[:300] for _ in range(copies)),
        f"200 documents and one of {megabytes} MB, twice": [*others, book, book + " end"],
    }
    for title, texts in corpora.items():
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            shard, left = 0, iter(texts)
            while some := list(islice(left, 50_000)):
                table = planted.table_of([f"{shard}-{i}" for i in range(len(some))], some, rng)
                pq.write_table(table, folder / f"{shard:03d}.parquet", row_group_size=2048)
                shard += 1
            result = dedupe.run(dedupe.OURS, folder, False)
        if result is None:
            sys.exit(f"error: the search failed with {title}; its message is above")
        used, found = result
        bench.figure(f"CPU, {title}", used.cpu, "s", "", None)
        bench.figure(f"peak memory, {title}", used.memory, "MB", "", None)
        bench.figure(f"clusters, {title}", len(found), "", "1", len(found) == 1)


HIDDEN = argparse.SUPPRESS


def alone(option: str, folder: Path, out: Path) -> dedupe.Used | None:
    """Return what one measurement uses in a process of its own."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "benchmarks")])
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    return dedupe.timed([sys.executable, __file__, option, str(folder), str(out)], env)


def stage(folder: Path, out: Path) -> None:
    """Run the whole stage on the documents of `folder` as the runner does."""
    from erastyle.corpus import era
    from erastyle.pipeline.dedupe.stage import DEDUPE, DedupeOptions
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context

    out.mkdir()
    context = Context(
        options=DedupeOptions(), era=era.load("web-1995"), seed=1, inputs={"clean": folder},
        out=out, progress=Progress(), root=out.parent,
    )  # fmt: skip
    DEDUPE.run(context)


def parts(folder: Path) -> list[tuple[str, float, str]]:
    """Return what a document costs in each part of the search: for the plan of larger corpora."""
    import time

    from erastyle.corpus.text import normalise
    from erastyle.pipeline.dedupe import candidates, signatures, verification
    from erastyle.pipeline.dedupe.options import DuplicateOptions
    from erastyle.pipeline.runtime import daft_engine

    daft_engine.on_ray()
    options = DuplicateOptions()
    files = sorted(folder.glob("*.parquet"))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        texts = work / "texts"
        texts.mkdir()
        marks = [time.process_time()]
        signatures.write(files, options, work / "prints", texts)
        marks.append(time.process_time())
        keys, group = candidates.exact(work / "prints", options)
        pairs = candidates.candidates(work / "prints", keys[keys != group], options, work)
        marks.append(time.process_time())
        wanted = pairs.keys[sorted({*pairs.one.tolist(), *pairs.other.tolist()})]
        store = verification.Shingles(work / "s.u64", options)
        verification.shingle(store, files, work / "prints", wanted, texts)
        sets = verification.verify(pairs, store).sets
        marks.append(time.process_time())
        documents = len(pairs.keys)
        prints = sum(f.stat().st_size for f in (work / "prints").glob("*.parquet"))
        aside = sum(f.stat().st_size for f in texts.iterdir())
        shingles = (work / "s.u64").stat().st_size
        store.close()
        begun = time.process_time()
        for batch in signatures.read(files, "prose").to_arrow_iter():
            normalise.normalise_all(batch["prose"])
        reading = time.process_time() - begun
    each = 1e6 / documents
    clustered = sum(map(len, sets))
    return [
        ("cost: fingerprints", (marks[1] - marks[0]) * each, "us/document"),
        ("cost: candidates", (marks[2] - marks[1]) * each, "us/document"),
        ("cost: verification", (marks[3] - marks[2]) * 1e6 / len(wanted), "us/candidate"),
        ("cost: reading again", reading * 1e9 / aside, "us/KB"),
        ("size: fingerprint", prints / documents, "bytes/document"),
        ("size: text put aside", aside / documents, "bytes/document"),
        ("size: shingles", shingles / len(wanted), "bytes/candidate"),
        ("share: candidates", len(wanted) / documents, "of documents"),
        ("share: in clusters", clustered / documents, "of documents"),
        ("pairs: candidates", len(pairs) / documents, "per document"),
        ("bands", options.bands, ""),
    ]


def slope(points: list[tuple[float, float]]) -> float:
    """Return the slope of the line of least squares."""
    x = sum(p[0] for p in points) / len(points)
    y = sum(p[1] for p in points) / len(points)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


if __name__ == "__main__":
    main()
