"""Passages taken out of a body and its prose."""

from __future__ import annotations

import re

import pytest

from erastyle.corpus.html.prose import prose
from erastyle.corpus.html.remove_passages import MASK, take_out, without


def taken(page, *passages, mask=False):
    text = prose(page)
    spans = [(text.index(p), text.index(p) + len(p)) for p in passages]
    return take_out(page, text, spans, html=True, mask=mask)


@pytest.mark.parametrize(
    ("page", "passage", "left"),
    [
        ("<H1>Cats</H1><P>All <B>rights</B> mine.<P>Felix", "All rights mine.",
         "<H1>Cats</H1><P>Felix"),
        ("<UL><LI>one cat</LI><LI>two dogs</LI></UL><P>tail", "* one cat\n* two dogs",
         "<P>tail"),
        ("<UL><LI>one cat<LI>two dogs</UL><P>tail", "* one cat\n* two dogs", "<UL></UL><P>tail"),
        ("a b<BR><BR>All &copy; <A HREF=x>he<B>re</B></A><BR><BR>tail", "All \u00a9 here",
         "a b<BR><BR>tail"),
        ("<TABLE><TR><TD>head<TD><CENTER>of mine</CENTER></TD></TR></TABLE>tail", "of mine",
         "<TABLE><TR><TD>head<TD></TD></TR></TABLE>tail"),
        ("<PRE>one\n\n*** cut this ***\n\ntwo</PRE>", "*** cut this ***", "<PRE>one\n\ntwo</PRE>"),
        ("<B>big <P>All</B> mine<P>x", "All mine", "<B>big </B><P>x"),
        ("<P><IMG SRC=logo.gif><P>All rights mine<HR>x", "All rights mine",
         "<P><IMG SRC=logo.gif><HR>x"),
        ("<!-- All mine --><TITLE>All mine</TITLE><P>All mine<P>x", "All mine",
         "<!-- All mine --><TITLE>All mine</TITLE><P>x"),
        ("<A TITLE='>All mine'>a link</A><P>All mine<P>x", "All mine",
         "<A TITLE='>All mine'>a link</A><P>x"),
    ],
)  # fmt: skip
def test_the_text_goes_with_the_tags_that_then_enclose_nothing(page, passage, left):
    found = taken(page, passage)
    assert found.body == left
    assert found.prose == prose(left)
    assert not found.stayed


def test_a_masked_passage_leaves_the_same_mark_in_body_and_prose():
    found = taken("<H1>Cats</H1>\n<P>All <B>rights</B> mine.</P>\n<P>Felix</P>", "All rights mine.",
                  mask=True)  # fmt: skip
    assert found.body == f"<H1>Cats</H1>\n<P>{MASK}</P>\n<P>Felix</P>"
    assert found.prose == f"Cats\n\n{MASK}\n\nFelix"


def test_of_two_places_with_the_same_words_the_right_one_goes():
    page = "<P>Foo bar<P>middle<P>Foo bar"
    text = prose(page)
    first = take_out(page, text, [(0, 7)], html=True)
    last = take_out(page, text, [(len(text) - 7, len(text))], html=True)
    assert (first.body, last.body) == ("<P>middle<P>Foo bar", "<P>Foo bar<P>middle")


def test_several_passages_go_at_once_and_each_place_is_named():
    page = "<P>one one<P>two two<P>three three<P>four four"
    found = taken(page, "two two", "four four")
    assert found.body == "<P>one one<P>three three"
    assert [page[s:e] for _, (s, e) in found.spans] == ["two two", "four four"]


def test_two_paragraphs_around_a_cut_do_not_become_one():
    page = "before<UL><LI>one cat</LI><LI>two dogs</LI></UL>after"
    found = taken(page, "* one cat\n* two dogs")
    assert prose(found.body) == found.prose == "before\n\nafter"


def test_what_cannot_be_found_in_the_body_stays_in_both():
    page = "<P>one two three<P>four"
    found = take_out(page, "one two tree\n\nfour", [(0, 12)], html=True)
    assert (found.body, found.prose) == (page, "one two tree\n\nfour")
    assert found.stayed == ((0, 12),)
    assert found.spans == ()


def test_a_passage_that_stays_does_not_keep_the_others():
    page = "<XMP>one &amp; one</XMP><P>three three<P>four"
    found = taken(page, "one &amp; one", "three three")
    assert found.body == "<XMP>one &amp; one</XMP><P>four"
    assert found.stayed == ((0, 13),)  # what stands in XMP is no markup


def test_the_numbers_of_a_list_need_not_stand_in_the_page():
    page = "<OL><LI>one one<LI>two two</OL><P>three"
    found = taken(page, "1. one one\n2. two two")
    assert (found.body, found.prose) == ("<OL></OL><P>three", "three")


def test_plain_text_loses_the_passage_and_one_of_the_two_gaps():
    text = "One.\n\n> quoted\n> lines\n\nAnswer.\n"
    span = (6, 22)
    assert take_out(text, text, [span], html=False).body == "One.\n\nAnswer.\n"
    masked = take_out(text, text, [span], html=False, mask=True)
    assert masked.body == masked.prose == f"One.\n\n{MASK}\n\nAnswer.\n"


def test_a_text_that_is_all_passage_is_empty_afterwards():
    assert without("All of it.\n", [(0, 10)]) == ""


def test_the_tags_that_stay_are_closed_as_they_were():
    page = "<DIV><FONT SIZE=2>one <B>cut this</DIV> and this</B> here<P>two</FONT>"
    text = prose(page)
    for block in text.split("\n\n"):
        start = text.index(block)
        left = take_out(page, text, [(start, start + len(block))], html=True).body
        for name in ("DIV", "FONT", "B"):
            opened = len(re.findall(f"<{name}[ >]", left))
            assert opened == left.count(f"</{name}>")
