"""The units of a draft: nothing is lost between them, and a request shows those around one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.train.restyle.draft_units import (
    LONGEST,
    WINDOW_WORDS,
    draft_of,
    request_of,
    title_of,
    units_of,
    window,
)

TOLD = "We fly our kites by the sea at 3.5 m; mail ann@hill.example for the list. "


@given(st.text(alphabet="abc .!?\n3", max_size=200))
def test_units_hold_every_word_of_a_draft(draft: str) -> None:
    told = " ".join(unit.text for unit in units_of(draft))
    assert "".join(told.split()) == "".join(draft.split())


def test_units_are_short_and_a_short_sentence_is_one_that_stays() -> None:
    units = units_of("wind " * 300 + "\n\nWe fly on the hill. Nobody fell.")
    assert all(len(unit.text.split()) <= LONGEST for unit in units)
    assert [(unit.text, unit.told, unit.line) for unit in units[-2:]] == [
        ("We fly on the hill.", True, False),
        ("Nobody fell.", False, False),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "The club was founded in 1987 by J. Hill.",
        "We went in May of 1987 to see Mr. Hill.",
        "You get the book from us by U.S. Mail.",
        "We fly small kites, e.g. those of paper, by the sea.",
        'He said to us "We fly here!" and left.',
        "See http://x.example/cgi?&b=1 for all of our kites.",
        "The shop is at No. 5 of the old street.",
        "We bought it from Yahoo!, Inc. in the spring.",
    ],
)
def test_a_sentence_is_not_cut_in_its_middle(sentence: str) -> None:
    assert [unit.text for unit in units_of(f"{sentence} They fly.")] == [sentence, "They fly."]


def test_marks_that_close_stay_with_their_sentence() -> None:
    draft = (
        '(We fly our kites on the hill.) They said "We like to fly here." They all left by road.'
    )
    assert [unit.text for unit in units_of(draft)] == [
        "(We fly our kites on the hill.)",
        'They said "We like to fly here."',
        "They all left by road.",
    ]


def test_a_line_that_is_no_sentence_is_a_unit_of_its_own() -> None:
    title, told = units_of("Kites\n\nWe fly on the hill.")
    assert not title.told
    assert title.opens
    assert told.told
    assert told.opens


def test_a_sentence_behind_a_list_opens_a_paragraph_and_its_items_do_not() -> None:
    units = units_of(
        "We bring this:\nkites of the club\nfood\nWe fly on the hill. It is a high one."
    )
    assert [unit.opens for unit in units] == [True, False, False, True, False]


def test_a_request_shows_some_words_before_a_sentence_and_more_behind_it() -> None:
    units = units_of(TOLD * 40)
    shown = window(units, 20)
    words = sum(len(unit.text.split()) for unit in shown)
    assert WINDOW_WORDS / 2 < words <= WINDOW_WORDS
    assert units[20] in shown
    assert window(units[:1], 0) == units[:1]


def test_a_request_names_length_kind_and_title() -> None:
    request = request_of(units_of(TOLD), "article", "Our Kites")
    assert request.startswith(
        "About 20 words. Turn this into an article, with the title “Our Kites”:\n"
    )
    assert draft_of(request) == TOLD.strip()
    assert title_of(request) == "Our Kites"
    assert title_of(request_of(units_of(TOLD), "article", "")) == ""
