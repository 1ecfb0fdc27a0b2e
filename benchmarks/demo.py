"""How long is a newcomer's job, how much memory and room does it take, and does it verify?

Every run is a fresh process of the command, as a person would start it.

    python benchmarks/demo.py            the embedded sample, as `make demo` does it
    python benchmarks/demo.py --quick    the same with less training and fewer pages
    python benchmarks/demo.py --real     real documents of `shared/data` beside the checkout
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from harness import ROOT, Bench, shared_data

PACKAGES = ("src/erastyle", "corpus", "pipeline", "train", "eval")
STARTER = ROOT / "train" / "starter" / "model"
DONE = 0  # whatever the verdict: no call asks for its code
STEP = 0.2  # seconds between two looks at the memory
REDUCED = ("--set", "train.max_tokens=100000", "--set", "generate.briefs=8")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a fresh process of the command took.

    Attributes:
        code: Exit code.
        output: Standard output.
        wall: Seconds from start to end.
        cpu: CPU seconds of the process and of all that it started.
        tree: Largest sum of resident memory over the process and its children, in GB. Pages that
            several of them share count several times, so the truth is a little lower.
        largest: Largest resident memory of one of them, in GB.
    """

    code: int
    output: str
    wall: float
    cpu: float
    tree: float
    largest: float


