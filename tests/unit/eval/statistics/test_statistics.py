"""Intervals and tests against published values, other implementations and their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from erastyle.eval.statistics import bootstrap, hypothesis_tests, intervals, ranking

SHARES = [(0, 1), (1, 1), (0, 50), (3, 50), (17, 60), (50, 50), (499, 500)]


@pytest.mark.parametrize(("k", "n"), SHARES)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilsons_interval_is_the_one_of_its_formula(k, n, level):
    z = stats.norm.ppf(0.5 + level / 2)
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    ours = intervals.wilson(k, n, level)
    assert (ours.value, ours.n) == (k / n, n)
    assert ours.low == pytest.approx(middle - half if k else 0, abs=1e-9)
    assert ours.high == pytest.approx(middle + half if k < n else 1, abs=1e-9)
    assert (ours.low == 0, ours.high == 1) == (k == 0, k == n)


@pytest.mark.parametrize(("k", "n"), SHARES)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_the_exact_interval_ends_at_quantiles_of_the_beta_distribution(k, n, level):
    tail = (1 - level) / 2
    ours = intervals.clopper_pearson(k, n, level)
    assert (ours.value, ours.n) == (k / n, n)
    assert ours.low == pytest.approx(stats.beta.ppf(tail, k, n - k + 1) if k else 0, abs=1e-9)
    expected = stats.beta.ppf(1 - tail, k + 1, n - k) if k < n else 1
    assert ours.high == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("function", [intervals.wilson, intervals.clopper_pearson])
def test_a_share_of_nothing_is_refused(function):
    for k, n in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(ValueError, match="is not a share"):
            function(k, n)


@pytest.mark.parametrize(("lost", "gained"), [(3, 12), (12, 3), (0, 5), (7, 7), (0, 1), (40, 90)])
def test_mcnemar_counts_coins_that_fall_as_unevenly(lost, gained):
    n, few = lost + gained, min(lost, gained)
    coins = sum(math.comb(n, k) for k in range(n + 1) if min(k, n - k) <= few)
    assert hypothesis_tests.mcnemar(lost, gained) == pytest.approx(coins / 2**n, abs=1e-9)


def test_no_discordant_pair_has_a_p_value_of_one():
    assert hypothesis_tests.mcnemar(0, 0) == 1.0


def score_statistic(gained: int, lost: int, n: int, difference: float) -> float:
    """Tango's statistic from its definition: the likelihood is maximised on a grid."""
    low, high = max(0.0, -difference) + 1e-9, (1 - difference) / 2 - 1e-9
    share = np.linspace(low, high, 400_001)
    likelihood = (
        gained * np.log(share + difference)
        + lost * np.log(share)
        + (n - gained - lost) * np.log(1 - 2 * share - difference)
    )
    best = share[likelihood.argmax()]
    return (gained - lost - n * difference) / math.sqrt(n * (2 * best + difference - difference**2))


@pytest.mark.parametrize(("lost", "gained", "n"), [(8, 1, 44), (1, 1, 30), (20, 35, 400)])
def test_the_ends_of_tangos_interval_solve_its_equation(lost, gained, n):
    found = intervals.tango(lost, gained, n)
    assert score_statistic(gained, lost, n, found.low) == pytest.approx(1.96, abs=2e-3)
    assert score_statistic(gained, lost, n, found.high) == pytest.approx(-1.96, abs=2e-3)


def test_no_change_at_all_still_leaves_doubt():
    found = intervals.tango(0, 0, 100)
    assert found.value == 0
    assert found.low == pytest.approx(-0.037, abs=1e-3)  # z² / (n + z²)
    assert found.high == pytest.approx(-found.low)


def test_the_area_agrees_with_scikit_learn_with_ties():
    random = np.random.default_rng(2)
    truth = random.random(300) < 0.4
    scores = np.round(random.normal(truth, 1.0), 1)
    expected = roc_auc_score(truth, scores)
    assert ranking.auc(scores, truth).value == pytest.approx(expected)
    groups = [str(i) for i in range(300)]
    clustered = ranking.auc(scores, truth, groups)
    assert clustered.value == pytest.approx(expected)
    alone = ranking.auc(scores, truth)
    assert clustered.high - clustered.low == pytest.approx(alone.high - alone.low, rel=0.2)


