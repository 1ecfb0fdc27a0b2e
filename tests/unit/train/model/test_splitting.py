"""A beginning ends where a part of a text ends, and fits its room."""

from __future__ import annotations

import pytest

from erastyle.train.model.splitting import beginning, ending

CATS = "The cat sat on the mat. "


def words(text: str) -> int:
    return len(text.split())


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("<P>" + CATS * 9 + "<H2>Dogs</H2>" + CATS * 9, CATS),
        ("<P>" + CATS * 8 + "<HR>\n" + CATS * 2 + "<P>" + CATS * 9, CATS),
        (CATS * 9 + "\n\n" + CATS * 9, "\n\n"),
        ("<TR>" + CATS * 7 + "<TR>" + CATS * 9, CATS),
        (CATS * 9 + "\n" + CATS * 9, "\n"),
        (CATS * 20, "mat. "),
        ("cat " * 200, " "),
    ],
    ids=["heading", "rule before paragraph", "empty line", "table row", "line", "sentence", "word"],
)
def test_it_is_cut_at_the_best_place_of_its_second_half(text: str, end: str) -> None:
    begun = beginning(text, 72, words)
    assert text.startswith(begun)
    assert 36 <= words(begun) <= 72
    assert begun.endswith(end)
    assert not text[len(begun) :].startswith(CATS[1:])


def test_a_heading_in_the_first_half_is_not_worth_losing_the_rest() -> None:
    assert words(beginning("<H1>A</H1>" + CATS * 3 + "<H2>B</H2>" + CATS * 40, 72, words)) > 60


@pytest.mark.parametrize("text", ["", "x", "x" * 5_000, " " * 5_000, "\n" * 999, "é" * 3_000])
@pytest.mark.parametrize("room", [1, 2, 50])
def test_a_beginning_is_never_empty_and_never_too_long(text: str, room: int) -> None:
    begun = beginning(text, room, len)
    assert text.startswith(begun)
    assert bool(begun) == bool(text)
    assert len(begun) <= room


def test_the_ending_is_whole_lines_or_whole_words() -> None:
    lines = "one two\nthree four five\nsix seven eight\n"
    assert ending(lines, 36, len) == "six seven eight\n"
    assert ending("alpha beta gamma delta", 12, len) == "delta"
    assert ending("short", 99, len) == "short"
