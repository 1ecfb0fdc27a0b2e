"""`score`: an option of the stage is refused with texts, and one of texts with the stage."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from erastyle.cli import app
from tests.conftest import erastyle


@pytest.mark.parametrize(
    "option", [("--base", "starter"), ("--set", "score.every=9"), ("--gate",), ("--dry-run",)]
)
def test_options_of_the_stage_are_refused_with_texts(
    tmp_path: Path, option: tuple[str, ...]
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<P>Our boats lie in the harbour.")
    result = erastyle("score", page, "--era", "web-1995", *option)
    assert result.exit_code == 2
    assert option[0] in result.output


@pytest.mark.parametrize("option", [("--against", "a"), ("--report", "a.html")])
def test_options_of_texts_are_refused_with_the_stage(
    tmp_path: Path, option: tuple[str, ...]
) -> None:
    result = erastyle("score", "web-1995", "--run", tmp_path / "run", *option)
    assert result.exit_code == 2
    assert option[0] in result.output


def test_a_text_on_stdin_is_scored_and_a_hit_stands_once_with_its_count() -> None:
    text = "We deploy with Kubernetes. " * 3 + "Kubernetes runs the tests of our team each night."
    result = CliRunner().invoke(app, ["score", "-", "--era", "web-1995"], input=text)
    assert result.exit_code == 0, result.output
    assert "stdin: not of the period: names Kubernetes, 2014" in result.output
    assert "Kubernetes (2014) x 4" in result.output


def test_a_file_that_is_missing_is_no_era(tmp_path: Path) -> None:
    result = erastyle("score", tmp_path / "page.html", "--run", tmp_path / "run")
    assert result.exit_code != 0
    assert "No era" not in result.output
