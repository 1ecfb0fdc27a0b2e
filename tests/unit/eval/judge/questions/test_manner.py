"""The manner of a text, and a head that tells two manners with the same subjects."""

from __future__ import annotations

import random

import numpy as np

from erastyle.eval.judge.questions.dense_head import DenseHead
from erastyle.eval.judge.questions.manner import COLUMNS, manner

NOUNS = ("modem", "engine", "garden", "guitar", "train")


def said(rng: random.Random, personal: bool) -> str:
    kinds = (
        ("I think your {n} isn't mine, is it?", "Why don't you ask me? I'd say so!")
        if personal
        else ("The {n} is made by the firm and sold in the town.", "It is described below.")
    )
    return " ".join(rng.choice(kinds).format(n=rng.choice(NOUNS)) for _ in range(12))


def test_a_text_without_words_has_a_manner_too():
    assert manner("").shape == (COLUMNS,)
    assert np.isfinite(manner("")).all()


def test_subjects_play_no_part():
    one = manner("the modem is here and you see it " * 9)
    two = manner("the garden is here and you see it " * 9)
    words = np.flatnonzero(one != two)
    assert len(words) <= 1  # mean length of words


def test_two_manners_of_the_same_subjects_are_told_apart():
    rng = random.Random(1)
    rows = np.array([manner(said(rng, n % 2 == 0)) for n in range(60)])
    labels = np.array([1, 0] * 30, np.int64)
    head = DenseHead.fit(rows[:40], labels[:40], np.ones(40))
    told = head.raw(rows[40:]) > 0
    assert (told == (labels[40:] == 1)).all()
    again = DenseHead.of_plain(head.plain())
    assert np.allclose(head.raw(rows), again.raw(rows))
