"""Percentiles of real documents, budgets, and the threshold."""

from __future__ import annotations

import numpy as np
import pytest

from erastyle.eval.judge.gates import (
    GATE,
    LengthNorm,
    RealRange,
    probit_mean,
    real_threshold,
    weakest,
)


def even(count: int) -> np.ndarray:
    return np.full(count, 1 / count)


def test_the_percentile_is_the_share_of_real_documents_below():
    made = RealRange.of(np.arange(100.0), even(100))
    assert made is not None
    assert made.percentile(np.array([49.5]))[0] == pytest.approx(0.5, abs=0.01)


def test_below_the_lowest_real_document_the_percentile_goes_on_falling():
    made = RealRange.of(np.arange(100.0), even(100))
    assert made is not None
    lowest, far, farther = made.percentile(np.array([0.0, -5.0, -50.0]))
    assert 0 < farther < far < lowest < 0.02


def test_what_was_not_measured_has_no_percentile():
    made = RealRange.of(np.array([1.0, np.nan, 2.0]), even(3))
    assert made is not None
    assert np.isnan(made.percentile(np.array([np.nan]))[0])
    assert RealRange.of(np.array([np.nan]), even(1)) is None


def test_short_texts_are_compared_with_short_ones():
    rng = np.random.default_rng(1)
    lengths = np.tile([50.0, 5_000.0], 400)
    measured = rng.normal(0, 1, 800) * np.where(lengths == 50, 10, 1)
    made = RealRange.of(measured, even(800), lengths)
    assert made is not None
    short, long = made.percentile(np.array([-6.0, -6.0]), np.array([50.0, 5_000.0]))
    assert long < 0.01 < 0.1 < short


def test_a_norm_without_spread_is_no_division_by_nothing():
    norm = LengthNorm.of(np.zeros(10), even(10), np.full(10, 30.0))
    assert np.isfinite(norm.apply(np.array([1.0]), np.array([30.0]))).all()


def test_the_weakest_gate_counts_by_its_budget():
    percentiles = {"voice": np.array([0.06]), "tags": np.array([0.06]), "unknown": np.array([0.0])}
    score, which = weakest(percentiles, 1)
    assert which == ["voice"]
    assert score[0] == pytest.approx(0.06 / GATE["voice"].budget)


def test_the_threshold_lets_the_share_of_real_documents_pass():
    scores = np.arange(100.0)
    limit = real_threshold(scores, [str(n) for n in range(100)], 0.9)
    assert (scores >= limit).mean() == pytest.approx(0.9)


def test_a_site_of_many_documents_does_not_rule_the_threshold():
    scores = np.concatenate([np.zeros(90), np.ones(10)])
    sites = ["big"] * 90 + [f"small {n}" for n in range(10)]
    assert real_threshold(scores, sites, 0.5) == 1.0


def test_the_mean_of_percentiles_leaves_out_what_is_missing():
    one = np.array([0.1, np.nan, np.nan])
    two = np.array([0.1, 0.5, np.nan])
    mean = probit_mean([one, two])
    assert mean[0] == pytest.approx(-1.2816, abs=1e-3)
    assert mean[1] == pytest.approx(0.0)
    assert np.isnan(mean[2])


def test_a_heavier_percentile_counts_more_where_it_is_known():
    one, two = np.array([0.1, np.nan]), np.array([0.5, 0.5])
    assert probit_mean([one, two], [3.0, 1.0])[0] == pytest.approx(-1.2816 * 0.75, abs=1e-3)
    assert probit_mean([one, two], [3.0, 1.0])[1] == pytest.approx(0.0)
