"""Connected components of the graph of copies, in memory and as a Daft plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from erastyle.corpus.errors import StageFailedError
from erastyle.pipeline.runtime import daft_engine

if TYPE_CHECKING:
    import daft
    from numpy.typing import NDArray

    Indices = NDArray[np.int64]


def smallest(one: Indices, other: Indices, size: int) -> Indices:
    """Return for each of the numbers 0 … `size` - 1 the smallest that it is connected with.

    Edges join `one[i]` and `other[i]`.

    Shape: (size,).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    return np.asarray(first[labels], np.int64)


def sets(label: Indices) -> list[list[int]]:
    """Return the sets of two or more indices with an equal label, in the order of the labels."""
    order = np.argsort(label, kind="stable")
    sizes = np.bincount(label, minlength=len(label)) if len(label) else label
    bounds = np.cumsum(sizes)
    return [
        order[bounds[head] - sizes[head] : bounds[head]].tolist()
        for head in np.flatnonzero(sizes > 1).tolist()
    ]


MOST_ROUNDS = 60
"""Rounds after which connecting is given up: a path of a billion documents takes about thirty."""


def connected(edges: daft.DataFrame, parts: int = 1) -> daft.DataFrame:
    """Return for each end of `edges` the smallest key that it is connected with, as a plan.

    No node of a cluster sees all edges of a component: every round joins and groups by one end.

    Args:
        edges: Columns `one` and `other`, keys.
        parts: Partitions that the edges are spread over.

    Returns:
        Columns `key` and `label`, a row for each key that has an edge.

    Raises:
        StageFailedError: It has not ended after `MOST_ROUNDS` rounds.

    Source:
        Kiveris and others, "Connected Components in MapReduce and Beyond", SOCC 2014: alternating
        large-star and small-star.
    """
    from daft import col

    edges = edges.where(col("one") != col("other")).distinct()
    for _ in range(MOST_ROUNDS):
        for large in (True, False):
            edges = daft_engine.partitioned(_star(edges, large=large), parts).collect()
        children, parents = edges.select("one"), edges.select(col("other").alias("one"))
        both = children.join(parents, on="one", how="semi").count_rows()
        if not both and children.distinct().count_rows() == edges.count_rows():
            roots = edges.select(col("other").alias("key"), col("other").alias("label")).distinct()
            return edges.select(col("one").alias("key"), col("other").alias("label")).concat(roots)
    raise StageFailedError(
        f"Pairs of copies were not connected after {MOST_ROUNDS} rounds. "
        "Raise dedupe.threshold: this corpus hangs together in one long chain."
    )


def _star(edges: daft.DataFrame, *, large: bool) -> daft.DataFrame:
    """Return edges from children (`one`) to smaller parents (`other`), one star operation on."""
    from daft import col
    from daft import functions as f

    back = edges.select(col("other").alias("one"), col("one").alias("other"))
    both = edges.concat(back)
    if not large:
        both = both.where(col("other") < col("one"))
    smallest = both.groupby("one").agg(col("other").min().alias("least"))
    smallest = smallest.with_column(
        "least", f.when(col("least") < col("one"), col("least")).otherwise(col("one"))
    )
    joined = both.join(smallest, on="one")
    if large:
        joined = joined.where(col("other") > col("one"))
        out = joined.select(col("other").alias("one"), col("least").alias("other"))
    else:
        out = joined.select(col("other").alias("one"), col("least").alias("other"))
        out = out.concat(smallest.select("one", col("least").alias("other")))
    return out.where(col("one") != col("other")).distinct()
