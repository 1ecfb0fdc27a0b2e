"""Choosing threads: a larger number has to win, and the choice ends in time."""

from __future__ import annotations

import time

import pytest
import torch

from erastyle.train.fit.threads import fastest


@pytest.fixture(autouse=True)
def _threads() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_larger_number_has_to_win_by_a_third() -> None:
    assert fastest(lambda: time.sleep(0.02 / torch.get_num_threads()), 4) == 4
    assert torch.get_num_threads() == 4
    assert fastest(lambda: time.sleep(0.02), 4) == 1
    assert torch.get_num_threads() == 1


def test_work_that_takes_longer_than_the_budget_ends_the_choice() -> None:
    started = time.perf_counter()
    assert fastest(lambda: time.sleep(0.3), 64, budget=0.5) == 1
    assert time.perf_counter() - started < 1.0
