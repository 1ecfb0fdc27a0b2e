"""Duplicates: recall, precision, CPU seconds and memory, with four other tools on the same corpus.

    python benchmarks/dedupe.py [--quick]

20,000 documents, 96 MB, 2,000 of them copies with 2-12 % of their words changed; then scans with
10, 20 and 30 % damaged words. Every tool runs alone in a process of its own, which reads the
Parquet files and writes clusters; CPU seconds are those of that process and its children, imports
included. The other tools live in `benchmarks/.venvs/dedupe`, which `--peers` makes.
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

import planted
from harness import ROOT, Bench

VENV = ROOT / "benchmarks" / ".venvs" / "dedupe"
PEERS = {
    "datatrove": ("datatrove[io,processing]", "spacy"),
    "text-dedup": ("text-dedup",),
    "datasketch": ("datasketch", "pyarrow"),
    "rensa": ("rensa", "pyarrow"),
}
OURS = "erastyle"
MOST_SECONDS = 900


def clusters(folder: Path, out: Path, ocr: bool) -> None:
    """Write our clusters of the documents in `folder` as JSON lists of ids."""
    from erastyle.pipeline import duplicates

    options = duplicates.ocr_options() if ocr else duplicates.DuplicateOptions()
    with tempfile.TemporaryDirectory() as work:
        files = sorted(folder.glob("*.parquet"))
        table = duplicates.clusters(files, options, Path(work))
    found: dict[str, list[str]] = {}
    for id_, kept in zip(table["id"].to_pylist(), table["kept_id"].to_pylist(), strict=True):
        found.setdefault(kept, []).append(id_)
    out.write_text(json.dumps(list(found.values())), encoding="utf-8")


def timed(command: Sequence[str], env: dict[str, str] | None = None) -> tuple[float, float, bool]:
    """Return CPU seconds and peak megabytes of a process and its children, and if it succeeded."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            print(log.read()[-1500:].decode("utf-8", "replace"), file=sys.stderr)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode == 0


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


def run(name: str, folder: Path, ocr: bool) -> tuple[float, float, list[list[str]]] | None:
    """Return CPU seconds, megabytes and clusters of a tool; None where it did not run."""
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
            command = [str(VENV / "bin" / "python"), str(script), name, str(folder), str(out)]
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "benchmarks")])
        env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path if name == OURS else ""}
        cpu, memory, good = timed(command, env)
        return (cpu, memory, json.loads(out.read_text(encoding="utf-8"))) if good else None


def installed(name: str) -> bool:
    """Say whether a peer is in the virtual environment."""
    module = name.replace("-", "_")
    python = VENV / "bin" / "python"
    return (
        python.exists()
        and not subprocess.run(
            [python, "-c", f"import {module}"], check=False, capture_output=True
        ).returncode
    )


def install() -> None:
    """Make the virtual environment of the peers; one that cannot be had is left out."""
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    for name, packages in PEERS.items():
        done = subprocess.run([VENV / "bin" / "pip", "install", "-q", *packages], check=False)
        if done.returncode:
            print(f"{name} cannot be installed here", file=sys.stderr)


def near(bench: Bench, work: Path, documents: int, peers: Sequence[str], repeats: int) -> None:
    """Measure copies with changed words, with peers."""
    corpus = planted.make(work / "near", documents, seed=11)
    label = f"{documents:,} documents, {corpus.megabytes:.0f} MB"
    runs = [r for r in (run(OURS, work / "near", False) for _ in range(repeats)) if r]
    cpu, memory, found = sorted(runs, key=lambda r: r[0])[len(runs) // 2]
    recall, precision = score(corpus.pairs, found)
    others: dict[str, tuple[float, float, float, float]] = {}
    for name in peers:
        if (result := run(name, work / "near", False)) is not None:
            others[name] = (result[0], result[1], *score(corpus.pairs, result[2]))

    def column(at: int) -> dict[str, float | str]:
        values = {n: round(others[n][at], 3) if n in others else "not run" for n in PEERS}
        return dict(values)

    bench.figure(
        f"recall, 2-12 % changed, {label}", recall, "", ">= 0.995", recall >= 0.995, column(2)
    )
    bench.figure("precision", precision, "", ">= 0.999", precision >= 0.999, column(3))
    bench.figure("CPU", cpu, "s", "<= 3.1 s class", None, column(0))
    bench.figure("peak memory", memory, "MB", "", None, column(1))
    for name, goal in (("datatrove", 40), ("text-dedup", 15), ("datasketch", 5), ("rensa", 2)):
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
        recall, precision = score(corpus.pairs, result[2])
        name = f"scans, {damage:.0%} of words damaged"
        bench.figure(f"recall, {name}", recall, "", f">= {goal}", recall >= goal)
        bench.figure(f"precision, {name}", precision, "", ">= 0.995", precision >= 0.995)
        bench.figure(f"CPU, {name}, {corpus.megabytes:.0f} MB", result[0], "s", "", None)


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
