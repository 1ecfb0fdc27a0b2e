"""The command `doctor`: checks the installation and the machine, with a fix for each problem."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from erastyle.commands.options import Debug, Format, Json
from erastyle.commands.tables import print_rows, print_table
from erastyle.commands.terminal import reported


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One line of the check.

    Attributes:
        name: What was checked.
        seen: What is there.
        good: Whether that is as it should be.
        fix: What to do where it is not.
    """

    name: str
    seen: str
    good: bool
    fix: str = ""


@reported
def doctor(
    *,
    format: Format = None,  # noqa: A002
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Check the installation: versions, cores, memory, GPU; with a fix for each problem."""
    from rich.table import Table

    del debug
    health = list(checks())
    # The key was `cure` before it was `fix`.
    rows = [asdict(check) | {"cure": check.fix} for check in health]
    if not print_rows(rows, ("name", "seen", "good", "fix"), format, json=json):
        table = Table("", "", "what to do", box=None)
        for check in health:
            mark = "ok" if check.good else "[red]problem[/]"
            table.add_row(mark, f"{check.name}: {check.seen}", check.fix)
        print_table(table)
    return 0 if all(check.good for check in health) else 1


def checks() -> Iterator[HealthCheck]:
    """Yield every check: packages, machine, models."""
    from importlib.resources import files

    yield from _packages()
    yield from _machine()
    yield _gpu()
    starter = (files("erastyle.train.starter") / "model" / "model.safetensors").is_file()
    fix = "" if starter else "The embedded model is missing: install erastyle again."
    yield HealthCheck("embedded starter", "here" if starter else "missing", starter, fix)
    yield from _bases()
    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    hub = (
        "offline (HF_HUB_OFFLINE=1): local and cached models only"
        if offline
        else "fetched when --base names one"
    )
    yield HealthCheck("hub models", hub, True)


def _packages() -> Iterator[HealthCheck]:
    from erastyle.pipeline.runtime.manifest import versions

    new = sys.version_info >= (3, 11)
    fix = "" if new else "Install Python 3.11 or newer."
    yield HealthCheck("python", sys.version.split()[0], new, fix)
    for name, version in versions().items():
        if name not in ("python", "erastyle"):
            there = version != "not installed"
            fix = "" if there else "Run `make install`, or pip install -e . in the checkout."
            yield HealthCheck(name, version, there, fix)


def _machine() -> Iterator[HealthCheck]:
    import psutil

    from erastyle.pipeline.runtime.workers import cores

    yield HealthCheck("cores", str(cores()), True)
    memory = psutil.virtual_memory().available / 1e9
    fix = "" if memory >= 3 else "The embedded run needs 3 GB. Close programs."
    yield HealthCheck("free memory", f"{memory:.1f} GB", memory >= 3, fix)
    disk = shutil.disk_usage(Path.cwd()).free / 1e9
    fix = "" if disk >= 2 else "Free some space here, or put the run elsewhere with --run."
    yield HealthCheck("free disk here", f"{disk:.1f} GB", disk >= 2, fix)


def _bases() -> Iterator[HealthCheck]:
    """Yield where the known bases are. One that is missing is no problem until it is named."""
    from erastyle.train.bases.known import known

    for base in known():
        if base.wheel is not None:
            how = f" (`{base.how()}` fetches it)" if base.how() else ""
            yield HealthCheck(f"base {base.name}", base.where() + how, True)


def _gpu() -> HealthCheck:
    try:
        import torch
    except ImportError:
        return HealthCheck("gpu", "unknown: torch is not installed", False, "Run `make install`.")
    if torch.cuda.is_available():
        return HealthCheck("gpu", torch.cuda.get_device_name(0), True)
    nvidia = shutil.which("nvidia-smi") is not None and "+cpu" in torch.__version__
    fix = "This torch is the CPU build: `make install TORCH=torch`." if nvidia else ""
    return HealthCheck("gpu", "none; training uses the CPU", not nvidia, fix)
