"""`--minutes`: the time is shared out, numbers follow the speed, and what is left out is said."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from erastyle import config
from erastyle.corpus.errors import ConfigError
from erastyle.planning import budget
from erastyle.planning.base_speed import Speeds
from erastyle.planning.budget import LEVELS, MinutesPlan

SMOLLM2 = Speeds(train=100.0, write=90.0, read=400.0)
WEB = config.load("web-1995", ["train.base=starter"])


def planned(minutes: float, speeds: Speeds = SMOLLM2) -> MinutesPlan:
    return budget.plan(WEB, minutes, minutes * 60, speeds)


@pytest.mark.parametrize("minutes", [10, 40, 120, 600])
def test_the_time_is_used_and_not_exceeded(minutes: float) -> None:
    plan = planned(minutes)
    spent = plan.tokens / SMOLLM2.train + plan.evaluation_seconds
    trained = config.load("web-1995", plan.values()).train
    spent += budget.watching_seconds(trained, SMOLLM2)
    assert 0.85 * 60 * minutes < spent <= 60 * minutes
    assert plan.overrides["train.max_tokens"] == plan.tokens


def test_a_short_training_reads_more_documents_once() -> None:
    short, long = planned(10), planned(120)
    assert short.tokens < budget.SHORT <= long.tokens
    assert (short.overrides["train.epochs"], short.overrides["train.max_length"]) == (1, 512)
    assert "train.epochs" not in long.overrides


def test_more_time_and_more_speed_buy_more_of_both() -> None:
    plans = [planned(minutes) for minutes in (10, 30, 90, 270)]
    tokens, levels = [p.tokens for p in plans], [p.level for p in plans]
    assert tokens == sorted(tokens)
    assert len(set(tokens)) == 4
    assert levels == sorted(levels)
    assert planned(30, Speeds(200.0, 180.0, 800.0)).tokens > planned(30).tokens


def test_a_time_that_is_too_short_is_refused_and_the_least_is_named() -> None:
    with pytest.raises(ConfigError, match=r"--minutes 1 is too short .* about \d+ minutes") as no:
        planned(1)
    least = int(str(no.value).split(": about ")[1].split(" ")[0])
    assert planned(least + 1).tokens >= budget.FEWEST_TOKENS
    assert not any("smallest plan" in line for line in planned(least + 1).sentences())


def test_a_time_that_is_a_little_too_short_runs_the_smallest_plan_and_says_so() -> None:
    for minutes in range(1, 20):
        with contextlib.suppress(ConfigError):
            plan = planned(minutes)
            break
    assert "smallest plan takes about" in plan.sentences()[0]
    assert minutes < plan.minutes <= budget.LONGER * minutes
    assert (plan.tokens, plan.level) == (budget.FEWEST_TOKENS, 0)


def test_what_is_left_out_and_what_twice_the_time_brings_is_said() -> None:
    lines = planned(10).sentences()
    assert any(line.startswith("left out: the controls that must fail") for line in lines)
    assert "twice the time would bring" in lines[-1]
    assert not any("left out" in line for line in planned(600).sentences())


def test_a_method_that_trains_nothing_gives_all_its_time_to_the_evaluation() -> None:
    prompt = config.load("web-1995", ["train.base=starter", "train.method=prompt"])
    plan = budget.plan(prompt, 20, 1200, SMOLLM2)
    assert plan.tokens == 0
    assert "train.max_tokens" not in plan.overrides
    assert plan.level >= planned(20).level


def real(*values: str) -> config.RunConfig:
    return config.load("web-1995", ["train.base=smollm2", *values])


@pytest.mark.parametrize("minutes", [90, 240, 600])
def test_what_judging_pages_costs_is_taken_off_the_training(minutes: float) -> None:
    plan = budget.plan(real(), minutes, minutes * 60, SMOLLM2)
    assert plan.overrides["train.choose_by"] == "judge"
    trained = config.load("web-1995", ["train.base=smollm2", *plan.values()]).train
    judging = budget.judging_seconds(trained, SMOLLM2, plan.tokens)
    spent = plan.tokens / SMOLLM2.train + plan.evaluation_seconds + judging
    spent += budget.watching_seconds(trained, SMOLLM2)
    assert judging > 0
    assert 0.8 * 60 * minutes < spent <= 60 * minutes
    assert plan.overrides["train.judge_tokens"] == 60_000, "ten minutes at this speed"
    assert plan.overrides["train.seconds"] == round(plan.train_seconds)
    assert any("the choosing judge chooses the checkpoint" in line for line in plan.sentences())


def test_where_judging_pages_costs_too_much_the_losses_choose_and_it_is_said() -> None:
    short = budget.plan(real(), 15, 900, SMOLLM2)
    assert short.overrides["train.choose_by"] == "loss"
    assert "judging pages takes too much" in short.choice
    slow = budget.plan(real(), 90, 5400, Speeds(train=100.0, write=5.0, read=400.0))
    assert slow.overrides["train.choose_by"] == "loss"
    assert "of the training" in slow.choice
    asked = real("train.choose_by=judge")
    forced = budget.plan(asked, 90, 5400, Speeds(train=100.0, write=5.0, read=400.0))
    assert forced.overrides["train.choose_by"] == "judge", "a person asked for it"


def test_what_an_earlier_version_chose_keeps_choosing_by_loss(tmp_path: Path) -> None:
    plan = planned(10)
    budget.save(tmp_path, plan, "starter", [], SMOLLM2)
    data = json.loads((tmp_path / budget.FILE).read_text())
    data["values"] = [v for v in data["values"] if not v.startswith("train.choose_by")]
    (tmp_path / budget.FILE).write_text(json.dumps(data))
    values = budget.saved(tmp_path, 10, "starter", [])
    assert values is not None
    assert values[-1] == 'train.choose_by="loss"'


def test_an_hour_with_a_real_base_has_texts_enough_for_the_gate() -> None:
    hour = budget.plan(real(), 60, 3360, Speeds(train=117.0, write=51.0, read=328.0))
    assert hour.overrides["generate.briefs"] == 26
    assert hour.overrides["score.extraction"] == 300
    assert hour.train_seconds > 0.55 * 3360


def test_every_level_costs_more_than_the_one_before_it() -> None:
    costs = [budget.evaluation_seconds(level, SMOLLM2, guided=True) for level in LEVELS]
    assert costs == sorted(costs)


def test_the_same_call_again_takes_what_was_chosen(tmp_path: Path) -> None:
    plan = planned(10)
    budget.save(tmp_path, plan, "starter", ["train.base=starter"], SMOLLM2)
    same = ["train.base=starter"]
    assert budget.saved(tmp_path, 10, "starter", same) == plan.values()
    assert budget.saved(tmp_path, 20, "starter", same) is None
    assert budget.saved(tmp_path, 10, "smollm2", same) is None
    other = [*same, "train.method=prompt"]
    assert budget.saved(tmp_path, 10, "starter", other) is None, "nothing was trained there"
    (tmp_path / budget.FILE).write_text("{")
    assert budget.saved(tmp_path, 10, "starter", same) is None
    values = config.load("web-1995", plan.values())
    assert values.train.max_tokens == plan.tokens, "what was chosen is a configuration"
