"""The record beside every finished output. It is written last: a folder with one is complete."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

import erastyle
from erastyle.corpus.atomic import fsync, write_atomically
from erastyle.corpus.errors import RunError
from erastyle.corpus.options import Options

NAME = "manifest.json"
LATER = "model/strength.json"
"""What is measured of a finished style model and lies beside it. It is no part of the output."""
LIBRARIES = ("daft", "datasets", "peft", "pyarrow", "scikit-learn", "torch", "transformers", "trl")


class File(Options):
    """One file of the output."""

    path: str
    """Path below the folder, with forward slashes."""
    bytes: int
    """Size."""
    sha256: str
    """Hash of the content."""


class Manifest(Options):
    """What is in a folder, how it came about, and what it counted."""

    key: str
    """12 hex digits; the name of the folder."""
    identity: dict[str, Any]
    """What the key is made of."""
    files: tuple[File, ...]
    """Every file, sorted by path."""
    stats: dict[str, Any]
    """Counts: `read`, `kept`, `dropped`, `quarantined`, `reasons`, and the stage's own."""
    seconds: float
    """Wall-clock seconds."""
    cpu_seconds: float
    """CPU seconds of this process and its workers."""
    peak_memory_mb: int
    """Largest resident memory of this process so far, in MB."""
    measured: dict[str, float] = Field(default_factory=dict)
    """What else was measured and differs from time to time: `energy_kwh`, seconds an answer."""
    finished: datetime
    """When."""
    versions: dict[str, str]
    """Python, erastyle and the libraries that decide the output."""

    def content(self) -> dict[str, Any]:
        """Return what must be equal when the same work is done twice: no times, no versions."""
        return self.model_dump(mode="json", include={"key", "identity", "files", "stats"})


def versions() -> dict[str, str]:
    """Return the versions of Python, erastyle and the libraries that decide an output."""
    numbers = {"python": platform.python_version(), "erastyle": erastyle.__version__}
    for name in LIBRARIES:
        try:
            numbers[name] = version(name)
        except PackageNotFoundError:
            numbers[name] = "not installed"
    return numbers


def sha256(path: Path) -> str:
    """Return the sha256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe(folder: Path) -> tuple[File, ...]:
    """List every file below `folder`, sorted by path, except the manifest and `LATER`."""
    later = folder / LATER
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME and p != later)
    return tuple(
        File(path=p.relative_to(folder).as_posix(), bytes=p.stat().st_size, sha256=sha256(p))
        for p in paths
    )


def write(folder: Path, manifest: Manifest) -> None:
    """Put `manifest` into `folder`, flushed to the disk with everything else in it."""
    for file in manifest.files:
        fsync(folder / file.path)
    write_atomically(folder / NAME, manifest.model_dump_json(indent=2) + "\n", sync=True)


def now() -> datetime:
    """Return the current time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def read(folder: Path) -> Manifest | None:
    """Return the manifest of a complete folder, or None if it is not complete.

    Raises:
        RunError: There is a manifest and it cannot be read.
    """
    path = folder / NAME
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValidationError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise RunError(
            f"{path}: damaged manifest ({first}). Remove {folder}; the next run makes it again."
        ) from None


def damage(folder: Path, manifest: Manifest, *, quick: bool = False) -> Iterator[str]:
    """Yield one sentence for each file that is not as the manifest says.

    Args:
        folder: The folder of the manifest.
        manifest: What should be there.
        quick: Compare sizes only.
    """
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            yield f"{path}: missing"
        elif path.stat().st_size != file.bytes:
            yield f"{path}: {path.stat().st_size} bytes instead of {file.bytes}"
        elif not quick and sha256(path) != file.sha256:
            yield f"{path}: its sha256 is not the recorded one"
    known = {LATER, *(file.path for file in manifest.files)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.name != NAME and name not in known:
            yield f"{path}: not in the manifest"
