"""Neighbours: sentences that follow one another, against the same sentences in another order."""

from __future__ import annotations

import random

import numpy as np
import pytest

from erastyle.eval.judge.questions.neighbours import NeighbourLessons, NeighbourModel
from erastyle.eval.judge.views import TextView, views
from erastyle.eval.style.features import Text

THINGS = ("boat", "garden", "engine", "church", "window", "mountain", "kitchen", "letter")


def story(seed: int, mixed: bool = False) -> Text:
    """A paragraph in which each thing is named, then spoken of, and which begins and ends."""
    rng = random.Random(seed)
    said = ["Welcome to the story of our town."]
    for thing in rng.sample(THINGS, 6):
        said.append(f"Near the river there stood {rng.choice(('an old', 'a red'))} {thing}.")
        said.append(f"It was {rng.choice(('painted', 'mended'))} by {rng.choice(('Tom', 'Ann'))}.")
    said.append("That is all for now.")
    if mixed:
        rng.shuffle(said)
    return Text(" ".join(said), format="text")


@pytest.fixture(scope="module")
def model() -> NeighbourModel:
    lessons = NeighbourLessons.of(views([story(n) for n in range(60)]))
    made = NeighbourModel.fit(views([story(n) for n in range(60, 80)]), ["a", "b"] * 10, lessons)
    assert made is not None
    return made


def test_sentences_out_of_order_are_told_from_the_same_in_order(model):
    straight = model.measure(views([story(n) for n in range(200, 230)]))
    mixed = model.measure(views([story(n, mixed=True) for n in range(200, 230)]))
    assert np.mean(straight[:, None] > mixed[None, :]) > 0.95


def test_five_sentences_have_no_order(model):
    text = Text("One came. Two came. Three came. Four came. Five came.", format="text")
    assert np.isnan(model.measure([TextView(text)])[0])


def test_too_few_texts_teach_nothing():
    lessons = NeighbourLessons.of(views([story(1)]))
    assert NeighbourModel.fit([TextView(story(2))], ["a"], lessons) is None


def test_units_know_the_tags_before_them():
    seen = TextView(Text("<H1>My page</H1><P>We went home. It rained.<UL><LI>One<LI>Two</UL>"))
    assert seen.units.count == 5
    assert seen.units.between[3] != seen.units.between[4] != seen.units.between[2]
    assert len(set(seen.units.codes["first"])) == 5
