"""How CPU time and memory of the search for duplicates grow with the corpus.

    python benchmarks/scale.py [--quick] [--million]

Corpora of 10,000 to 100,000 documents (with `--million`, 1,000,000) of 120 words on average, one in
ten a changed copy. Short documents, because it is the bookkeeping per document that could grow out
of proportion; the cost per word is measured by `dedupe.py`.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path

import dedupe
import planted
from harness import Bench

MEAN_WORDS = 120


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to 20,000 documents")
    parser.add_argument("--million", action="store_true", help="up to 1,000,000 documents")
    given = parser.parse_args()
    sizes = [5_000, 10_000, 20_000] if given.quick else [10_000, 30_000, 100_000]
    if given.million:
        sizes.append(1_000_000)
    bench = Bench("scale")
    points: list[tuple[int, float]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            shards = max(2, size // 10_000)
            corpus = planted.make(folder, size, mean_words=MEAN_WORDS, seed=21, shards=shards)
            result = dedupe.run(dedupe.OURS, folder, False)
        if result is None:
            sys.exit(f"error: the search failed at {size:,} documents; its message is above")
        cpu, memory, found = result
        recall, precision = dedupe.score(corpus.pairs, found)
        points.append((size, cpu))
        name = f"{size:,} documents, {corpus.megabytes:.0f} MB"
        bench.figure(f"CPU, {name}", cpu, "s", "", None)
        limit = memory <= 1536 if size == 1_000_000 else None
        bench.figure(f"peak memory, {name}", memory, "MB", "<= 1536 at 1,000,000", limit)
        bench.figure(f"recall, {name}", recall, "", "", None)
        bench.figure(f"precision, {name}", precision, "", ">= 0.999", precision >= 0.999)
    exponent = slope([(math.log(n), math.log(s)) for n, s in points])
    span = f"{points[0][0]:,} -> {points[-1][0]:,} documents"
    bench.figure(f"exponent of CPU, {span}", exponent, "", "<= 1.05", exponent <= 1.05)
    bench.finish()


def slope(points: list[tuple[float, float]]) -> float:
    """Return the slope of the line of least squares."""
    x = sum(p[0] for p in points) / len(points)
    y = sum(p[1] for p in points) / len(points)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


if __name__ == "__main__":
    main()
