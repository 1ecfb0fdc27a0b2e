"""What all benchmarks share: figures with goals, CPU time, the machine, and a table at the end."""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def shared_data() -> Path:
    """Return the folder of real documents, or end with a message that says where it belongs."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        sys.exit(
            f"error: {folder} is missing: this benchmark needs the real documents there "
            "(a folder `shared/data` beside the checkout)."
        )
    return folder


def run_erastyle(*arguments: str) -> None:
    """Run the command as a person would, of this checkout, installed or not.

    Raises:
        subprocess.CalledProcessError: It did not end with 0.
    """
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "erastyle", *arguments]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": path})


LLAMA_CPP = ROOT / "benchmarks" / ".venvs" / "llamacpp" / "bin" / "python"
"""Python of the virtual environment that holds llama.cpp, a peer; it may not be there."""


def install_llama_cpp() -> None:
    """Make the virtual environment of llama.cpp."""
    if not LLAMA_CPP.exists():
        subprocess.run([sys.executable, "-m", "venv", LLAMA_CPP.parent.parent], check=True)
    pip = [LLAMA_CPP, "-m", "pip", "install", "-q", "--only-binary", ":all:", "xllamacpp", "numpy"]
    subprocess.run(pip, check=True)


def cpu_seconds(work: Callable[[], Any], repeats: int = 1) -> float:
    """Return the median CPU seconds of this process that `work` takes."""
    taken = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return sorted(taken)[len(taken) // 2]


def machine() -> str:
    """Return the processor's model and the number of cores; no names of hosts or people."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return f"{model}, {os.cpu_count()} cores"


def quick() -> bool:
    """Read the command line: `--quick` ends in two minutes on a part of the data."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a part of the data, two minutes")
    return bool(parser.parse_args().quick)


class Bench:
    """Collects the figures of one script and writes them."""

    def __init__(self, name: str) -> None:
        """Begin a script's figures; `name` names the results file.

        Where the script was called with `--quick`, every row says so.
        """
        self.name = name
        self.quick = "--quick" in sys.argv[1:]
        self.rows: list[dict[str, Any]] = []

    def figure(
        self,
        figure: str,
        value: float,
        unit: str,
        goal: str,
        holds: bool | None,
        peers: dict[str, float | str] | None = None,
    ) -> None:
        """Add a figure. `holds` is None where there is no goal; `peers` are of the same run."""
        quick = {"quick": True} if self.quick else {}
        self.rows.append(
            {
                "figure": figure, "value": round(value, 4), "unit": unit, "goal": goal,
                "holds": holds, "peers": peers or {}, "machine": machine(),
                "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                **quick,
            }
        )  # fmt: skip

    def keep_others(self) -> None:
        """Add the figures of earlier calls that this one did not measure."""
        path = ROOT / "benchmarks" / "results" / f"{self.name}{'-quick' * self.quick}.json"
        if path.exists():
            measured = {row["figure"] for row in self.rows}
            earlier = json.loads(path.read_text(encoding="utf-8"))
            self.rows = [*(row for row in earlier if row["figure"] not in measured), *self.rows]

    def finish(self) -> None:
        """Print the table and write `benchmarks/results/NAME.json`.

        A quick run writes `NAME-quick.json`: it never replaces the figures of a full one.
        """
        from rich.console import Console
        from rich.table import Table

        table = Table(title=f"{self.name} on {machine()}")
        for column in ("figure", "value", "unit", "goal", "holds", "peers"):
            table.add_column(column, overflow="fold")
        for row in self.rows:
            holds = {True: "yes", False: "NO", None: ""}[row["holds"]]
            peers = ", ".join(f"{name} {value}" for name, value in row["peers"].items())
            table.add_row(
                row["figure"], f"{row['value']:,}", row["unit"], row["goal"], holds, peers
            )
        Console(width=max(100, Console().width)).print(table)
        folder = ROOT / "benchmarks" / "results"
        folder.mkdir(exist_ok=True)
        name = f"{self.name}-quick" if self.quick else self.name
        partial = folder / f".{name}.json.partial"
        partial.write_text(json.dumps(self.rows, indent=1) + "\n", encoding="utf-8")
        partial.replace(folder / f"{name}.json")
