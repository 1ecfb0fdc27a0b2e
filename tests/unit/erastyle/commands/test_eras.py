"""`eras`: a profile of one's own is dated and named at once, and says what it forgot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import erastyle


def test_a_new_era_takes_its_period_title_and_medium(tmp_path: Path) -> None:
    path = tmp_path / "home-computer-1980.yaml"
    given = (
        "--from",
        1977,
        "--to",
        "1984-06-30",
        "--title",
        "home computers",
        "--medium",
        "listing",
    )
    result = erastyle("eras", "new", path, "--like", "manual-1995", *given)
    assert result.exit_code == 0, result.output
    profile = yaml.safe_load(path.read_text())
    assert [str(day) for day in profile["period"].values()] == ["1977-01-01", "1984-06-30"]
    assert (profile["title"], profile["medium"]) == ("home computers", "listing")
    assert profile["lexicon_cutoff"] == 1984
    assert "briefs, style_notes are still manual-1995's" in result.output


def test_check_warns_of_what_is_still_the_template_s(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    erastyle("eras", "new", path, "--like", "web-1995")
    result = erastyle("eras", "check", path)
    assert result.exit_code == 0
    assert "title, period, medium, briefs, style_notes are still web-1995's" in result.output


@pytest.mark.parametrize("day", ["soon", "77", "1977-13-01"])
def test_a_period_that_is_none_is_refused(tmp_path: Path, day: str) -> None:
    result = erastyle("eras", "new", tmp_path / "a.yaml", "--from", day)
    assert result.exit_code == 2
    assert f"--from {day}" in result.output
    assert not list(tmp_path.iterdir())


def test_check_shows_what_each_rule_does_to_ten_documents(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(14):
        words = 5 if number % 2 else 60
        (texts / f"{number}.html").write_text("<P>" + "Our boats lie in the harbour. " * words)
    result = erastyle("eras", "new", tmp_path / "mine.yaml")
    result = erastyle("eras", "check", tmp_path / "mine.yaml", "--source", texts)
    assert result.exit_code == 0, result.output
    assert len([line for line in result.output.splitlines() if ".html: " in line]) == 10
    assert "10 of 14 documents" in result.output


def test_every_shipped_era_says_whether_it_has_a_sample_and_what_it_needs() -> None:
    rows = json.loads(erastyle("eras", "list", "--json").output)
    assert {row["name"]: row["sample"] for row in rows} == {
        "manual-1995": False,
        "newspaper-1890": False,
        "usenet-1993": False,
        "web-1995": True,
    }
    for row in rows:
        assert "--contrast" in row["needs"]
        if not row["sample"]:
            result = erastyle("run", row["name"], "--dry-run", "--contrast", "synthetic-modern:4@1")
            assert result.exit_code == 2
            assert "has no sample; give period documents with --source" in result.output
