"""The log of texts that were written without a label, in the run that wrote them.

Somebody may have reasons to switch the label off; that it was off must not get lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ConfigError, RunError
from erastyle.pipeline.runtime import manifest

NAME = "unlabelled.jsonl"
"""The log, in the run directory."""


def needs_run(run: Path | None) -> Path:
    """Return the run whose log is to be written.

    Raises:
        ConfigError: There is none.
    """
    if run is None:
        raise ConfigError("--no-label needs --run DIR: the run records that the label was off.")
    return run


def record(run: Path, command: str, where: str, count: int, *, seeds: Sequence[int]) -> None:
    """Write into the log of a run that texts are written without a label.

    It is written before they are, so that no interruption leaves texts without an entry.

    Args:
        run: The run directory.
        command: The command that writes them.
        where: Where they go.
        count: How many.
        seeds: Their seeds, each once.

    Raises:
        RunError: The log cannot be written.
    """
    row = {
        "at": manifest.now().isoformat(timespec="seconds"),
        "command": command,
        "where": where,
        "texts": count,
        "seeds": sorted(set(seeds))[:20],
    }
    line = json.dumps(row, ensure_ascii=False) + "\n"
    try:
        with (run / NAME).open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError(
            f"{run / NAME}: {error.strerror}. A text without a label is written only where the "
            "run can record it."
        ) from None


def read(run: Path) -> list[dict[str, Any]]:
    """Return the entries of a run's log; a line that cannot be read counts as one."""
    file = run / NAME
    if not file.is_file():
        return []
    rows = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        rows.append(row if isinstance(row, dict) else {})
    return rows
