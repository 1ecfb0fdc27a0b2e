"""A title has a word of the brief in it."""

from __future__ import annotations

import pytest

from erastyle.train.model.guards.titled import Titled


@pytest.mark.parametrize(
    ("title", "brief", "refused"),
    [
        ("Module Overview", "A page that explains what a modem is, for beginners.", True),
        ("", "A page about stamps.", True),
        ("My Web Page", "Make me a web page about stamps.", True),
        ("All about modems", "A page that explains what a modem is, for beginners.", False),
        ("BIRD CLUB", "Make a page for the bird club of our town.", False),
        ("Dental Health", "I am a dentist and want to be on the web.", False),
        ("Whatever", "Write a home page, please.", False),
    ],
)
def test_a_title_takes_up_its_brief(title: str, brief: str, refused: bool) -> None:
    before = "<HTML><HEAD>\n<TITLE>"
    marks = Titled().look(f"{before}{title}</TITLE>", len(before), brief, ended=False)
    assert bool(marks) == refused
    if refused:
        assert marks[0].start == len(before)
        assert marks[0].end == len(before) + len(title)


def test_a_title_that_passed_is_not_looked_at_again() -> None:
    page = "<TITLE>Module Overview</TITLE>\n"
    assert not Titled().look(f"{page}<BODY>", len(page), "A page about stamps.", ended=False)


def test_a_title_is_looked_at_when_it_ends() -> None:
    assert not Titled().look("<TITLE>Module", 0, "A page about stamps.", ended=False)
