"""What looks on while a draft is restyled: no foreign facts, no long runs of the draft's words."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.restyle.draft_guards import FACTS, RUN, ForeignFacts, OwnWords, for_draft
from erastyle.train.restyle.restyle import LEAST_CHANGED, changed_share, request_of

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


def test_a_run_of_the_drafts_words_ends() -> None:
    text = "<P>And it meets every week behind"
    rule = OwnWords(6)
    assert not rule.forbids(text, " the", REQUEST)  # a function word
    assert rule.forbids(f"{text} the", " old", REQUEST)
    assert rule.forbids(f"{text} the", " o", REQUEST)
    assert not rule.forbids(f"{text} the", " big", REQUEST)
    assert not rule.forbids(f"{text} the o", "ld", REQUEST)
    assert not rule.forbids(f"{text} the <A old", " old", REQUEST)
    assert not rule.forbids("<P>It meets every week behind the", " old", f"{REQUEST[:20]}\nOther.")


def test_facts_may_stand_in_any_run() -> None:
    text = "The club was founded in 1987 by"
    assert not OwnWords(6).forbids(text, " Ann", REQUEST)
    assert not OwnWords(6).forbids(f"{text} Ann", " Hill", REQUEST)


def test_runs_of_the_longest_length_leave_enough_that_is_new() -> None:
    words = [f"w{n}" for n in range(120)]
    text = [x for n, word in enumerate(words) for x in ([word] if n % RUN else ["new", word])]
    assert changed_share(" ".join(words), " ".join(text)) >= LEAST_CHANGED


def test_the_guards_of_an_era_and_of_the_draft_look_on_together() -> None:
    era = eras.load("web-1995")
    guards = guards_of(era, None, 4)
    both = for_draft(guards, era.format)
    assert both is not None
    assert {guard.name for guard in both.guards} == {g.name for g in guards.guards} | {FACTS}
    assert len(both.constraints) == len(guards.constraints) + 1
    assert both.forbidding("<P>And it meets every week behind the", " old", REQUEST) == "own words"
    assert for_draft(None, "text") is None
