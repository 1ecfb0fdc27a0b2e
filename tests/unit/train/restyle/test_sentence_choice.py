"""Which way to go on says the next sentence of a draft: what is wrong with it, what it is worth."""

from __future__ import annotations

import pytest

from erastyle.train.restyle.draft_units import units_of
from erastyle.train.restyle.sentence_choice import is_said, turned, weigh

DRAFT = (
    "The club was founded in 1987 by Ann Hill. It has 25 members who meet every week. "
    "The hill lies 3 miles north of Dunmore. We do not fly in the rain. A kite costs 12 dollars."
)
UNITS = units_of(DRAFT)
ALL = frozenset(range(len(UNITS)))


@pytest.mark.parametrize(
    ("sentence", "units"),
    [
        ("Ann Hill founded our club in 1987.", (0,)),
        ("<H2>The Club</H2>\n<P>In 1987 the club was founded by Ann Hill.", (0,)),
        ("It now has 25 members, and they meet each week.", (1,)),
        ("The club was founded by Ann Hill in 1987, and 25 members meet every week.", (0, 1)),
        ("The hill is 3 miles north of Dunmore.", (2,)),
        ("We don't fly in the rain.", (3,)),
        ("A kite costs $12.", (4,)),
    ],
)
def test_a_sentence_that_says_what_the_draft_says_has_no_fault(
    sentence: str, units: tuple[int, ...]
) -> None:
    left = frozenset(range(units[0], len(UNITS)))
    said = weigh("", sentence, UNITS, left, "html", [])
    assert said.faults == ()
    assert said.units == units


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("The club was founded by Ann Hill.", "leaves out 1987"),
        ("The club was founded in 1978 by Ann Hill.", "makes up or repeats 1978"),
        ("The club was founded in 1987 by John Smith.", "leaves out Ann Hill"),
        ("In 1987 the club was founded in 1987 by Ann Hill.", "makes up or repeats 1987"),
        ("The club was not founded in 1987 by Ann Hill.", "denies"),
        ("We fly in the rain.", "leaves out not"),
        ("The hill lies 3 miles south of Dunmore.", "turns round north"),
        ("A kite costs 12 dollars a month.", "adds month"),
        ("A kite costs 12 dollars per year.", "adds year"),
        ("Ann Hill founded the club in 1987 when the factory closed its doors.", "adds "),
        ("The hill lies 3 miles north of Dunmore in 1987.", "mixes up 1987"),
        ("A kite costs 12 dollars. It has 25 members who meet every week.", "no single sentence"),
        ("A kite costs 12 watts.", "adds watts"),
        ("A kite costs 12 dollars.", "comes too early"),
        ("The hill and the kites", "no single sentence"),
        ("<H2>Open 9 to 5</H2><P>A kite costs 12 dollars.", "makes up or repeats 9"),
    ],
)
def test_what_is_wrong_with_a_sentence_is_said(sentence: str, fault: str) -> None:
    said = weigh("", sentence, UNITS, ALL, "html", [])
    assert any(one.startswith(fault) for one in said.faults), said.faults


def test_what_was_said_is_not_said_again() -> None:
    said = weigh("", "Ann Hill founded our club in 1987.", UNITS, ALL - {0}, "html", [])
    assert "was said before" in said.faults


def test_a_neighbour_that_shares_words_is_neither_said_nor_in_the_way() -> None:
    units = units_of("We fly kites on the hill. Our kites are red. They were made by Ann Hill.")
    said = weigh("", "On the hill we fly our kites.", units, {0, 1, 2}, "text", [])
    assert (said.units, said.faults) == ((0,), ())
    units = units_of("The Kite Club\n\nThe kite club meets in the hall every week.")
    said = weigh("", "Each week the kite club meets in our hall.", units, {1}, "text", [])
    assert (said.units, said.faults) == ((1,), ())


def test_half_of_a_sentence_does_not_say_it() -> None:
    units = units_of("The hall is cold and it was painted by children in green and yellow.")
    said = weigh("", "It was children who painted the hall.", units, {0}, "text", [])
    assert "says too little" in said.faults


@pytest.mark.parametrize("behind", ["", " The", "</P>\n<HR>\n<H3><A NAME=x.y></A>", "\n\nKites:"])
def test_what_was_begun_behind_a_sentence_goes(behind: str) -> None:
    said = weigh("", f"A kite costs 12 dollars.{behind}", UNITS, {4}, "html", [])
    assert said.piece == "A kite costs 12 dollars."
    assert said.faults == ()


def test_an_initial_ends_no_sentence() -> None:
    assert not is_said("In 1987 our club was founded by J. Hill", 0, "text")
    assert not is_said("In 1987 our club was founded by J.", 0, "text")


def test_an_article_is_not_signed_and_what_the_guards_let_stand_is_a_fault() -> None:
    last = frozenset({4})
    signed = weigh("", "--\nAnn\n\nA kite costs 12 dollars.", UNITS, last, "text", [])
    assert "signs" in signed.faults
    let_stand = weigh("", "A kite costs 12 dollars.", UNITS, last, "text", ["later"])
    assert let_stand.faults == ("later",)


def test_new_words_are_worth_something_and_coming_too_early_costs_something() -> None:
    own = weigh("", "It has 25 members who meet every week.", UNITS, ALL - {0}, "text", [])
    new = weigh("", "There are 25 members who meet each week.", UNITS, ALL - {0}, "text", [])
    early = weigh("", "There are 25 members who meet each week.", UNITS, ALL, "text", [])
    assert new.worth > own.worth
    assert new.worth > early.worth


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (" It has 25 members now.", True),
        (" It has 25 members", False),
        (" The program is TermLine 3.", False),  # 3.1 may follow
        (" The program is TermLine 3.1 by Ann.", True),
        (" The club began in 1987. It", True),
        (" The club was founded by Mr.", False),
        (" The club meets at 9 p.", False),
        (" The club meets at 9 p.m. on the hill", False),
        ("<H1>The Club of the Hill</H1>\n<P>", False),
        (" Is it the club of Ann?", True),
        (" Fine.", False),
    ],
)
def test_a_way_to_go_on_stops_behind_a_whole_sentence(new: str, *, said: bool) -> None:
    begun = "<BODY>\n<P>We are the club."
    assert is_said(begun + new, len(begun), "html") == said


def test_a_line_that_began_before_is_one_with_its_rest() -> None:
    begun = "My daughter wants a telescope on June 9."
    new = " I do not want to spend\nmore than 300 dollars."
    assert is_said(begun + new, len(begun), "text")
    units = units_of("I do not want to spend more than 300 dollars.")
    assert weigh(begun, new, units, {0}, "text", []).faults == ()


def test_opposites_in_either_order_are_found() -> None:
    assert turned("We buy it in winter.", "We sell it in summer.") == ["buy", "winter"]
    assert turned("From north to south.", "From south to north.") == []
    assert turned("She did not pay for her kite.", "I did not pay for my kite.") == ["she", "her"]
