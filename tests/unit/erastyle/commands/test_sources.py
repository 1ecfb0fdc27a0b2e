"""`erastyle sources check` says what a source holds and what would be lost, without a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from erastyle.cli import app
from tests.conftest import erastyle

PAGE = b"<HTML><TITLE>Boats</TITLE><P>Our boats lie in the harbour.</HTML>"


def check(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["sources", "check", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "old" / "ann"
    site.mkdir(parents=True)
    (site / "a.html").write_bytes(PAGE)
    (site / "b.txt").write_bytes("Boats of Köln lie here.".encode("latin-1"))
    (site / "c.gif").write_bytes(b"GIF89a....")
    (site / "d.txt").write_bytes(b"  \n")
    (site / "e.warc").write_bytes(b"no archive")
    return tmp_path / "old"


def test_it_counts_documents_and_losses_that_add_up(folder: Path) -> None:
    code, output = check(str(folder), "--json")
    (report,) = json.loads(output)
    assert code == 0
    assert (report["kind"], report["documents"], report["sites"]) == ("folder", 2, 1)
    assert report["formats"] == {"html": 1, "text": 1}
    losses = {loss["reason"]: loss["count"] for loss in report["losses"]}
    assert losses["not text: image/gif"] == 1
    assert losses["empty"] == 1
    assert report["items"] == report["documents"] + sum(losses.values()) == 5


def test_an_era_counts_its_other_formats_as_lost(folder: Path) -> None:
    _, output = check(str(folder), "--json", "--era", "usenet-1993")
    (report,) = json.loads(output)
    assert report["formats"] == {"text": 1}
    assert "other format: html" in {loss["reason"] for loss in report["losses"]}


def test_the_terminal_names_kind_and_reasons_with_examples(folder: Path) -> None:
    code, output = check(str(folder))
    assert code == 0
    for part in ("read as folder", "2 documents of 1 sites", "not text: image/gif", "c.gif"):
        assert part in output


def test_a_source_of_which_nothing_can_be_read_gives_1(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"")
    code, output = check(str(tmp_path / "a.warc.gz"), str(folder))
    assert code == 1
    assert "cannot be read" in output
    assert "2 documents" in output
    assert check(str(tmp_path / "nowhere"))[0] == 1


def test_no_line_is_broken_in_a_pipe(tmp_path: Path) -> None:
    missing = tmp_path / ("a-long-name-" * 8) / "nothing"
    lines = erastyle("sources", "check", missing).output.splitlines()
    assert len(lines) == 2, lines
