"""`erastyle report`: the end of a run in a few lines, and all of it on demand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import erastyle


def test_the_short_form_says_what_it_is_made_of_how_it_writes_and_what_it_cost(
    small_run: Path,
) -> None:
    result = erastyle("report", small_run)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.output.splitlines() if line.strip()]
    assert len(lines) <= 12
    words = [line.split(":")[0] for line in lines[1:]]
    assert words == ["made of", "writes", "cost", "gate", "report", "details", "write"]
    assert "training documents" in result.output


def test_the_long_form_holds_every_measure_and_line_uncut(small_run: Path) -> None:
    score = json.loads((small_run / "score.json").read_text())
    result = erastyle("report", small_run, "--terminal")
    assert result.exit_code == 0
    for line in score["gate"]:
        assert f"{line['verdict']:15} {line['name']}: " in result.output
        if line["verdict"] != "PASS":
            assert line["explanation"] in result.output
    assert json.loads(erastyle("report", small_run, "--json").stdout)["verdict"] == score["verdict"]


def test_a_run_without_a_score_says_what_to_do(tmp_path: Path) -> None:
    result = erastyle("report", tmp_path)
    assert result.exit_code == 1
    assert "has no score yet. Run `erastyle run" in result.output


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_damaged_score_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "score.json").write_text(text)
    result = erastyle("report", tmp_path)
    assert result.exit_code == 1
    assert "score.json" in result.output
    assert "Traceback" not in result.output
