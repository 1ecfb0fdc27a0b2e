"""What the next token of a restyled text must not be."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.restyle.draft_constraints import GivenTitle, GoesOn, MadeUpTags, OwnWords
from erastyle.train.restyle.draft_guards import for_draft
from erastyle.train.restyle.draft_units import request_of, units_of

DRAFT = (
    "The club was founded in 1987 by Ann Hill and it meets every week behind the old town hall. "
    "It has 25 members who pay a small yearly fee."
)
REQUEST = request_of(units_of(DRAFT), "web page", "The Kite Club")


def test_a_run_of_the_drafts_words_ends_where_it_can_be_said_otherwise() -> None:
    text, rule = "<P>Who pay a small", OwnWords(3)
    assert not rule.forbids("<P>Members who pay", " a", REQUEST)  # nothing else can stand there
    assert rule.forbids("<P>Who pay a", " small", REQUEST)
    assert rule.forbids("<P>Who pay a", " s", REQUEST)
    assert not rule.forbids("<P>Who pay a", " yearly", REQUEST)
    assert not rule.forbids(f"{text[:-2]}", "ll", REQUEST)  # the rest of a word
    assert not rule.forbids("<P>Who pay a <A small", " small", REQUEST)
    assert not rule.forbids("<P>Who pay a", " small", f"{REQUEST[:20]}\nOther.")


def test_the_next_sentence_begins_in_another_way() -> None:
    text = "<P>It meets every week behind the old town hall."
    assert OwnWords(5).forbids(text, " It", REQUEST)
    assert not OwnWords(5).forbids(text, " The", REQUEST)


def test_facts_may_stand_in_any_run() -> None:
    assert not OwnWords(3).forbids("The club was founded in 1987 by", " Ann", REQUEST)
    held = f"{REQUEST.partition(chr(10))[0]}\nWe fly in Dunmore. Big Ben is here. We fly."
    assert not OwnWords(3).forbids("We fly in Dunmore.", " Big", held)


@pytest.mark.parametrize(
    ("text", "piece", "forbidden"),
    [
        ("<P>See <", "IM", True),
        ("<P>See <A", " HREF", True),
        ("<P>See <A", "DD", False),
        ("<BODY", " BACKGROUND", True),
        ("<BODY", " BGCOLOR", False),
        ("<HEAD>\n<M", "ETA", True),
        ("<P>See <B>the", " image", False),
        ("<P", ">", False),
        ("<TABLE", " BORDER", False),
        ("<FORM", " ", True),
    ],
)
def test_pictures_links_and_forms_are_not_made_up(text: str, piece: str, *, forbidden: bool):
    assert MadeUpTags().forbids(text, piece, REQUEST) == forbidden


@pytest.mark.parametrize(
    ("text", "piece", "forbidden"),
    [
        ("<TITLE>", "The", False),
        ("<TITLE>", "Our", True),
        ("<TITLE>The Kite", " Club", False),
        ("<TITLE>The Kite", " Home", True),
        ("<TITLE>The Kite", "</", True),
        ("<TITLE>The Kite Club", "</", False),
        ("<TITLE>The Kite Club", " of", True),
        ("<TITLE>The Kite Club</TITLE>\n<P>", "Our", False),
    ],
)
def test_the_title_is_the_one_that_was_given(text: str, piece: str, *, forbidden: bool) -> None:
    assert GivenTitle().forbids(text, piece, REQUEST) == forbidden
    assert not GivenTitle().forbids(text, piece, request_of(units_of(DRAFT), "web page", ""))


def test_a_text_goes_on_until_all_is_said() -> None:
    rule = GoesOn()
    assert rule.forbids("We fly.", "", REQUEST)
    assert rule.forbids("We fly.</", "BODY", REQUEST)
    assert not rule.forbids("We fly.</", "B", REQUEST)
    assert not rule.forbids("<", "BODY>", REQUEST)


def test_the_constraints_of_an_era_and_of_the_draft_hold_together() -> None:
    era = eras.load("web-1995")
    guards = guards_of(era, None, 4)
    both = for_draft(guards, era.format)
    assert both is not None
    assert both.ending is None
    assert len(both.constraints) == len(guards.constraints) + 4
    assert (
        both.forbidding("<P>It meets every week behind the old town hall.", "", REQUEST) == "unsaid"
    )
    assert for_draft(None, "text") is None
