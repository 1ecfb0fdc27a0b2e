"""Which sources a call names differently from the run that it goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from erastyle import config
from erastyle.config import RunConfig
from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.sources.registry import absolute


def changed_sources(root: Path, new: RunConfig) -> dict[str, str]:
    """Return what is said of `source` and `contrast` where they differ from those of the run.

    Args:
        root: The run directory, with or without a run.
        new: The configuration of the call.
    """
    try:
        old = config.load(str(root / config.NAME))
    except (ErastyleError, OSError):  # no run yet, or one of a version that cannot be read
        return {}
    left_out = RunConfig(era=new.era)
    pairs = {
        "source": (old.ingest.sources, new.ingest.sources, left_out.ingest.sources),
        "contrast": (
            old.comparison.contrast,
            new.comparison.contrast,
            left_out.comparison.contrast,
        ),
    }
    said = {}
    for name, (before, now, default) in pairs.items():
        if [*map(absolute, before)] != [*map(absolute, now)]:
            why = f" (no --{name} given this time)" if now == default else ""
            said[name] = f"{_named(before)} -> {_named(now)}{why}"
    return said


def _named(specs: Sequence[str]) -> str:
    """Return sources in few words: a folder by its last part, generated pages as such."""
    words = []
    for spec in specs:
        kind, colon, place = spec.partition(":")
        if colon and kind.startswith("synthetic"):
            words.append(f"generated pages ({spec})")
        else:
            words.append(f"{kind}:{Path(place).name}" if colon else Path(spec).name or spec)
    return ", ".join(words) or "none"
