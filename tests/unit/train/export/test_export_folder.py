"""The folder of an export: whole or not there, and every change of it noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from erastyle.corpus.errors import ModelError, RunError
from erastyle.pipeline.runtime import manifest
from erastyle.train.export import export_folder
from erastyle.train.export.export_folder import SUMS, new_folder, problems, seal
from erastyle.train.export.provenance import PROVENANCE, Provenance


def fill(folder: Path, payload: str = "part/weights.bin") -> None:
    """Write a small export."""
    path = folder / payload
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"weights")
    (folder / "README.md").write_text("card", encoding="utf-8")
    provenance = Provenance(
        kind="merged", name="run", era="web-1995", created=manifest.now(), notice="machine",
        payload=(payload,), versions={},
    )  # fmt: skip
    (folder / PROVENANCE).write_text(provenance.model_dump_json(), encoding="utf-8")


def exported(out: Path) -> Path:
    with new_folder(out, 0, replace=True) as partial:
        fill(partial)
    return out


def test_a_whole_export_has_no_problems_wherever_it_is_moved(tmp_path: Path) -> None:
    out = exported(tmp_path / "here")
    assert list(problems(out)) == []
    assert list(problems(out.rename(tmp_path / "there"))) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "part/weights.bin").write_bytes(b"weighty"), "not the recorded one"),
        (lambda f: (f / "part/weights.bin").unlink(), "missing, or a link"),
        (lambda f: (f / "more.txt").write_text("x"), "more.txt: not in SHA256SUMS"),
        (lambda f: (f / SUMS).unlink(), "cut off or taken apart"),
        (lambda f: (f / SUMS).write_text(""), "weights.bin: not in SHA256SUMS"),
        (lambda f: (f / SUMS).write_text("0" * 64 + "  ../other\n"), "not a sha256 with the path"),
        (lambda f: (f / SUMS).write_bytes(b"\xff"), "cannot be read"),
        (lambda f: (f / PROVENANCE).write_text("{}"), "damaged"),
        (lambda f: (f / PROVENANCE).unlink(), "not a whole export"),
        (lambda f: (f / "link").symlink_to("/etc/hostname"), "link: not in SHA256SUMS"),
        (lambda f: f.rename(f.with_name(".x.partial")), "cut off"),
    ],
)
def test_each_change_is_noticed(change: object, said: str, tmp_path: Path) -> None:
    out = exported(tmp_path / "x")
    change(out)  # type: ignore[operator]
    where = out if out.exists() else tmp_path / ".x.partial"
    assert any(said in problem for problem in problems(where))


def test_a_link_in_the_place_of_a_file_is_noticed(tmp_path: Path) -> None:
    out = exported(tmp_path / "x")
    real = (out / "part/weights.bin").rename(tmp_path / "weights.bin")
    (out / "part/weights.bin").symlink_to(real)
    assert any("missing, or a link" in problem for problem in problems(out))


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    out = exported(tmp_path / "x")
    with (
        pytest.raises(RunError, match="holds an export already"),
        new_folder(out, 0, replace=False),
    ):
        pass
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="holds other files"), new_folder(other, 0, replace=True):
        pass
    assert (other / "thesis.txt").read_text() == "mine"
    with (
        pytest.raises(RunError, match="not a place"),
        new_folder(other / "thesis.txt", 0, replace=True),
    ):
        pass


def test_an_error_leaves_the_old_export_and_nothing_else(tmp_path: Path) -> None:
    out = exported(tmp_path / "x")

    def interrupted() -> None:
        with new_folder(out, 0, replace=True) as partial:
            fill(partial)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(problems(out)) == []
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_an_export_that_was_killed_while_it_was_replaced_comes_back(tmp_path: Path) -> None:
    out = exported(tmp_path / "x")
    out.rename(tmp_path / ".x.old.partial")
    with (
        pytest.raises(RunError, match="holds an export already"),
        new_folder(out, 0, replace=False),
    ):
        pass
    assert list(problems(out)) == []


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), OSError("1024 requested and 512 written")],
)
def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(error: OSError, tmp_path: Path) -> None:
    def fails() -> None:
        with new_folder(tmp_path / "x", 0, replace=False) as partial:
            fill(partial)
            raise error

    with pytest.raises(ModelError, match="the disk is full, and nothing was left"):
        fails()
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with (
        pytest.raises(ModelError, match=r"needs about .* MB of disk"),
        new_folder(tmp_path / "x", 10**18, replace=False),
    ):
        pytest.fail("the body ran")
    assert list(tmp_path.iterdir()) == []


def test_two_exports_to_one_place_do_not_meet(tmp_path: Path) -> None:
    with new_folder(tmp_path / "x", 0, replace=False) as partial:
        with (
            pytest.raises(RunError, match="another process exports"),
            new_folder(tmp_path / "x", 0, replace=False),
        ):
            pass
        fill(partial)
    assert list(problems(tmp_path / "x")) == []


def test_a_sealed_folder_that_was_not_renamed_does_not_pass(tmp_path: Path) -> None:
    partial = tmp_path / ".x.partial"
    partial.mkdir()
    fill(partial)
    seal(partial)
    assert list(problems(partial))
    shutil.copytree(partial, tmp_path / "x")  # a person may decide to take it
    assert list(problems(tmp_path / "x")) == []
    assert export_folder.is_export(tmp_path / "x")
