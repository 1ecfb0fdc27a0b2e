"""What intervals must keep whatever the numbers: order, range, symmetry, and coverage."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.eval.statistics import bootstrap, hypothesis_tests, intervals, ranking

counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400))


@given(counts)
@settings(deadline=None, max_examples=60)
def test_tangos_interval_holds_its_estimate_and_mirrors(numbers):
    lost, gained, same = numbers
    n = max(1, lost + gained + same)
    found = intervals.tango(lost, gained, n)
    mirrored = intervals.tango(gained, lost, n)
    assert -1 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1
    assert abs(found.low + mirrored.high) < 1e-6


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None, max_examples=60)
def test_shares_lie_within_both_intervals(numbers):
    k, n = numbers
    for found in (intervals.wilson(k, n), intervals.clopper_pearson(k, n)):
        assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_holm_only_raises_and_keeps_the_order(p_values):
    corrected = hypothesis_tests.holm(p_values)
    assert all(c >= p for c, p in zip(corrected, p_values, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(corrected)[order]) >= 0)


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 1)), min_size=2, max_size=60).filter(
        lambda items: len({y for _, y in items}) == 2
    )
)
@settings(deadline=None, max_examples=40)
def test_turning_the_scores_round_turns_the_area_round(items):
    scores, truth = zip(*items, strict=True)
    one, two = ranking.auc(scores, truth), ranking.auc([-s for s in scores], truth)
    assert abs(one.value + two.value - 1) < 1e-9
    assert 0 <= one.low <= one.value <= one.high <= 1


def covered(interval, draw, truth: float, runs: int) -> float:
    random = np.random.default_rng(11)
    hits = 0
    for _ in range(runs):
        found = interval(draw(random))
        hits += found.low <= truth <= found.high
    return hits / runs


def test_the_bootstrap_covers_the_mean_of_few_skewed_values():
    share = covered(
        lambda values: bootstrap.mean_interval(values, repeats=600),
        lambda random: random.exponential(1.0, 25), 1.0, 300,
    )  # fmt: skip
    assert 0.89 <= share <= 0.985


def test_the_clustered_bootstrap_covers_where_the_plain_one_does_not():
    site = np.repeat(np.arange(20), 10)

    def draw(random):
        return random.normal(0, 1, 20)[site] + random.normal(0, 0.5, 200)

    clustered = covered(
        lambda v: bootstrap.mean_interval(v, None, site.tolist(), repeats=500), draw, 0, 250
    )
    plain = covered(lambda v: bootstrap.mean_interval(v, repeats=300), draw, 0, 150)
    assert 0.90 <= clustered <= 0.99
    assert plain < 0.7


def test_tangos_interval_covers_a_small_change():
    def draw(random):
        kind = random.choice(3, 150, p=[0.04, 0.02, 0.94])
        return int((kind == 0).sum()), int((kind == 1).sum())

    share = covered(lambda found: intervals.tango(*found, 150), draw, -0.02, 500)
    assert 0.92 <= share <= 0.985


def test_delongs_interval_covers_the_true_area():
    def draw(random):
        truth = np.repeat([0, 1], 40)
        return random.normal(truth * 1.19, 1.0), truth  # the area is Phi(1.19 / sqrt 2) = 0.8

    share = covered(lambda found: ranking.auc(*found), draw, 0.8, 400)
    assert 0.92 <= share <= 0.98
