"""Opens the source that a spec such as `warc:PATH` names."""

from __future__ import annotations

import datetime
import importlib
import itertools
import os
import re
import zipfile
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
"""Makes a source from the whole spec, its location and its options."""

_HOME = "erastyle.corpus.sources"
KINDS = {
    "folder": f"{_HOME}.folder:FolderSource",
    "warc": f"{_HOME}.warc.source:WarcSource",
    "wayback": f"{_HOME}.online.wayback:WaybackSource",
    "web": f"{_HOME}.online.crawl:WebSource",
    "mbox": f"{_HOME}.mail.source:MailSource",
    "gutenberg": f"{_HOME}.gutenberg:GutenbergSource",
    "newspapers": f"{_HOME}.newspapers:NewspaperSource",
    "table": f"{_HOME}.table:TableSource",
    "jsonl": f"{_HOME}.table:TableSource",
    "csv": f"{_HOME}.table:TableSource",
    "parquet": f"{_HOME}.table:TableSource",
    "hub": f"{_HOME}.hub:HubSource",
    "rewrite": f"{_HOME}.online.rewrite:RewriteSource",
    "synthetic": f"{_HOME}.generated:GeneratedSource",
    "synthetic-modern": f"{_HOME}.generated:GeneratedSource",
}
"""Kinds in this package, with module and class."""
MAIL_START = re.compile(rb"From \S+ .{0,40}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
TABLE_ENDINGS = (".jsonl", ".jsonl.gz", ".ndjson", ".csv", ".csv.gz", ".tsv", ".parquet")
_LOC = "newspapers:loc.gov"
_LOC_SOURCE = f"{_HOME}.online.locgov:LocGovSource"
GROUP = "erastyle.sources"
"""Entry point group in which other packages register kinds."""


def kinds() -> list[str]:
    """Return the names of all kinds, including those of other packages."""
    return sorted({*KINDS, *(point.name for point in entry_points(group=GROUP))})


def open_source(spec: str) -> Source:
    """Return the source that `spec` names.

    Args:
        spec: `KIND:LOCATION`, `KIND:LOCATION?option=value&…`, or a path, whose name and first
            bytes decide the kind.

    Raises:
        ConfigError: The kind or an option is unknown.
        SourceError: The location does not exist, or holds another kind of data.
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
        raise ConfigError(f"Source {spec}: write the location after the colon, as in {kind}:PATH.")
    if kind == "newspapers" and location.rstrip("/") == "loc.gov" and not os.path.lexists(location):
        return _load(_LOC_SOURCE)(spec, "loc.gov", options)
    return _factory(kind)(spec, location, options)


def absolute(spec: str) -> str:
    """Return a source with the whole path of what is read, so that it is found from anywhere.

    Args:
        spec: A source as the person wrote it.

    >>> absolute("synthetic:330@1995"), absolute("wayback:foo.edu?pages=9")
    ('synthetic:330@1995', 'wayback:foo.edu?pages=9')
    """
    if Path(spec).exists():
        return str(Path(spec).absolute())
    kind, colon, location = spec.partition(":")
    path, mark, options = location, "", ""
    if "?" in location and not Path(location).exists():
        path, mark, options = location.rpartition("?")
    if not colon or kind not in KINDS or not path or not Path(path).exists():
        return spec
    return f"{kind}:{Path(path).absolute()}{mark}{options}"


def with_period(spec: str, first: datetime.date, last: datetime.date) -> str:
    """Return `spec` with the period of the era, if its kind takes one and it names none.

    Args:
        spec: A source as the person wrote it.
        first: First day of the era.
        last: Last day of the era.

    >>> day = datetime.date(1995, 1, 1)
    >>> with_period("wayback:foo.edu?pages=9", day, day), with_period("folder:a", day, day)
    ('wayback:foo.edu?pages=9&from=1995-01-01&to=1995-01-01', 'folder:a')
    """
    kind = spec.partition(":")[0]
    if kind != "wayback" and not spec.startswith(_LOC):
        return spec
    given = dict(parse_qsl(spec.rpartition("?")[2] if "?" in spec else "", keep_blank_values=True))
    if "from" in given or "to" in given:
        return spec
    return f"{spec}{'&' if '?' in spec else '?'}from={first}&to={last}"


def _factory(kind: str) -> Factory:
    if kind in KINDS:
        return _load(KINDS[kind])
    for point in entry_points(group=GROUP, name=kind):
        return cast(Factory, point.load())
    raise ConfigError(f"No source kind {kind!r}.{nearest(kind, kinds())}")


def _load(place: str) -> Factory:
    module, _, name = place.partition(":")
    return cast(Factory, getattr(importlib.import_module(module), name))


def guess(path: Path) -> str:
    """Return the kind of source at a path, by its name and its first bytes.

    A folder with mixed content is a `folder`, which also reads the web archives in it.
    """
    name = path.name.lower()
    if name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz")):
        return "warc"
    if path.is_file() and name.endswith(TABLE_ENDINGS):
        return "table"
    if _holds_mail(path):
        return "mbox"
    if path.is_dir() or archives.is_archive(name) or not path.is_file():
        return "folder"
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith((b"WARC/", b"filedesc:")):
        return "warc"
    return "mbox" if MAIL_START.match(head) else "folder"


def _holds_mail(path: Path) -> bool:
    """Say whether a path is an mbox, a maildir, or a zip or folder of mbox files only."""
    name = path.name.lower()
    if name.endswith((".mbox", ".mbox.gz", ".mbx")):
        return True
    if path.is_dir():
        if (path / "cur").is_dir() and (path / "new").is_dir():
            return True
        names = [p.name for p in itertools.islice(path.iterdir(), 10_000) if p.is_file()]
        return bool(names) and all(n.lower().endswith((".mbox", ".mbx")) for n in names)
    if name.endswith(".zip") and path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                names = [n for n in archive.namelist() if not n.endswith("/")]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return False
        return bool(names) and all(n.lower().endswith((".mbox", ".mbx")) for n in names)
    return False
