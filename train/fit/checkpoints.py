"""Verified checkpoints: each has the hashes of its files, and only a matching one is resumed.

The HF Trainer resumes silently from a checkpoint with a flipped bit or a missing optimizer.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from erastyle.corpus.atomic import write_atomically
from erastyle.pipeline.runtime.manifest import sha256

log = logging.getLogger(__name__)
NAME = "erastyle-hashes.json"
_STEP = re.compile(r"checkpoint-(\d+)")


def seal(folder: Path) -> None:
    """Write the hashes of a checkpoint's files beside them."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME)
    hashes = {p.relative_to(folder).as_posix(): sha256(p) for p in files}
    write_atomically(folder / NAME, json.dumps(hashes, indent=1))


def verifies(folder: Path) -> bool:
    """Say whether every file of a sealed checkpoint is there with its hash."""
    try:
        hashes = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if not hashes or not isinstance(hashes, dict):
            return False
        return all(sha256(folder / name) == digest for name, digest in hashes.items())
    except (OSError, ValueError):
        return False


def newest(folder: Path) -> Path | None:
    """Return the newest checkpoint in `folder` that verifies; say which ones do not."""
    steps = [(int(m[1]), p) for p in folder.glob("checkpoint-*") if (m := _STEP.fullmatch(p.name))]
    for _, path in sorted(steps, reverse=True):
        if verifies(path):
            return path
        log.warning("%s is damaged or incomplete; an earlier checkpoint is used instead", path.name)
    return None


def rotate(folder: Path, kept: Collection[int]) -> None:
    """Remove the checkpoints in `folder` but the newest two and those after the updates `kept`.

    The second newest is there to go on from where the newest is damaged.
    """
    steps = sorted(int(m[1]) for p in folder.glob("checkpoint-*") if (m := _STEP.fullmatch(p.name)))
    for step in steps[:-2]:
        if step not in kept:
            shutil.rmtree(folder / f"checkpoint-{step}", ignore_errors=True)
