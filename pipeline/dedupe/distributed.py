"""The search for near-duplicates on a cluster: only its answer comes to the driver.

It finds the same pairs as `candidates.py` on one machine, as Daft plans: bands are grouped,
weighed, verified and connected where they lie. The driver gets one row for each document that has
a near-duplicate, never a pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.corpus.text.arrow import flat, matrix, numbers
from erastyle.pipeline.dedupe import candidates, connected, signatures, verification
from erastyle.pipeline.dedupe.verification import NearClusters
from erastyle.pipeline.runtime import daft_engine

if TYPE_CHECKING:
    import daft
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.pipeline.dedupe.options import DuplicateOptions

    Keys = NDArray[np.uint64]


def near_clusters(
    files: Sequence[Path], folder: Path, skip: Keys, options: DuplicateOptions
) -> NearClusters:
    """Return the clusters of near-duplicates, as `verification.verify` does on one machine.

    Args:
        files: The corpus.
        folder: Fingerprints.
        skip: Keys of exact copies that another copy stands for.
        options: What a near-duplicate is.
    """
    import daft

    keys, labels = _linked(files, folder, skip, options)
    sketches = np.zeros((len(keys), options.hashes), np.uint8)
    frame = daft.read_parquet(f"{folder}/*.parquet").select("key", "sketch")
    for batch in candidates.chosen(frame, keys):
        places = np.searchsorted(keys, flat(batch["key"]))
        sketches[places] = matrix(batch["sketch"], options.hashes)
    return NearClusters(keys, sketches, connected.sets(np.searchsorted(keys, labels)))


def _linked(
    files: Sequence[Path], folder: Path, skip: Keys, options: DuplicateOptions
) -> tuple[Keys, Keys]:
    """Return the keys of documents with a near-duplicate, ascending, and the label of each.

    The label is the smallest key that a document is connected with.
    """
    import daft
    import pyarrow as pa
    from daft import col

    prints = daft.read_parquet(f"{folder}/*.parquet").where(col("words") >= options.min_words)
    if len(skip):
        table = pa.table([numbers(skip)], names=["key"])
        prints = prints.join(daft.from_arrow(table), on="key", how="anti")
    pairs = _pairs(prints, 0)
    for column in range(1, len(signatures.groups(options.bands))):
        pairs = pairs.concat(_pairs(prints, column))
    parts = min(max(1, len(files)), MOST_PARTITIONS)
    pairs = daft_engine.partitioned(pairs, parts).distinct().collect()
    pairs = daft_engine.partitioned(_weighed(prints, pairs, options), parts).collect()
    edges = daft_engine.partitioned(_verified(files, pairs, options), parts).collect()
    table = connected.connected(edges, parts).to_arrow()
    keys, labels = flat(table["key"]), flat(table["label"])
    order = np.argsort(keys)
    return keys[order], labels[order]


MOST_PARTITIONS = 512
"""Most partitions that pairs are spread over."""


def _pairs(prints: daft.DataFrame, column: int) -> daft.DataFrame:
    from daft import col

    name = f"bands_{column}"
    rows = prints.select("key", name, _orders()(col("sketch")))
    rows = rows.explode(name).collect()
    counts = rows.groupby(name).agg(col("key").count().alias("members"))
    shared = counts.where(col("members") > 1).select(name)
    buckets = (
        rows.join(shared, on=name, how="semi")
        .groupby(name)
        .agg(*(col(part).list_agg() for part in ("key", "first", "second")))
    )
    pairs = buckets.select(_pairing(column)(col("key"), col("first"), col("second")))
    return pairs.explode("one", "other").where(col("one").not_null())


def _orders() -> Any:
    import daft
    from daft import DataType

    fields = {"first": DataType.uint32(), "second": DataType.uint32()}

    def ordered(sketch: daft.Series) -> Any:
        import pyarrow as pa

        array = sketch.to_arrow()
        width = len(array[0].as_py()) if len(array) else 8
        parts = signatures.orders(matrix(array, width))
        columns = [numbers(parts[:, i]) for i in range(2)]
        return pa.StructArray.from_arrays(columns, names=list(fields))

    batched = daft.func.batch(return_dtype=DataType.struct(fields), unnest=True, use_process=False)
    return batched(ordered)


def _pairing(column: int) -> Any:
    import daft
    from daft import DataType

    fields = {side: DataType.list(DataType.uint64()) for side in ("one", "other")}

    def paired(keys: daft.Series, first: daft.Series, second: daft.Series) -> Any:
        import pyarrow as pa

        rows = zip(*(side.to_arrow().to_pylist() for side in (keys, first, second)), strict=True)
        both = [bucket(column, *row) for row in rows]
        kind = pa.large_list(pa.uint64())
        sides = [pa.array([pairs[i] for pairs in both], kind) for i in range(2)]
        return pa.StructArray.from_arrays(sides, names=list(fields))

    batched = daft.func.batch(return_dtype=DataType.struct(fields), unnest=True, use_process=False)
    return batched(paired)


def bucket(
    column: int, keys: Sequence[int], first: Sequence[int], second: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the candidate pairs of one bucket as `candidates.bucket_pairs` gives them, by key."""
    if len(keys) <= candidates.ALL_PAIRS:
        pairs = list(combinations(sorted(keys), 2))
        return [one for one, _ in pairs], [other for _, other in pairs]
    members = np.array(keys, np.uint64)
    order = np.argsort(members)
    members = members[order]
    by = np.array([first, second], np.uint32).T[order]
    places = np.arange(len(members))
    pairs_of = candidates.bucket_pairs(
        places, np.zeros(len(members), np.uint64), len(members), column, lambda rows: by[rows]
    )
    one, other = np.divmod(pairs_of, len(members))
    return members[one].tolist(), members[other].tolist()


