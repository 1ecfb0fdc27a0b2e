"""Distinguishability: equal length, no credit for short texts, and a control of one half."""

from __future__ import annotations

from erastyle.eval.style import separation
from erastyle.eval.style.features import Text
from tests.style_pages import page


def test_the_same_kind_of_text_cannot_be_told_apart():
    old = [page("old upper", i) for i in range(80)]
    same = separation.distinguishability(old[:40], old[40:])
    assert same.low < 0.55  # one in twenty intervals misses 0.5
    other = separation.distinguishability(old[:40], [page("new", i) for i in range(40)])
    assert other.value > 0.95


def test_too_few_texts_have_a_problem_and_no_number():
    one = [Text("<P>Hello there.")]
    measured = separation.measure(one, one, ["a"], 1)
    assert measured.separation is None
    assert "needs at least 8 era documents" in measured.problem


def test_texts_are_compared_at_equal_length_without_their_ends():
    one, other = separation.of_one_length(
        Text("<P>" + "kites fly " * 40), Text("<P>" + "boats sail " * 400 + "</BODY></HTML>")
    )
    assert abs(len(one.body) - len(other.body)) < 12
    assert len(one.body) < 0.85 * 403
    assert other.body.endswith((" ", "l", "s"))
    tagged, _ = separation.of_one_length(Text("<P>ab" + "<BR CLEAR=ALL>" * 9), Text("x" * 20))
    assert tagged.body.endswith(("b", ">")), "no half tag"


def test_an_empty_text_is_no_way_to_be_unnoticed():
    old = [page("old upper", i) for i in range(80)]
    empty = [Text("<P>Hi.")] * 30
    told = separation.distinguishability([*old[:10], *empty], old[40:])
    assert told.value > 0.8


def test_texts_without_markup_among_pages_are_told_and_do_not_blunt_the_rest():
    old = [page("old upper", i) for i in range(80)]
    bare = [Text("I fly my kites on the hill by the sea in any wind. " * 9) for _ in range(30)]
    told = separation.distinguishability([*old[:10], *bare], old[40:])
    assert told.value > 0.8
    new = [page("new", i) for i in range(39)]
    one_bare = separation.distinguishability([*new, bare[0]], old[40:])
    assert one_bare.value > 0.95


def test_real_documents_against_real_ones_of_the_same_sites_are_near_one_half():
    old = [page("old upper", i) for i in range(96)]
    sites = [f"s{i % 12}" for i in range(96)]
    measured = separation.measure(old, old, sites, 1)
    assert measured.control is not None
    assert measured.control.low < 0.55
    assert measured.separation is not None
    assert measured.separation.estimate.low < 0.55
