"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from erastyle.corpus.atomic import fsync, write_atomically


@pytest.mark.parametrize("sync", [False, True])
def test_text_and_bytes_replace_the_old_file_and_leave_nothing_beside_it(tmp_path, sync):
    path = tmp_path / "a.json"
    write_atomically(path, "old\n", sync=sync)
    write_atomically(path, "caf\u00e9\nnew\n", sync=sync)
    assert path.read_bytes() == b"caf\xc3\xa9\nnew\n"
    write_atomically(path, b"\0\1", sync=sync)
    assert path.read_bytes() == b"\0\1"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_the_new_file_has_the_usual_permissions(tmp_path):
    write_atomically(tmp_path / "atomic", "x")
    (tmp_path / "plain").write_text("x")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_with_sync_the_content_is_on_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path, monkeypatch
):
    steps = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("sync"), fsync(fd))[1])
    monkeypatch.setattr(
        Path, "replace", lambda self, target: (steps.append("replace"), replace(self, target))[1]
    )
    write_atomically(tmp_path / "a", "x", sync=True)
    assert steps == ["sync", "replace", "sync"]
    steps.clear()
    write_atomically(tmp_path / "a", "y")
    assert steps == ["replace"]


def test_a_folder_that_is_not_there_cannot_be_synced(tmp_path):
    with pytest.raises(FileNotFoundError):
        fsync(tmp_path / "none")