def _weighed(
    prints: daft.DataFrame, pairs: daft.DataFrame, options: DuplicateOptions
) -> daft.DataFrame:
    import daft
    from daft import DataType, col

    least = options.threshold - signatures.slack(options.threshold, options.hashes)

    def estimate(one: daft.Series, other: daft.Series) -> Any:
        sides = (matrix(side.to_arrow(), options.hashes) for side in (one, other))
        return numbers(signatures.estimate(*sides))

    weigh = daft.func.batch(return_dtype=DataType.float32(), use_process=False)(estimate)
    both = _both(pairs, prints.select("key", "sketch"), "sketch")
    return both.where(weigh(col("sketch_one"), col("sketch_other")) >= least).select("one", "other")


def _both(pairs: daft.DataFrame, table: daft.DataFrame, name: str) -> daft.DataFrame:
    """Return `pairs` with a column of `table` for either side: `NAME_one` and `NAME_other`."""
    from daft import col

    for side in ("one", "other"):
        own = table.select(col("key").alias(side), col(name).alias(f"{name}_{side}"))
        pairs = pairs.join(own, on=side)
    return pairs


def _verified(
    files: Sequence[Path], pairs: daft.DataFrame, options: DuplicateOptions
) -> daft.DataFrame:
    import daft
    from daft import DataType, col

    wanted = pairs.select(col("one").alias("key"))
    wanted = wanted.concat(pairs.select(col("other").alias("key"))).distinct()

    def shingled(prose: daft.Series) -> Any:
        from erastyle.corpus.text.normalise import normalise_all

        texts, _ = normalise_all(prose.to_arrow())
        return _lists(verification.shingle_texts(texts, options))

    def alike(one: daft.Series, other: daft.Series) -> Any:
        import pyarrow as pa

        sides = (_arrays(side.to_arrow()) for side in (one, other))
        return pa.array(
            [verification.near_similarity(a, b, options) > 0 for a, b in zip(*sides, strict=True)],
            pa.bool_(),
        )

    sets = daft.func.batch(return_dtype=DataType.list(DataType.uint64()), use_process=False)
    texts = signatures.read(files, "prose").join(wanted, on="key", how="semi")
    shingles = texts.select("key", sets(shingled)(col("prose")).alias("shingles"))
    near = daft.func.batch(return_dtype=DataType.bool(), use_process=False)(alike)
    both = _both(pairs, shingles, "shingles")
    both = both.where(near(col("shingles_one"), col("shingles_other")))
    return both.select("one", "other")


def _lists(sets: Sequence[Keys]) -> pa.Array:
    import pyarrow as pa

    ends = np.cumsum([0, *map(len, sets)], dtype=np.int64)
    values = np.concatenate([np.zeros(0, np.uint64), *sets])
    return pa.LargeListArray.from_arrays(numbers(ends), numbers(values))


def _arrays(lists: pa.Array) -> list[Keys]:
    import pyarrow as pa

    lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    ends = flat(lists.offsets).astype(np.int64)
    values = flat(lists.values)
    return [values[a:b] for a, b in pairwise(ends.tolist())]