def test_the_area_of_few_sites_is_less_sure_than_that_of_many():
    random = np.random.default_rng(3)
    site = np.repeat(np.arange(20), 20)
    truth = (site % 2).astype(int)
    scores = truth + random.normal(0, 1, 20)[site] + random.normal(0, 0.3, 400)
    clustered, alone = ranking.auc(scores, truth, site.tolist()), ranking.auc(scores, truth)
    assert clustered.high - clustered.low > 1.5 * (alone.high - alone.low)
    assert clustered.n == 10


def test_a_perfect_area_keeps_an_interval():
    found = ranking.auc([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 0, 0, 1, 1, 1])
    assert found.value == found.high == 1
    assert found.low < 0.95


def test_an_area_without_both_classes_is_refused():
    with pytest.raises(ValueError, match="both classes"):
        ranking.auc([0.1, 0.2], [1, 1])
    with pytest.raises(ValueError, match="both classes"):
        ranking.auc([0.1, math.nan], [1, 0])


def test_clusters_widen_the_bootstrap():
    random = np.random.default_rng(4)
    site = np.repeat(np.arange(15), 20)
    change = random.normal(0, 1, 15)[site] + random.normal(0, 0.2, 300)
    alone = bootstrap.paired_bootstrap(np.zeros(300), change)
    clustered = bootstrap.paired_bootstrap(np.zeros(300), change, site.tolist())
    assert clustered.n == 15
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)


def test_one_cluster_says_nothing():
    found = bootstrap.paired_bootstrap([0.0] * 9, [1.0] * 9, ["a"] * 9)
    assert (found.low, found.high) == (-math.inf, math.inf)


def test_the_bootstrap_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="finite"):
        bootstrap.paired_bootstrap([0.0, 1.0], [math.nan, 1.0])
    with pytest.raises(ValueError, match="pairs"):
        bootstrap.paired_bootstrap([0.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="finite"):
        bootstrap.mean_interval([])


def test_the_p_value_agrees_with_the_interval():
    values = np.random.default_rng(5).normal(0.3, 1, 60)
    value, means, n = bootstrap.bootstrap_means(values)
    bound = bootstrap.interval_of(value, means, n, 0.90).low
    assert bootstrap.p_above(means, bound, n) == pytest.approx(0.05, abs=0.002)


def test_holm_steps_down():
    assert hypothesis_tests.holm([0.01, 0.02, 0.03, 0.5]) == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert hypothesis_tests.holm([]) == []
    assert max(hypothesis_tests.holm([0.9, 0.8])) == 1.0


def test_few_items_have_little_power_and_say_how_many_have_enough():
    right = [True] * 30 + [False] * 10
    small = hypothesis_tests.noninferiority(right, right, 0.02)
    assert small.p > 0.05
    assert small.power < 0.5
    assert small.needed > 40
    large = hypothesis_tests.noninferiority(right * 40, right * 40, 0.02)
    assert large.p < 0.05
    assert large.power > 0.8


def test_the_promised_power_comes_true():
    random = np.random.default_rng(6)
    n, margin = 800, 0.012
    shown, promised = 0, []
    for _ in range(300):
        before = random.random(n) < 0.7
        flip = random.random(n) < np.where(before, 0.01 / 0.7, 0.01 / 0.3)  # 1 % either way
        result = hypothesis_tests.noninferiority(before, before ^ flip, margin)
        promised.append(result.power)
        shown += result.change.low > -margin
    assert 0.6 < np.mean(promised) < 0.9
    assert abs(shown / 300 - np.mean(promised)) < 0.1


def test_a_clear_loss_is_a_loss():
    before, after = [True] * 200, [True] * 150 + [False] * 50
    result = hypothesis_tests.noninferiority(before, after, 0.05)
    assert result.p > 0.99
    assert result.p_loss < 0.001
    assert result.mcnemar < 0.001


def test_noninferiority_refuses_a_margin_without_meaning():
    with pytest.raises(ValueError, match="margin"):
        hypothesis_tests.noninferiority([True], [True], 0.0)
    with pytest.raises(ValueError, match="pairs"):
        hypothesis_tests.noninferiority([], [], 0.1)
