"""`erastyle detect` reads files, folders and stdin, and says what it looked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from erastyle.cli import app
from erastyle.corpus.provenance.label import Notice, label

OWN = "Our boats lie in the old harbour, and my brother paints them every spring.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a text of a person, a labelled one and a picture."""
    (tmp_path / "own.txt").write_text(OWN)
    (tmp_path / "labelled.txt").write_text(label("Kites fly.\n", Notice(), "text"))
    (tmp_path / "picture.gif").write_bytes(b"GIF89a\x01\x00\x00\x00")
    return tmp_path


def test_a_folder_is_read_and_a_picture_is_named(folder: Path) -> None:
    result = CliRunner().invoke(app, ["detect", str(folder), "--format", "json"])
    assert result.exit_code == 0
    rows = {Path(row["text"]).name: row for row in json.loads(result.stdout)}
    assert {name: row["answer"] for name, row in rows.items()} == {
        "labelled.txt": "marked",
        "own.txt": "no mark found",
    }
    assert "starter" in {one["tokenizer"] for one in rows["own.txt"]["trials"]}
    assert "it is short" in rows["own.txt"]["said"]
    assert "picture.gif: not a text" in result.stderr


def test_stdin_is_read_and_the_table_says_what_it_cannot_tell() -> None:
    result = CliRunner().invoke(app, ["detect", "-"], input=OWN)
    assert result.exit_code == 0
    assert "No mark found" in result.stdout
    assert "does not mean that a person wrote it" in result.stderr
    assert "tokenizers of starter" in result.stderr


@pytest.mark.parametrize("form", ["jsonl", "tsv"])
def test_rows_are_for_programs_too(folder: Path, form: str) -> None:
    result = CliRunner().invoke(app, ["detect", str(folder / "own.txt"), "--format", form])
    assert result.exit_code == 0
    assert "no mark found" in result.stdout
    assert result.stderr == ""


def test_what_cannot_be_read_is_one_line(folder: Path) -> None:
    missing = CliRunner().invoke(app, ["detect", str(folder / "gone.txt")])
    assert missing.exit_code == 1
    assert "gone.txt: no such file or folder" in missing.stderr
    picture = CliRunner().invoke(app, ["detect", str(folder / "picture.gif")])
    assert picture.exit_code == 1
    assert "There is no text in" in picture.stderr
