"""The `erastyle doctor` command: what is here, and the cure for what is not right."""

from __future__ import annotations

import json as jsonlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import psutil
import typer
from rich.console import Console
from rich.table import Table

from erastyle.pipeline.runtime.manifest import versions
from erastyle.pipeline.runtime.workers import cores
from erastyle.train.model.bases import known


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, what was seen, and the cure where it is a problem."""

    name: str
    seen: str
    good: bool
    cure: str = ""


def checks() -> Iterator[Check]:
    """Yield every check."""
    good = sys.version_info >= (3, 11)
    cure = "" if good else "Install Python 3.11 or newer."
    yield Check("python", sys.version.split()[0], good, cure)
    for name, found in versions().items():
        if name not in ("python", "erastyle"):
            there = found != "not installed"
            cure = "" if there else "Run `make install`, or pip install -e . in the checkout."
            yield Check(name, found, there, cure)
    yield Check("cores", str(cores()), True)
    memory = psutil.virtual_memory().available / 1e9
    cure = "" if memory >= 3 else "The embedded run needs 3 GB. Close programs."
    yield Check("free memory", f"{memory:.1f} GB", memory >= 3, cure)
    disk = shutil.disk_usage(Path.cwd()).free / 1e9
    cure = "" if disk >= 2 else "Free some space here, or put the run elsewhere with --run."
    yield Check("free disk here", f"{disk:.1f} GB", disk >= 2, cure)
    yield _gpu()
    starter = (files("erastyle.train.starter") / "model" / "model.safetensors").is_file()
    cure = "" if starter else "The embedded model is missing: install erastyle again."
    yield Check("embedded starter", "here" if starter else "missing", starter, cure)
    for base in known():
        if base.wheel is not None:  # not here is no problem: nothing needs it until it is named
            how = f" (`{base.how()}` fetches it)" if base.how() else ""
            yield Check(f"base {base.name}", base.where() + how, True)
    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    yield Check(
        "hub models",
        "offline (HF_HUB_OFFLINE=1): local and cached models only"
        if offline
        else "fetched when --base names one",
        True,
    )


def _gpu() -> Check:
    try:
        import torch
    except ImportError:
        return Check("gpu", "unknown: torch is not installed", False, "Run `make install`.")
    if torch.cuda.is_available():
        return Check("gpu", torch.cuda.get_device_name(0), True)
    nvidia = shutil.which("nvidia-smi") is not None and "+cpu" in torch.__version__
    cure = "This torch is the CPU build: `make install TORCH=torch`." if nvidia else ""
    return Check("gpu", "none; training uses the CPU", not nvidia, cure)


def show(*, json: bool) -> int:
    """Print the checks; 1 if one is a problem."""
    found = list(checks())
    if json:
        typer.echo(jsonlib.dumps([asdict(c) for c in found], indent=2))
    else:
        table = Table("", "", "what to do", box=None)
        for check in found:
            mark = "ok" if check.good else "[red]problem[/]"
            table.add_row(mark, f"{check.name}: {check.seen}", check.cure)
        Console().print(table)
    return 0 if all(c.good for c in found) else 1
