"""The gate on measurements whose right verdict is known."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ConfigError
from erastyle.eval.gate.gate import Control, _overall, advice, decide
from erastyle.eval.gate.gate import control as judged_control
from erastyle.eval.gate.line import GateLine
from erastyle.eval.measurement import Answers, Cost, Gap, Mean, Paired, Ranking, Rate, Ratio, Share
from erastyle.eval.measures import checks, judge

LIMITS = Gate()
CHECKS = {check.id: check for check in checks()}


def control(name: str, how: str, copied: Share) -> Control:
    return judged_control(name, how, [CHECKS["copied"].line(copied, LIMITS)])


def good(n: int = 1_000) -> dict:
    random = np.random.default_rng(1)
    before = random.uniform(0.1, 0.4, n)
    after = before + random.uniform(0.2, 0.5, n)
    bits = random.uniform(500, 900, n)
    right = random.random(n) < 0.8
    return {
        "style_gain.markup": Paired(before, after),
        "style_gain.prose": Paired(before, after),
        "style_pass": Share(int(0.7 * n), n),
        "adherence": Mean(random.uniform(0.7, 1.0, n)),
        "ended": Share(int(0.9 * n), n),
        "shown": Share(n, n),
        "distinguishability": Ranking(random.normal(0, 1, n), random.random(n) < 0.5),
        "general_loss": Cost(bits, bits * random.uniform(0.98, 1.04, n)),
        "capability.grammar": Answers(right, right, 0.5),
        "anachronisms": Rate([0] * n, [100] * n, [0] * n, [100] * n),
        "copied": Share(0, n),
        "counterfactual": Paired(before, before + 0.005),
        "extraction": Share(0, n),
        "overfit_gap": Gap(random.normal(0.4, 0.1, n), random.normal(0.4, 0.1, n)),
        "membership": Ranking(random.normal(0, 1, n), random.random(n) < 0.5),
        "compression": Ratio(1.0, random.normal(1.0, 0.002, 20)),
        "distinct_3": Ratio(1.0, random.normal(1.0, 0.002, 20)),
        "vendi": Ratio(1.0, random.normal(1.0, 0.002, 20)),
    }


def _answers(before: int, after: int) -> Answers:
    right = [[True] * n + [False] * (100 - n) for n in (before, after)]
    return Answers(*right, chance=0.5)


def line(verdict, name):
    return next(item for item in verdict.lines if item.id == name)


def test_good_measurements_pass():
    verdict = judge(good(), LIMITS)
    assert (verdict.verdict, verdict.exit_code) == ("PASS", 0)
    assert {item.id for item in verdict.lines} == {*CHECKS, "capability.grammar"}
    assert all(item.verdict == "PASS" for item in verdict.lines)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("style_gain.prose", Paired([0.5, 0.4] * 60, [0.52, 0.41] * 60)),
        ("style_pass", Share(200, 1_000)),
        ("adherence", Mean([0.5, 0.4, 0.6] * 40)),
        ("ended", Share(300, 1_000)),
        ("shown", Share(700, 1_000)),
        ("distinguishability", Ranking([*range(200)], [n >= 100 for n in range(200)])),
        ("general_loss", Cost([100.0, 120.0] * 60, [120.0, 140.0] * 60)),
        ("capability.grammar", _answers(90, 70)),
        ("anachronisms", Rate([1] * 100, [300] * 100, [0] * 100, [300] * 100)),
        ("copied", Share(20, 1_000)),
        ("counterfactual", Paired([0.3, 0.4] * 60, [0.5, 0.6] * 60)),
        ("extraction", Share(20, 300)),
        ("overfit_gap", Gap([0.7, 0.9] * 60, [0.4, 0.5] * 60)),
        ("membership", Ranking([*range(100, 300), *range(200)], [True] * 200 + [False] * 200)),
        ("compression", Ratio(1.5, [1.5, 1.51] * 10)),
        ("distinct_3", Ratio(0.5, [0.5, 0.51] * 10)),
        ("vendi", Ratio(0.5, [0.5, 0.51] * 10)),
    ],
)  # fmt: skip
def test_one_broken_limit_fails_the_gate(name, bad):
    verdict = judge({**good(), name: bad}, LIMITS)
    assert line(verdict, name).verdict == "FAIL"
    assert (verdict.verdict, verdict.exit_code) == ("FAIL", 3)
    assert line(verdict, name).name in verdict.sentence


@pytest.mark.parametrize(
    ("name", "few"),
    [
        ("extraction", Share(0, 100)),
        ("overfit_gap", Gap([0.5, 0.3] * 2, [0.5, 0.3] * 2)),
        ("membership", Ranking([0.1, 0.4, 0.2, 0.3] * 4, [True, True, False, False] * 4)),
        ("vendi", Ratio(0.9, [0.7, 1.2] * 5)),
    ],
)
def test_too_little_to_conclude_from_is_said_to_be_too_little(name, few):
    found = line(judge({**good(), name: few}, LIMITS), name)
    assert found.verdict == "INCONCLUSIVE"
    assert found.needed is None or found.needed > found.n
    assert "needed" in found.explanation or "%" in found.explanation


def test_no_extraction_from_300_beginnings_passes_and_one_does_not():
    assert line(judge({"extraction": Share(0, 300)}, LIMITS), "extraction").verdict == "PASS"
    one = line(judge({"extraction": Share(1, 300)}, LIMITS), "extraction")
    assert one.verdict == "INCONCLUSIVE"


def test_a_control_that_passes_keeps_the_verdict_from_passing():
    bad = control("a memorised model", "It writes what it read.", Share(9, 9))
    assert bad.as_it_should
    assert "FAIL as it should (copied)" in bad.sentence
    verdict = judge(good(), LIMITS, controls=[bad])
    assert verdict.verdict == "PASS"
    assert verdict.to_json()["controls"][0]["as_it_should"] is True
    blind = control("a memorised model", "It was not.", Share(0, 1_000))
    verdict = judge(good(), LIMITS, controls=[bad, blind])
    assert (verdict.verdict, verdict.exit_code) == ("NOT INFORMATIVE", 4)
    assert "blind to it" in verdict.sentence


def test_a_control_that_passes_does_not_hide_a_broken_limit():
    blind = control("a memorised model", "It was not.", Share(0, 1_000))
    broken = {**good(), "copied": Share(20, 1_000)}
    assert judge(broken, LIMITS, controls=[blind]).verdict == "FAIL"


def test_the_verdict_says_how_many_briefs_would_decide_it():
    few = {**good(), "copied": Share(0, 24)}
    verdict = judge(few, LIMITS, briefs=24)
    assert verdict.briefs == 748
    assert "748 briefs" in verdict.sentence
    assert judge(good(), LIMITS, briefs=1_000).briefs is None


@pytest.mark.parametrize(
    ("briefs", "available", "sites", "said"),
    [
        (100, None, None, " About 100 briefs would decide what depends on them."),
        (100, 100, None, " About 100 briefs would decide what depends on them."),
        (748, 82, None, " About 666 more documents of unseen sites are needed for what depends on"
         " briefs: it takes 748, and there are 82."),
        (None, 82, 30, " About 30 unseen sites would decide what is counted by site."),
        (None, None, None, ""),
    ],
)  # fmt: skip
def test_nothing_is_advised_that_cannot_be_done(
    briefs: int | None, available: int | None, sites: int | None, said: str
) -> None:
    assert advice(briefs, available, sites) == said


def test_lines_that_count_sites_ask_for_sites_and_not_for_briefs() -> None:
    open_line = GateLine("a", "a", "", needed=400, n=8, on_briefs=True, unit="sites")
    verdict = decide([open_line], briefs=24, available=900)
    assert (verdict.briefs, verdict.sites) == (None, 400)
    assert "About 400 unseen sites" in verdict.sentence
    far = GateLine("b", "b", "", needed=12_000, n=8, on_briefs=True, unit="texts")
    assert decide([far], briefs=24, available=900).briefs is None
    of_texts = replace(open_line, unit="texts")
    assert decide([of_texts, far], briefs=24, available=900).briefs == 1200
    assert "300 more documents" in decide([of_texts], briefs=24, available=900).sentence


@pytest.mark.parametrize(
    "name", ["copied", "anachronisms", "overfit_gap", "vendi", "general_loss", "counterfactual"]
)
def test_bound_and_limit_are_written_in_one_unit(name: str) -> None:
    one = line(judge(good(), LIMITS), name)
    bound, limit = (re.sub(r"[-+\d.,]+", "", text).split() for text in (one.bound, one.limit))
    assert one.bound
    assert set(bound) <= set(limit)


def test_the_power_of_a_small_sample_is_low_and_of_a_large_one_high():
    random = np.random.default_rng(2)
    small, large = (
        line(judge({"overfit_gap": Gap(*random.normal(0, 0.3, (2, n)))}, LIMITS), "overfit_gap")
        for n in (12, 2_000)
    )
    assert small.power < 0.5 < 0.99 < large.power


def test_few_outputs_are_inconclusive_and_say_how_many_are_needed():
    verdict = judge(good(30), LIMITS)
    copied = line(verdict, "copied")
    assert (copied.verdict, copied.needed) == ("INCONCLUSIVE", 748)
    assert "748" in copied.explanation
    assert (verdict.verdict, verdict.exit_code) == ("INCONCLUSIVE", 4)


def test_three_outputs_prove_nothing_however_good_they_are():
    verdict = judge({"style_gain.prose": Paired([0.1] * 3, [0.9] * 3)}, LIMITS)
    assert line(verdict, "style_gain.prose").verdict == "INCONCLUSIVE"
    verdict = judge({"style_gain.prose": Paired([0.9] * 3, [0.1] * 3)}, LIMITS)
    assert line(verdict, "style_gain.prose").verdict == "INCONCLUSIVE"


def test_a_base_at_chance_is_not_informative():
    guesses = [True, False] * 200
    verdict = judge({**good(), "capability.hard": Answers(guesses, [False] * 400, 0.5)}, LIMITS)
    assert line(verdict, "capability.hard").verdict == "NOT INFORMATIVE"
    assert "1 of 2 tasks" in line(verdict, "capability").measured
    assert verdict.verdict == "PASS"
    assert "capability: hard" in verdict.sentence


def test_only_tasks_at_chance_do_not_pass():
    measures = good()
    measures["capability.grammar"] = Answers([True, False] * 200, [True, False] * 200, 0.5)
    verdict = judge(measures, LIMITS)
    assert line(verdict, "capability").verdict == "NOT INFORMATIVE"
    assert (verdict.verdict, verdict.exit_code) == ("NOT INFORMATIVE", 4)


def test_what_was_not_measured_is_not_passed():
    measures = good()
    del measures["copied"]
    assert line(judge(measures, LIMITS), "copied").verdict == "INCONCLUSIVE"
    assert judge(measures, LIMITS, complete=False).verdict == "PASS"


def test_texts_that_cannot_be_judged_count_against_the_style_model():
    nothing = Paired([0.3] * 200, [math.nan] * 200)
    verdict = judge({"style_gain.prose": nothing}, LIMITS)
    assert line(verdict, "style_gain.prose").verdict == "FAIL"


def test_a_base_that_answers_nothing_proves_no_gain():
    silent = Paired([math.nan] * 200, [0.9] * 200)
    verdict = judge({"style_gain.prose": silent}, LIMITS)
    assert line(verdict, "style_gain.prose").verdict == "NOT INFORMATIVE"


def test_a_base_that_already_writes_so_cannot_gain():
    verdict = judge({"style_gain.prose": Paired([0.97] * 200, [0.99] * 200)}, LIMITS)
    assert line(verdict, "style_gain.prose").verdict == "NOT INFORMATIVE"


def test_a_model_without_finite_cost_fails():
    verdict = judge({"general_loss": Cost([10.0] * 20, [math.inf] * 20)}, LIMITS)
    assert line(verdict, "general_loss").verdict == "FAIL"


def test_clustered_briefs_weigh_as_their_clusters():
    before, after = [0.1] * 300, [0.9] * 200 + [0.0] * 100
    alone = judge({"style_gain.prose": Paired(before, after)}, LIMITS)
    assert line(alone, "style_gain.prose").verdict == "PASS"
    groups = ["a"] * 100 + ["b"] * 100 + ["c"] * 100
    together = judge({"style_gain.prose": Paired(before, after, groups)}, LIMITS)
    assert line(together, "style_gain.prose").verdict == "INCONCLUSIVE"


def test_no_hits_in_a_few_words_are_not_proof_of_none():
    few = Rate([0] * 20, [50] * 20, [0] * 200, [300] * 200)
    assert line(judge({"anachronisms": few}, LIMITS), "anachronisms").verdict == "INCONCLUSIVE"


def test_hits_that_real_text_has_too_are_forgiven():
    real = Rate([2] * 400, [300] * 400, [2] * 400, [300] * 400)
    found = line(judge({"anachronisms": real}, LIMITS), "anachronisms")
    assert found.verdict != "FAIL"
    assert found.value == pytest.approx(0)


def test_the_style_score_must_not_move_by_naming_the_era():
    same = Paired([0.4] * 50, [0.405] * 50)
    verdict = judge({"counterfactual": same}, LIMITS)
    assert line(verdict, "counterfactual").verdict == "PASS"
    moved = Paired([0.4] * 50, [0.6] * 50)
    assert line(judge({"counterfactual": moved}, LIMITS), "counterfactual").verdict == "FAIL"


def test_empty_measurements_are_inconclusive_and_never_crash():
    empty = {
        "style_gain.prose": Paired([], []),
        "style_pass": Share(0, 0),
        "general_loss": Cost([], []),
        "capability.grammar": Answers([], [], 0.5),
        "anachronisms": Rate([], [], [], []),
        "copied": Share(0, 0),
        "counterfactual": Paired([], []),
        "extraction": Share(0, 0),
        "overfit_gap": Gap([], []),
        "membership": Ranking([], []),
        "compression": Ratio(math.nan, []),
    }
    verdict = judge(empty, LIMITS)
    assert verdict.exit_code == 4
    assert not any(item.verdict in ("PASS", "FAIL") for item in verdict.lines)


def test_an_unknown_check_is_refused():
    with pytest.raises(ConfigError, match="no check 'beauty'"):
        judge({"beauty": Share(1, 2)}, LIMITS)
    with pytest.raises(ConfigError, match="takes a Cost, not a Share"):
        judge({"general_loss": Share(1, 2)}, LIMITS)


def test_the_verdict_is_plain_json_without_nan():
    verdict = judge({"style_gain.prose": Paired([0.1], [0.9])}, LIMITS)
    text = json.dumps(verdict.to_json(), allow_nan=False)
    assert json.loads(text)["verdict"] == "INCONCLUSIVE"


def test_same_measurements_same_verdict():
    assert judge(good(100), LIMITS).to_json() == judge(good(100), LIMITS).to_json()


def test_many_checks_without_a_loss_rarely_fail_one():
    failed = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        measures = {}
        for task in range(
            12
        ):  # exactly on the limit of the loss: the worst case that is no failure
            before = random.random(300) < 0.8
            after = np.where(random.random(300) < 0.05 / 0.8, False, before)
            measures[f"capability.{task}"] = Answers(before, after, 0.5)
        lines = judge(measures, LIMITS).lines
        failed += any(item.verdict == "FAIL" for item in lines if ": " in item.name)
    assert failed <= 6  # 5 % of 40 are 2; 7 or more have a probability below 0.4 %


def test_the_verdict_counts_the_limits_that_are_broken() -> None:
    lines = [GateLine(id=name, name=name, measured=name, verdict="FAIL") for name in ("a", "b")]
    assert _overall(tuple(lines[:1])).sentence == "A limit is broken: a."
    assert _overall(tuple(lines)).sentence == "2 limits are broken: a, b."
