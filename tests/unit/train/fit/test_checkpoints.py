"""Only a checkpoint whose every file is as it was written is resumed from."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from erastyle.train.fit import checkpoints, sft

FILES = ("adapter_model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json")


def checkpoint(folder: Path, step: int) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    for name in FILES:
        (path / name).write_bytes(f"{name} at {step}".encode() * 50)
    checkpoints.seal(path)
    return path


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_the_newest_is_that_of_the_most_updates_not_the_last_by_name(tmp_path: Path) -> None:
    for step in (900, 1000, 99):
        checkpoint(tmp_path, step)
    assert checkpoints.newest(tmp_path) == tmp_path / "checkpoint-1000"


def test_without_a_checkpoint_there_is_none(tmp_path: Path) -> None:
    assert checkpoints.newest(tmp_path / "missing") is None
    (tmp_path / "checkpoint-last").mkdir()
    assert checkpoints.newest(tmp_path) is None


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_in_any_file_passes_the_checkpoint_over_and_says_so(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older, newer = checkpoint(tmp_path, 10), checkpoint(tmp_path, 20)
    assert checkpoints.newest(tmp_path) == newer
    flip(newer / name)
    with caplog.at_level(logging.WARNING):
        assert checkpoints.newest(tmp_path) == older
    assert "checkpoint-20 is damaged or incomplete" in caplog.text


def test_a_missing_optimizer_passes_the_checkpoint_over(tmp_path: Path) -> None:
    older, newer = checkpoint(tmp_path, 10), checkpoint(tmp_path, 20)
    (newer / "optimizer.pt").unlink()
    assert checkpoints.newest(tmp_path) == older


def test_a_checkpoint_that_was_being_written_is_passed_over(tmp_path: Path) -> None:
    older, newer = checkpoint(tmp_path, 10), checkpoint(tmp_path, 20)
    (newer / checkpoints.NAME).unlink()
    assert checkpoints.newest(tmp_path) == older


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '["optimizer.pt"]', "null", "\xff"])
def test_hashes_that_are_no_hashes_never_verify(text: str, tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 10)
    (path / checkpoints.NAME).write_bytes(text.encode("latin-1"))
    assert not checkpoints.verifies(path)


def test_files_in_folders_are_sealed_too(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, 10)
    (path / "adapter").mkdir()
    (path / "adapter" / "weights").write_bytes(b"0" * 9)
    checkpoints.seal(path)
    assert set(json.loads((path / checkpoints.NAME).read_text())) == {*FILES, "adapter/weights"}
    assert checkpoints.verifies(path)
    flip(path / "adapter" / "weights")
    assert not checkpoints.verifies(path)


def test_resuming_removes_damaged_checkpoints_and_keeps_good_ones(tmp_path: Path) -> None:
    good = [checkpoint(tmp_path, step) for step in (10, 20)]
    bad = checkpoint(tmp_path, 30)
    flip(bad / "optimizer.pt")
    assert sft._resume(tmp_path) == str(good[1])
    assert not bad.exists(), "the trainer would take it for the newest"
    assert all(path.is_dir() for path in good)
