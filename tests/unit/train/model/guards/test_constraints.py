"""Constraints: what the next token must not do, told letter by letter."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus import era as eras
from erastyle.corpus.synthetic import pages
from erastyle.train.model.guards.early_end import EarlyEnd
from erastyle.train.model.guards.later_strings import LaterStrings
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.guards.page_grammar import place
from erastyle.train.model.guards.plain_text import PlainText
from erastyle.train.model.guards.runs import Runs
from erastyle.train.model.guards.signature import SIGNED, Signature
from erastyle.train.model.guards.tag_grammar import TagGrammar

TAGS = TagGrammar("html-3.2")
HEAD = "<HTML>\n<HEAD>\n<TITLE>Kites</TITLE>\n</HEAD>\n"
PAGE = HEAD + '<BODY BGCOLOR="#FFFFFF">\n<H1>Kites</H1>\n<P>I fly kites.\n'


def first_forbidden(before: str, added: str) -> str:
    """Return the letters of `added` up to the one that is forbidden, or nothing."""
    for n, letter in enumerate(added):
        if TAGS.forbids(before + added[:n], letter, ""):
            return added[: n + 1]
    return ""


@pytest.mark.parametrize(
    ("added", "at"),
    [
        ("<KITE>", "<KI"),  # <KBD> begins so too
        ("<SPAM>", "<SP"),
        ("<VIDEO SRC=x>", "<VI"),
        ("</KITE>", "</K"),
        ("<P/>", "<P/"),
        ("<BR />", "<BR /"),
        ("<?xml", "<?"),
        ("<!ENTITY", "<!"),
        ("<!DOCTYPE HTML>", "<!"),
        ("<TITLE>once more", "<TI"),
        ("<HEAD>", "<HE"),
        ("<BODY>", "<BO"),
        ('<P STYLE="margin: 0">', "<P S"),
        ("<IMG SRC=a.gif SRC=b.gif>", "<IMG SRC=a.gif S"),
        ('<IMG SRC="a.gif"ALT="a">', '<IMG SRC="a.gif"A'),
        ('<IMG SRC="a.gif", ALT="a">', '<IMG SRC="a.gif",'),
        ('<A HREF="a.html>here', '<A HREF="a.html>'),
        ('<A HREF="a.html\n', '<A HREF="a.html\n'),
        ("<A HREF=>", "<A HREF=>"),
        ("<A HREF=a;b>", "<A HREF=a;"),
        ("<A = 3>", "<A ="),
        ('<A HREF="' + 80 * "x", '<A HREF="' + 73 * "x"),
        ("<A HREF=" + 80 * "x", "<A HREF=" + 73 * "x"),
        ("<A NAME=a>x</A HREF>", "<A NAME=a>x</A H"),
        ("<P,", "<P,"),
        ("<A>here</A>", "<A>"),
        ("<IMG ALT=a>", "<IMG ALT=a>"),
        ("<TABLE><P>", "<TABLE><P"),
        ('<FONT COLOR="the red one">', '<FONT COLOR="th'),
        ("<HR WIDTH=wide>", "<HR WIDTH=w"),
        ("<P ALIGN=4>", "<P ALIGN=4"),
        ('<P ALIGN="NEXT">', '<P ALIGN="NE'),
        ('<P ALIGN="N">', '<P ALIGN="N"'),
        ("<P ALIGN=lef>", "<P ALIGN=lef>"),
        ('<FONT COLOR="#FF">', '<FONT COLOR="#FF"'),
        ('<HR SIZE="">', '<HR SIZE=""'),
        ('<FONT COLOR="Theory">', '<FONT COLOR="Th'),
        ('<FONT COLOR="#fffz">', '<FONT COLOR="#fffz'),
        ("a < b", "a < "),
        ("<CITE><B><CITE>", "<CITE><B><CI"),
        (
            "<B>a<I>b<TT>c<U>d<FONT SIZE=2>e<SMALL>f<BIG>",
            "<B>a<I>b<TT>c<U>d<FONT SIZE=2>e<SMALL>f<BI",
        ),
        ("<PRE>a<IMG SRC=b></PRE>", "<PRE>a<IM"),
        ("<PRE>a<TABLE>", "<PRE>a<TA"),
        ("<CITE>a<HR>", "<CITE>a<H"),
        ("<CODE>a<P>", "<CODE>a<P"),
        ("<P><A HREF=b>a</P>", "<P><A HREF=b>a</P"),
        ("<A HREF=b>a<UL>", "<A HREF=b>a<UL"),
        ("<A HREF='javascript:open()'>", "<A HREF='javascript:"),
        ("<IMG SRC=a.gif HSPACE>", "<IMG SRC=a.gif HSPACE>"),
        ("<IMG SRC=a.gif LOWSRC=b>", "<IMG SRC=a.gif L"),
        ("a<TABLE><TR>" + "<TD>b" * 9, "a<TABLE><TR>" + "<TD>b" * 8 + "<TD"),
        ("<!-- a comment", "<!"),
        ("</A>", "</A"),
        ("</H1>", "</H1"),
        ("<LI>red", "<L"),
        ("<TABLE><TR></TABLE><TR>", "<TABLE><TR></TABLE><TR"),
        ("<SCRIPT>", "<SC"),
        ('<A HREF="a" ONCLICK="b">', '<A HREF="a" O'),
        ("<H2>One<H3>", "<H2>One<H"),
        ("<HR><P><HR>", "<HR><P><HR"),
        ("<H2><UL>", "<H2><UL"),
        ("<A HREF=a><A HREF", "<A HREF=a><A"),
        ("<B></B>", "<B></B>"),
        ('<P CLASS="a">', "<P CLA"),
        ("<TABLE>red", "<TABLE>r"),
        ("<UL><LI><UL><LI><UL>", "<UL><LI><UL><LI><UL"),
        ('<A HREF="/cgi-bin/a?b=c">', '<A HREF="/cgi-bin/a?'),
        ("<A HREF=a%20b>", "<A HREF=a%"),
    ],
)
def test_a_tag_is_broken_at_the_first_letter_that_breaks_it(added: str, at: str) -> None:
    assert first_forbidden(PAGE, added) == at


@pytest.mark.parametrize(
    "added",
    [
        "<P><HR><H2>More</H2>",
        '<A HREF="http://kites.example/~ann/">here</A>',
        "<A HREF=http://kites.example/>here</A>",
        '<IMG SRC="k.gif" ALT="a < b" WIDTH=20 HEIGHT = "30" BORDER=0>'.replace("<b", "b"),
        "<P><IMG SRC=a.gif><HR><B>One</B><HR>two<HR>",
        "<DL><DT>One<DD>Two</DL><H2>Three</H2>",
        "<TABLE BORDER><TR><TD NOWRAP>1</TABLE>",
        "<UL>\n<LI>red\n</UL>\n</BODY>\n</HTML>\n",
    ],
)
def test_what_people_wrote_may_be_written(added: str) -> None:
    added = added.replace('"a < b"', '"a"')
    assert first_forbidden(PAGE, added) == ""


def test_a_page_begins_with_a_tag() -> None:
    assert TAGS.forbids("", "Kites", "")
    assert TAGS.forbids("\n", " Sure", "")
    assert TAGS.forbids("", "Sure, <P>", "")
    assert not TAGS.forbids("", "\n", "")
    assert first_forbidden("", '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML//EN">' + HEAD) == ""
    assert first_forbidden("", '<!DOCTYPE HTML PUBLIC "-//ICF') == '<!DOCTYPE HTML PUBLIC "-//IC'


def test_pages_of_html_4_have_its_elements() -> None:
    page, later = PAGE + "<P>", TagGrammar("html-4")
    assert not later.forbids(page, "<SPAN>", "")
    assert TAGS.forbids(page, "<SPAN>", "")
    assert later.forbids(page, "<SCRIPT>", "")
    assert not later.forbids(page, "<B CLASS=", "")


@pytest.mark.parametrize(
    "added",
    [
        "x<FORM ACTION=a><INPUT NAME=a><INPUT NAME=b><SELECT NAME=c><OPTION>a<OPTION>b</SELECT>",
        "x<FORM ACTION=a><TEXTAREA NAME=c></TEXTAREA><INPUT NAME=b></FORM>",
        "x<MAP NAME=a>" + "<AREA HREF=a>" * 9 + "</MAP>",
        "x<TABLE><TR><TD>a<TABLE><TR><TD>b</TD></TR></TABLE>after</TD></TR></TABLE>",
        "x<UL><LI>a<UL><LI>b</LI></UL></LI><LI>c</LI></UL>",
        "x<DL><DT>a<DD>b<DT>c</DT><DD>d</DD></DL>",
        "x<TABLE>" + "<TR>" + "<TD></TD>" * 7 + "</TR><TR><TD>1</TABLE>",
        "x<TABLE><CAPTION>a</CAPTION><TR><TH>b<TD>c<TR><TD>d</TABLE>",
        "<H2>a<A NAME=b></A></H2>",
        "<FONT COLOR=Teal>a</FONT><BR CLEAR=all>",
        '<FONT SIZE=+1 COLOR="#FF00aa">a</FONT><HR WIDTH="80%" SIZE=3><P ALIGN=right>',
        "<A HREF=a><IMG SRC=b></A>" * 4,
        "<PRE><B>a</B> <A HREF=b>c</A> <I>d</I></PRE><P><A NAME=e>f</P>",
        "<HR NOSHADE>a<TABLE BORDER><TR><TD NOWRAP>b",
        "<A HREF=a><H2>b</H2></A><A HREF=c><B>d</B><BR>e</A>",
        "a<TABLE><TR>" + "<TD>b" * 8 + "<TR>" + "<TD>c" * 8,
    ],
)
def test_forms_maps_tables_and_lists_can_be_written(added: str) -> None:
    assert first_forbidden(PAGE, added) == ""


@pytest.mark.parametrize(
    ("added", "at"),
    [
        ("x<UL><LI>a</UL></LI>", "x<UL><LI>a</UL></"),
        ("x<TABLE><TR><TD>a</TR>text", "x<TABLE><TR><TD>a</TR>t"),
        ("x<TABLE><TR><TD>a<TR>text", "x<TABLE><TR><TD>a<TR>t"),
        ("x<TABLE><TR><P>", "x<TABLE><TR><P"),
        ("x<FORM ACTION=a><SELECT NAME=c><P>", "x<FORM ACTION=a><SELECT NAME=c><P"),
    ],
)
def test_what_an_element_holds_ends_with_it(added: str, at: str) -> None:
    assert first_forbidden("<TITLE>Kites</TITLE>", added) == at


def test_an_end_tag_too_many_does_no_harm() -> None:
    assert place(PAGE + "x</TABLE><TABLE>").open["table"] == 1
    assert place(PAGE + "x</UL><UL><LI>").open["ul"] == 1


def test_a_body_does_not_begin_after_its_words() -> None:
    assert first_forbidden("<TITLE>Kites</TITLE>Hello", "<BODY>") == "<BO"
    declared = '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML//EN">'
    assert first_forbidden("", declared + HEAD + "<BODY>") == ""
    assert first_forbidden("", "<TITLE></TITLE>") == "<TITLE><"


def test_a_length_that_is_asked_for_decides_when_a_page_may_end() -> None:
    tags, words = TagGrammar("html-3.2", 40), "word " * 30
    assert not tags.forbids(PAGE + words + "</", "BODY", "Write a page of 20 words.")
    assert tags.forbids(PAGE + words * 2, "</BODY", "Write a page of 300 words.")
    assert place(PAGE + "&nbsp;" * 40).words == place(PAGE).words


def test_elements_of_few_words_need_words_between_them() -> None:
    links = PAGE + 6 * '<A HREF="kites/a.html">Kites</A>\n'  # 7 with the heading, 11 words
    for tag in ("A", "IMG", "HR", "H2", "TABLE"):
        assert not TAGS.forbids(links + "<", tag, ""), tag
    more = links + 3 * '<A HREF="b.html">B</A>\n'  # 10, 14 words
    wordy = more + 2 * "Here are some kites of mine. "
    for tag in ("A", "IMG", "HR", "H2", "TABLE"):
        assert TAGS.forbids(more + "<", tag + " ", ""), tag
        assert not TAGS.forbids(wordy + "<", tag + " ", ""), tag
    assert not TAGS.forbids(more, "<P>", "")
    assert not TAGS.forbids(more, "<UL>", "")


def test_no_tag_begins_where_none_can_stand() -> None:
    # A model that writes `<` there would find all that follows forbidden, and anything would pass.
    full = "<HTML><HEAD><TITLE>Kites</TITLE></HEAD><BODY>" + "<HR><IMG SRC=a.gif>" * 6 + "<PRE>"
    tags = TagGrammar("html-3.2", 40)
    assert not place(full).closes(40)
    for piece in ("<", " <", "<P", "</"):
        assert tags.forbids(full, piece, ""), piece
    assert not tags.forbids(full, " Kites", "")
    assert not tags.forbids(full + "Kites", "<", "")


def test_a_sign_in_a_request_is_no_tag() -> None:
    assert TAGS.forbids("", "I fly", "I <3 kites. Write a page.")
    assert TAGS.forbids("", "I fly", "A page about kites <grin>.")
    assert not TAGS.forbids("", "I fly", "Explain <BLINK>.")


def test_a_long_page_is_read_as_a_whole() -> None:
    part = "<P>Some words, <B>bold</B> ones.\n<UL><LI>one<LI>two</UL>\n"
    long = PAGE + part * 150
    assert place(long + "<TABLE>").open["table"] == 1
    assert place(long).words == place(PAGE).words + 150 * (
        place(PAGE + part).words - place(PAGE).words
    )
    assert not place(long).open["b"]
    assert first_forbidden(long, "<H2>More</H2><UL><LI>x</UL></BODY></HTML>") == ""


def test_the_head_is_short_and_silent() -> None:
    meta = "<META NAME=a CONTENT=b>\n"
    assert first_forbidden("<HTML><HEAD>", 4 * meta + "<TITLE>Kites</TITLE>") == ""
    assert first_forbidden("<HTML><HEAD>" + 4 * meta, meta) == "<M"
    assert first_forbidden("<HTML><HEAD><TITLE>Kites</TITLE>", "Kites") == "K"


def test_a_page_says_something_before_it_ends() -> None:
    tags = TagGrammar("html-3.2", 40)
    assert tags.forbids(PAGE + "</", "BODY", "")
    assert not tags.forbids(PAGE + "some words " * 20 + "</", "BODY", "")
    assert tags.forbids(PAGE + "some words " * 20 + "<IMG", "", ""), "it does not end in a tag"
    early = EarlyEnd(40)
    assert early.forbids(PAGE, "", "")
    assert not early.forbids(PAGE, "</BODY>", "")
    assert not early.forbids(PAGE + "some words " * 20, "", "")


def test_a_page_declares_no_later_html() -> None:
    declared = '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML '
    assert TAGS.forbids("", declared + "4", "")
    assert not TAGS.forbids("", declared + "3", "")
    assert not TagGrammar("html-4").forbids("", declared + "4", "")
    assert TagGrammar("html-2").forbids("", declared + "3", "")


def test_a_page_has_a_title_and_shows_it_apart() -> None:
    assert first_forbidden("", HEAD + "<BODY>") == ""
    assert first_forbidden("<HTML>", "<HEAD></HEAD>") == "<HEAD></"
    assert first_forbidden("<HTML>", "<BODY>") == "<B"
    assert first_forbidden("<HTML>", "<H1>") == "<H1"
    assert first_forbidden("<HTML><HEAD><TITLE>Kites", "<B>") == "<B"
    assert first_forbidden("<HTML><HEAD><TITLE>Kites", "</TITLE>") == ""
    assert first_forbidden("<HTML><HEAD><TITLE>Kites</TITLE>", "<P>") == "<P"
    assert first_forbidden("<TITLE>Kites</TITLE>", "<P>") == ""
    meta = '<META HTTP-EQUIV="Content-Type" CONTENT="text/html">'
    meta += '<META NAME="keywords" CONTENT="' + 200 * "k" + '">'
    assert first_forbidden("<HTML><HEAD>", meta) == ""


def test_what_is_broken_already_is_left_to_the_guards() -> None:
    assert not TAGS.forbids(PAGE + "<KITE", " SIZE", "")
    assert not TAGS.forbids(PAGE + '<IMG SIZE="3', '"', "")


def test_who_asks_for_a_tag_gets_it() -> None:
    assert not TAGS.forbids(PAGE, "<BLINK STYLE", "a page with <BLINK>")


@settings(deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1), st.integers(0, 3))
def test_a_page_passes_however_it_is_cut_into_tokens(sizes: list[int], number: int) -> None:
    page = _synthetic()[number]
    cuts, at = [0], 0
    while at < len(page):
        at += sizes[len(cuts) % len(sizes)]
        cuts.append(min(at, len(page)))
    for begin, end in pairwise(cuts):
        assert not TAGS.forbids(page[:begin], page[begin:end], ""), page[:end]


def _synthetic() -> list[str]:
    made = islice(pages.pages(3, "period"), 40)
    return [page.record.raw.decode("windows-1252", "replace") for page in made if not page.messy][
        :4
    ]


@pytest.mark.parametrize(
    ("before", "piece", "forbidden"),
    [
        ("call 12345678901234", "5", True),
        ("call 1234567890123", "4", False),
        ("call 123456789012345", "", False),
        ("call 123456789012345", "\n", False),
        ("a" * 39, "a", True),
        ("the MAX_PATH_OF_ALL", "_IT", True),
        ("the MAX_PATH", "_OF", False),
        ("&#9;&#8;", "&#7", True),
        ("a &&", "b", True),
        ("a &&", " ", False),
        ("the *", "*bold", True),
        ("", "\x1e", True),
        ("a", "\x0b", True),
        ("a", "\t", False),
        ("***", "NOTE", False),
        ("&#", "#", True),
        ("a | b ", "||||", False),
        ("a &#", "%&", True),
        ("=====", "=" * 40, False),
        ("&nbsp;&nbsp;&nbsp;", "&nbsp;", False),
        ("-" * 70, "-" * 9, False),
        ("\\n\n\\n\\n\n", "\\n", True),
        ("C:\\new\\tools", "\\readme", False),
        ("Maps &#82", ";", True),
        ("a\n\n\n\n\n\n", "\n", True),
        ("> a\n>\n>\n>\n>\n>\n>", "\n", True),
        ("a\n\n\n", "\n\n", False),
        ("a\n-----\n\n-----\n", "--", True),
        ("> __\n> __\n> ", "__", True),
        (">--\n>\n>--\n>", "--", True),
        ("Title\n=====\nPart\n----\n", "--", False),
        ("* one\n* two\n", "* three", False),
        ("Ank&#252", ";", False),
        ("Oslo is chicken chicken chicken chicken", " chicken", True),
        ("Oslo is chicken chicken chicken", " chicken", False),
        ("0 0 0 0 0 0", " 0", False),
        ("<P>c= " + "DIR;Q.D-2003_" * 4 + "vpOi", "XjxH9NZK", True),
        ("<P>" + "DIR;Q.D-2003_" * 4 + "vpOi", "XjxH9NZK", True),
        ("<P>" + "DIR;Q.D-2003_" * 4, "vp", False),
        ('<A HREF="' + "DIR;Q.D-2003_" * 4 + "vpOi", "XjxH9NZK", False),
        ("<P>/net/kites/box/tail/line/box/tail/line/box/tail/line/", "box/tail/line", False),
        ("<P>(see http://kites.example/box/tail/line/box/tail/line/box", "/tail/line", False),
        ("<P>DB9M-DB15HDF" + 45 * ".", "..........", False),
    ],
)
def test_a_run_has_an_end(before: str, piece: str, *, forbidden: bool) -> None:
    assert Runs().forbids(before, piece, "") is forbidden


@pytest.mark.parametrize(
    ("before", "piece", "request_", "forbidden"),
    [
        ('<A HREF="http', "s", "", True),
        ("[here", "](", "", True),
        ("\n#", "# ", "", True),
        ('<A HREF="http', "s://", "", True),
        ('<A HREF="', "https://", "", True),
        ("index", ".php?", "", True),
        ("order.ph", "p#top", "", True),
        ("|----", "-|--", "", True),
        ("``", "`", "", True),
        ("the", " wiki", "", False),
        ('<A HREF="https', "://", "Link to https://kites.example/.", False),
        ("", "https:", "", True),
        ("Bye.\nassistant", "\n", "", True),
        ("Bye.\nYour assistant", "\n", "", False),
        ("#include <io", "stream>", "", True),
    ],
)
def test_later_strings(before: str, piece: str, request_: str, *, forbidden: bool) -> None:
    assert LaterStrings(1997).forbids(before, piece, request_) is forbidden
    assert not LaterStrings(2026).forbids(before, piece, request_)


@pytest.mark.parametrize(
    ("before", "piece", "forbidden"),
    [
        ("a <", "p", False),
        ("a <", "p>", True),
        ("a <p", ">", True),
        ("a <BR", " />", True),
        ("a </b", ">", True),
        ("exec xterm <", "/dev/null", False),
        ("a <a", " href", False),
        ("a <a href", "=", True),
        ("said <grin", ">", False),
        ("said <", "pat@kites.example>", False),
        ("if a <", " b", False),
        ("", "", False),
    ],
)
def test_plain_text_has_no_tags(before: str, piece: str, *, forbidden: bool) -> None:
    assert PlainText().forbids(before, piece, "") is forbidden
    assert not PlainText().forbids(before, piece, "Explain the tag <P>.")


@pytest.mark.parametrize(
    ("before", "piece", "forbidden"),
    [
        ("Hello.\n-", "-", True),
        ("Hello.\n", "--\n", True),
        ("Hello.", "\n-- Ann", True),
        ("wind " * 80 + "\n-", "-", False),
        ("Hello.\n- one -", "- two", False),
        ("Hello.\n--", "\n", False),
        ("Hello -", "-", False),
        ("Hello.\n--", "", False),
        ("Hello.\n-", "Ann", True),
        ("Hello.\n-", " Ann", False),  # an item of a list
        ("Hello.\nThanks in advance!", "\n", True),
        ("Hello.\nThanks,", "\n\n", True),
        ("Hello.\nThanks for the list of kites.", "\n", False),
        ("Hello.\nThanks", " for", False),
        ("wind " * 80 + "\nThanks,", "\n", False),
    ],
)
def test_a_signature_does_not_come_early(before: str, piece: str, *, forbidden: bool) -> None:
    assert Signature(80).forbids(before, piece, "") is forbidden


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Bye.\n--\nAnn\nann@kites.example\n", False),
        ("Bye.\n--\nAnn\nann@kites.example\n\n", True),
        ("Bye.\n-- \n\nAnn\n \nUser", True),
        ("Bye.\n--\n--\n", True),
        ("Bye.\n--\n" + ("a line of a signature " * 4 + "\n") * 5 + "and on", False),
        ("Bye.\n--\n1\n2\n3\n4\n5\n6\n", True),
        ("One--\nAnn\n\n", False),
        ("One\n----\nAnn\n\n", False),
    ],
)
def test_a_signature_is_whole(text: str, *, whole: bool) -> None:
    assert bool(SIGNED.search(text)) is whole


def test_every_era_has_its_constraints() -> None:
    names = {
        name: [one.name for one in guards_of(eras.load(name), None, 4).constraints]
        for name in ("web-1995", "usenet-1993")
    }
    assert names["web-1995"] == ["early end", "tag grammar", "later strings", "runs"]
    assert names["usenet-1993"] == ["early end", "plain text", "signature", "later strings", "runs"]
