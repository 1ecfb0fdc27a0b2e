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


def measured(model: Path, *choosing: float | None, costly: tuple[int, ...] = ()) -> None:
    rows = [
        {
            "strength": (n + 1) / 4,
            "passes_choosing": share,
            "passes": 0.25,
            "too_costly": ["general text"] if n in costly else [],
        }
        for n, share in enumerate(choosing)
    ]
    strength_curve.write(model, rows)


def test_auto_takes_what_the_choosing_judge_passes_most_often_and_can_be_afforded(
    model: Path,
) -> None:
    measured(model, 0.1, 0.6, 0.6, 0.9, costly=(3,))
    row = strength_curve.chosen(model)
    assert row["strength"] == 0.5, "of equal ones the weakest; the best one costs too much"
    assert strength_curve.of_choice(row) == (
        "strength 0.5: the judge that chooses passes 60 % of its texts, the one that only reports "
        "passes 25 %"
    )


def test_auto_refuses_to_choose_where_nothing_can_be_chosen(model: Path) -> None:
    with pytest.raises(ModelError, match="has no measured strengths"):
        strength_curve.chosen(model)
    measured(model, 0.5, costly=(0,))
    with pytest.raises(ModelError, match=r"costs \(0.25: general text\)"):
        strength_curve.chosen(model)
    measured(model, None)
    with pytest.raises(ModelError, match="was judged"):
        strength_curve.chosen(model)
    measured(model, 0.5)
    (model / "adapter" / "weights.safetensors").write_bytes(b"learnt anew")
    with pytest.raises(ModelError, match="is of another model"):
        strength_curve.chosen(model)
    (model / strength_curve.NAME).write_text("{")
    with pytest.raises(ModelError, match="is damaged"):
        strength_curve.chosen(model)


def test_a_model_that_is_copied_elsewhere_knows_its_curve(model: Path, tmp_path: Path) -> None:
    measured(model, 0.5)
    copied = Path(shutil.copytree(model, tmp_path / "elsewhere"))
    (copied / "README.md").write_text("A card that somebody put beside it.")
    assert strength_curve.chosen(copied)["strength"] == 0.25


def test_the_curve_is_no_part_of_what_the_training_wrote(model: Path) -> None:
    stage = model.parent
    before = manifest.describe(stage)
    measured(model, 0.5)
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
    names = ("style", "passes", "passes_choosing", "capability_change", "anachronisms")
    low = dict.fromkeys(names, 0.5) | {"strength": 0.25, "anachronisms": None}
    high = dict.fromkeys(names, 0.75) | {"strength": 0.5, "capability_change": None}
    chart = strength_curve.chart([low, high])
    assert chart.curves["style"] == [(0.25, 0.5), (0.5, 0.75)]
    assert chart.curves["capability, change"] == [(0.25, 0.5)]
    assert chart.curves["anachronisms per 1,000 words"] == [(0.5, 0.75)]
