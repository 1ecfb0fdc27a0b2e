"""Map a pure function over documents on all cores, in order."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

CHUNK = 64  # documents a task: few enough to balance, enough to hide the cost of a message
INLINE = 8 * CHUNK  # fewer than this are done here: starting workers takes longer


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ordered_map(
    function: Callable[[list[ItemT]], list[ResultT]], items: Iterable[ItemT], workers: int = 0
) -> Iterator[ResultT]:
    """Yield the results for `items` in order; never holds more than a few chunks in memory.

    Args:
        function: A picklable function from a list of items to the list of results.
        items: Anything, also without end.
        workers: Processes; 0 means one a core. The result does not depend on it.
    """
    stream = iter(items)
    head = list(islice(stream, INLINE))
    workers = workers or cores()
    if workers == 1 or len(head) < INLINE:
        while head:
            yield from function(head)
            head = list(islice(stream, CHUNK))
        return
    # `spawn`: a fork of a process whose libraries have threads can hang.
    context = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=context)
    try:
        waiting: list[Future[list[ResultT]]] = []
        while head or waiting:
            while head and len(waiting) < 2 * workers:
                waiting.append(pool.submit(function, head[:CHUNK]))
                head = head[CHUNK:] or list(islice(stream, CHUNK))
            yield from waiting.pop(0).result()
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        # A pool that breaks while it starts a worker forgets to end that one and waits for it.
        for worker in set(multiprocessing.active_children()) - before:
            worker.terminate()
        raise
