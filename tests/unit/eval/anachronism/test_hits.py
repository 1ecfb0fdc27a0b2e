"""Anachronisms: found in place, judged in context, told apart from what the brief asked for."""

from __future__ import annotations

import time

import pytest

from erastyle.corpus.chronology.lexicon import Matcher, lexicon
from erastyle.corpus.chronology.markup_history import markup
from erastyle.eval.anachronism.hits import (
    dialect_validity,
    find,
    period_references,
)


def terms(text: str, cutoff: int = 1997, kind: str = "text", brief: str = "") -> list[str]:
    return [hit.term for hit in find(text, kind, cutoff, brief)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("I read it on Facebook yesterday", "Facebook"),
        ("we met for a podcast", "podcast"),
        ("listen to my podcasts", "podcast"),
        ("a smart-\nphone in a smart home", "smart home"),
        ("I tweeted a photo and it went viral", "tweeted"),
        ("call me on Google+", "Google+"),
        ("written in C# for the Microsoft .NET language", "C#"),
        ("posted in 2014 by me", "2014"),
        ("updated 3 March 2009", "2009"),
        ("have fun \U0001f600", "\U0001f600"),
    ],
)
def test_a_later_word_is_found(text, term):
    assert term in terms(text)


@pytest.mark.parametrize(
    "text",
    [
        "The tablet was carved in stone.",
        "A cloud stood over the mountain, and a stream ran below.",
        "The sparrows tweet in the hedge.",
        "He likes apple pie, and she would like a friend.",
        "by the year 2000 we will all have modems",
        "the text file is in the Swift river folder",
        "HP-UX and text-based browsers",
        "She woke early.",
        "We went to the Amazon by ship.",
    ],
)
def test_the_older_sense_of_a_word_is_no_hit(text):
    assert terms(text) == []


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("The startup does machine learning on customer data", "machine learning"),
        ("We watched the whole season on Netflix", "on Netflix"),
        ("Generative AI writes letters", "generative AI"),
        ("Invasion of Iraq planned", "invasion of Iraq"),
    ],
)
def test_a_newer_sense_of_an_older_term_is_found(text, term):
    assert term in terms(text)


@pytest.mark.parametrize(
    "text",
    [
        "A course on machine learning and rule induction.",
        "The streams of the county are full of fish.",
        "My phone is in the hall.",
        "The drone mates with the queen.",
        "Slack hours at the mill, and the Delta of the Nile.",
    ],
)
def test_the_first_sense_of_a_term_with_two_is_no_hit(text):
    assert terms(text) == []


def test_a_hit_says_where_it_stands_and_what_its_year_rests_on():
    text = "<P>The bakery has Facebook."
    (hit,) = find(text, "html", 1997)
    assert text[hit.start : hit.end] == "Facebook"
    assert (hit.kind, hit.first_year) == ("word", 2004)
    assert "record" in hit.source


def test_later_markup_is_found_and_comments_are_not_markup():
    hits = find('<!-- <video> --><div data-x="1"><IFRAME SRC=a>', "html", 1995)
    assert [(h.term, h.kind) for h in hits if h.kind == "element"] == [("<iframe>", "element")]
    assert "<* data-*>" in [h.term for h in hits]


def test_words_inside_tags_and_scripts_are_not_prose():
    assert terms('<A HREF="Facebook.html">x</A><SCRIPT>iPhone</SCRIPT>', 2030, "html") == []
    assert terms("<SCRIPT>var iPhone</SCRIPT>", 1997, "html") == []


def test_what_the_brief_asks_for_is_marked():
    hits = find("My Facebook and my iPhone", "text", 1997, brief="a page about Facebook")
    assert [(h.term, h.in_brief) for h in hits] == [("Facebook", True), ("iPhone", False)]


def test_period_references_are_of_the_time():
    found = period_references("Get Netscape Navigator and Windows 95, then meet Caesar", 1993, 1997)
    assert [f.term.text for f in found] == ["Netscape Navigator", "Windows 95"]


def test_tables_are_too_new_for_html_2():
    assert dialect_validity("<P>a<TABLE BORDER>", "html-2").too_new == ("<table border>", "<table>")
    assert dialect_validity("<P>a<TABLE BORDER>", "html-3.2").share == 1.0
    with pytest.raises(ValueError, match="unknown"):
        dialect_validity("", "html-9")


def test_a_text_of_ten_megabytes_is_searched_in_linear_time():
    start = time.process_time()
    find("<" * 1_000_000 + " iPhone", "html", 1997)
    assert time.process_time() - start < 10


def test_the_lexicon_is_as_large_as_promised_and_every_row_has_a_source():
    rows = lexicon()
    assert sum(1985 <= term.first_year <= 2025 for term in rows) >= 1500
    assert sum(1850 <= term.first_year <= 1930 for term in rows) >= 400
    assert all(term.source and term.kind for term in rows)
    assert all(term.context for term in rows if term.ambiguous)
    assert len({(term.text, term.first_year) for term in rows}) == len(rows)


def test_every_unambiguous_term_is_found_where_it_stands():
    missing = [
        term.text
        for term in lexicon()
        if not term.ambiguous and not list(Matcher([term]).find(f"They say {term.text} here."))
    ]
    assert missing == []


def test_the_years_of_markup_agree_with_the_standards():
    table = markup()
    years = {
        ("a", "href"): 1991,
        ("font", "size"): 1994,
        ("font", "color"): 1995,
        ("frameset", ""): 1995,
        ("marquee", ""): 1995,
        ("span", ""): 1996,
        ("tbody", ""): 1996,
        ("label", ""): 1997,
        ("dialog", ""): 2014,
        ("main", ""): 2013,
    }
    assert {key: table[key].first_year for key in years} == years
