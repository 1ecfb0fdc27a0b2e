"""The folder where the program keeps what can be made again: ERASTYLE_CACHE, or the user's."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path | None:
    """Return ERASTYLE_CACHE, or the user's cache by the system's habit; None: there is no home."""
    if given := os.environ.get("ERASTYLE_CACHE"):
        return Path(given).expanduser().absolute()
    import platformdirs

    path = platformdirs.user_cache_path("erastyle")
    return path if path.is_absolute() else None
