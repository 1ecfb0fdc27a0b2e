"""Years that a text writes of as past are found; plans, products and classes are none."""

from __future__ import annotations

import pytest

from erastyle.corpus.chronology.later_years import later_years


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("He scored twice in the 2015-16 season.", 2016),
        ("The season 2015/16 was his last.", 2016),
        ("We painted it (2010-2012) in red.", 2012),
        ("That was in the early 2010s.", 2010),
        ("She was class of 2021.", 2021),
        ("The class of '21 meets in May.", 2021),
        ("House prices never recovered after 2008.", 2008),
        ("posted in 2014 by me", 2014),
        ("a plant at Wakefield in 2007", 2007),
        ("planted with trees in 2007", 2007),
        ("our plane left in 2007", 2007),
        ("we began the project in 2007", 2007),
        ("bought a projector in 2007", 2007),
    ],
)
def test_a_later_year_is_found_in_each_form(text: str, year: int) -> None:
    assert [later.year for later in later_years(text, 1997)] == [year]


@pytest.mark.parametrize(
    "text",
    [
        "My Gateway 2000 crashes.",
        "Microsoft Office 2000 will ship soon.",
        "In the year 2000 our programs fail.",
        "On January 1, 2000 the clocks stand still.",
        "We saw 2001: A Space Odyssey, and in 2001: A Space Odyssey nobody talks.",
        "I am class of 1999.",
        "Copies of 1995-97 are sold out.",
        "In the 2000s everybody has a modem.",
        "My father was class of '51.",
        "Registered in '98 or so",
        "after 2000 it expires",
        "The plans for work in 2007",
        "It is planned in 2007",
        "the projected income in 2007",
    ],
)
def test_plans_products_and_classes_are_no_later_years(text: str) -> None:
    assert [later.year for later in later_years(text, 1997) if later.year != 1998] == []


def test_a_year_of_two_digits_after_a_mark_is_read_without_an_error() -> None:
    assert [later.year for later in later_years("printed in `99", 1997)] == [1999]
