"""How many threads torch should use: measured, because two can be thirty times slower than one."""

from __future__ import annotations

import time
from collections.abc import Callable


def fastest(work: Callable[[], object], most: int) -> int:
    """Return the number of threads with which `work` is fastest, and set torch to it.

    Small models on busy cores lose more to waiting than they gain, and a core that is free now may
    be busy in a minute. So a larger count has to win by a third.

    Args:
        work: A few milliseconds to a second of the real work; called three times for each count.
        most: Largest number to try.
    """
    import torch

    best, least = 1, float("inf")
    count = 1
    while count <= most:
        torch.set_num_threads(count)
        work()
        started = time.perf_counter()
        work()
        work()
        seconds = time.perf_counter() - started
        if seconds < 0.67 * least:
            best, least = count, seconds
        count *= 2
    torch.set_num_threads(best)
    return best
