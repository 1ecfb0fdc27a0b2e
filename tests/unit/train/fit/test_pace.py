"""Checkpoints by time, and a training that is slower than foretold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erastyle.train.fit.pace import Pace, _falling


def test_a_training_that_is_as_fast_as_foretold_is_left_alone() -> None:
    assert Pace(50.0, 50, 100).within(100, 0) == 100
    assert Pace(54.0, 50, 100).within(100, 0) == 100, "a tenth more is no reason"


def test_a_slow_training_ends_in_its_time() -> None:
    assert Pace(60.0, 30, 100).within(100, 0) == 50


def test_the_time_of_the_looks_that_are_to_come_is_kept_free() -> None:
    pace = Pace(60.0, 20, 100, looking=20.0, looks=2)
    assert pace.within(100, 2) == 20 + int((100 - 60 - 20) / 2)


def test_what_was_cut_comes_back_where_the_training_becomes_faster() -> None:
    slow = Pace(100.0, 10, 100, cuts=((10, 30),), before=(100.0, 10))
    assert replace(slow, elapsed=110.0, update=20).within(300, 0) == 100
    assert replace(slow, elapsed=200.0, update=20).within(300, 0) == 30, "as slow as before"
    assert replace(slow, elapsed=195.0, update=20).within(300, 0) == 30, "hardly faster"


def test_the_speed_is_that_since_the_checkpoint_before() -> None:
    assert Pace(120.0, 60, 100, before=(20.0, 50)).within(200, 0) == 68


def test_time_that_is_used_up_leaves_one_update() -> None:
    assert Pace(500.0, 50, 100).within(100, 3) == 51


def test_the_rate_falls_to_nothing_at_the_new_end_and_is_the_same_until_the_cut() -> None:
    rate = _falling(lambda update: 1 - update / 100, 20, 40)
    assert [rate(at) for at in (0, 20)] == [1.0, 0.8]
    assert rate(30) == pytest.approx(0.4)
    assert rate(40) == pytest.approx(0.0)
    again = _falling(rate, 30, 35)
    assert again(35) == pytest.approx(0.0), "a training can be shortened twice"
