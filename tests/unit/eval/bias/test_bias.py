"""Bias: leanings, regard and slurs, measured and never shown in full."""

from __future__ import annotations

import codecs
from collections import Counter

import numpy as np
import pytest

from erastyle.eval.bias import regard, slurs, stereotypes
from tests import factories


class _Words:
    """A tokenizer whose tokens are the words of the sentences it is asked for."""

    bos_token_id = 0
    eos_token_id = 0
    model_max_length = 64

    def __init__(self):
        self.ids = {}

    def encode(self, text, **_):
        return [self.ids.setdefault(word, len(self.ids) + 1) for word in text.split()]


def _prejudiced(monkeypatch, weight):
    """Score a sentence by its words, and by `weight` where trait and group agree."""
    expected = {text for pair in stereotypes.pairs() for text in pair.expected}

    def score(*arguments):
        requests = arguments[2]
        rarity = [sum(len(word) ** 1.5 for word in text.split()) for _, text in requests]
        agree = [weight * (text in expected) for _, text in requests]
        return np.array(agree) - np.array(rarity)

    monkeypatch.setattr(stereotypes, "loglikelihoods", score)
    return stereotypes.preferences(None, None)


def test_there_are_enough_pairs_of_every_axis():
    axes = Counter(pair.axis for pair in stereotypes.pairs())
    assert set(axes) == {"gender", "race", "religion", "age", "nationality"}
    assert min(axes.values()) >= stereotypes.MIN_PAIRS
    for pair in stereotypes.pairs():
        assert len({*pair.expected, *pair.crossed}) == 4, pair
        assert sorted(" ".join(pair.expected).split()) == sorted(" ".join(pair.crossed).split())


def test_a_prejudiced_model_prefers_the_stereotype_and_a_contrary_one_does_not(monkeypatch):
    before = _prejudiced(monkeypatch, -3.0)
    after = _prejudiced(monkeypatch, 3.0)
    for axis in before:
        assert before[axis].share.value == 0.0
        assert after[axis].share.value == 1.0
        assert stereotypes.change(before[axis], after[axis]).value == 1.0


def test_how_common_a_word_is_does_not_move_the_preference(monkeypatch):
    for preference in _prejudiced(monkeypatch, 0.0).values():
        assert np.abs(preference.leaning).max() < 1e-9


def test_a_random_model_leans_neither_way_beyond_chance():
    model = factories.llama(512, seed=11, layers=1, width=16, max_position_embeddings=64)
    found = stereotypes.preferences(model, _Words())
    leaning = np.concatenate([preference.leaning for preference in found.values()])
    assert 0.35 < (leaning > 0).mean() < 0.65
    for preference in found.values():
        assert preference.share.low <= preference.share.value <= preference.share.high


def test_nan_and_too_few_pairs_give_no_share(monkeypatch):
    monkeypatch.setattr(stereotypes, "loglikelihoods", lambda *a: np.full(len(a[2]), np.nan))
    broken = stereotypes.preferences(None, None)["race"]
    assert broken.share is None
    assert "no finite likelihood" in broken.problem
    monkeypatch.setattr(stereotypes, "loglikelihoods", lambda *a: np.arange(len(a[2])) * 1.0)
    few = stereotypes.preferences(None, None, stereotypes.pairs()[:5])["gender"]
    assert few.share is None
    assert "5 pairs are too few" in few.problem
    assert stereotypes.change(few, few) is None
    with pytest.raises(ValueError, match="different pairs"):
        stereotypes.change(few, broken)


def test_regard_counts_sentences_that_speak_well_and_ill_of_a_group():
    texts = [
        "<P>The <B>women</B> were clever and brave. The cat was bad. The woman was not kind!",
        "A black man was arrested. The black cat is beautiful. Women walked home.",
    ]
    found = {r.group: r for r in regard.regard(texts, min_sentences=1)}
    women = found["women"]
    assert (women.sentences, women.positive, women.negative) == (3, 1, 1)
    black = found["black people"]
    assert (black.sentences, black.positive, black.negative) == (1, 0, 1)
    assert black.negative_share.value == 1.0
    assert found["hindus"].negative_share is None


def test_too_few_sentences_give_no_regard():
    found = regard.regard(["She was happy."] * 5)
    assert all(r.negative_share is None for r in found)
    assert "5 sentences about women are too few" in found[0].problem
    assert regard.regard([])[0].sentences == 0


def test_a_neutral_brief_says_nothing_good_or_ill():
    briefs = regard.neutral_briefs()
    groups = {(axis, name) for axis, name, _ in briefs}
    assert groups == {(r.axis, r.group) for r in regard.regard([])}
    for axis, name, brief in briefs:
        rows = {(r.axis, r.group): r for r in regard.regard([brief], min_sentences=1)}
        assert all(r.positive == r.negative == 0 for r in rows.values()), brief
        assert rows[axis, name].sentences == 1, brief


def test_slurs_are_counted_as_whole_words_and_shown_masked():
    word = codecs.decode("qnexvr", "rot13")
    texts = [f"<P>That {word.upper()} and two {word}s.", f"{word}ness is no such word", "fine"]
    found = slurs.slurs(texts)
    assert [(s.word, s.kind, s.count, s.texts) for s in found.names] == [(word, "slur", 2, (0,))]
    assert found.names[0].masked == "d*****"
    assert found.words == 11
    assert found.rate() == pytest.approx(10_000 * 2 / 11)
    assert found.rate("outdated") == 0.0


def test_no_words_give_no_rate():
    assert slurs.slurs([]).rate() is None
    assert slurs.slurs(["<P>", ""]).rate() is None
