"""Write a fitted model to one skops archive of numbers and text, and read it back by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import ModelError
from erastyle.eval.style.linear import Linear


def plain(model: Linear) -> dict[str, Any]:
    """Return a linear model as arrays and numbers."""
    numbers = [model.intercept, model.slope, model.offset, model.low, model.high]
    return {"weight": model.weight, "coef": model.coef, "numbers": numbers}


def linear(kept: Mapping[str, Any]) -> Linear:
    """Return the linear model that `plain` took apart."""
    return Linear(kept["weight"], kept["coef"], *kept["numbers"])


def write(path: Path, state: Mapping[str, Any]) -> str:
    """Write a model's state to one file, atomically, and return the sha256 of the file."""
    from zipfile import ZIP_DEFLATED

    import skops.io

    data = skops.io.dumps(dict(state), compression=ZIP_DEFLATED, compresslevel=6)
    write_atomically(path, data)
    return hashlib.sha256(data).hexdigest()


def read(path: Path, sha256: str, version: int, what: str) -> dict[str, Any]:
    """Return the state that `write` wrote.

    Args:
        path: The file.
        sha256: What `write` returned. The file is not parsed unless its hash agrees.
        version: The version that this code reads.
        what: What the file is, for messages: `style classifier`.

    Raises:
        ModelError: The file is missing, has another hash or version, or holds anything but numbers
            and text.
    """
    import skops.io

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}. Fit the {what} again.") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(
            f"{path}: not the {what} that was written (its sha256 differs). "
            "Delete it and fit it again."
        )
    try:
        unknown = skops.io.get_untrusted_types(data=data)
        state: Any = {} if unknown else skops.io.loads(data, trusted=[])
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes skops raise
        raise ModelError(f"{path}: not a {what}: {error}. Fit it again.") from None
    if unknown:
        raise ModelError(f"{path}: holds {', '.join(unknown)}; a {what} is only numbers and text.")
    if not isinstance(state, dict) or state.get("version") != version:
        raise ModelError(f"{path}: not a {what} of version {version}; fit it again.")
    return state
