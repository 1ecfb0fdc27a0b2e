"""The measured strengths of a style model: where they lie, and which one `auto` takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from erastyle import strength_curve
from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.manifest import Manifest


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "train" / "abc" / "model"
    (folder / "adapter").mkdir(parents=True)
    (folder / "style.json").write_text("{}")
    (folder / "adapter" / "weights.safetensors").write_bytes(b"learnt")
    return folder


def measured(model: Path, *verdicts: str) -> None:
    strength_curve.write(
        model, [{"strength": (n + 1) / 4, "verdict": v} for n, v in enumerate(verdicts)]
    )


def test_auto_takes_the_strongest_that_passed(model: Path) -> None:
    measured(model, "PASS", "PASS", "FAIL", "INCONCLUSIVE")
    assert strength_curve.strongest(model) == 0.5


def test_auto_refuses_to_choose_where_nothing_passed_or_was_measured(model: Path) -> None:
    with pytest.raises(ModelError, match="has no measured strengths"):
        strength_curve.strongest(model)
    measured(model, "FAIL")
    with pytest.raises(ModelError, match="passed the gate"):
        strength_curve.strongest(model)
    measured(model, "PASS")
    (model / "adapter" / "weights.safetensors").write_bytes(b"learnt anew")
    with pytest.raises(ModelError, match="is of another model"):
        strength_curve.strongest(model)
    (model / strength_curve.NAME).write_text("{")
    with pytest.raises(ModelError, match="is damaged"):
        strength_curve.strongest(model)


def test_a_model_that_is_copied_elsewhere_knows_its_curve(model: Path, tmp_path: Path) -> None:
    measured(model, "PASS")
    copied = Path(shutil.copytree(model, tmp_path / "elsewhere"))
    (copied / "README.md").write_text("A card that somebody put beside it.")
    assert strength_curve.strongest(copied) == 0.25


def test_the_curve_is_no_part_of_what_the_training_wrote(model: Path) -> None:
    stage = model.parent
    before = manifest.describe(stage)
    measured(model, "PASS")
    done = Manifest(
        key="k",
        identity={},
        files=before,
        stats={"kept": 10},
        seconds=100,
        cpu_seconds=90,
        peak_memory_mb=1,
        measured={},
        finished=manifest.now(),
        versions={},
    )
    assert manifest.describe(stage) == before
    assert list(manifest.damage(stage, done)) == []
    assert [p.name for p in stage.parent.iterdir()] == ["abc"], "nothing half-written stays"
    (model / "other.json").write_text("{}")
    assert len(list(manifest.damage(stage, done))) == 1, "any other file is still noticed"


def test_what_was_not_measured_leaves_a_gap_in_the_curve() -> None:
    names = ("style", "would_pass", "capability_change", "anachronisms")
    low = dict.fromkeys(names, 0.5) | {"strength": 0.25, "anachronisms": None}
    high = dict.fromkeys(names, 0.75) | {"strength": 0.5, "capability_change": None}
    chart = strength_curve.chart([low, high])
    assert chart.curves["style"] == [(0.25, 0.5), (0.5, 0.75)]
    assert chart.curves["capability, change"] == [(0.25, 0.5)]
    assert chart.curves["anachronisms per 1,000 words"] == [(0.5, 0.75)]
