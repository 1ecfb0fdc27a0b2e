"""Measures: what was not measured has no number, and says why; a new one takes one file."""

from __future__ import annotations

import json
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.era import Gate
from erastyle.eval.bias import slurs, stereotypes
from erastyle.eval.gate.gate import decide
from erastyle.eval.measurement import Answers, Paired
from erastyle.eval.measures import (
    MEASURES,
    bias,
    capability,
    checks,
    counterfactual,
    dating,
    distinguishability,
    memorization,
    own_prompt,
    style_score,
)
from erastyle.eval.memorization import extraction, membership
from erastyle.eval.memorization.document_rows import Row
from erastyle.eval.metric import GROUPS, Metric
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.style.distinguishability import Distinguishability, Separation
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import measure_texts

ERA = eras.load("web-1995")
NOTHING = Paired([math.nan] * 4, [math.nan] * 4)
LIMITS = Gate()


def by_id(metrics: list[Metric]) -> dict[str, Metric]:
    return {metric.id: metric for metric in metrics}


def test_ids_of_checks_are_unique_and_name_a_limit() -> None:
    ids = [check.id for check in checks()]
    assert len(set(ids)) == len(ids)
    assert {check.limit for check in checks()} <= set(Gate.model_fields)


def apart() -> Distinguishability:
    scores, labels = np.arange(4.0), np.array([0, 1, 0, 1])
    sites = np.array(["a", "a", "b", "b"])
    separation = Separation(scores, labels, sites, Estimate(0.7, 0.61, 0.8, 20))
    return Distinguishability(separation, Estimate(0.52, 0.4, 0.6, 20))


def test_what_could_not_be_told_apart_has_no_number() -> None:
    result = Distinguishability(None, None, "too few texts")
    (metric,) = distinguishability.metrics(result)
    assert (metric.style, metric.note) == (None, "too few texts")
    (line,) = distinguishability.check(result, LIMITS, 1)
    assert (line.verdict, line.explanation) == ("INCONCLUSIVE", "too few texts")


def test_distinguishability_shows_its_interval() -> None:
    (metric,) = distinguishability.metrics(apart())
    assert (metric.style_low, metric.style, metric.style_high) == (0.61, 0.7, 0.8)
    assert metric.real == 0.52, "real documents against real ones, as measured"


def test_a_score_that_moves_has_a_metric_and_one_that_is_unknown_has_none() -> None:
    moved = Paired([0.1, 0.5], [0.1, 0.52])
    metrics = by_id(counterfactual.metrics(counterfactual.CounterfactualResult(moved, NOTHING)))
    assert metrics["counterfactual.year"].style == pytest.approx(0.02)
    assert set(metrics) == {"counterfactual.year"}


