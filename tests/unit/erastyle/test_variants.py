"""Advice from a comparison, the strongest strength that passed, and what inspect shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from erastyle import run_report as pages
from erastyle import strength_curve as dial
from erastyle.commands import compare
from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.variants import Scored
from tests.conftest import erastyle


def a_manifest(**measured: float) -> Manifest:
    return Manifest(
        key="k", identity={}, files=(), stats={"kept": 10}, seconds=100, cpu_seconds=90,
        peak_memory_mb=1, measured=measured, finished=manifest.now(), versions={},
    )  # fmt: skip


def scored(name: str, styles: list[float | None], failed: str = "") -> Scored:
    judged = [s or 0.0 for s in styles]
    mean = sum(judged) / len(judged)
    open_ends = {"difference": None, "low": None, "high": None}
    measures = [
        {
            "id": "style_score",
            "compared": False,
            "style": mean,
            "style_low": mean - 0.1,
            "style_high": mean + 0.1,
            "difference": 0.15,
            "low": 0.1,
            "high": 0.2,
        },
        {
            "id": "distinguishability",
            "name": "distinguishability",
            "unit": "AUC",
            "compared": True,
            "style": 0.9,
            "style_low": 0.8,
            "style_high": 0.95,
            **open_ends,
        },
        {
            "id": "anachronisms",
            "name": "anachronisms",
            "unit": "per 1,000 words",
            "compared": True,
            "style": 0.5,
            **open_ends,
        },
    ]
    gate = [
        {
            "id": "capability",
            "name": "capability",
            "verdict": "FAIL" if failed else "PASS",
            "value": -0.01,
            "low": -0.03,
            "high": 0.01,
        },
    ]
    rows: list[dict[str, Any]] = [{"style_era": s} for s in styles]
    manifests = {
        "train": a_manifest(energy_kwh=0.002),
        "generate": a_manifest(energy_kwh=0.001, seconds_per_answer=4.0),
    }
    return Scored(name, {"verdict": "PASS", "measures": measures, "gate": gate}, rows, manifests)


LOW, HIGH = [0.1, 0.2, 0.1, 0.3] * 6, [0.9, 0.8, 0.7, 0.9] * 6


def test_training_that_clearly_wins_is_advised() -> None:
    assert compare.advice([scored("prompt", LOW), scored("lora", HIGH)], 1).startswith("Use lora:")


def test_prompting_that_clearly_wins_is_advised() -> None:
    said = compare.advice([scored("few-shot", HIGH), scored("lora", LOW)], 1)
    assert said.startswith("Use few-shot: you could just prompt.")


def test_a_difference_within_its_interval_is_no_reason_to_train() -> None:
    one, other = [0.1, 0.9] * 4, [0.9, 0.2] * 4
    said = compare.advice([scored("prompt", one), scored("lora", other)], 1)
    assert said.startswith("Use prompt for now: 8 briefs do not show that lora")


def test_a_method_that_fails_the_gate_on_its_costs_is_not_advised() -> None:
    said = compare.advice([scored("lora", HIGH, failed="x"), scored("blend", LOW)], 1)
    assert said.startswith("Use blend")
    said = compare.advice([scored("lora", HIGH, failed="x")], 1)
    assert said == "Use none as they are: each fails the gate (lora: capability)."


def test_a_text_that_cannot_be_judged_counts_nought() -> None:
    assert compare.styles(scored("lora", [None, 0.5])) == [0.0, 0.5]


def test_energy_of_a_page_is_the_style_models_share_of_the_stage() -> None:
    line = compare.row(scored("lora", HIGH))
    assert line["kwh_per_1000_pages"] == pytest.approx(1000 * 0.001 * 0.4 / 10)
    assert line["kwh_train"] == 0.002
    assert line["general_loss"] is None, "it is no line of this gate"


def test_style_distinguishability_and_capability_stand_with_their_intervals() -> None:
    line = compare.row(scored("lora", [0.5] * 4))
    assert compare.cell(line, "style_score") == ("0.500", "0.400 to 0.600")
    assert compare.cell(line, "style_gain") == ("+0.150", "+0.100 to +0.200")
    assert compare.cell(line, "distinguishability") == ("0.900", "0.800 to 0.950")
    minus = "\N{MINUS SIGN}"
    assert compare.cell(line, "capability") == (f"{minus}0.010", f"{minus}0.030 to +0.010")


def test_the_figure_turns_a_loss_of_capability_into_a_cost() -> None:
    chart = pages.gains([compare.row(scored("lora", [0.5] * 4))])
    assert chart is not None
    assert chart.across == "capability lost"
    assert chart.curves == {"lora": [(0.01, 0.15)]}
    assert chart.spans == {"lora": [-0.01, 0.03, 0.1, 0.2]}
    with_loss = compare.row(scored("lora", [0.5])) | {"general_loss": 0.02}
    other = pages.gains([with_loss])
    assert other is not None
    assert other.curves == {"lora": [(0.02, 0.15)]}
    assert pages.gains([{"method": "lora"}]) is None, "nothing was measured"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "train" / "abc" / "model"
    (folder / "adapter").mkdir(parents=True)
    (folder / "style.json").write_text("{}")
    (folder / "adapter" / "weights.safetensors").write_bytes(b"learnt")
    return folder


def measured(model: Path, *verdicts: str) -> None:
    dial.write(model, [{"strength": (n + 1) / 4, "verdict": v} for n, v in enumerate(verdicts)])


def test_auto_takes_the_strongest_that_passed(model: Path) -> None:
    measured(model, "PASS", "PASS", "FAIL", "INCONCLUSIVE")
    assert dial.strongest(model) == 0.5


def test_auto_refuses_to_choose_where_nothing_passed_or_was_measured(model: Path) -> None:
    with pytest.raises(ModelError, match="has no measured strengths"):
        dial.strongest(model)
    measured(model, "FAIL")
    with pytest.raises(ModelError, match="passed the gate"):
        dial.strongest(model)
    measured(model, "PASS")
    (model / "adapter" / "weights.safetensors").write_bytes(b"learnt anew")
    with pytest.raises(ModelError, match="is of another model"):
        dial.strongest(model)
    (model / dial.NAME).write_text("{")
    with pytest.raises(ModelError, match="is damaged"):
        dial.strongest(model)


def test_a_model_that_is_copied_elsewhere_knows_its_curve(model: Path, tmp_path: Path) -> None:
    measured(model, "PASS")
    copied = Path(shutil.copytree(model, tmp_path / "elsewhere"))
    (copied / "README.md").write_text("A card that somebody put beside it.")
    assert dial.strongest(copied) == 0.25


def test_the_curve_is_no_part_of_what_the_training_wrote(model: Path) -> None:
    stage = model.parent
    before = manifest.describe(stage)
    measured(model, "PASS")
    done = a_manifest().model_copy(update={"files": before})
    assert manifest.describe(stage) == before
    assert list(manifest.damage(stage, done)) == []
    assert [p.name for p in stage.parent.iterdir()] == ["abc"], "nothing half-written stays"
    (model / "other.json").write_text("{}")
    assert len(list(manifest.damage(stage, done))) == 1, "any other file is still noticed"


def test_inspect_shows_what_is_learnt_and_what_is_not(small_run: Path) -> None:
    result = erastyle("inspect", small_run, "--row", 1, "--json")
    assert result.exit_code == 0, result.output
    first = json.loads(result.output.splitlines()[0])
    learnt = "".join(t for t, yes in zip(first["tokens"], first["learnt"], strict=True) if yes)
    request = "".join(t for t, yes in zip(first["tokens"], first["learnt"], strict=True) if not yes)
    assert learnt.endswith("<|im_end|>")
    assert request.startswith("<|im_start|>user")
    shown = erastyle("inspect", small_run, "--row", 1)
    assert "learnt" in shown.output
    assert erastyle("inspect", small_run, "--row", 10**6).exit_code == 1


def test_compare_and_strength_do_only_what_is_missing(small_run: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(small_run, tmp_path / "run", symlinks=True))
    result = erastyle("compare", root, "--method", "prompt", "--method", "lora", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [row["method"] for row in found["rows"]] == ["prompt", "lora"]
    assert found["rows"][0]["general_loss"] is None, "prompting leaves the weights alone"
    assert len(list((root / "baseline").iterdir())) == 1, "the base answers once"
    assert found["advice"].startswith("Use ")
    assert len(list((root / "train").iterdir())) == 2, "lora was there already"
    assert json.loads((root / "compare.json").read_text()) == found
    result = erastyle("strength", root, "--at", 0.5, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["strength"] == 0.5
    page = (root / "report.html").read_text()
    assert "Could one not just prompt?" in page
    assert "The dial" in page
    assert "What each method gains, and what it costs" in page
    assert dial.read(root / "model") == json.loads(result.stdout)
    assert (root / "strength.json").samefile(root / "model" / "strength.json")
    assert erastyle("verify", root).exit_code == 0
