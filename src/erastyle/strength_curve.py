"""The measured curve of a style model: `strength.json` in its folder, and so wherever it is copied.

The file says which weights it was measured of. It is written after the training and is no part of
its output: no key and no manifest knows it (`manifest.LATER`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime import manifest

NAME = PurePath(manifest.LATER).name


def digest(folder: Path) -> str:
    """Return the sha256 of what decides how a style model writes: description and weights."""
    total = hashlib.sha256()
    for path in (folder / "style.json", *sorted(folder.rglob("*.safetensors"))):
        total.update(f"{path.relative_to(folder).as_posix()}\0{manifest.sha256(path)}\n".encode())
    return total.hexdigest()


def write(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Put a curve into the style-model folder `folder`, whole or not at all."""
    data = {"model": digest(folder), "rows": list(rows)}
    # Not in the folder itself: a file that an interruption left there would count as damage.
    temporary = folder.parent.with_name(f".{folder.parent.name}.{NAME}")
    temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    temporary.replace(folder / NAME)


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the measured strengths of the style model in `folder`; none: nothing was measured.

    Raises:
        ModelError: The file cannot be read, or was measured of other weights.
    """
    path = folder / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        model, rows = data["model"], data["rows"]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise ModelError(
            f"{path} is damaged. Remove it, or measure again with `erastyle strength RUN`."
        ) from None
    if model != digest(folder):
        raise ModelError(f"{path} is of another model. Measure again with `erastyle strength RUN`.")
    return list(rows)


def strongest(folder: Path) -> float:
    """Return the strongest measured strength of a style model that passed the gate.

    Raises:
        ModelError: None was measured, the curve is of another model, or none passed.
    """
    rows = read(folder)
    if not rows:
        raise ModelError(
            f"{folder} has no measured strengths. Run `erastyle strength RUN` with its run first."
        )
    passed = [row["strength"] for row in rows if row["verdict"] == "PASS"]
    if not passed:
        seen = ", ".join(f"{row['strength']:g} {row['verdict']}" for row in rows)
        raise ModelError(f"No strength of {folder} passed the gate ({seen}). Choose one by number.")
    return float(max(passed))
