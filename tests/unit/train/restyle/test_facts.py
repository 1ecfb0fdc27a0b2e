"""Facts of a text, in the form in which two mentions agree, inside sentences alone."""

from __future__ import annotations

import pytest

from erastyle.train.restyle.facts import facts, sentences


def forms(text: str, kind: str) -> list[str]:
    return [fact.form for fact in facts(text) if fact.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("The boat costs 1,250 dollars with the sails.", "number", ["1250 dollar"]),
        ("The boat costs $1250 with the sails.", "number", ["1250 dollar"]),
        ("We are twelve people in the club.", "number", ["12"]),
        ("The kite rose 3.5 m above the roof.", "number", ["3.5 m"]),
        ("We meet on 4 May 1995 in the hall.", "date", ["1995-5-4"]),
        ("We meet on May 4th, 1995 in the hall.", "date", ["1995-5-4"]),
        ("It was built in 1911 by the town.", "date", ["1911--"]),
        ("Send your mail to ann@hill.example for the list.", "link", ["ann@hill.example"]),
        ("The list is at http://www.kites.example/list.html today.", "link",
         ["http://www.kites.example/list.html"]),
        ("The sign says “no kites here” to all.", "quotation", ["no kites here"]),
        ("The club was founded by Ann Hill and Bob Lee.", "name", ["ann hill", "bob lee"]),
        ("We do not fly kites in the rain.", "negation", ["fly kites rain"]),
    ],
)  # fmt: skip
def test_facts_are_found_in_the_form_that_is_compared(
    text: str, kind: str, expected: list[str]
) -> None:
    assert forms(text, kind) == expected


def test_a_date_is_no_number_and_the_first_word_is_no_name() -> None:
    text = "Kites were flown here on 4 May 1995 by the children."
    assert forms(text, "number") == []
    assert forms(text, "name") == []


def test_a_list_of_facts_is_no_sentence() -> None:
    assert sentences("Ann Hill. 25 dollars. 4 May 1995. Kites; wind; sea.") == []
    assert facts("Ann Hill, 25, 1995, ann@hill.example") == []
