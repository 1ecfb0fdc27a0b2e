"""The n-gram model against probabilities computed by hand."""

from __future__ import annotations

import math

import numpy as np

from erastyle.eval.judge.questions.ngrams import UNSEEN_TYPES, NgramModel


def tokens(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)


def test_witten_bell_agrees_with_a_computation_by_hand():
    model = NgramModel.fit([tokens("abab")], order=2)
    floor = 1 / (2 + UNSEEN_TYPES)
    a = (2 + 2 * floor) / (4 + 2)  # 2 of 4 tokens, 2 types
    b_after_a = (2 + 1 * a) / (2 + 1)  # p(b) = p(a); "a" is followed by "b" alone, twice
    start_a = (1 + 1 * a) / (1 + 1)
    a_after_b = (1 + 1 * a) / (1 + 1)
    expected = (2 * math.log(b_after_a) + math.log(start_a) + math.log(a_after_b)) / 4
    assert math.isclose(model.logs([tokens("abab")])[1][0], expected, rel_tol=1e-5)


def test_a_token_after_a_known_history_is_likelier_in_its_order():
    model = NgramModel.fit([tokens("the cat sat on the mat " * 20)], order=4)
    straight, mixed = model.logs([tokens("the cat sat"), tokens("tes ahtc at")])[-1]
    assert straight > mixed + 1


def test_a_sequence_does_not_reach_into_the_one_before():
    model = NgramModel.fit([tokens("ab"), tokens("ab")], order=2)
    alone = model.logs([tokens("b")])[-1][0]
    after = model.logs([tokens("a"), tokens("b")])[-1][1]
    assert alone == after


def test_an_empty_sequence_has_no_probability():
    model = NgramModel.fit([tokens("abc")], order=3)
    assert np.isnan(model.logs([tokens(""), tokens("abc")])[-1][0])


def test_a_stored_model_says_the_same():
    model = NgramModel.fit([tokens("so it goes, and so it went")], order=3)
    again = NgramModel.of_plain(model.plain())
    asked = [tokens("so it is")]
    assert np.allclose(model.logs(asked), again.logs(asked), atol=0.01)
