"""How many parameters a base on this machine has."""

from __future__ import annotations

import json
from pathlib import Path

from erastyle.train.bases import known
from erastyle.train.model import loading


def parameters(base: str) -> int | None:
    """Return the number of parameters of a local base from its file sizes, or None."""
    if known.missing(base):
        return None
    folder = Path(loading.base_path(base))
    size = sum(p.stat().st_size for p in folder.glob("*.safetensors")) if folder.is_dir() else 0
    if not size:
        return None
    try:
        shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = shape.get("dtype") or shape.get("torch_dtype")  # the name before transformers 5
    except (OSError, ValueError):
        kind = None
    return size // (4 if kind == "float32" else 2)
