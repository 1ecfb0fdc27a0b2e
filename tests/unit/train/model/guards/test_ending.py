"""A text is helped to its end near the length asked for, where a block ends."""

from __future__ import annotations

import pytest

from erastyle.train.model.guards.ending import CERTAIN, Ending

PAGE = Ending("html")
ASKED = "A page about kites. About 100 words."


def words(count: int) -> str:
    return "<HTML><BODY><P>" + "wind " * count


@pytest.mark.parametrize(
    ("text", "bonus"),
    [
        (words(80) + "blows.</P>", 0.0),
        (words(95) + "blows and blows.", 0.0),
        (words(112) + "blows.</P>", CERTAIN),
        (words(112) + "blows.\n<P>", CERTAIN),
        (words(112) + "blows.", 0.0),
        (words(122) + "blows.", CERTAIN),
        (words(122) + 'blows. <A HREF="', 0.0),
        (words(122) + "blows and\n", 0.0),  # a wrapped line
        (words(122) + "blows and blows.\n", CERTAIN),
        (words(122) + "<BR>\nkites\n", CERTAIN),  # a line that was not wrapped
    ],
)
def test_the_bonus_comes_where_a_block_ends_and_grows_until_it_is_certain(
    text: str, bonus: float
) -> None:
    assert PAGE.bonus(text, ASKED, 0.5)[0] == bonus


def test_the_bonus_grows_with_the_words() -> None:
    first, later = (PAGE.bonus(words(n) + "</P>", ASKED, 0.5)[0] for n in (94, 104))
    assert 0 < first < later < CERTAIN


def test_without_a_length_the_room_does_the_same() -> None:
    text = words(100) + "blows.</P>"
    assert PAGE.bonus(text, "A page.", 0.5)[0] == 0
    assert 0 < PAGE.bonus(text, "A page.", 0.9)[0] < CERTAIN
    assert PAGE.bonus(text, "A page.", 0.95) == (CERTAIN, "room")
    assert PAGE.bonus(words(100) + "blows.", "A page.", 0.97) == (CERTAIN, "room")


def test_the_room_grows_with_the_length_asked_for() -> None:
    assert PAGE.room("A page.", 400) == 400
    assert PAGE.room("A page. About 500 words.", 400) == 4200
    assert Ending("text").room("An article. About 500 words.", 400) == 1260


def test_a_text_of_few_words_gets_more_room_by_quarters_and_twice_at_most() -> None:
    page = Ending("html", fewest=80)
    few, enough = words(50), words(90)
    assert page.longer_room(few, "A page.", 400, 400) == 500
    assert page.longer_room(few, "A page.", 800, 400) == 800
    assert page.longer_room(enough, "A page.", 400, 400) == 400
    assert page.longer_room(few, ASKED, 840, 400) == 840, "the length asked for decides"
    assert PAGE.longer_room("", "A page.", 400, 400) == 400


def test_what_is_open_is_closed_in_pages_alone() -> None:
    assert PAGE.close("<HTML><BODY><P>Kites.") == "\n</BODY>\n</HTML>\n"
    assert PAGE.close("<p>Kites.") == ""
    assert Ending("text").close("Kites.") == ""
    assert Ending("text").bonus("wind " * 109 + "blows.\n\n", ASKED, 0.5) == (CERTAIN, "length")
