"""The other tools of `dedupe.py`, each as its documentation shows it. Runs in their environment.

    python dedupe_peers.py TOOL FOLDER OUT

Reads `id` and `prose` of the Parquet files in FOLDER and writes clusters to OUT as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path


def documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield id and text."""
    import pyarrow.parquet as pq

    for file in sorted(folder.glob("*.parquet")):
        table = pq.read_table(file, columns=["id", "prose"])
        yield from zip(table["id"].to_pylist(), table["prose"].to_pylist(), strict=True)


def together(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the connected sets of ids."""
    parent: dict[str, str] = {}

    def find(one: str) -> str:
        while parent.setdefault(one, one) != one:
            one = parent[one]
        return one

    for one, other in pairs:
        parent[find(one)] = find(other)
    sets: dict[str, list[str]] = {}
    for one in list(parent):
        sets.setdefault(find(one), []).append(one)
    return [ids for ids in sets.values() if len(ids) > 1]


def triples(text: str) -> list[str]:
    """Return the word triples of a text, lower case, without punctuation, as we compare them."""
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))]


def datasketch(folder: Path) -> list[list[str]]:
    """MinHash with 128 permutations, LSH at 0.5 as in its manual, over word triples."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.5, num_perm=128)
    pairs = []
    for id_, text in documents(folder):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([t.encode() for t in set(triples(text))])
        pairs += [(id_, other) for other in index.query(sketch)]
        index.insert(id_, sketch)
    return together(pairs)


def rensa(folder: Path) -> list[list[str]]:
    """R-MinHash with 128 permutations over word triples, pairs at 0.7 as the others."""
    return _rensa(((id_, triples(text)) for id_, text in documents(folder)), 0.7)


def rensa_readme(folder: Path) -> list[list[str]]:
    """The example of its manual as it stands: single words split at white space, pairs at 0.8."""
    return _rensa(((id_, text.split()) for id_, text in documents(folder)), 0.8)


def _rensa(tokens: Iterable[tuple[str, list[str]]], threshold: float) -> list[list[str]]:
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=threshold, num_perm=128, num_bands=16)
    ids: list[str] = []
    sketches = []
    pairs = []
    for number, (id_, words) in enumerate(tokens):
        sketch = RMinHash(num_perm=128, seed=42)
        sketch.update(words)
        for other in index.query(sketch):
            if sketches[other].jaccard(sketch) >= threshold:
                pairs.append((id_, ids[other]))
        index.insert(number, sketch)
        ids.append(id_)
        sketches.append(sketch)
    return together(pairs)


def text_dedup(folder: Path) -> list[list[str]]:
    """`python -m text_dedup.minhash` with its defaults: word 5-grams, 250 permutations, 0.7."""
    from text_dedup import minhash
    from text_dedup.utils import IOArgs, MetaArgs, MinHashArgs

    with tempfile.TemporaryDirectory() as work:
        minhash.main.callback(
            io_args=IOArgs(
                path="parquet", data_files=f"{folder}/*.parquet", split="train",
                cache_dir=f"{work}/cache", output=f"{work}/out", num_proc=1, clean_cache=True,
            ),
            meta_args=MetaArgs(column="prose"),
            minhash_args=MinHashArgs(),
        )  # fmt: skip
    ids = [id_ for id_, _ in documents(folder)]
    return together((ids[one], ids[minhash.uf.find(one)]) for one in list(minhash.uf.parent))


def datatrove(folder: Path) -> list[list[str]]:
    """The four MinHash stages with their defaults: word 5-grams, 14 buckets of 8 hashes."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import JsonlWriter

    config = MinhashConfig()
    tasks = len(list(folder.glob("*.parquet")))
    with tempfile.TemporaryDirectory() as work:
        reader = ParquetReader(str(folder), text_key="prose", id_key="id", glob_pattern="*.parquet")
        steps = [
            ([reader, MinhashDedupSignature(f"{work}/sig", config=config)], tasks),
            (
                [MinhashDedupBuckets(f"{work}/sig", f"{work}/buckets", config=config)],
                config.num_buckets,
            ),
            (
                [
                    MinhashDedupCluster(
                        f"{work}/buckets", f"{work}/remove", config=config,
                        save_cluster_id=True, save_cluster_size=True,
                    )
                ],
                1,
            ),
            (
                [
                    reader,
                    MinhashDedupFilter(
                        f"{work}/remove", exclusion_writer=None,
                        load_cluster_ids=True, load_cluster_sizes=True,
                    ),
                    JsonlWriter(f"{work}/out", compression=None),
                ],
                tasks,
            ),
        ]  # fmt: skip
        for number, (pipeline, count) in enumerate(steps):
            LocalPipelineExecutor(
                pipeline, tasks=count, workers=1, logging_dir=f"{work}/l{number}"
            ).run()
        # Cluster ids are not kept for what was removed: pair the removed with the kept by cluster.
        return _removed(folder, Path(work))


def _removed(folder: Path, work: Path) -> list[list[str]]:
    import struct

    ids = [[id_ for id_, _ in documents_of(file)] for file in sorted(folder.glob("*.parquet"))]
    sets: dict[int, list[str]] = {}
    for file in sorted((work / "remove").glob("*.clusters")):
        own = ids[int(file.stem)]
        for row, cluster in struct.iter_unpack("<II", file.read_bytes()):
            sets.setdefault(cluster, []).append(own[row])
    return list(sets.values())


def documents_of(file: Path) -> Iterator[tuple[str, str]]:
    """Yield id and text of one file."""
    import pyarrow.parquet as pq

    table = pq.read_table(file, columns=["id", "prose"])
    yield from zip(table["id"].to_pylist(), table["prose"].to_pylist(), strict=True)


def main() -> None:
    """Run one tool."""
    if len(sys.argv) != 4:  # `make bench` calls every script
        print(__doc__)
        return
    name, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    tools = {
        "datasketch": datasketch,
        "rensa": rensa,
        "rensa, manual": rensa_readme,
        "text-dedup": text_dedup,
        "datatrove": datatrove,
    }
    if name not in tools:
        sys.exit(f"{name} is not run by this script; it runs {', '.join(tools)}.")
    out.write_text(json.dumps(tools[name](folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
