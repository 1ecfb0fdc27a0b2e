"""What is looked at of a text."""

from __future__ import annotations

import pytest

from erastyle.eval.judge.views import TextView
from erastyle.eval.style.features import Text

HABIT = "<P>Kites.</CENTRE>\n" * 6


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("<H1>Kites</H1>\n<P>I fly kites.</P>", 0),
        ("<H1>Kites</H2>\n<P>I fly kites.</P>", 1),
        (HABIT, 1),
        ("<H1>Kites</TITLE>\n<B>I fly</EM> kites.</H2>", 3),
    ],
)
def test_kinds_of_stray_tags_count_and_not_how_often_one_returns(body: str, kinds: int) -> None:
    strays = TextView(Text(body, "", "html")).strays
    assert int(strays) == kinds
    assert (strays > kinds) == (kinds > 0)


def test_one_habit_is_better_than_two_slips() -> None:
    often = TextView(Text(HABIT, "", "html")).strays
    twice = TextView(Text("<B>I</B> <B>fly</B> <H1>Kites</H2> in <B>May</I>.", "", "html")).strays
    assert often < twice
