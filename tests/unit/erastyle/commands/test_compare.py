"""`erastyle compare` and `erastyle strength` on a small run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from erastyle import strength_curve
from tests.conftest import erastyle


def test_compare_and_strength_do_only_what_is_missing(small_run: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(small_run, tmp_path / "run", symlinks=True))
    result = erastyle("compare", root, "--method", "prompt", "--method", "lora", "--json")
    assert result.exit_code == 0, result.output
    compared = json.loads(result.stdout)
    assert [row["method"] for row in compared["rows"]] == ["prompt", "lora"]
    assert compared["rows"][0]["general_loss"] is None, "prompting leaves the weights alone"
    assert len(list((root / "baseline").iterdir())) == 1, "the base answers once"
    assert compared["advice"].startswith("Use ")
    assert len(list((root / "train").iterdir())) == 2, "lora was there already"
    assert json.loads((root / "compare.json").read_text()) == compared
    result = erastyle("strength", root, "--at", 0.5, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["strength"] == 0.5
    page = (root / "report.html").read_text()
    assert "Could one not just prompt?" in page
    assert "Style and its cost by strength" in page
    assert "What each method gains, and what it costs" in page
    assert strength_curve.read(root / "model") == json.loads(result.stdout)
    assert (root / "strength.json").samefile(root / "model" / "strength.json")
    assert erastyle("verify", root).exit_code == 0
