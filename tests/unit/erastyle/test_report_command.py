"""`erastyle report`: the end of a run in a few lines, and all of it on demand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erastyle.commands import report
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
    assert "is not a run directory" in result.output
    (tmp_path / "run.yaml").write_text("era: web-1995\n")
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


def scored(**values: object) -> dict[str, object]:
    general = {"id": "general_text", "base": 2.0, "style": 1.9, "unit": "bits", "real": None}
    lines = [
        {"id": "copied", "name": "copied", "value": 0.25, "low": 0.1, "high": 0.4, "n": 8},
        {"id": "capability", "name": "capability", "value": -0.01, "low": -0.03, "high": 0.01,
         "n": 90},
    ]  # fmt: skip
    return {"measures": [general], "gate": lines} | values


def test_copies_are_counted_among_the_texts_that_were_written() -> None:
    assert report._cost(scored()) == (
        "bits per byte on general text fell by 5.0 %; capability -1.0 points [-3.0, +1.0]; "
        "copies in 2 of 8 texts"
    )


def test_the_end_of_a_run_names_few_lines_of_the_gate_and_counts_the_rest() -> None:
    lines = [{"name": f"line {n}", "verdict": "INCONCLUSIVE"} for n in range(7)]
    names = ", ".join(line["name"] for line in lines)
    score = {"gate": lines, "verdict": "INCONCLUSIVE", "verdict_sentence": f"Not shown: {names}."}
    assert report._few_names(score) == "Not shown: line 0, line 1, line 2 and 4 more."
    few = score | {"gate": lines[:4], "verdict_sentence": "Not shown: line 0, line 1."}
    assert report._few_names(few) == "Not shown: line 0, line 1."


def test_a_year_has_no_thousands_comma_and_a_bound_stands_beside_its_limit(
    small_run: Path,
) -> None:
    text = erastyle("report", small_run, "--terminal").output
    years = next(line for line in text.splitlines() if "year of writing" in line)
    assert "," not in years.removeprefix(" year of writing, median"), years
    assert "%; lower bound" in text
    assert ", needed at least " in text
