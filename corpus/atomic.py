"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, *, sync: bool = False) -> None:
    r"""Write `content` to `path`: a reader sees the old file or the new one, never a part.

    The content goes to a temporary file in the same folder, which then replaces `path`. An error
    leaves the old file as it was and removes the temporary one; a killed process leaves the
    temporary one, named `.NAME.*.partial`.

    Args:
        path: The file. Its folder exists.
        content: Text, which is written as UTF-8 with `\n` line ends, or bytes.
        sync: Whether the content and the new name are on the disk before this returns, so that
            they outlast a power failure.

    Raises:
        OSError: The file cannot be written.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            file.write(raw)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    if sync:
        fsync(path.parent)


def fsync(path: Path) -> None:
    """Wait until the content of a file, or the list of names of a folder, is on the disk.

    Raises:
        OSError: The file or folder cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
