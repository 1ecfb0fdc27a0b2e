from __future__ import annotations

from erastyle.eval.style import distinguishability
from erastyle.eval.style.features import Text
from tests.style_pages import page


def test_the_same_kind_of_text_cannot_be_told_apart():
    old = [page("old upper", i) for i in range(80)]
    same = distinguishability.distinguishability(old[:40], old[40:])
    assert same.low < 0.55  # one in twenty intervals misses 0.5
    other = distinguishability.distinguishability(old[:40], [page("new", i) for i in range(40)])
    assert other.value > 0.95


def test_too_few_texts_have_a_problem_and_no_number():
    measured = distinguishability.measure([Text("<P>Hello there.")], [], ["a"], 1)
    assert measured.estimate is None
    assert "needs at least 8 era documents" in measured.problem