def test_the_style_of_the_outputs_has_an_interval_of_its_own_within_nought_and_one() -> None:
    def scores(values: list[float]) -> dict[str, Any]:
        return {view: np.array(values) for view in ("prose", "era")}

    before, after = scores([0.0] * 6), scores([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    sites = [f"s{n}" for n in range(6)]
    result = style_score.StyleResult(("prose",), before, after, after, sites, 0.5)
    metric = by_id(style_score.metrics(result))["style_score.prose"]
    assert metric.style_low == 0.0, "no probability is below nought"
    assert metric.style is not None
    assert metric.style_high is not None
    assert metric.style < metric.style_high <= 1.0


def test_no_model_that_was_asked_gives_no_metric_of_memory_or_capability() -> None:
    nothing = memorization.MemorizationResult(None)
    assert memorization.metrics(nothing) == []
    lines = memorization.check(nothing, LIMITS, 1)
    assert {line.verdict for line in lines} == {"INCONCLUSIVE"}
    empty = capability.CapabilityChange({}, None, (None, None), {}, None, False)
    assert capability.metrics(empty) == []


def test_a_method_that_trains_nothing_has_no_capability_measured() -> None:
    untrained = capability.CapabilityChange({}, None, (1.0, None), {}, None, True)
    assert capability.metrics(untrained) == []
    lines = capability.check(untrained, LIMITS, 1)
    assert {line.id for line in lines} == {"general_loss", "capability"}
    assert {(line.verdict, line.value) for line in lines} == {("NOT INFORMATIVE", None)}
    assert "nothing to measure" in lines[0].explanation


def test_memory_without_held_out_documents_says_only_what_was_extracted() -> None:
    row = Row("d", "s", "Write.", "text")
    tried = extraction.Continued(extraction.ExtractionPassage(row, 0, (1,), (2, 3), ""), 1, 0.5)
    memory = membership.Memory((tried,), (), (), (), (), *([np.zeros((2, 0))] * 3))
    result = memorization.MemorizationResult(memory)
    (only,) = memorization.metrics(result)
    assert only.style == 0.0
    assert "0 of 1" in only.note
    assert set(memorization.items(result)) == {"extraction"}


def test_prejudice_stands_beside_the_corpus_and_slurs_are_masked() -> None:
    corpus = ["The woman was kind and the man was brave. " * 20]
    lean = stereotypes.Preference("gender", np.array([1.0, -1.0] * 15), tuple("ab" * 15))
    result = bias.BiasResult(
        {"gender": (lean, lean)}, (["She is."], ["He is."]), corpus, slurs.SlurCount(0, ())
    )
    metrics = by_id(bias.metrics(result))
    assert metrics["stereotypes.gender"].difference == 0.0
    ill = metrics["ill_regard"]
    assert (ill.base, ill.style) == (None, None)  # one sentence is too few
    assert ill.real == 0.0
    assert "none" in metrics["slurs"].note


def test_instructions_are_shown_and_said_not_to_be_judged() -> None:
    answers = Answers([True, False], [True, True], 0.0)
    result = capability.CapabilityChange({}, None, (None, None), {}, answers, False)
    (metric,) = capability.metrics(result)
    assert (metric.base, metric.style) == (0.5, 1.0)
    assert "not judged" in metric.note
    assert not any("instructions" in line.id for line in capability.check(result, LIMITS, 1))


def test_a_date_that_cannot_be_told_is_counted_and_not_made_up() -> None:
    silent = measure_texts(None, [Text("<P>Hi.")], [""], ERA).dated
    words = "<P>" + "Best viewed with Netscape Navigator, the browser. " * 9
    dated = measure_texts(None, [Text(words)], [""], ERA).dated
    year, share = dating.metrics(dating.DatingResult(silent, dated, silent, (1993, 1997)))
    assert year.base is None
    assert year.style is not None
    assert "1 of the base, 0 of the fine-tuned model" in year.note
    assert share.style == 1.0


def test_leaving_a_check_out_turns_nothing_into_a_failure() -> None:
    """Holm's correction counts the lines of the era, whether or not all were measured."""
    answers = Answers([True] * 90 + [False] * 10, [True] * 81 + [False] * 19, 0.5)
    (_, task) = capability.lines({"capability.grammar": answers}, LIMITS, 1)
    whole = [task, *(check.line(None, LIMITS) for check in checks())]
    assert decide([task]).lines[0].verdict == "FAIL"
    assert decide(whole).lines[0].verdict == "INCONCLUSIVE"


def test_every_measure_is_one_file_with_the_same_four_functions() -> None:
    for measure in MEASURES:
        assert isinstance(measure, ModuleType)
        for name in ("measure", "metrics", "check", "items"):
            assert callable(getattr(measure, name)), f"{measure.__name__} has no {name}"


def test_metrics_are_plain_json_and_belong_to_a_group() -> None:
    for metric in distinguishability.metrics(apart()):
        assert metric.group in GROUPS
        json.dumps(metric.style, allow_nan=False)


def test_a_base_without_a_prompt_of_its_own_has_no_metric_of_it() -> None:
    assert own_prompt.metrics(own_prompt.OwnPromptResult(None)) == []


def test_a_base_with_its_own_prompt_has_metrics_of_the_base_alone() -> None:
    from erastyle.eval.text_metrics import TextMetrics

    scores = {"era": np.array([0.2, math.nan, 0.4])}
    scored = TextMetrics(scores=scores, hits=[[], [], []], words=[5, 0, 5])
    metrics = by_id(own_prompt.metrics(own_prompt.OwnPromptResult(scored)))
    assert metrics["own_prompt.style_score"].base == pytest.approx(0.3)
    assert metrics["own_prompt.anachronisms"].base == 0.0
    assert {metric.style for metric in metrics.values()} == {None}
