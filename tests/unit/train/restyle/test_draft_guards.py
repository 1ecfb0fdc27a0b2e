"""What looks on while a draft is restyled: no foreign facts, no long runs of the draft's words."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.restyle.draft_guards import (
    FACTS,
    SENSE,
    ForeignFacts,
    ForeignSentences,
    OwnWords,
    for_draft,
)
from erastyle.train.restyle.restyle import request_of

DRAFT = (
    "The club was founded in 1987 by Ann Hill and it meets every week behind the old town hall. "
    "It has 25 members who pay a small yearly fee."
)
REQUEST = request_of(DRAFT, "web page", "The Kite Club", first=True)


@pytest.mark.parametrize(
    ("sentence", "foreign"),
    [
        ("Ann Hill has founded our club in the year 1987.", 0),
        ("Welcome to the home page of the Kite Club of our town!", 0),
        ("We are 25 people and we meet in the week.", 0),
        ("We have 26 members in the town.", 1),
        ("The club was founded by John Smith in the town.", 1),
        ("You can write to us at club@dunmore.example for more.", 1),
        ("It was founded on May 4, 1987 by all of us.", 1),
        ("Nobody has to pay for it.", 0),
        ("This is the place of the club on the World Wide Web.", 0),
    ],
)
def test_facts_that_the_draft_does_not_hold_are_refused(sentence: str, foreign: int) -> None:
    before = "<HTML><BODY>\n<P>"
    marks = ForeignFacts("html").look(before + sentence, len(before), REQUEST, ended=False)
    assert len(marks) == foreign, marks


def test_a_sentence_that_was_let_stand_is_not_refused_again() -> None:
    before = "We have 26 members in the town. "
    assert not ForeignFacts("text").look(before + "We fly.", len(before), REQUEST, ended=False)


@pytest.mark.parametrize(
    ("sentence", "foreign"),
    [
        ("Every week the members meet at the old hall of the town.", False),
        ("Come and see us!", False),  # too short to tell
        ("There is a lot of sunlight in the garden, and many shady flowers.", True),
        ("There is a lot of sunlight in the garden, and many shady", False),  # not yet at its end
    ],
)
def test_sentences_that_say_something_else_are_refused(sentence: str, *, foreign: bool) -> None:
    before = "We are the club. "
    guard = ForeignSentences("text")
    assert bool(guard.look(before + sentence, len(before), REQUEST, ended=False)) == foreign
    later = f"{before}{sentence}\n\nWe fly."  # what was let stand is not refused again
    assert not guard.look(later, len(later) - 7, REQUEST, ended=False)


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


def test_the_guards_of_an_era_and_of_the_draft_look_on_together() -> None:
    era = eras.load("web-1995")
    guards = guards_of(era, None, 4)
    both = for_draft(guards, era.format)
    assert both is not None
    assert {guard.name for guard in both.guards} == {g.name for g in guards.guards} | {FACTS, SENSE}
    assert len(both.constraints) == len(guards.constraints) + 1
    assert (
        both.forbidding("<P>It meets every week behind the old town hall.", " It", REQUEST)
        == "own words"
    )
    assert for_draft(None, "text") is None
