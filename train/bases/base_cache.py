"""The user's cache of converted base models: where it is, one writer at a time, whole or absent.

    CACHE/bases/<first 16 digits of the file's sha256>-<version of the converter>/
        base.json       written last: what it was made of, and size and sha256 of each file
        model.safetensors config.json generation_config.json tokenizer.json tokenizer_config.json
        chat_template.jinja chat_template_original.jinja

A folder without a `base.json` that fits its files counts as absent and is made again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from erastyle.corpus.errors import ModelError
from erastyle.corpus.user_cache import user_cache

CONVERTER = 1  # raised whenever the same GGUF file gives other files
MANIFEST = "base.json"
ELSEWHERE = "Set ERASTYLE_CACHE to a folder that can be written, and run again"

Say = Callable[[str], None]


class StoredFile(BaseModel):
    """Size and digest of one file of a converted base."""

    size: int
    sha256: str


class StoredBase(BaseModel):
    """What `base.json` says of a converted base."""

    converter: int
    """Version of the converter that wrote it."""
    source: str
    """Name of the GGUF file."""
    source_sha256: str
    """Digest of the GGUF file."""
    parameters: int
    """Number of weights."""
    context: int
    """Longest text in tokens."""
    licence: str
    """As the GGUF file gives it; empty where it does not."""
    weights: str
    """Number type of the matrices, such as F16."""
    files: dict[str, StoredFile]
    """Everything else in the folder."""


def cache_root() -> Path:
    """Return the cache folder: ERASTYLE_CACHE, or the user's cache by the system's habit.

    Raises:
        ModelError: There is no home folder to put it in.
    """
    path = user_cache()
    if path is None:  # no HOME, and the system knows no home of this user
        raise ModelError(f"There is no home folder to keep a base model in. {ELSEWHERE}.")
    return path


def base_key(source_sha256: str) -> str:
    """Return the name of the folder that a converted file has in the cache."""
    return f"{source_sha256[:16]}-{CONVERTER}"


def base_folder(source_sha256: str) -> Path:
    """Return where a converted file is, or would be."""
    return cache_root() / "bases" / base_key(source_sha256)


def stored(folder: Path, source_sha256: str) -> StoredBase | None:
    """Return what a converted base says of itself, or None where it is absent or incomplete.

    Sizes are compared, not digests: this runs whenever a base is loaded.
    """
    try:
        base = StoredBase.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = all((folder / n).stat().st_size == f.size for n, f in base.files.items())
    except (OSError, ValidationError):
        return None
    fits = base.converter == CONVERTER and base.source_sha256 == source_sha256
    return base if whole and fits and base.files else None


def damaged(folder: Path, base: StoredBase) -> str | None:
    """Return the name of the first file whose content has changed, or None."""
    for name, file in base.files.items():
        with (folder / name).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
                return name
    return None


@contextmanager
def one_writer(source_sha256: str, needed: int, say: Say) -> Iterator[Path]:
    """Hold the lock of a base, and give a new folder beside the place that it will have.

    What the body leaves in that folder is gone afterwards, unless `publish` moved it.

    Args:
        source_sha256: Digest of the GGUF file.
        needed: Bytes that the body will write.
        say: Called with what a person who waits wants to know.

    Raises:
        ModelError: The cache cannot be written, or the disk is full.
    """
    from filelock import FileLock, Timeout

    root = cache_root() / "bases"
    key = base_key(source_sha256)
    with _explained(root):
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / f".{key}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say("another process prepares this base model; waiting for it")
            lock.acquire()
        partial = root / f".{key}.partial"
        try:
            shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
            partial.mkdir()
            free = shutil.disk_usage(root).free
            if free < needed:
                raise ModelError(
                    f"{root}: the base model needs {needed / 1e6:,.0f} MB of disk and "
                    f"{free / 1e6:,.0f} MB are free. Free some, or set ERASTYLE_CACHE to a folder "
                    "on another disk."
                )
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            lock.release()


def publish(partial: Path, folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest and move the folder to its place, in one step."""
    files = {}
    for path in sorted(partial.iterdir()):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
        files[path.name] = {"size": path.stat().st_size, "sha256": digest}
    text = json.dumps({**manifest, "files": files}, indent=1)
    with (partial / MANIFEST).open("w", encoding="utf-8") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    if folder.exists():  # damaged, or it would not be made again
        shutil.rmtree(folder)
    partial.replace(folder)


@contextmanager
def _explained(root: Path) -> Iterator[None]:
    """Turn what the system says of the cache folder into one line that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # a library's, and not about a file
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            why = "the disk is full. Free some space, or set ERASTYLE_CACHE to another folder."
        else:
            why = f"cannot be written ({error.strerror or error}). {ELSEWHERE}."
        raise ModelError(f"{root}: {why}") from error
