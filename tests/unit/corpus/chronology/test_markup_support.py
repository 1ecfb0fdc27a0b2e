"""A name of HTML5 dates a page only where the page uses it as HTML5 does."""

from __future__ import annotations

import time

import pytest

from erastyle.corpus.chronology.markup_history import newest, uses

INVENTED = {
    "header for head": "<HTML><HEADER><TITLE>Cats</TITLE></HEADER><BODY><P>My cats.</BODY></HTML>",
    "header before the title": "<HTML><HEADER></HEADER><TITLE>Cats</TITLE><P>My cats.",
    "header that nobody closes": "<HTML><BODY><P>My cats. <HEADER>More<P>They sleep.",
    "header as a heading": "<HTML><BODY><P>Hi<HEADER>My cats</HEADER><HEADER>Dogs</HEADER>",
    "footer alone": "<TITLE>x</TITLE><BODY><P>Cats.<FOOTER>Write to me</FOOTER></BODY>",
    "section of a text in SGML": "<TITLE>x</TITLE><BODY><SECTION>1. Cats</SECTION> sleep.",
    "placeholders of a manual": "<BODY><PRE>copy <source> <output>\nshow <data> <time></PRE>",
    "summary without details": "<BODY><P>Text.<SUMMARY>Cats sleep.</SUMMARY><P>More.",
    "words of an alt text": '<BODY><IMG ALT="the hidden part of it SRC=a.gif> is open <B>x</B>',
    "one made-up attribute": "<BODY><TABLE ROLE=layout><TR><TD>Cats</TABLE>",
    "a made-up video": "<BODY><P>See this:<VIDEO SRC=cat.avi WIDTH=100>",
    "audio as a word": "<BODY><P>See <AUDIO>, <VIDEO> and <CANVAS> in our shop.",
}
LATER = {
    "a document type": ("<!DOCTYPE html><title>x</title><header>Cats</header>", "header"),
    "a coined element beside it": (
        "<body><p>x<figure><img src=a><figcaption>Cat</figcaption></figure>",
        "figure",
    ),
    "parts of a page": (
        "<body><header><h1>Cats</h1></header><section><p>They sleep.</p></section></body>",
        "section",
    ),
    "links in nav": ("<title>x</title><nav><a href=/>Home</a></nav><p>Cats.", "nav"),
    "a source in a video": ("<body><video><source src=a.mp4></video></body>", "video"),
    "details with summary": (
        "<p>x</p><details><summary>More</summary>Cats</details>",
        "details",
    ),
    "an attribute made for it": ('<body><p>On <time datetime="2015-01-02">Friday</time>', "time"),
    "two attributes of its own": ('<p>x<video src="a.mp4" controls></video>', "video"),
    "a coined attribute": ('<body><img src=a srcset="b 2x"><main>Cats</main>', "main"),
    "a viewport": (
        '<meta name="viewport" content="width=device-width"><article>Cats</article>',
        "article",
    ),
}


def names(html: str) -> set[str]:
    return {use.feature.element for use in uses(html, 2003)}


@pytest.mark.parametrize("html", INVENTED.values(), ids=INVENTED)
def test_a_word_made_into_a_tag_is_not_later(html):
    assert names(html) == set()
    dated = newest(html)
    assert dated is None or dated.first_year < 2004


@pytest.mark.parametrize(("html", "element"), LATER.values(), ids=LATER)
def test_an_element_used_as_in_html5_is_later(html, element):
    assert element in names(html)
    dated = newest(html)
    assert dated is not None
    assert dated.first_year >= 2004


def test_attributes_that_are_words_prove_each_other():
    assert names("<FORM><INPUT NAME=a REQUIRED></FORM>") == set()
    uses_of = uses("<form><input name=a required pattern='[a-z]+'></form>", 2003)
    assert {use.feature.attribute for use in uses_of} == {"required", "pattern"}


def test_older_features_need_no_evidence():
    assert {use.feature.element for use in uses("<IFRAME SRC=a>", 1995)} == {"iframe"}


def test_a_page_of_many_open_tags_is_read_in_linear_time():
    start = time.process_time()
    names("<section>" * 100_000 + "</section>" + "<p hidden>" * 50_000)
    assert time.process_time() - start < 10
