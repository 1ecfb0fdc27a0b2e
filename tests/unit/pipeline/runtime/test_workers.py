"""The result of a map does not depend on how many workers do it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from erastyle.pipeline.runtime import workers
from erastyle.pipeline.runtime.workers import CHUNK, INLINE, ordered_map


class CursedError(ValueError):
    """Raised in a worker."""


def squares(numbers: list[int]) -> list[int]:
    return [n * n for n in numbers]


def process_ids(numbers: list[int]) -> list[int]:
    return [os.getpid()] * len(numbers)


def fail_at_700(numbers: list[int]) -> list[int]:
    if 700 in numbers:
        raise CursedError("document 700 is cursed")
    return numbers


@pytest.mark.parametrize(
    "count", [0, 1, CHUNK, INLINE - 1, INLINE, INLINE + 1, INLINE + 5 * CHUNK + 3]
)
@pytest.mark.parametrize("number", [1, 2])
def test_results_are_in_order_and_the_same_for_any_number_of_workers(
    count: int, number: int
) -> None:
    assert list(ordered_map(squares, range(count), number)) == [n * n for n in range(count)]


def test_few_items_are_done_here_and_many_elsewhere() -> None:
    assert set(ordered_map(process_ids, range(INLINE - 1), 2)) == {os.getpid()}
    assert os.getpid() not in set(ordered_map(process_ids, range(INLINE + 1), 2))


@pytest.mark.parametrize("number", [1, 2])
def test_an_error_in_a_worker_arrives_with_its_type_and_message(number: int) -> None:
    with pytest.raises(CursedError, match="document 700 is cursed"):
        list(ordered_map(fail_at_700, range(1000), number))


@pytest.mark.parametrize("number", [1, 2])
def test_a_stream_without_end_is_read_only_a_little_ahead(number: int) -> None:
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        for n in itertools.count():
            read += 1
            yield n

    results = ordered_map(squares, endless(), number)
    assert list(itertools.islice(results, 700)) == [n * n for n in range(700)]
    assert read <= 700 + INLINE + 2 * number * CHUNK + CHUNK
    results.close()  # type: ignore[attr-defined]


def test_there_is_at_least_one_core() -> None:
    assert 1 <= workers.cores() <= (os.cpu_count() or 1)


FORGETFUL = """
import os, signal, sys, threading, time
from multiprocessing.process import BaseProcess
from erastyle.pipeline.runtime.workers import ordered_map

def wait(items):
    time.sleep(600)

if __name__ == "__main__":
    terminate = BaseProcess.terminate
    main = threading.main_thread()
    # As a pool does that breaks while it starts its second worker: its thread ends none.
    BaseProcess.terminate = lambda self: threading.current_thread() is main and terminate(self)
    def kill():
        import multiprocessing
        while len(multiprocessing.active_children()) < 2:
            time.sleep(0.01)
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    threading.Thread(target=kill, daemon=True).start()
    list(ordered_map(wait, range(100_000), 2))
"""


def test_a_program_ends_when_a_worker_dies_while_the_other_starts(tmp_path: Path) -> None:
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    done = subprocess.run(
        [sys.executable, tmp_path / "forgetful.py"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "BrokenProcessPool" in done.stderr
