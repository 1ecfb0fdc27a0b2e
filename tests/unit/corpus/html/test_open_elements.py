"""What a page leaves open, and where it ends within a tag."""

from __future__ import annotations

import pytest

from erastyle.corpus.html.open_elements import closing_tags, inside_tag


@pytest.mark.parametrize(
    ("page", "tags"),
    [
        ("<HTML><BODY><P>Kites", "</BODY>\n</HTML>\n"),
        ("<html><body><p>Kites <b>fly</p></body></html>", "</b>\n"),
        ("<BODY><UL><LI><A HREF=x>Kites</A><LI>Wind", "</UL>\n</BODY>\n"),
        ("<TABLE><TR><TD><FONT SIZE=2>1", "</FONT>\n</TABLE>\n"),
        ("<HR><IMG SRC=kite.gif><BR>", ""),
        ("<!-- <B> --><I>x</I>", ""),
        ("</B></UL>text", ""),
    ],
)
def test_open_elements_are_closed_from_the_inside(page: str, tags: str) -> None:
    assert closing_tags(page) == tags
    assert closing_tags(page + tags) == "", "closing twice changes nothing"


@pytest.mark.parametrize(
    ("page", "inside"),
    [
        ("<P>Kites", False),
        ("<P>Kites <A HREF", True),
        ("<P>Kites <", True),
        ("<P>2 < 3", False),
        ("<TITLE>Kites", True),
        ("<TITLE>Kites</TITLE>", False),
        ("<!-- kites <B>", True),
        ("<!-- kites --> wind", False),
    ],
)
def test_a_page_that_ends_within_a_tag(page: str, inside: bool) -> None:
    assert inside_tag(page) is inside
