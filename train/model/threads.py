"""Measures how many threads torch should use: two can be thirty times slower than one."""

from __future__ import annotations

import time
from collections.abc import Callable

from erastyle.pipeline.runtime.workers import cores

LOOK = 0.3  # seconds in which the load is looked at
BUDGET = 5.0  # seconds that choosing may take; the work that follows takes minutes


def free_cores() -> int:
    """Return how many cores nobody uses at this moment, and 1 at least.

    A thread on a busy core makes all others wait: with two threads on two busy cores one small pass
    took 10 s. So such numbers are not even measured.
    """
    import psutil

    return max(1, round(cores() * (1 - psutil.cpu_percent(interval=LOOK) / 100)))


def fastest(work: Callable[[], object], most: int, budget: float = BUDGET) -> int:
    """Return the number of threads with which `work` is fastest, and set torch to it.

    Small models on busy cores lose more to waiting than they gain, and a core that is free now may
    be busy in a minute. So a larger count has to win by a third. What cannot be measured within the
    budget is not chosen.

    Args:
        work: A few milliseconds to half a second of the real work; called at most three times for
            each count.
        most: Largest number to try; 1 is taken without measuring.
        budget: Seconds. A call that is running is not cut off.
    """
    import torch

    best, least = 1, float("inf")
    count = 1 if most > 1 else 2
    ends = time.perf_counter() + budget
    while count <= most:
        torch.set_num_threads(count)
        work()
        seconds = _quickest(work, ends)
        if seconds is None:
            break
        if seconds < 0.67 * least:
            best, least = count, seconds
        count *= 2
    torch.set_num_threads(best)
    return best


def _quickest(work: Callable[[], object], ends: float) -> float | None:
    """Return the seconds of the faster of two calls; None where even one would not end in time."""
    quickest: float | None = None
    for _ in range(2):
        now = time.perf_counter()
        if now + (quickest or 0.0) >= ends:
            break
        work()
        seconds = time.perf_counter() - now
        quickest = seconds if quickest is None else min(quickest, seconds)
    return quickest
