"""Connecting on one machine, connecting as a plan, and a plain search agree."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.pipeline.dedupe import connected
from erastyle.pipeline.dedupe.candidates import Pairs
from erastyle.pipeline.dedupe.verification import verify

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
def test_arrays_connect_what_a_plain_search_connects(edges):
    one, other = np.array(edges, np.int64).reshape(-1, 2).T
    label = connected.smallest(one, other, 15)
    assert label.tolist() == by_search(edges, 15)
    together = [[i for i in range(15) if label[i] == head] for head in range(15)]
    assert connected.sets(label) == [members for members in together if len(members) > 1]


class Similarities:
    """Stands in for the shingles: some pairs are near-duplicates, and each comparison counts."""

    def __init__(self, near):
        self.near, self.compared = near, []

    def similarity(self, one, other):
        self.compared.append((one, other))
        return float((one, other) in self.near)


def compared_one_by_one(pairs, near, size):
    """Return how many pairs are compared if each connects at once what it finds."""
    links, count = [], 0
    for pair in pairs:
        label = by_search(links, size)
        if label[pair[0]] != label[pair[1]]:
            count += 1
            links += [pair] * (pair in near)
    return count


@given(EDGES, st.lists(st.booleans(), min_size=25, max_size=25))
@settings(deadline=None)
def test_verification_connects_the_near_pairs_and_compares_no_more_than_it_must(edges, alike):
    edges = sorted({(min(edge), max(edge)) for edge in edges if edge[0] != edge[1]})
    near = {edge for edge, same in zip(edges, alike, strict=False) if same}
    one, other = np.array(edges, np.int64).reshape(-1, 2).T
    sketches = np.zeros((15, 8), np.uint8)
    pairs = Pairs(np.arange(15, dtype=np.uint64), sketches, one, other, np.zeros(len(one)))
    store = Similarities(near)
    assert verify(pairs, store).sets == connected.sets(np.array(by_search(near, 15)))
    assert len(store.compared) == len(set(store.compared))
    assert len(store.compared) <= compared_one_by_one(edges, near, 15)


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
