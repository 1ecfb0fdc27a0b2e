"""A new measure takes one file: it is then in score.json, the report, the gate and compare."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from erastyle.corpus.era import Gate
from erastyle.eval import stage
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.measurement import Share
from erastyle.eval.metric import Metric
from tests.conftest import erastyle


def judge(check: Check, share: Share, limit: float, _seed: int) -> GateLine:
    value = share.count / share.total
    return GateLine(check.id, check.name, check.measured, value, limit=f"at least {limit:g}")


VOWELS = Check("vowels", "texts with a vowel", "share of texts", "min_style_pass", Share, judge)


def toy() -> Any:
    """Return a measure as a file of eval/measures/ would offer it."""

    def measure(material: Any) -> Share:
        return Share(sum("e" in row["style"] for row in material.outputs), len(material.outputs))

    def metrics(result: Share) -> list[Metric]:
        value = result.count / result.total
        name = "share of texts with a vowel"
        return [
            Metric(id="vowels", name=name, unit="share", style=value, group="style", compared=True)
        ]

    def check(result: Share, limits: Gate, seed: int) -> list[GateLine]:
        return [VOWELS.line(result, limits, seed)]

    def items(result: Share) -> dict[str, Share]:
        return {"vowels": result}

    return SimpleNamespace(
        CHECKS=(VOWELS,), measure=measure, metrics=metrics, check=check, items=items
    )


def test_a_measure_of_one_file_is_found_everywhere(
    small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(small_run, tmp_path / "run", symlinks=True))
    monkeypatch.setattr(stage, "MEASURES", (*stage.MEASURES, toy()))
    result = erastyle("run", "--run", root, "--from", "score")
    assert result.exit_code == 0, result.output
    score = json.loads((root / "score.json").read_text())
    assert "vowels" in {metric["id"] for metric in score["measures"]}
    assert "vowels" in {line["id"] for line in score["gate"]}
    page = (root / "report.html").read_text()
    assert "hare of texts with a vowel" in page
    assert "texts with a vowel" in erastyle("report", root, "--terminal").output
    result = erastyle("compare", root, "--method", "lora", "--json")
    assert result.exit_code == 0, result.output
    compared = json.loads(result.stdout)
    assert compared["titles"]["vowels"] == "share of texts with a vowel, share"
    assert compared["rows"][0]["vowels"] is not None
