"""The order of training rows: each row once, rows of like length together, little padding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.train.data.length_batches import ByLength, by_length, padding_share

LENGTHS = st.lists(st.integers(1, 1024), min_size=1, max_size=200)
SIZES = st.integers(1, 16)


@given(LENGTHS, SIZES, st.text(max_size=5))
def test_each_row_stands_once_and_the_longest_first(
    lengths: list[int], size: int, seed: str
) -> None:
    order = by_length(lengths, size, seed)
    assert sorted(order) == list(range(len(lengths)))
    assert lengths[order[0]] == max(lengths)


@given(LENGTHS, SIZES)
def test_groups_are_neighbours_when_all_rows_are_sorted(lengths: list[int], size: int) -> None:
    order = by_length(lengths, size, "1")
    groups = [[lengths[row] for row in order[n : n + size]] for n in range(0, len(order), size)]
    ordered = sorted(lengths, reverse=True)
    expected = [ordered[n : n + size] for n in range(0, len(ordered), size)]
    assert sorted(groups) == sorted(expected)
    assert groups[-1] == expected[-1] or len(expected[-1]) == size


@given(st.data(), SIZES)
def test_no_other_full_groups_pad_less(data: st.DataObject, size: int) -> None:
    groups = data.draw(st.integers(1, 12))
    many = st.lists(st.integers(1, 1024), min_size=groups * size, max_size=groups * size)
    lengths = data.draw(many)
    other = data.draw(st.permutations(lengths))
    batches = [other[n : n + size] for n in range(0, len(other), size)]
    share = 1 - sum(lengths) / sum(max(batch) * len(batch) for batch in batches)
    assert 0 <= padding_share(lengths, size) <= share + 1e-12


def test_padding_is_what_the_longest_row_of_each_batch_adds_to_the_others() -> None:
    assert padding_share([10, 2, 9, 3], 2) == pytest.approx(1 - 24 / (2 * 3 + 2 * 10))
    assert padding_share([10, 2, 9, 3], 1) == 0


def test_each_epoch_has_its_own_order_and_the_same_again() -> None:
    sampler = ByLength([n % 7 for n in range(60)], 4, 7)
    orders = []
    for epoch in (0, 1, 0):
        sampler.set_epoch(epoch)
        orders.append(list(sampler))
    assert len(sampler) == 60
    assert orders[0] == orders[2] != orders[1]