def resident(process: psutil.Process) -> list[int]:
    """Return the bytes that a process and everything below it hold, one number a process."""
    found = []
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    for member in family:
        try:
            found.append(member.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return found


def cpu_of_children() -> float:
    """Return the CPU seconds of all finished children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(arguments: Sequence[object]) -> Measured:
    """Run `python` with `arguments` and look at it until it ends. Its messages go to the screen."""
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "HF_HUB_OFFLINE": "1"}
    environment.setdefault("OMP_NUM_THREADS", "1")  # as the Makefile does
    tree = largest = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        before, started = cpu_of_children(), time.monotonic()
        child = subprocess.Popen(
            [sys.executable, *map(str, arguments)], stdout=output, env=environment, cwd=ROOT
        )
        process = psutil.Process(child.pid)
        while child.poll() is None:
            held = resident(process)
            tree, largest = max(tree, sum(held)), max([largest, *held])
            try:
                child.wait(STEP)
            except subprocess.TimeoutExpired:
                continue
        wall, cpu = time.monotonic() - started, cpu_of_children() - before
        output.seek(0)
        text = output.read()
    return Measured(child.returncode, text, wall, cpu, tree / 1e9, largest / 1e9)


def command(*arguments: object) -> Measured:
    """Run the command in a fresh process."""
    return measure(["-m", "erastyle", *arguments])


def work(*arguments: object) -> tuple[Measured, dict[str, Any]]:
    """Run `erastyle run` and return what it took and its result; end if it could not be done."""
    taken = command("run", "web-1995", "--json", *arguments)
    if taken.code != DONE:
        sys.exit(f"error: the run ended with {taken.code}; there is nothing to measure.")
    return taken, json.loads(taken.output)


def startup(repeats: int = 7) -> tuple[float, float]:
    """Return the median wall and CPU seconds of `erastyle --help`."""
    first = command("--help")
    if first.code:
        sys.exit("error: `erastyle --help` does not work here.")
    wall, cpu = [], []
    for _ in range(repeats):  # not by `measure`, which looks on and takes time itself
        before, started = cpu_of_children(), time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "erastyle", "--help"],
            stdout=subprocess.DEVNULL, check=True, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
        wall.append(time.perf_counter() - started)
        cpu.append(cpu_of_children() - before)
    return statistics.median(wall), statistics.median(cpu)


def megabytes(folder: Path) -> float:
    """Return the size of all files below `folder`, in MB."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def package_data() -> dict[str, float]:
    """Return the MB of what a wheel carries beside Python modules, by package."""
    found: dict[str, float] = {}
    for name in PACKAGES:
        size = 0
        for folder, folders, files in os.walk(ROOT / name):  # links are not followed
            folders[:] = [f for f in folders if f != "__pycache__"]
            kept = (Path(folder) / f for f in files if not f.endswith((".py", ".pyc")))
            size += sum(path.stat().st_size for path in kept)
        found[name] = round(size / 1e6, 3)
    return found


def stage_seconds(result: dict[str, Any]) -> dict[str, float | str]:
    """Return the wall seconds of each stage of a run's result."""
    return {s["stage"]: round(s["seconds"], 1) for s in result["stages"]}


def sizes(bench: Bench) -> None:
    """Measure what does not need a run."""
    if STARTER.is_dir():
        size = megabytes(STARTER)
        bench.figure("size of the embedded starter", size, "MB", "<= 16", size <= 16)
    else:
        print(f"{STARTER.relative_to(ROOT)} is missing: the size of the starter is not measured")
    data = package_data()
    total = sum(data.values())
    bench.figure("data in the package, starter included", total, "MB", "-", None, dict(data))
    wall, cpu = startup()
    bench.figure(
        "`erastyle --help`, median of 7", wall, "s", "<= 0.3", wall <= 0.3,
        {"CPU s": round(cpu, 3)},
    )  # fmt: skip


def sample(bench: Bench, root: Path, extra: Sequence[str], prefix: str = "") -> None:
    """Measure the run on the embedded sample, a second run, and `verify`."""
    given = ("--run", root, *extra)
    first, result = work(*given)
    full = not prefix
    bench.figure(
        f"{prefix}work", first.wall, "s", "<= 300 on 2 cores" if full else "-",
        first.wall <= 300 if full else None, stage_seconds(result),
    )  # fmt: skip
    bench.figure(f"{prefix}work, CPU", first.cpu, "CPU s", "-", None)
    bench.figure(
        f"{prefix}peak memory of all processes", first.tree, "GB", "< 3" if full else "-",
        first.tree < 3 if full else None, {"largest process": round(first.largest, 3)},
    )  # fmt: skip
    second, again = work(*given)
    redone = sum(not s["skipped"] for s in again["stages"])
    holds = second.wall <= 5 and not redone
    bench.figure(
        f"{prefix}second run", second.wall, "s", "<= 5", holds, {"stages done again": redone}
    )
    verified(bench, root, prefix)
    scores(bench, root, prefix)
    bench.figure(
        f"{prefix}size of the run directory", megabytes(root), "MB", "-", None,
        {"verdict": result["verdict"]},
    )  # fmt: skip


def scores(bench: Bench, root: Path, prefix: str) -> None:
    """Add what the score stage measured on the style model, beside the base and real pages."""
    found = json.loads((root / "score.json").read_text(encoding="utf-8"))
    for row in found["measures"]:
        if row["style"] is None:
            continue
        beside = {
            "base": row["base"], "real pages": row["real"],
            "change from": row["low"], "to": row["high"],
        }  # fmt: skip
        peers = {name: round(value, 4) for name, value in beside.items() if value is not None}
        bench.figure(f"{prefix}{row['name']}", row["style"], "", "-", None, peers)


def verified(bench: Bench, root: Path, prefix: str) -> None:
    """Measure whether every file of the run directory is as recorded."""
    taken = command("verify", root, "--json")
    found = json.loads(taken.output)
    for problem in found["problems"]:
        print(problem)
    bench.figure(
        f"{prefix}files that `verify` finds changed", len(found["problems"]), "files", "0",
        taken.code == 0 and not found["problems"], {"files": found["files"]},
    )  # fmt: skip


def real(bench: Bench, root: Path, extra: Sequence[str], prefix: str) -> None:
    """Measure the run on real pages: times, counts of each stage, dropped documents by reason."""
    data = shared_data()
    taken, result = work(
        "--run", root, "--source", data / "web1990s.warc.gz",
        "--contrast", data / "modern-web.warc.gz", *extra,
    )  # fmt: skip
    full = prefix == "real pages: "
    bench.figure(
        f"{prefix}work", taken.wall, "s", "<= 1,200 on 2 cores" if full else "-",
        taken.wall <= 1200 if full else None, stage_seconds(result),
    )  # fmt: skip
    bench.figure(f"{prefix}work, CPU", taken.cpu, "CPU s", "-", None)
    bench.figure(
        f"{prefix}peak memory of all processes", taken.tree, "GB", "< 3" if full else "-",
        taken.tree < 3 if full else None, {"largest process": round(taken.largest, 3)},
    )  # fmt: skip
    for stage in result["stages"]:
        stats = stage["stats"]
        gone = stats["dropped"] + stats["quarantined"]
        bench.figure(
            f"{prefix}{stage['stage']}, kept of {stats['read']:,}", stats["kept"], "rows",
            "read = kept + dropped + quarantined", stats["read"] == stats["kept"] + gone,
            {"dropped": stats["dropped"], "quarantined": stats["quarantined"]},
        )  # fmt: skip
        for reason, count in stats["reasons"].items():
            bench.figure(f"{prefix}{stage['stage']}, not kept: {reason}", count, "rows", "-", None)
    verified(bench, root, prefix)
    scores(bench, root, prefix)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="Measure a newcomer's run.")
    parser.add_argument(
        "--quick", action="store_true", help="less training, fewer pages; the figures say so"
    )
    parser.add_argument(
        "--real", action="store_true", help="the run on shared/data instead of the sample"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.NAME=VALUE",
        help="passed on to the runs; makes the figures reduced ones",
    )  # fmt: skip
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="keep the run directory here; must not exist yet"
    )
    options = parser.parse_args()
    if options.run and options.run.exists():
        parser.error(f"{options.run} exists: the figures are those of a fresh run")
    extra = [part for value in options.set for part in ("--set", value)]
    if options.quick:
        extra = [*REDUCED, *extra]
    if extra:
        print(f"reduced: {' '.join(extra)}. Only a run without options measures the goals.")
    bench = Bench("demo-real" if options.real else "demo")
    bench.quick = bool(extra)
    with tempfile.TemporaryDirectory(prefix="erastyle-") as folder:
        root = options.run.resolve() if options.run else Path(folder) / "run"
        if options.real:
            real(bench, root, extra, "reduced, real pages: " if extra else "real pages: ")
        else:
            sizes(bench)
            sample(bench, root, extra, "reduced: " if extra else "")
    bench.finish()


if __name__ == "__main__":
    main()
