"""From what a person writes after `--source` to the source it names."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl

from erastyle.corpus.errors import ConfigError
from erastyle.corpus.sources import archives
from erastyle.corpus.sources.base import Source
from erastyle.corpus.yamlfile import nearest

Factory = Callable[[str, str, dict[str, str]], Source]
"""Makes a source of the whole spec, its location, and its options."""

_HOME = "erastyle.corpus.sources"
KINDS = {
    "folder": f"{_HOME}.folder:FolderSource",
    "warc": f"{_HOME}.warc:WarcSource",
    "synthetic": f"{_HOME}.generated:GeneratedSource",
    "synthetic-modern": f"{_HOME}.generated:GeneratedSource",
}
"""The kinds that come with the package: module and class."""
GROUP = "erastyle.sources"
"""Entry point group in which other packages name theirs."""


def kinds() -> list[str]:
    """Return the names of all kinds, those of other packages included."""
    return sorted({*KINDS, *(point.name for point in entry_points(group=GROUP))})


def open_source(spec: str) -> Source:
    """Return the source that `spec` names.

    Args:
        spec: `KIND:LOCATION`, `KIND:LOCATION?option=value&…`, or a path, whose kind is then
            told by its name and its first bytes.

    Raises:
        ConfigError: No such kind, or an unknown option.
        SourceError: There is nothing at the location, or it is not what it is said to be.
    """
    kind, colon, location = spec.partition(":")
    here = Path(spec)
    if here.exists() or not colon or "/" in kind or len(kind) < 2:
        return _factory(guess(here))(spec, spec, {})
    if kind not in kinds():
        hint = nearest(kind, kinds())
        raise ConfigError(
            f"Source {spec}: no kind {kind!r}.{hint} Kinds: {', '.join(kinds())}. "
            "A plain path works too."
        )
    options: dict[str, str] = {}
    if "?" in location and not Path(location).exists():
        location, _, query = location.rpartition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
    if not location:
        raise ConfigError(f"Source {spec}: write what to read behind the colon, as in {kind}:PATH.")
    return _factory(kind)(spec, location, options)


def _factory(kind: str) -> Factory:
    if kind in KINDS:
        module, _, name = KINDS[kind].partition(":")
        return cast(Factory, getattr(importlib.import_module(module), name))
    for point in entry_points(group=GROUP, name=kind):
        return cast(Factory, point.load())
    raise ConfigError(f"No source kind {kind!r}.{nearest(kind, kinds())}")


def guess(path: Path) -> str:
    """Return the kind of what lies at a path, by its name and its first bytes.

    A folder with mixed content is a `folder`, which reads web archives inside it as well.
    """
    name = path.name.lower()
    if name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz")):
        return "warc"
    if path.is_dir() or archives.is_archive(name) or not path.is_file():
        return "folder"
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith((b"WARC/", b"filedesc:")):
        return "warc"
    return "folder"
