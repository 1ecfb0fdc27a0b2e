# ruff: noqa: E501 (lines of a page stay whole)
"""HTML as people wrote it."""

from __future__ import annotations

import pytest

from erastyle.corpus.html import markup

PAGE = '<HTML><HEAD><TITLE>Cats</TITLE></HEAD><BODY BGCOLOR="#FFFFFF"><H1>Cats</H1>Two.<P>Three.'


def test_paragraphs_need_no_end_tags():
    assert markup.prose(PAGE) == "Cats\n\nTwo.\n\nThree."


def test_layout_tables_become_paragraphs_and_data_tables_rows():
    layout = "<TABLE><TR><TD>Menu<TD><P>One long text.<P>Another.</TABLE>"
    assert " | " not in markup.prose(layout)
    data = "<TABLE BORDER><TR><TH>Gauge<TH>mm<TR><TD>46<TD>0.04<TR><TD>44<TD>0.05</TABLE>"
    assert markup.prose(data) == "Gauge | mm\n46 | 0.04\n44 | 0.05"


def test_pre_is_verbatim():
    assert markup.prose("<PRE>a   b\n  c &lt;d&gt;\n</PRE>") == "a   b\n  c <d>"


def test_rows_of_links_are_left_out_and_lists_of_links_stay():
    html = (
        '<A HREF="a">Home</A> | <A HREF="b">Next</A><HR><P>Text of the page.'
        '<UL><LI><A HREF="x">A page on trains</A><LI><A HREF="y">Maps</A></UL>'
    )
    rendered = markup.render(html)
    assert rendered.prose == "Text of the page.\n\n* A page on trains\n* Maps"
    assert rendered.navigation == 1
    assert rendered.links == 4


def test_two_breaks_end_a_paragraph_and_one_a_line():
    assert markup.prose("one<BR>two<BR><BR>three") == "one\ntwo\n\nthree"


def test_scripts_styles_and_comments_are_no_prose():
    html = "<STYLE>b{}</STYLE><SCRIPT><!-- x('<p>') --></SCRIPT>Hi<!-- no --> there"
    assert markup.prose(html) == "Hi there"


def test_a_frameset_gives_its_noframes_text():
    html = '<FRAMESET COLS="1,*"><FRAME SRC="a.htm"><NOFRAMES><BODY>Get <B>frames</B>.</NOFRAMES></FRAMESET>'
    rendered = markup.render(html)
    assert rendered.prose == "Get frames."
    assert rendered.frames == ("a.htm",)


def test_a_page_of_images_is_read_by_their_alternative_texts():
    assert (
        markup.prose('<IMG ALT="Welcome"><IMG ALT="Enter &amp; see">') == "Welcome\n\nEnter & see"
    )


def test_a_page_without_a_title_keeps_its_first_heading():
    assert markup.title("<TITLE>New Page 1</TITLE><H2>My <I>boat</I></H2>") == "My boat"
    assert markup.title("<TITLE>Boats\n  &amp; more") == ""
    assert markup.title("<TITLE>Boats\n  &amp; more</TITLE>") == "Boats & more"


@pytest.mark.parametrize(
    "added",
    [
        "<script type=text/javascript>\n\t//trackOmnitureScode( 'Kites' );\n</script>\n",
        "<SCRIPT SRC=//www.google-analytics.com/urchin.js></SCRIPT>\n",
        "<script async src='https://www.googletagmanager.com/gtag/js?id=1'></script>\n",
    ],
)
def test_a_call_that_counts_visitors_is_of_a_later_owner(added: str) -> None:
    page = "<HTML><SCRIPT>window.status = 'Hi';</SCRIPT>\n<P>Kites.\n"
    assert markup.strip_banner(page + added) == (page, ["visitor tracking"])


def test_a_page_without_a_banner_comes_back_untouched():
    assert markup.strip_banner(PAGE)[0] is PAGE


def test_the_wayback_toolbar_and_its_links_are_undone_and_the_rest_keeps_its_case():
    played = PAGE.replace(
        "<H1>",
        "<!-- BEGIN WAYBACK TOOLBAR INSERT --><div>bar</div><!-- END WAYBACK TOOLBAR INSERT -->"
        '<A hRef="http://web.archive.org/web/19970101000000/http://a.example/">x</A><H1>',
    )
    html, removed = markup.strip_banner(played)
    assert html == PAGE.replace("<H1>", '<A hRef="http://a.example/">x</A><H1>')
    assert removed == ["Wayback Machine toolbar", "rewritten links: 1"]


def test_a_page_that_cites_an_archived_page_keeps_the_link():
    page = '<a href="https://web.archive.org/web/20131015051405/https://a.example/">see</a>'
    assert markup.strip_banner(page) == (page, [])


def test_geocities_inserts_go():
    page = (
        "<P>Hi<!-- following code added by server. PLEASE REMOVE --><script>x</script>"
        "<!-- preceding code added by server. PLEASE REMOVE --></BODY>"
    )
    assert markup.strip_banner(page) == ("<P>Hi</BODY>", ["GeoCities insert"])


def test_the_census_counts_what_the_author_wrote():
    page = markup.census(
        "<!DOCTYPE HTML PUBLIC '-//IETF//DTD HTML 2.0//EN'><META NAME=Generator CONTENT='Pad 1.2'>"
        "<table BORDER=1><TR><td>x</table><!-- <video> --><SCRIPT>'<canvas>'</SCRIPT>"
    )
    assert page.elements == {"meta": 1, "script": 1, "table": 1, "td": 1, "tr": 1}
    assert page.attributes["table.border"] == 1
    assert page.generator == "Pad 1.2"
    assert "HTML 2.0" in page.doctype


def test_mail_about_html_is_text():
    assert not markup.is_html("Dear all,\nthe <P> element separates paragraphs.\n")
    assert markup.is_html("<TITLE>x</TITLE>")
    assert not markup.is_html(b"just words", "text/html")


def test_charsets_are_found_where_they_are_declared():
    assert (
        markup.declared_charset(b"<meta http-equiv=x content='text/html;charset=koi8-r'>")
        == "koi8-r"
    )
    assert markup.charset_of("text/html; charset=UTF-8") == "utf-8"
    assert markup.declared_charset(b"<p>charset=x") is None


def test_a_saved_wayback_toolbar_without_its_comments_is_taken_out() -> None:
    bar = (
        '<div id="wm-ipp-base"><div id="wm-ipp"><a href="/web/">Wayback</a><div>x</div></div></div>'
    )
    page = "<HTML><BODY>{0}<H1>My page</H1><P>Hello &amp; welcome.</BODY></HTML>"
    clean, removed = markup.strip_banner(page.format(bar))
    assert removed == ["Wayback Machine toolbar, saved"]
    assert "Wayback" not in clean
    assert "My page" in clean
    assert "Hello &amp; welcome." in clean
    untouched = page.format("")
    assert markup.strip_banner(untouched) == (untouched, [])


def test_a_tag_manager_that_was_put_into_an_old_page_is_taken_out() -> None:
    tag = "<!-- Google Tag Manager --><script>(function(w){})(window)</script>\n"
    page = f"<HTML>{tag}<!-- End Google Tag Manager -->\n<BODY>Copyright 1996</BODY></HTML>"
    clean, removed = markup.strip_banner(page)
    assert clean == "<HTML><BODY>Copyright 1996</BODY></HTML>"
    assert removed == ["Google Tag Manager"]
