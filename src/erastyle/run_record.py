"""What a run directory was last asked for: the key of each stage, beside `run.yaml`.

`erastyle status` reads it, so that it shows the outputs of the run's own configuration and not the
newest ones, which a comparison of methods may have made; and so that it need not plan the run,
which takes a second.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from erastyle.corpus.atomic import write_atomically

NAME = "plan.json"


def write(root: Path, run_file: str, keys: Mapping[str, str]) -> None:
    """Write the configuration of a run and the keys of its stages.

    Args:
        root: The run directory.
        run_file: Content of its `run.yaml`.
        keys: The key of each stage, in the order of the stages.
    """
    record = {"run.yaml": _digest(run_file), "keys": dict(keys)}
    write_atomically(root / "run.yaml", run_file)
    write_atomically(root / NAME, json.dumps(record, indent=1) + "\n")


def read(root: Path) -> dict[str, str] | None:
    """Return the key of each stage, or None where `run.yaml` says something else by now."""
    try:
        record = json.loads((root / NAME).read_text(encoding="utf-8"))
        current = _digest((root / "run.yaml").read_text(encoding="utf-8"))
        keys = {str(stage): str(key) for stage, key in record["keys"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return keys if record["run.yaml"] == current else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
