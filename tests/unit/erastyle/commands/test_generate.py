"""`generate`: what it cannot do is refused, and never dropped without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import erastyle


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--count", 3),
        ("--best-of", 2),
        ("--strength", 0.5),
        ("--mix", "runs/a=1"),
        ("--model", "runs/a/model"),
        ("--seed", 7),
        ("--later", "allow"),
    ],
)
def test_options_of_briefs_need_one(tmp_path: Path, option: str, value: object) -> None:
    result = erastyle("generate", "--run", tmp_path, option, value)
    assert result.exit_code == 2
    assert " is for briefs" in result.output
