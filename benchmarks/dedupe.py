"""Duplicates: recall, precision, CPU seconds and memory, with four other tools on the same corpus.

    python benchmarks/dedupe.py [--quick]

20,000 documents, 96 MB, 2,000 of them copies with 2-12 % of their words changed; then scans with
10, 20 and 30 % damaged words. Every tool runs alone in a process of its own, which reads the
Parquet files and writes clusters; CPU seconds are those of that process and its children, imports
included, each in one process. The other tools run as their manuals show them, each in a
virtual environment of its own below `benchmarks/.venvs`, which `--peers` makes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import planted
from harness import ROOT, Bench

VENVS = ROOT / "benchmarks" / ".venvs"
PEERS = {
    "datatrove": ("datatrove[io,processing]", "spacy"),
    "text-dedup": ("text-dedup",),
    "datasketch": ("datasketch", "pyarrow"),
    "rensa": ("rensa", "pyarrow"),
    "rensa, manual": ("rensa", "pyarrow"),
}
GOALS = {"datatrove": 40, "text-dedup": 15, "datasketch": 5, "rensa": 2}
"""How many times our CPU seconds each may at least take."""
OURS = "erastyle"


def clusters(folder: Path, out: Path, ocr: bool) -> None:
    """Write our clusters of the documents in `folder` as JSON lists of ids."""
    from erastyle.pipeline.dedupe import clusters as duplicates
    from erastyle.pipeline.dedupe.options import DuplicateOptions, ocr_options

    options = ocr_options() if ocr else DuplicateOptions()
    with tempfile.TemporaryDirectory() as work:
        files = sorted(folder.glob("*.parquet"))
        table = duplicates.clusters(files, options, Path(work))
    found: dict[str, list[str]] = {}
    for id_, kept in zip(table["id"].to_pylist(), table["kept_id"].to_pylist(), strict=True):
        found.setdefault(kept, []).append(id_)
    out.write_text(json.dumps(list(found.values())), encoding="utf-8")


class Used(NamedTuple):
    """What a process and its children used: CPU seconds, peak megabytes of one, seconds."""

    cpu: float
    memory: float
    seconds: float


LAUNCHER = """
import json, os, subprocess, sys, time
start = time.monotonic()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
used = (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - start)
with open(sys.argv[1], "w") as file:
    json.dump(used, file)
sys.exit(process.returncode != 0)
"""
"""Waits for a command. A process of its own, because a child's peak memory counts from its fork: a
large parent would be measured instead of a small child."""


def timed(command: Sequence[str], env: dict[str, str] | None = None) -> Used | None:
    """Return what a command used; None where it failed, with its message on standard error."""
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryFile() as log:
        out = Path(work) / "used.json"
        launch = [sys.executable, "-S", "-c", LAUNCHER, str(out), *command]
        if subprocess.run(launch, env=env, stdout=log, stderr=log, check=False).returncode:
            log.seek(0)
            print(log.read()[-1500:].decode("utf-8", "replace"), file=sys.stderr)
            return None
        return Used(*json.loads(out.read_text(encoding="utf-8")))


def score(
    pairs: Sequence[tuple[str, str, float]], found: Sequence[Sequence[str]]
) -> tuple[float, float]:
    """Return recall over planted pairs, and precision over the documents a tool would drop.

    A dropped document is right if the copy it was planted from is in its cluster.
    """
    cluster = {id_: i for i, ids in enumerate(found) for id_ in ids}
    right = sum(cluster.get(a, -1) == cluster.get(b, -2) for a, b, _ in pairs)
    dropped = sum(len(ids) - 1 for ids in found)
    return right / len(pairs), right / dropped if dropped else 1.0


def run(name: str, folder: Path, ocr: bool) -> tuple[Used, list[list[str]]] | None:
    """Return what a tool used and its clusters; None where it did not run."""
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "clusters.json"
        if name == OURS:
            command = [
                sys.executable,
                __file__,
                "--ours",
                str(folder),
                str(out),
                *(["--ocr"] * ocr),
            ]
        else:
            script = ROOT / "benchmarks" / "dedupe_peers.py"
            command = [str(python(name)), str(script), name, str(folder), str(out)]
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "benchmarks")])
        env = {
            **os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path if name == OURS else "",
            "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1",
        }  # fmt: skip
        used = timed(command, env)
        return (used, json.loads(out.read_text(encoding="utf-8"))) if used else None


def python(name: str) -> Path:
    """Return the interpreter of a peer's virtual environment."""
    return VENVS / name.partition(",")[0] / "bin" / "python"


