"""`erastyle date` dates files, folders and stdin without an era."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from erastyle.cli import app

PAGE = "<HTML><TITLE>Boats</TITLE><P>Our boats lie here.<HR>Last updated: 3 May 1996</HTML>"


def test_a_page_a_folder_and_stdin_are_dated(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.html").write_text(PAGE)
    for arguments, text in (
        ([str(tmp_path / "a" / "b.html")], None),
        ([str(tmp_path / "a")], None),
        (["-"], PAGE),
    ):
        result = CliRunner().invoke(app, ["date", *arguments, "--json"], input=text)
        assert result.exit_code == 0
        (row,) = json.loads(result.output)
        assert row["year"] == 1996
        assert "Last updated" in row["evidence"]


def test_the_table_shows_what_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Our boats lie here.\n")
    result = CliRunner().invoke(app, ["date", str(tmp_path / "a.txt")])
    assert result.exit_code == 0
    assert "no evidence" in result.output
    assert "?" in result.output
