"""What is newer than an era's markup is found, dated, and drops the page with the evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from erastyle.corpus import era
from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.document import Document
from erastyle.corpus.html import dialect
from tests import factories

SHIPPED = era.load("web-1995")
# Only markup is judged here: not who wrote the text below, and not the date that markup tells.
RULES = SHIPPED.quality.model_copy(update={"max_machine": 1.0, "min_inside": 0.0})
WEB = SHIPPED.model_copy(update={"quality": RULES})
TEXT = (
    "My cats and I live by the sea, and this page is about the two of them. They sleep on the roof "
    "when the sun is out, and in the kitchen when it is not, and nobody has ever seen them hurry."
)


def page(head: str = "", body: str = "") -> Document:
    html = f"<HTML><HEAD><TITLE>Cats</TITLE>{head}</HEAD><BODY><P>{TEXT}<P>{TEXT}{body}</BODY>"
    return factories.document(html, format="html")


@pytest.mark.parametrize(
    ("html", "name", "year"),
    [
        ("<TABLE SUMMARY=x><TR><TD>1", "<table summary>", 1997),
        ("<STYLE>P:before { content: 'x' }</STYLE>", "css :before and :after", 1998),
        ("<P STYLE='position: fixed'>", "css position: fixed", 1998),
        ("<SCRIPT>document.getElementById('x')</SCRIPT>", "js getElementById", 1998),
        ("<SCRIPT LANGUAGE='JavaScript1.3'></SCRIPT>", "js JavaScript 1.3", 1998),
        ("<SCRIPT><!--\nx.attachEvent('y')\n//--></SCRIPT>", "js attachEvent", 1999),
    ],
)
def test_features_are_found_with_their_year(html, name, year):
    assert [(one.name, one.year) for one in dialect.newer(html, "html-3.2")] == [(name, year)]


@pytest.mark.parametrize(
    "html",
    [
        "<!-- <LABEL FOR=x> -->",
        "<P>We talk about getElementById and @media here.",
        "<SCRIPT LANGUAGE='JavaScript'>document.write(new Date())</SCRIPT>",
        "<STYLE>P { color: red; font-family: Arial }</STYLE>",
        "<FOO BAR=1>",
    ],
)
def test_text_comments_and_old_scripts_are_not_newer(html):
    assert dialect.newer(html, "html-3.2") == []


def test_an_older_level_forbids_more():
    html = "<FRAMESET COLS=1><FRAME SRC=a></FRAMESET><TABLE BGCOLOR=red><TR><TD>x"
    counts = [len(dialect.newer(html, level)) for level in ("html-2", "netscape-1", "html-3.2")]
    assert counts[0] > counts[1] > counts[2] == 0
    assert dialect.newer(html, "none") == []


def test_a_page_with_several_newer_features_is_dropped_with_the_evidence():
    late = page(
        "<STYLE>@media print { B { display: none } }</STYLE>",
        "<FORM><LABEL FOR=a>Name</LABEL><INPUT ID=a></FORM>",
    )
    dropped = cleaner.clean(late, WEB)
    assert isinstance(dropped, Drop)
    assert dropped.reason == "newer markup"
    assert "css @media (1998, CSS 2)" in dropped.detail
    assert "<label>" in dropped.detail


def test_the_threshold_is_the_eras():
    late = page(body="<FORM><LABEL FOR=a>Name</LABEL></FORM>")
    assert isinstance(cleaner.clean(late, WEB), Drop)
    rules = RULES.model_copy(update={"max_newer_markup": 2})
    kept = cleaner.clean(late, WEB.model_copy(update={"quality": rules}))
    assert not isinstance(kept, Drop)


def test_one_stray_feature_is_not_enough():
    assert not isinstance(cleaner.clean(page(body="<TABLE SUMMARY=x></TABLE>"), WEB), Drop)


def test_each_style_and_script_fact_has_a_year_a_source_and_a_pattern():
    table = Path(dialect.__file__).with_suffix(".tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    assert len(rows) > 40
    for kind, name, year, seen_in, source, pattern in rows:
        assert kind in ("css", "js")
        assert name
        assert seen_in
        assert 1997 <= int(year) <= 2025
        assert re.search(r"\d{4}|SDK", source), name
        assert re.compile(pattern)