def installed(name: str) -> bool:
    """Say whether a peer is in its virtual environment."""
    package = name.partition(",")[0]
    show = [python(name), "-m", "pip", "show", "-q", package]
    return python(name).exists() and not subprocess.run(show, check=False).returncode


def version(name: str) -> str:
    """Return the version of a peer."""
    code = f"from importlib.metadata import version as v; print(v({name.partition(',')[0]!r}))"
    done = subprocess.run([python(name), "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def install() -> None:
    """Make the virtual environments of the peers; one that cannot be had is left out."""
    for name, packages in PEERS.items():
        if installed(name):
            continue
        subprocess.run([sys.executable, "-m", "venv", python(name).parent.parent], check=True)
        pip = [python(name), "-m", "pip", "install", "-q", *packages]
        if subprocess.run(pip, check=False).returncode:
            print(f"{name} cannot be installed here", file=sys.stderr)


def near(bench: Bench, work: Path, documents: int, peers: Sequence[str], repeats: int) -> None:
    """Measure copies with changed words, with peers."""
    corpus = planted.make(work / "near", documents, seed=11)
    label = f"{documents:,} documents, {corpus.megabytes:.0f} MB"
    # Ours before and after the others: what else the machine does meets both.
    first = [run(OURS, work / "near", False) for _ in range(repeats)]
    others: dict[str, tuple[float, float, float, float]] = {}
    for name in peers:
        if (result := run(name, work / "near", False)) is not None:
            used = result[0]
            others[name] = (used.cpu, used.memory, *score(corpus.pairs, result[1]))
    runs = [r for r in [*first, *(run(OURS, work / "near", False) for _ in range(repeats))] if r]
    if not runs:
        sys.exit("error: the search failed; its message is above")
    (cpu, memory, _), found = sorted(runs, key=lambda r: r[0].cpu)[len(runs) // 2]
    recall, precision = score(corpus.pairs, found)

    def column(at: int) -> dict[str, float | str]:
        return {
            f"{n} {version(n)}" if n in others else n: round(others[n][at], 3)
            if n in others
            else "not run"
            for n in PEERS
        }

    bench.figure(
        f"recall, 2-12 % changed, {label}", recall, "", ">= 0.995", recall >= 0.995, column(2)
    )
    bench.figure("precision", precision, "", ">= 0.999", precision >= 0.999, column(3))
    bench.figure("CPU", cpu, "s", "", None, column(0))
    bench.figure("peak memory", memory, "MB", "", None, column(1))
    for name, goal in GOALS.items():
        if name in others:
            ratio = others[name][0] / cpu
            bench.figure(f"CPU of {name} / ours", ratio, "x", f">= {goal}", ratio >= goal)


def scans(bench: Bench, work: Path, documents: int) -> None:
    """Measure scans of the same article with damaged words."""
    for damage, goal in ((0.1, 0.99), (0.2, 0.98), (0.3, 0.95)):
        folder = work / f"scan{damage}"
        corpus = planted.make(folder, documents, seed=12, damage=damage)
        result = run(OURS, folder, True)
        if result is None:
            continue
        recall, precision = score(corpus.pairs, result[1])
        name = f"scans, {damage:.0%} of words damaged"
        bench.figure(f"recall, {name}", recall, "", f">= {goal}", recall >= goal)
        bench.figure(f"precision, {name}", precision, "", ">= 0.995", precision >= 0.995)
        bench.figure(f"CPU, {name}, {corpus.megabytes:.0f} MB", result[0].cpu, "s", "", None)


def main() -> None:
    """Run the benchmark, or one tool of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2,000 documents, two minutes")
    parser.add_argument("--peers", action="store_true", help="install the other tools first")
    parser.add_argument(
        "--ours", nargs=2, metavar=("FOLDER", "OUT"), type=Path, help=argparse.SUPPRESS
    )
    parser.add_argument("--ocr", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        clusters(*given.ours, given.ocr)
        return
    if given.peers:
        install()
    bench = Bench("dedupe")
    peers = [name for name in PEERS if installed(name)]
    with tempfile.TemporaryDirectory() as work:
        size = 2000 if given.quick else 20_000
        near(bench, Path(work), size, peers, repeats=1 if given.quick else 3)
        scans(bench, Path(work), size // 5)
    bench.finish()


if __name__ == "__main__":
    main()
