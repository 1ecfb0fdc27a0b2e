"""Who chooses the checkpoint, and that keys of earlier runs stay."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from erastyle import config, planned_run
from erastyle.config import RunConfig
from erastyle.pipeline.runtime import runner
from erastyle.planning import checkpoint_choice


def loaded(*values: str) -> RunConfig:
    return config.load("web-1995", values)


def decided(*values: str) -> tuple[str, str]:
    made = loaded(*values)
    return checkpoint_choice.decide(made.train, made.classifier)


@pytest.mark.parametrize(
    ("values", "by", "why"),
    [
        (["train.base=smollm2"], "judge", "large enough"),
        (["train.base=owner/unknown"], "judge", "large enough"),
        (["train.base=starter"], "loss", "3 million parameters"),
        (["train.base=smollm2", "train.max_tokens=20000"], "loss", "20,000 tokens"),
        (["train.base=smollm2", "train.max_tokens=null"], "judge", "large enough"),
        (["train.base=smollm2", "classifier.judges=false"], "loss", "classifier.judges is off"),
        (["train.base=smollm2", "train.method=prompt"], "loss", "trains nothing"),
        (["train.base=starter", "train.choose_by=judge"], "judge", "says so"),
        (["train.base=smollm2", "train.choose_by=loss"], "loss", "says so"),
    ],
)
def test_who_chooses_and_why(values: list[str], by: str, why: str) -> None:
    found, reason = decided(*values)
    assert found == by
    assert why in reason


def steps(root: Path, *values: str) -> dict[str, runner.Step]:
    return {step.stage.name: step for step in planned_run.plan(loaded(*values), root).steps}


def test_a_training_that_the_judge_chooses_needs_the_classifier(tmp_path: Path) -> None:
    judged = steps(tmp_path, "train.base=smollm2")
    assert "classifier" in judged["train"].needs
    assert judged["train"].identity["options"]["choose_by"] == "judge"
    names = [step.stage.name for step in runner.needed(list(judged.values()), "train")]
    assert names.index("classifier") < names.index("train")
    by_loss = steps(tmp_path, "train.base=smollm2", "train.choose_by=loss")
    names = [step.stage.name for step in runner.needed(list(by_loss.values()), "train")]
    assert "classifier" not in names, "`erastyle train` learns no classifier for nothing"


def test_the_key_of_a_training_by_losses_knows_nothing_of_judges(tmp_path: Path) -> None:
    one = steps(tmp_path, "train.base=starter")["train"]
    assert not {"choose_by", "judge_briefs", "judge_tokens"} & one.identity["options"].keys()
    other = steps(tmp_path, "train.base=starter", "train.judge_briefs=20", "train.seconds=60")
    assert other["train"].key == one.key


def test_a_run_file_of_an_earlier_version_keeps_its_key(tmp_path: Path) -> None:
    now = steps(tmp_path, "train.base=smollm2", "train.choose_by=loss")["train"]
    data = yaml.safe_load(config.dump(loaded("train.base=smollm2")))
    new = {"choose_by", "judge_briefs", "judge_tokens", "checkpoint_minutes", "seconds"}
    data["train"] = {name: value for name, value in data["train"].items() if name not in new}
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump(data))
    before = config.load(str(file))
    assert before.train.choose_by == "loss"
    planned = planned_run.plan(before, tmp_path)
    assert planned.step("train").key == now.key
    asked = config.load(str(file), ["train.choose_by=judge"])
    assert asked.train.choose_by == "judge", "a person may ask for it"


def test_a_run_file_by_hand_gets_the_default(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("era: web-1995\ntrain:\n  base: smollm2\n")
    assert config.load(str(file)).train.choose_by is None
