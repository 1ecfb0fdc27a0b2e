"""The folder of an export: written beside its place, sealed with SHA256SUMS, then renamed.

    README.md         the card
    LICENCES.md       licences of the documents that the model learnt from, by share
    provenance.json   what the export was made of, and how it was checked
    SHA256SUMS        written last; `sha256sum -c SHA256SUMS` checks it too
    …                 the files of the kind of export

An export that was cut off lies in `.NAME.partial` beside its place, which `problems` refuses.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from erastyle.corpus.atomic import fsync, write_atomically
from erastyle.corpus.errors import ModelError, RunError
from erastyle.pipeline.runtime import manifest
from erastyle.train.export.provenance import PROVENANCE, Provenance

SUMS = "SHA256SUMS"
_PARTIAL = ".partial"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@contextmanager
def new_folder(out: Path, needed: int, *, replace: bool) -> Iterator[Path]:
    """Give an empty folder beside `out`; what the body leaves in it is sealed and moved to `out`.

    An error leaves nothing behind. A killed process leaves `.NAME.partial`, which the next export
    to the same place removes.

    Args:
        out: The place of the export.
        needed: Bytes that the body will write, about.
        replace: Whether an export that is there already is replaced.

    Raises:
        RunError: Something is at `out` already, or another process exports to it.
        ModelError: The disk is full or cannot be written.
    """
    from filelock import FileLock, Timeout

    out = out.absolute()
    if out.name in ("", "..") or (out.exists() and not out.is_dir()):
        raise RunError(f"{out}: not a place for an export. Name a new folder with --out.")
    with _explained(out.parent):
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out.parent / f".{out.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise RunError(
                f"{out}: another process exports to it. Wait for it, or name another --out."
            ) from None
        partial, old = _beside(out, ""), _beside(out, ".old")
        try:
            if old.is_dir() and not out.exists():  # killed while it was replaced
                old.replace(out)
            _check_free(out, replace=replace)
            _remove(partial, old)
            _check_room(out.parent, needed)
            partial.mkdir()
            yield partial
            seal(partial)
            _publish(partial, out)
        finally:
            _remove(partial, old)
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)


def _beside(out: Path, mark: str) -> Path:
    return out.with_name(f".{out.name}{mark}{_PARTIAL}")


def _remove(*folders: Path) -> None:
    """Remove what an earlier or failed export left; its sums go first, so no part passes."""
    for folder in folders:
        if folder.is_dir():
            (folder / SUMS).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)


def _check_free(out: Path, *, replace: bool) -> None:
    """Refuse a place where something else is.

    Raises:
        RunError: There is something, and it is not to be replaced or is no export.
    """
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not (out / PROVENANCE).is_file():
        raise RunError(f"{out} holds other files. Name a new folder with --out.")
    if not replace:
        raise RunError(f"{out} holds an export already. Add --replace, or name another --out.")


def _check_room(parent: Path, needed: int) -> None:
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise ModelError(
            f"{parent}: the export needs about {needed / 1e6:,.0f} MB of disk and "
            f"{free / 1e6:,.0f} MB are free. Free some, or name a folder on another disk with "
            "--out."
        )


def seal(folder: Path) -> None:
    """Write SHA256SUMS over every file, when all of them are on the disk."""
    lines = []
    for path in _files(folder):
        fsync(path)
        lines.append(f"{manifest.sha256(path)}  {path.relative_to(folder).as_posix()}\n")
    for inner in {path.parent for path in _files(folder)}:
        fsync(inner)
    write_atomically(folder / SUMS, "".join(lines), sync=True)


def _publish(partial: Path, out: Path) -> None:
    """Move a sealed folder to its place; an older export steps aside first and is removed."""
    if out.is_dir():
        out.replace(_beside(out, ".old"))
    partial.replace(out)
    fsync(out.parent)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / SUMS)


def is_export(folder: Path) -> bool:
    """Say whether a folder is an export, whole or not."""
    return (folder / PROVENANCE).is_file() or (folder / SUMS).is_file()


def problems(folder: Path) -> Iterator[str]:
    """Yield one sentence for each thing that is not as the export was made; none: it is whole."""
    if folder.name.startswith(".") and folder.name.endswith(_PARTIAL):
        yield f"{folder}: an export that was cut off. Remove it and export again."
        return
    try:
        provenance = read_provenance(folder)
    except RunError as error:
        yield str(error)
        return
    recorded = yield from _recorded(folder)
    if recorded is None:
        return
    for name in ("README.md", PROVENANCE, *provenance.payload):
        if name not in recorded:
            yield f"{folder / name}: not in {SUMS}, and the export is not whole without it"
    for name, digest in recorded.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            yield f"{path}: missing, or a link"
        elif manifest.sha256(path) != digest:
            yield f"{path}: its sha256 is not the recorded one"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name != SUMS and name not in recorded:
            yield f"{path}: not in {SUMS}"


def _recorded(folder: Path) -> Generator[str, None, dict[str, str] | None]:
    """Yield what is wrong with SHA256SUMS, and return path -> digest, or None without one."""
    path = folder / SUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        yield f"{path}: missing, so the export was cut off or taken apart. Export again."
        return None
    except (OSError, UnicodeDecodeError) as error:
        yield f"{path}: cannot be read ({error})"
        return None
    recorded: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None or not _inside(match[2]):
            yield f"{path}:{number}: not a sha256 with the path of a file in the export"
        else:
            recorded[match[2]] = match[1]
    return recorded


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def read_provenance(folder: Path) -> Provenance:
    """Return what an export says of itself.

    Raises:
        RunError: It says nothing that can be read.
    """
    path = folder / PROVENANCE
    try:
        return Provenance.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path}: missing, so {folder} is not a whole export.") from None
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise RunError(f"{path}: damaged ({first}). Export again.") from None


@contextmanager
def _explained(where: Path) -> Iterator[None]:
    """Turn what the system says of a full or read-only disk into one line."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        if not _is_full(error):
            if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS):
                raise ModelError(
                    f"{where}: cannot be written ({error.strerror}). Name another --out."
                ) from error
            raise
        raise ModelError(
            f"{where}: the disk is full, and nothing was left there. Free some space, or name a "
            "folder on another disk with --out."
        ) from error


def _is_full(error: Exception) -> bool:
    """Say whether an error is of a full disk; numpy and safetensors give no number for it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    text = str(error)
    short_write = re.search(r"\d+ requested and \d+ written", text) is not None
    return short_write or os.strerror(errno.ENOSPC) in text
