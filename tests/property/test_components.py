"""Connecting on one machine, connecting as a plan, and a plain search agree."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.pipeline.dedupe import connected
from erastyle.pipeline.dedupe.verification import Forest

EDGES = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=25)


def by_search(edges, size):
    label = list(range(size))
    changed = True
    while changed:
        changed = False
        for one, other in edges:
            low = min(label[one], label[other])
            changed |= label[one] != low or label[other] != low
            label[one] = label[other] = low
    return label


@given(EDGES)
@settings(deadline=None)
def test_arrays_and_the_forest_connect_what_a_plain_search_connects(edges):
    one, other = np.array(edges, np.int64).reshape(-1, 2).T
    expected = by_search(edges, 15)
    assert connected.smallest(one, other, 15).tolist() == expected
    forest = Forest()
    for a, b in edges:
        forest.join(a, b)
    assert [forest.find(i) for i in range(15)] == expected


@given(EDGES)
@settings(deadline=None, max_examples=8)
def test_the_plan_connects_what_the_arrays_connect(edges):
    import daft
    import pyarrow as pa

    from erastyle.pipeline.runtime import daft_engine

    daft_engine.configure("native")
    # Keys in a cluster use all 64 bits.
    keys = (np.arange(15, dtype=np.uint64) << np.uint64(60)) + np.uint64(7)
    one, other = np.array(edges, np.int64).reshape(-1, 2).T
    frame = daft.from_arrow(pa.table({"one": keys[one], "other": keys[other]}))
    found = connected.connected(frame).to_pydict()
    label = connected.smallest(one, other, 15)
    ends = sorted({i for a, b in edges if a != b for i in (a, b)})
    assert dict(zip(found["key"], found["label"], strict=True)) == {
        int(keys[i]): int(keys[label[i]]) for i in ends
    }
    assert len(found["key"]) == len(ends)


def test_a_chain_in_any_order_is_one_component():
    order = np.random.default_rng(1).permutation(100_000)
    label = connected.smallest(order[:-1], order[1:], len(order))
    assert not label.any()
