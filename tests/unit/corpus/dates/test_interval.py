"""Dating: an interval, a confidence, and the evidence."""

from __future__ import annotations

import pytest

from erastyle.corpus.dates.interval import Clue, Dating, best_year, date, weigh
from erastyle.corpus.document import Document
from tests import factories


def page(body: str, source: str = "folder:page.html", **more: str) -> Document:
    return factories.document(body, source=source, **{"format": "html", **more})


def years(dating: Dating) -> tuple[int, int]:
    return int(dating.date_from[:4]), int(dating.date_to[:4])


def test_a_document_without_evidence_gets_an_empty_interval():
    found = date(page("hello there", format="text"))
    assert found == Dating("", "", "no evidence", 0.0)


def test_a_capture_date_alone_is_only_an_upper_bound():
    found = date(page("hello there", format="text", date_to="2026-11-21"))
    assert (found.date_from, found.date_to, found.confidence) == ("", "2026-11-21", 0.0)
    assert "capture" in found.evidence


@pytest.mark.parametrize(
    "line",
    [
        "Last updated: 12 Mar 96",
        "Last modified March 12th, 1996",
        "Last revised: 96-03-12",
        "Last change 1996/03/12",
        "Letzte Änderung / geändert am 12. März 1996",
        "<!-- Changed by: A. Person, 12-Mar-1996 -->",
        "$Date: 1996/03/12 10:11:12 $",
        "$Id: home.html,v 1.4 1996/03/12 10:11:12 joe Exp $",
        "$VER: Thing 1.2 (12.3.96)",
        "Last modified: Tue Mar 12 10:11:12 MET 1996",
        '<META NAME="date" CONTENT="1996-03-12">',
        '<META HTTP-EQUIV="Last-Modified" CONTENT="Tue, 12 Mar 1996 08:00:00 GMT">',
    ],
)
def test_a_statement_in_any_form_of_the_period_dates_the_page(line):
    found = date(page(f"<H1>Home</H1>{'words ' * 200}<P>{line}<P>{'words ' * 200}"))
    assert years(found)[0] == 1996
    assert years(found)[1] <= 1998  # of pages that say 1996, one in twenty was changed in 1998
    assert found.best == 1996
    assert found.confidence > 0.6


def test_a_mail_header_gives_the_day():
    found = date(
        page("text", format="text", date_evidence="mail date: Fri, 16 Apr 93 04:30:36 GMT")
    )
    assert found[:2] == ("1993-04-16", "1993-04-16")
    assert found.confidence > 0.9


def test_a_contradiction_is_named_and_lowers_the_confidence():
    agreed = date(
        page("Last modified: 3 May 1995", format="text", date_evidence="source date: 1995")
    )
    broken = date(
        page("Last modified: 3 May 1999", format="text", date_evidence="source date: 1995")
    )
    assert "contradiction" in broken.evidence
    assert "contradiction" not in agreed.evidence
    assert broken.confidence < agreed.confidence


def test_a_date_after_the_capture_is_not_believed():
    found = date(page("Last modified: 3 May 2026", format="text", date_to="1998-01-01"))
    assert found.date_to <= "1998-01-01"
    assert found.date_from == ""


@pytest.mark.parametrize(
    ("source", "first", "last"),
    [
        ("http://a.example/1997/index.html", 1997, 1997),
        ("http://a.example/fash1097/index.html", 1997, 1997),
        ("http://a.example/ANN9701/index.html", 1997, 1997),
        ("dates/19160711/sn85050913-ed-1_seq-1.txt", 1916, 1916),
        ("x/news-oct96/a.txt", 1996, 1996),
        ("old/Dorchester1860.txt", 1860, 1869),
    ],
)
def test_a_path_dates_what_says_nothing_itself(source, first, last):
    found = date(page("nothing said", source=source, format="text"))
    low, high = years(found)
    assert low <= first
    assert high >= last
    assert high - low <= last - first + 14  # a folder of 1997 holds older files
    assert first <= found.best <= last


@pytest.mark.parametrize(
    "text",
    [
        "It costs 1995 dollars",
        "see page 1945",
        "1024x768",
        "Line 2000",
        "$1999",
        "about 1600 bytes",
        "the 1990s",
    ],
)
def test_a_number_that_only_looks_like_a_year_is_no_evidence(text):
    assert date(page(text, format="text")).evidence == "no evidence"


def test_a_copyright_line_counts_with_its_newest_year():
    found = date(page("Copyright (c) 1994-96 Somebody", format="text"))
    assert found.best == 1996
    assert years(found)[0] >= 1995


def test_an_unknown_kind_of_clue_is_refused():
    with pytest.raises(ValueError, match="kind 'rumour' is unknown"):
        weigh([Clue("rumour", "1995-01-01", "1995-12-31", "somebody said")])


def test_a_line_of_fifty_megabytes_takes_no_longer_than_a_page():
    import time

    for body in ("<" * 50_000_000, "Mar 1" * 10_000_000, "copyright" * 5_000_000, "1" * 50_000_000):
        start = time.process_time()
        date(page(body))
        assert time.process_time() - start < 1.0


def test_the_best_year_of_an_open_interval_is_unknown():
    assert best_year(Dating("", "1998-01-01", "", 0.0)) is None


def test_the_best_year_is_the_likeliest_and_not_the_middle_of_a_wide_interval():
    found = date(page("<BODY BGCOLOR=red>We met in 1944, again in 1996.", date_to="2026-11-21"))
    low, high = years(found)
    assert high - low >= 2
    assert best_year(found) == found.best == 1996


def test_an_older_year_in_the_text_of_a_page_does_not_make_the_page_older_than_html():
    found = date(page("<BODY BACKGROUND=x.gif><P>Founded in 1810, burnt down in 1812."))
    assert found.date_from >= "1991"


def test_an_older_date_behind_a_newer_statement_says_nothing():
    alone = date(page("Last updated: 3 May 1996", format="text"))
    both = date(page(f"Born in 1912. {'words ' * 200} Last updated: 3 May 1996", format="text"))
    assert alone[:2] == both[:2]


@pytest.mark.parametrize("text", ["He sails on July 22-23 from here.", "a walk in June 11-15"])
def test_a_span_of_days_is_no_two_digit_year(text):
    assert date(page(text, format="text")).evidence == "no evidence"


def test_of_several_dated_words_the_newest_counts():
    from erastyle.corpus.chronology import lexicon

    text = "The gramophone stood beside the World Wide Web server and a JavaScript manual."
    newest = lexicon.matcher(1800).newest(text)
    terms = [found.term for found in lexicon.matcher(1800).find(text)]
    assert newest is not None
    assert newest.first_year == max(term.first_year for term in terms)
    assert lexicon.matcher(1800).newest(text, newest.first_year) is None


def test_the_newest_feature_of_a_page_is_the_newest_of_all_its_uses():
    from erastyle.corpus.chronology import markup_history

    html = "<P>a<TABLE BORDER=1><!-- <VIDEO> --><TR><TD>b<FONT FACE=Arial>c</FONT></TABLE>" * 3
    newest = markup_history.newest(html)
    assert newest is not None
    assert newest.first_year == max(use.feature.first_year for use in markup_history.uses(html))
    assert markup_history.newest("no tag at all") is None
