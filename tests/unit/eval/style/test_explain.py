"""The words and tags that moved a style score, and where they stand."""

from __future__ import annotations

import itertools

from erastyle.eval.style.features import Text, prose_of
from tests.style_pages import page


def test_marks_stand_on_the_words_and_tags_that_moved_the_score(model):
    text = page("old upper", 999)
    places = model.marks(text, most=200)
    shown = {"prose": prose_of(text), "body": text.body}
    cut = {(m.where, shown[m.where][m.start : m.end].lower()): m.weight for m in places}
    assert any(where == "body" and piece.startswith("<center") for where, piece in cut)
    assert sum(weight for (where, _), weight in cut.items() if where == "prose") > 0
    ends = [(m.start, m.end) for m in places if m.where == "prose"]
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ends))
    assert model.marks(Text("one word", format="text")) == []


def test_the_explanation_names_what_moved_the_score(model):
    moved = dict(model.explain(page("old upper", 999), most=200))
    assert moved["case:upper"] > 0
    moved = dict(model.explain(page("new", 999), most=200))
    assert moved["tag:div"] < 0
