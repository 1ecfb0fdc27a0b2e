"""What does each shipped era keep of its real documents, and what does it drop, and why?

Runs the stages from `ingest` to `pairs` for every era, each on the documents that fit it, and
counts documents of the period and of the contrast apart. `--quick` takes a part of each collection.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness import ROOT, Bench, quick, shared_data

from erastyle.pipeline import ledger

SOURCES = {
    "web-1995": (("web1990s.warc.gz",), "modern-web.warc.gz"),
    "usenet-1993": (("usenet1993.zip",), "modern-texts.zip"),
    "manual-1995": (
        ("folder:manuals1990s.zip?site=3", "folder:texts1990s.zip?site=3"),
        "modern-texts.zip",
    ),
    "newspaper-1890": (("newspapers:newspapers.zip",), "modern-texts.zip"),
}
STAGES = ("ingest", "clean", "dedupe", "split", "pairs")
PART = 300
"""Files of each archive that `--quick` takes; of web archives the first megabytes."""


def main() -> None:
    """Print the table and write results/eras.json."""
    small, data, bench = quick(), shared_data(), Bench("eras")
    for name, (sources, contrast) in SOURCES.items():
        with tempfile.TemporaryDirectory(prefix="erastyle-") as folder:
            root = Path(folder)
            given: list[str] = []
            for spec in sources:
                kind, colon, rest = spec.rpartition(":")
                file, mark, options = rest.partition("?")
                path = part(data / file, root, PART) if small else data / file
                given += ["--source", f"{kind}{colon}{path}{mark}{options}"]
            path = part(data / contrast, root, PART) if small else data / contrast
            given += ["--contrast", str(path)]
            count(bench, name, root / "run", given)
    bench.finish()


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


def count(bench: Bench, name: str, root: Path, given: list[str]) -> None:
    """Run an era up to its pairs and add what each stage kept and dropped."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "erastyle", "run", name, "--run", root, "--until", "pairs", *given],
        stdout=subprocess.DEVNULL, cwd=ROOT, check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"error: {name}: the run ended with {done.returncode}.")
    seconds = time.monotonic() - started
    bench.figure(f"{name}: ingest to pairs", seconds, "s", "-", None)
    for stage in STAGES:
        (folder,) = (root / stage).iterdir()
        stats = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["stats"]
        gone = Counter((row["origin"], row["reason"]) for row in _rows(folder / "dropped"))
        period = {r: n for (origin, r), n in gone.most_common() if origin != "modern"}
        other = sum(n for (origin, _), n in gone.items() if origin == "modern")
        bench.figure(
            f"{name}: {stage}, kept of {stats['read']:,}", stats["kept"], "rows",
            "read = kept + dropped + quarantined",
            stats["read"] == stats["kept"] + stats["dropped"] + stats["quarantined"],
            {"period dropped": sum(period.values()), "contrast dropped": other},
        )  # fmt: skip
        for reason, number in period.items():
            bench.figure(f"{name}: {stage}, not kept: {reason}", number, "documents", "-", None)


def _rows(folder: Path) -> Iterable[dict[str, Any]]:
    return ledger.rows(folder) if folder.is_dir() else ()


if __name__ == "__main__":
    main()
