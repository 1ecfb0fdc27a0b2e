"""What a page's ends and side columns hold: menus and footers are not prose, text stays."""

from __future__ import annotations

import pytest

from erastyle.corpus.html.prose import prose, render

TEXT = (
    "<P>We spent the summer on the island and walked to the lighthouse each morning, whatever the "
    "weather was, and in the evening the keeper told us about ships that had gone aground there."
)


@pytest.mark.parametrize(
    "footer",
    [
        "Last updated: 3 March 1996",
        "This page was last modified on Tuesday.",
        "(c) 1996 by the lighthouse society",
        "&copy; 1997 The Harbour Press. All rights reserved.",
        "<ADDRESS>Anna K., anna@light.example</ADDRESS>",
        "Please send comments to the <A HREF=mailto:x@y.example>web master</A>.",
        "anna@light.example",
        "14 May 1996",
        "$Id: light.html,v 1.4 1996/05/14 anna Exp $",
        "Converted with texi2html",
        "Buoy is a registered trademark of Harbour Inc.",
    ],
)
def test_a_footer_is_told_apart_from_the_prose(footer):
    page = render(f"<H1>Summer</H1>{TEXT}<HR>{footer}")
    assert page.prose.endswith("aground there.")
    assert page.footer


def test_a_footer_in_the_middle_of_a_page_is_text():
    page = render(f"<H1>News</H1>{TEXT}<P>Last updated: 3 March 1996{TEXT}")
    assert "Last updated" in page.prose
    assert page.footer == ""


def test_a_page_that_is_all_footer_keeps_its_first_block():
    assert prose("<P>Copyright 1995 by nobody<P>Last updated 1 May 1995") == (
        "Copyright 1995 by nobody"
    )


def test_a_byline_at_the_end_is_text():
    assert prose(f"{TEXT}<P>Created by Anna Keller").endswith("Created by Anna Keller")


@pytest.mark.parametrize(
    "link", ["Return to the picture page", "Back to top", "[Main menu]", "My home page", "Index"]
)
def test_a_link_that_leads_back_is_navigation_at_the_end_of_a_page(link):
    page = render(f"{TEXT}<P><A HREF=x.html>{link}</A>")
    assert page.prose.endswith("aground there.")
    assert page.navigation == 1


def test_a_list_of_links_to_other_pages_is_text():
    page = f"{TEXT}<UL><LI><A HREF=a>Harbours of the north</A><LI><A HREF=b>Sea birds</A></UL>"
    assert prose(page).endswith("* Harbours of the north\n* Sea birds")


def test_the_column_of_links_beside_the_text_is_left_out():
    links = "".join(f"<A HREF={n}.html>Part {n}</A><BR>" for n in range(1, 7))
    page = render(f"<TABLE><TR><TD>{links}</TD><TD>{TEXT}{TEXT}</TD></TR></TABLE>")
    assert "Part 1" not in page.prose
    assert page.prose.count("aground there.") == 2
    assert page.navigation >= 1


def test_a_table_of_links_without_text_beside_it_stays():
    links = "".join(f"<TR><TD><A HREF={n}.html>Island number {n}</A></TD></TR>" for n in range(6))
    assert prose(f"<TABLE>{links}</TABLE>").count("Island number") == 6


def test_a_form_with_long_values_keeps_names_and_values_on_a_line():
    page = (
        "<TABLE BORDER=1><TR><TD>Name:</TD><TD>Lighthouse</TD></TR><TR><TD>Story:</TD><TD>"
        + "It was built of stone. " * 20
        + "<P>It still stands.</TD></TR></TABLE>"
    )
    lines = [line for line in prose(page).split("\n") if line]
    assert lines[0] == "Name: | Lighthouse"
    assert lines[1].startswith("Story: | It was built")
    assert lines[1].endswith("It still stands.")


def test_a_row_across_the_whole_table_does_not_hide_that_it_holds_data():
    rows = "".join(f"<TR><TD>Name {n}</TD><TD>-</TD><TD>cook</TD></TR>" for n in range(4))
    page = f"<TABLE><TR><TD COLSPAN=3>The crew:</TD></TR>{rows}</TABLE>"
    assert "Name 2 | - | cook" in prose(page)


def test_links_at_the_ends_of_a_verbatim_page_are_navigation():
    page = (
        "<PRE><A HREF=m>Main</A> <A HREF=i>Index</A>\n\nThe keeper's log\nMonday: fog\n\n"
        "<A HREF=m>Main</A>\n</PRE>"
    )
    assert prose(page) == "The keeper's log\nMonday: fog"
