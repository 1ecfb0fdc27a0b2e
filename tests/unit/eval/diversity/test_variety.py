"""Diversity of texts against real ones of equal length."""

from __future__ import annotations

import random

import numpy as np
import pytest

from erastyle.eval.diversity import variety


def _texts(seed, count=30, length=80, words=800):
    rng = random.Random(seed)
    return [" ".join(f"w{rng.randrange(words)}" for _ in range(length)) for _ in range(count)]


def test_texts_of_the_same_source_are_as_varied_as_it():
    found = variety.compare(_texts(1), _texts(2))
    assert found.problem == ""
    for name, ratio in found.ratios.items():
        assert ratio == pytest.approx(1, abs=0.15), name


def test_a_collapsed_model_shows_in_every_measure():
    few = _texts(3, count=2)
    found = variety.compare([few[n % 2] for n in range(30)], _texts(4))
    assert found.ratios["distinct-3"] < 0.2
    assert found.ratios["compression"] > 2
    assert found.ratios["vendi"] < 0.3
    assert found.ratios["similarity"] > 2


def test_length_alone_does_not_change_the_ratios():
    long = _texts(5, length=400)
    found = variety.compare(long, _texts(6, length=80))
    assert found.texts.tokens == found.reference.tokens == 30 * 80
    for name, ratio in found.ratios.items():
        assert ratio == pytest.approx(1, abs=0.15), name


def test_more_texts_than_the_reference_has_do_not_change_the_ratios():
    found = variety.compare(_texts(7, count=90), _texts(8, count=30))
    assert found.texts.texts == found.reference.texts == 30


@pytest.mark.parametrize("texts", [[], ["", " "], ["one word"] * 50, ["\x00\x01"] * 20])
def test_too_little_text_is_said_and_gives_no_number(texts):
    found = variety.compare(texts, _texts(9))
    assert found.texts is None
    assert found.ratios == {}
    assert "too few" in found.problem


def test_the_effective_number_is_between_one_and_all():
    same = np.tile(np.eye(4)[:1], (6, 1))
    assert variety.vendi(same) == pytest.approx(1)
    assert variety.vendi(np.eye(6)) == pytest.approx(6)
    assert variety.self_similarity(same) == pytest.approx(1)
    assert variety.self_similarity(np.eye(6)) == pytest.approx(0)


def test_distinct_n_and_compression_of_nothing_are_refused():
    with pytest.raises(ValueError, match="no text has 3 tokens"):
        variety.distinct([["a", "b"]], 3)
    with pytest.raises(ValueError, match="no text"):
        variety.compression(["", "\n"])


def test_the_same_seed_gives_the_same_comparison():
    assert variety.compare(_texts(1, 50), _texts(2)) == variety.compare(_texts(1, 50), _texts(2))
