"""Choosing threads: a larger number has to win, and the choice ends in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from erastyle.train.model.threads import fastest, free_cores


class Clock:
    """A clock that only work moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[int] = []

    def work(self, seconds: Callable[[int], float]) -> Callable[[], None]:
        def one() -> None:
            self.calls.append(torch.get_num_threads())
            self.now += seconds(torch.get_num_threads())

        return one


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    before = torch.get_num_threads()
    made = Clock()
    monkeypatch.setattr("erastyle.train.model.threads.time.perf_counter", lambda: made.now)
    yield made
    torch.set_num_threads(before)


def test_a_larger_number_has_to_win_by_a_third(clock: Clock) -> None:
    assert fastest(clock.work(lambda threads: 0.2 / threads), 4) == 4
    assert torch.get_num_threads() == 4
    assert fastest(clock.work(lambda threads: 0.2 * 0.9 ** (threads - 1)), 4) == 1
    assert torch.get_num_threads() == 1


def test_one_thread_is_taken_without_measuring(clock: Clock) -> None:
    assert fastest(clock.work(lambda _: 0.1), 1) == 1
    assert clock.calls == []
    assert torch.get_num_threads() == 1


def test_work_that_takes_longer_than_the_budget_ends_the_choice(clock: Clock) -> None:
    assert fastest(clock.work(lambda _: 6.0), 8, budget=5.0) == 1
    assert clock.calls == [1]


def test_a_number_that_cannot_be_measured_in_time_is_not_chosen(clock: Clock) -> None:
    slow = clock.work(lambda threads: 0.5 if threads == 1 else 4.0)
    assert fastest(slow, 8, budget=5.0) == 1
    assert clock.calls == [1, 1, 1, 2]


def test_busy_cores_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erastyle.train.model.threads.cores", lambda: 4)
    for busy, free in ((0.0, 4), (50.0, 2), (100.0, 1)):
        monkeypatch.setattr("psutil.cpu_percent", lambda interval, busy=busy: busy)  # noqa: ARG005
        assert free_cores() == free
