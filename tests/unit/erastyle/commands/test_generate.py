"""`generate`: what it cannot do is refused, and never dropped without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from erastyle.commands import generate
from erastyle.corpus.errors import ConfigError
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


@pytest.mark.parametrize("strength", ["7", "-1", "much", "nan"])
def test_a_strength_that_cannot_be_is_told_by_its_own_name(strength: str) -> None:
    with pytest.raises(ConfigError, match=f"--strength {strength}: give a number from 0 to 1.5"):
        generate.generate_options(strength, None, [])


def test_the_name_of_a_file_is_no_brief(tmp_path: Path) -> None:
    file = tmp_path / "briefs.txt"
    file.write_text("A page about boats.\n")
    with pytest.raises(ConfigError, match=r"briefs.txt is a file. --briefs .*briefs.txt takes"):
        generate._briefs([str(file)], None)
    long = "A page about boats. " * 400
    assert generate._briefs([long], None)[0].text == long
