"""The first hours of a newcomer: how fast the commands answer that a person types to look around.

CPU seconds of whole commands, median of seven; a dry run on 4,000 pages the second time.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT, Bench, quick

PAGES = 4000
REPEATS = 7


def main() -> None:
    """Print the table and write results/first_hours.json."""
    repeats = 3 if quick() else REPEATS
    bench = Bench("first_hours")
    with tempfile.TemporaryDirectory() as place:
        folder, run = Path(place) / "pages", Path(place) / "run"
        pages = PAGES // 10 if quick() else PAGES
        _write_pages(folder, pages)
        given = ("web-1995", "--source", str(folder), "--run", str(run))
        _cpu("ingest", "web-1995", "--source", "synthetic:40@1995", "--run", str(run))
        for name, arguments, goal in (
            ("erastyle --help", ("--help",), 0.25),
            ("erastyle status RUN", ("status", str(run)), 0.4),
        ):
            seconds = statistics.median(_cpu(*arguments) for _ in range(repeats))
            bench.figure(name, round(seconds, 3), "CPU s", f"<= {goal}", seconds <= goal)
        first = _cpu("run", *given, "--dry-run")
        second = statistics.median(_cpu("run", *given, "--dry-run") for _ in range(3))
        bench.figure(
            f"run --dry-run on {pages:,} pages, the second time",
            round(second, 3),
            "CPU s",
            "<= 3",
            second <= 3,
            {"the first time": round(first, 3)},
        )
    bench.finish()


def _write_pages(folder: Path, count: int) -> None:
    """Write `count` pages of 40 sites."""
    for number in range(count):
        site = folder / f"site{number % 40}"
        site.mkdir(parents=True, exist_ok=True)
        words = f"Boat {number} lies in the harbour and is rowed in the summer of 1996. " * 20
        (site / f"{number}.html").write_text(f"<HTML><TITLE>Boat {number}</TITLE><P>{words}")


def _cpu(*arguments: str) -> float:
    """Return the CPU seconds of a command with its children.

    Raises:
        subprocess.CalledProcessError: It did not end with 0.
    """
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "erastyle", *arguments],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
