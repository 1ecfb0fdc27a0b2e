"""What does each shipped era keep of its real documents, and what does it drop, and why?

Runs the stages from `ingest` to `pairs`, and `comparison`, for every era, each on the documents
that fit it.

    python benchmarks/eras.py               the whole collections, some minutes an era
    python benchmarks/eras.py --quick       a part of each collection
    python benchmarks/eras.py --runs DIR    runs that are there already, DIR/ERA each: whole runs
                                            with any training, and their verdicts
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness import ROOT, Bench, shared_data

from erastyle.pipeline.runtime import ledger

SOURCES = {
    "web-1995": (("web1990s.warc.gz",), "modern-web.warc.gz"),
    "usenet-1993": (("usenet1993.zip",), "modern-texts.zip"),
    "manual-1995": (
        ("folder:manuals1990s.zip?site=3", "folder:texts1990s.zip?site=3"),
        "modern-texts.zip",
    ),
    "newspaper-1890": (("newspapers:newspapers.zip",), "modern-texts.zip"),
}
STAGES = ("ingest", "clean", "dedupe", "split", "pairs", "comparison")
PART = 300
"""Files of each archive that `--quick` takes; of web archives the first megabytes."""


def main() -> None:
    """Print the table and write results/eras.json."""
    parser = argparse.ArgumentParser(description="Count what the four eras keep.")
    parser.add_argument("--quick", action="store_true", help="a part of each collection")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="count runs that are done")
    options = parser.parse_args()
    bench = Bench("eras")
    for name, (sources, contrast) in SOURCES.items():
        if options.runs:
            count(bench, name, options.runs / name)
            verdict(bench, name, options.runs / name)
            continue
        with tempfile.TemporaryDirectory(prefix="erastyle-") as folder:
            given: list[str] = []
            for role, spec in (*(("--source", s) for s in sources), ("--contrast", contrast)):
                kind, colon, rest = spec.rpartition(":")
                file, mark, how = rest.partition("?")
                path = shared_data() / file
                path = part(path, Path(folder), PART) if options.quick else path
                given += [role, f"{kind}{colon}{path}{mark}{how}"]
            run(name, Path(folder) / "run", given)
            count(bench, name, Path(folder) / "run")
    bench.finish()


def run(name: str, root: Path, given: list[str]) -> None:
    """Take an era up to its pairs, and make its comparison corpus."""
    for last in ("pairs", "comparison"):
        command = [sys.executable, "-m", "erastyle", "run", name, "--run", root, "--until", last]
        done = subprocess.run(
            [*command, *given],
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"},
        )
        if done.returncode:
            sys.exit(f"error: {name}: the run ended with {done.returncode}.")


def newest(root: Path, stage: str) -> Path:
    """Return the newest output of a stage."""
    found = [folder for folder in (root / stage).iterdir() if (folder / "manifest.json").is_file()]
    return max(found, key=lambda folder: folder.stat().st_mtime)


def part(archive: Path, folder: Path, most: int) -> Path:
    """Return a copy of the beginning of `archive` in `folder`: `most` files, or 100 KB a file."""
    copy = folder / archive.name
    if archive.suffix != ".zip":
        with archive.open("rb") as whole:
            copy.write_bytes(whole.read(most * 5_000))
        return copy
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(copy, "w") as new:
        names = sorted(old.namelist())
        for member in names[:: max(1, len(names) // most)]:
            new.writestr(member, old.read(member)[:1_000_000])
    return copy


def count(bench: Bench, name: str, root: Path) -> None:
    """Add what each stage of documents kept and dropped."""
    manifests = {
        stage: json.loads((newest(root, stage) / "manifest.json").read_text(encoding="utf-8"))
        for stage in STAGES
    }
    seconds = {stage: round(m["cpu_seconds"], 1) for stage, m in manifests.items()}
    total = sum(m["cpu_seconds"] for m in manifests.values())
    bench.figure(f"{name}: ingest to pairs, and comparison", total, "CPU s", "-", None, seconds)
    for stage in STAGES:
        stats = manifests[stage]["stats"]
        gone = Counter(row["reason"] for row in _rows(newest(root, stage) / "dropped"))
        bench.figure(
            f"{name}: {stage}, kept of {stats['read']:,}", stats["kept"], "rows",
            "read = kept + dropped + quarantined",
            stats["read"] == stats["kept"] + stats["dropped"] + stats["quarantined"],
        )  # fmt: skip
        for reason, number in gone.most_common():
            bench.figure(f"{name}: {stage}, not kept: {reason}", number, "documents", "-", None)


def verdict(bench: Bench, name: str, root: Path) -> None:
    """Add that a whole run came to a verdict, and which."""
    found = json.loads((root / "score.json").read_text(encoding="utf-8"))
    report = (root / "report.html").is_file()
    bench.figure(
        f"{name}: a whole run, little training: verdict and report", int(report), "report",
        "a verdict and a report", report, {"verdict": str(found["verdict"])},
    )  # fmt: skip


def _rows(folder: Path) -> Iterable[dict[str, Any]]:
    return ledger.rows(folder) if folder.is_dir() else ()


if __name__ == "__main__":
    main()
