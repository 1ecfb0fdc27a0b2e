"""What a page leaves open does not swallow the text behind it."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from erastyle.corpus.html import markup
from erastyle.corpus.html.prose import prose
from erastyle.corpus.html.unclosed import closed

BEHIND = "<P>The harbour lies in the bay.\n<H2>Boats</H2>\n<P>Two boats.</BODY></HTML>"
SHOWN = ["The harbour lies in the bay.", "Boats", "Two boats."]


@pytest.mark.parametrize(
    "opened",
    [
        "<!-- a note -- >",
        "<!-- a note --\n>",
        "<!-- a note --\t >",
        "<!-- a note >",
        "<!-- a note ->",
        "<!-- a note --!>",
        "<!-->",
        "<!--->",
        "<!-- a -- b -->",
        '<A HREF="a.html>',
        "<A HREF='a.html>",
        '<IMG SRC="a.gif ALT=x>',
        '<IMG SRC=a.gif ALT="a boat>',
        '<BODY BGCOLOR="#FFFFFF>',
        '<FONT SIZE="+1>',
        '<A HREF="a.html" TARGET="x>',
        '<A HREF="a.html"">',
        "<A HREF=a.html\n",
        "<B",
        "<HR ",
        "<SCRIPT>",
        "<STYLE>",
        "<SCRIPT LANGUAGE=x>a = 1; // note\n",
        "<TEXTAREA>",
        "<SELECT><OPTION>one<OPTION>two",
        "<BUTTON>",
        "<IFRAME SRC=x>",
        "<NOFRAMES>",
        "<MATH>",
        "<SVG>",
        "<TEMPLATE>",
    ],
)
@pytest.mark.parametrize("later", ["", '<P><A HREF="b.html">More</A> and "words".', "<!-- x -->"])
def test_text_behind_what_is_left_open_is_shown(opened: str, later: str) -> None:
    if later.startswith("<!--") and "a note >" in opened + ">" and "--" not in opened[4:]:
        pytest.skip("the end of the later comment is the end of this one, as in browsers")
    if later.startswith("<!--") and opened.endswith("note ->"):
        pytest.skip("the end of the later comment is the end of this one, as in browsers")
    page = f"<HTML><HEAD><TITLE>Bay</TITLE></HEAD>\n<BODY><P>It begins.\n{opened}{BEHIND}{later}"
    lines = prose(page).split("\n")
    for line in ["It begins.", *SHOWN]:
        assert any(line in shown for shown in lines), (line, lines)


@pytest.mark.parametrize(
    "title",
    [
        "<TITLE>Bay<TITLE>",
        "<TITLE>Bay",
        "<title>Bay\n",
        "<TITLE>Bay</TITEL>",
        "<TITLE>Bay<TITLE></HEAD>",
        "<TITLE>Bay</HEAD><BODY>",
    ],
)
def test_a_title_without_an_end_is_a_title_and_no_page(title: str) -> None:
    page = f"<HTML><HEAD>{title}{BEHIND}"
    assert [line for line in prose(page).split("\n") if line] == SHOWN
    assert markup.title(page) == "Bay"


@pytest.mark.parametrize(
    "page",
    [
        "<P>a <!-- <P>hidden <B>text</B> --> b",
        '<P><IMG ALT="a > b" SRC=x> c',
        """<A onclick="document.write('<B>x</B>')" HREF=x>c</A>""",
        '<P TITLE="<b>x</b>">a',
        "<SCRIPT>if (a < b) { write('<script>x<P>'); }</SCRIPT><P>a",
        "<STYLE>P { color: red }</STYLE><P>a",
        "<P>1 < 2 and 3 > 2",
        "<P>a <b and c",
        "<TITLE>My <B>page</B></TITLE><P>a",
        '<P>He said "a <B>b</B>" and "c".',
        "<SELECT><OPTION>one</SELECT><P>a",
        "<TEXTAREA>a <P> b</TEXTAREA><P>c",
        "<!DOCTYPE HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'><P>a",
        '<A HREF="x"\nTARGET="y">c</A>',
        '<A HREF=x">c</A> "d"',
        "<FRAMESET COLS='1,2'><FRAME SRC=a><NOFRAMES>b</NOFRAMES></FRAMESET>",
    ],
)
def test_a_page_that_leaves_nothing_open_is_as_it_was(page: str) -> None:
    assert closed(page) == page


def test_the_text_behind_a_frameset_without_noframes_is_shown() -> None:
    frames = '<HTML><FRAMESET COLS="1,2"><FRAME SRC=a><FRAME SRC=b></FRAMESET>'
    assert prose(f"{frames}<BODY>{BEHIND}").split("\n\n") == SHOWN


PIECES = st.lists(
    st.sampled_from(
        ["<P>", "<!--", "-->", "-- >", "<", ">", '"', "'", '<A HREF="', "<TITLE>", "</TITLE>", "=",
         "<SCRIPT>", "</SCRIPT>", "<SELECT>", "word ", "\n", "<BODY>", "</FRAMESET>", "İ"]
    ),
    max_size=40,
)  # fmt: skip


@given(PIECES)
@example(['<A HREF="', "<!--"])
@example(["</FRAMESET>", '<A HREF="', "=", "<BODY>"])
@settings(deadline=None, max_examples=200)
def test_closing_twice_changes_nothing_and_every_word_outside_of_markup_stays(
    pieces: list[str],
) -> None:
    page = "".join(pieces)
    once = closed(page)
    assert closed(once) == once
    assert once.count("word") == page.count("word")


@pytest.mark.parametrize(
    "piece",
    ["<!--", '<A HREF="', "<TITLE>", "<SELECT>", "<SCRIPT>", "<", '"', "<B ", "--", "<P X='>"],
)
def test_no_page_makes_it_slow(piece: str) -> None:
    begun = time.process_time()
    closed(piece * (400_000 // len(piece)))
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "page",
    ["<select>" * 80_000 + "</select>", ("<a" + ' b=">x"' * 480 + ">") * 100],
    ids=["one end for many", "values that hold a mark"],
)
def test_a_far_end_is_looked_up_once(page: str) -> None:
    begun = time.process_time()
    closed(page)
    assert time.process_time() - begun < 3
