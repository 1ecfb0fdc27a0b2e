"""Numbers that are no year, and dates in the forms that pages write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erastyle.corpus.dates import evidence, expressions, interval
from erastyle.corpus.document import Document


@pytest.mark.parametrize(
    "text",
    [
        "Write to 2004 Oak Street, Millville.",
        "We live at 2010 Long Hill Road.",
        "Find us at 1999 N. 5th Avenue.",
        "2001 Harbour Blvd, Suite 3",
        "Call 555 2012 now.",
        "Call (415) 555 2011.",
        "Call +44 171 555 2010.",
        "It costs $2010 with tax.",
        "It costs 2005 francs.",
        "It costs $ 2006 or £ 2007.",
        "about 2005 lire, 2006 pesetas, 2007 guilders",
        "It was read by 2011 visitors.",
        "The meeting is in room 2003.",
        "See Suite 2008, building 2009.",
        "Take flight 2012 or route 2013.",
        "P.O. Box 2014",
    ],
)
def test_a_number_that_is_no_year_dates_nothing(text: str) -> None:
    years = [m.first[:4] for m in expressions.mentions(text)]
    assert not [year for year in years if year >= "1999"]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("We began in 1996 the long way.", "1996"),
        ("In 1997 members of the club met.", ""),
        ("Summer 1996. Write to us.", "1996"),
        ("It was 1996, and 1995 before.", "1996"),
        ("The 1996 Olympics", "1996"),
        ("1996 Street Party", "1996"),
    ],
)
def test_years_in_sentences_stay_years(text: str, year: str) -> None:
    years = [m.first[:4] for m in expressions.mentions(text)]
    assert max(years, default="") == year


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("Copyright (c) 1994, 95, 96 Ann Bell", 1996),
        ("Copyright 1994-5 Ann Bell", 1995),
        ("(c) 1994/95/96 Ann Bell", 1996),
        ("© 1994\u201397 Ann Bell", 1997),
        ("Copyright 1993, 1994 and 1995 Ann Bell", 1995),
        ("Copyright 1993 - 1996", 1996),
        ("Copyright 1994, '95 & '96", 1996),
        ("Copyright 1998, 99, 00", 2000),
        ("Copyright 1995, 5 Main Street", 1995),
        ("Copyright 1995, 12 May", 1995),
    ],
)
def test_the_newest_year_of_a_copyright_line_counts(line: str, year: int) -> None:
    for text in (line, f"It begins.\n\n\n{line}\n\nIn 1999 it ends."):
        (clue,) = evidence.from_copyright(text)
        assert clue.first[:4] == str(year)


@pytest.mark.parametrize("blank", ["&nbsp;", "\u00a0", "&#160;", "\u2003", "&ensp;", "\u00ad "])
@pytest.mark.parametrize("form", ["html", "text"])
def test_a_statement_with_other_blanks_is_a_statement(blank: str, form: str) -> None:
    if form == "text" and blank.startswith("&"):
        pytest.skip("entities are text there")
    line = "Last updated: 3 May 1996".replace(" ", blank)
    body = f"<P>Our boats lie in the harbour.<P>{line}" if form == "html" else line
    document = Document("1", "a/b", "a", form, body, "", prose=body)  # type: ignore[arg-type]
    assert "statement" in {clue.kind for clue in evidence.find(document)}
    assert interval.date(document).best == 1996


@pytest.mark.parametrize(
    "line", ["Aug. '25 it rained.", "On May 3, '25 it rained.", "On 3/5/25 it rained.", "In '96."]
)
def test_a_year_of_two_digits_decides_nothing_alone(line: str) -> None:
    text = f"The board met in the town hall and heard the report of the committee. {line} " * 3
    document = Document("1", "x/y", "x", "text", text, "")
    assert interval.date(document).best is None


@pytest.mark.parametrize(
    "beside",
    ["Written by ann@foo.example.com", "It was 1994 before.", "ftp://foo.example", "$VER: x 1.0"],
)
def test_a_year_of_two_digits_counts_beside_what_is_of_its_time(beside: str) -> None:
    text = f"The driver is slow and was made on 12 Mar 96 by two people. {beside}\n"
    document = Document("1", "x/y", "x", "text", text, "")
    assert interval.date(document).best == 1996


def test_a_misread_word_of_a_scan_decides_nothing_alone() -> None:
    text = "The board met and AOL heard the report of the committee on roads and bridges. " * 3
    clear = Document("1", "x/y", "x", "text", text, "")
    noisy = replace(clear, signals={"ocr_noise": 0.08})
    assert interval.date(clear).date_from == "1989-01-01"
    assert interval.date(noisy).date_from == ""


def test_the_name_of_a_machine_is_no_year_of_a_copyright() -> None:
    assert not list(evidence.from_copyright("(c) COMMODORE, AMIGA 2000 and more"))


@pytest.mark.parametrize(
    "name",
    [
        "Gateway 2000",
        "Office 97",
        "Office '97",
        "Windows '95",
        "Word 2000",
        "Publisher 98",
        "Money 2000",
        "Norton Utilities 2000",
        "Encarta '98",
        "AutoCAD 2000",
        "Photoshop-2001",
        "Year 2000",
        "the 2000 problem",
        "2000-compliant",
    ],
)
@pytest.mark.parametrize("times", [1, 6])
def test_the_number_in_the_name_of_a_product_is_no_date(name: str, times: int) -> None:
    """Repeating it makes it no surer."""
    text = f"We use the {name} in the shop, since it is slow. " * times
    clues = evidence.from_text(text)
    assert not [clue for clue in clues if clue.sure >= interval.DOUBTFUL]


@pytest.mark.parametrize(
    "text",
    ["the collected works 1996", "our project 1996", "SIGGRAPH 1996", "Summer 1996", "May 1996"],
)
def test_a_year_behind_a_common_word_stays_one(text: str) -> None:
    assert [clue.first[:4] for clue in evidence.from_text(f"We met at {text} again.")] == ["1996"]


@pytest.mark.parametrize(
    ("path", "year"),
    [
        ("x/gateway2000.html", ""),
        ("x/a2000/b.txt", ""),
        ("x/office-2000/b.txt", ""),
        ("x/summer1996.html", "1996"),
        ("x/1996/b.txt", "1996"),
        ("x/news-1996.txt", "1996"),
    ],
)
def test_the_number_of_a_product_in_a_path_is_no_year(path: str, year: str) -> None:
    assert "".join(clue.first[:4] for clue in evidence.from_path(path)) == year
