"""MAUVE on distributions whose likeness is known."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval.diversity.mauve import frontier, mauve
from erastyle.eval.style.classifier import Text

GARDEN = "rose tulip hedge spade soil water seed bloom lawn bench gate path fern moss".split()
ENGINE = "piston valve boiler steam wheel shaft gauge crank bolt brass lever pump".split()


def texts(words: list[str], count: int, seed: int) -> list[Text]:
    random = np.random.default_rng(seed)
    return [
        Text(" ".join(f"the {w} of it" for w in random.choice(words, 30)), format="text")
        for _ in range(count)
    ]


def test_the_same_histogram_has_one_and_disjoint_ones_have_none():
    assert frontier([3, 4, 5], [30, 40, 50]) == pytest.approx(1.0, abs=1e-4)
    assert frontier([1, 0], [0, 1]) < 0.01


def test_the_nearer_of_two_histograms_has_the_higher_value():
    near, far = frontier([5, 5, 1], [4, 5, 2]), frontier([5, 5, 1], [1, 3, 7])
    assert 0 < far < near < 1


def test_both_directions_agree():
    assert frontier([5, 2, 3], [1, 6, 3]) == pytest.approx(frontier([1, 6, 3], [5, 2, 3]), abs=1e-6)


def test_the_area_is_that_of_the_authors_program():
    pytest.importorskip("mauve", reason="mauve-text is not installed")
    theirs = importlib.import_module("mauve.compute_mauve")
    random = np.random.default_rng(1)
    for noise in (1, 3, 8, 20):
        p = random.integers(1, 20, 15).astype(float)
        q = np.abs(p + random.normal(0, noise, 15))
        curve = theirs.get_divergence_curve_for_multinomials(
            p / p.sum(), q / q.sum(), np.linspace(1e-6, 1 - 1e-6, 25), 5
        )
        x, y = curve.T
        one, two = np.argsort(x), np.argsort(y)
        area = (np.trapezoid(y[one], x[one]) + np.trapezoid(x[two], y[two])) / 2
        assert frontier(p, q) == pytest.approx(area, abs=1e-4)


@pytest.mark.parametrize(("p", "q"), [([], []), ([0, 0], [1, 1]), ([1, 2], [1, 2, 3])])
def test_an_empty_histogram_is_refused(p, q):
    with pytest.raises(ValueError, match="two histograms"):
        frontier(p, q)


def test_texts_of_one_source_are_near_one_and_of_two_near_none():
    garden = texts(GARDEN, 60, 1)
    same, other = mauve(garden, texts(GARDEN, 60, 2)), mauve(garden, texts(ENGINE, 60, 3))
    assert same.value > 0.8
    assert other.value < 0.1
    assert same.low <= same.value <= same.high <= 1


def test_identical_documents_reach_one():
    garden = texts(GARDEN, 60, 1)
    assert mauve(garden, garden, repeats=20).value == pytest.approx(1.0, abs=1e-3)


def test_few_or_unreadable_documents_are_refused():
    with pytest.raises(ModelError, match="at least 50 generated documents"):
        mauve(texts(GARDEN, 20, 1), texts(GARDEN, 60, 2))
    with pytest.raises(ModelError, match="there are 0"):
        mauve([Text("word", format="text")] * 80, texts(GARDEN, 60, 2))


def test_same_documents_same_result():
    one, two = texts(GARDEN, 50, 1), texts(GARDEN, 50, 2)
    assert mauve(one, two, repeats=10) == mauve(one, two, repeats=10)
