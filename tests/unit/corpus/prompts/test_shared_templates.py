"""Pages that one program made, or that begin with the same tags, share a template."""

from __future__ import annotations

from erastyle.corpus.document import Document
from erastyle.corpus.prompts.shared_templates import shared_templates

GUIDE = (
    '<html><head><title>{0}</title><meta name="generator" content="Guidewriter V1.5"></head><body>'
    '<a href="m.html">CONTENTS</a> | <a href="p.html">PREV</a> | <a href="{0}.html">NEXT</a><hr>'
    "<pre>{1}</pre>"
)


def templates(body: str) -> tuple[str, ...]:
    return shared_templates(Document("1", "a", "a", "html", body, "0"))


def test_pages_of_one_converter_share_its_name_and_its_links() -> None:
    one, other = templates(GUIDE.format("a", "Fish.")), templates(GUIDE.format("b", "Cats."))
    assert one == other
    assert one[:2] == ("by guidewriter", "links contents next prev")


def test_a_converter_is_named_in_a_comment_too() -> None:
    for words in (
        "Converted with Wordweb 2 (beta)",
        "created by wordweb",
        "generated using Wordweb",
    ):
        assert templates(f"<HTML><!-- {words} -->\n<P>Hello")[0] == "by wordweb"


def test_the_first_tags_with_their_attributes_are_a_frame_whatever_stands_in_them() -> None:
    head = '<BODY BGCOLOR="{0}"><CENTER><IMG SRC="{0}.gif"><H1>{0}</H1></CENTER><HR><TABLE><TR><TD>'
    red, blue = templates(head.format("red")), templates(head.format("blue"))
    assert red == blue
    assert red[-1].startswith("tags ")
    assert templates(head.replace("<HR>", "<UL>").format("red")) != red


def test_three_links_in_a_row_are_as_one() -> None:
    head = "<BODY><H1>A</H1><HR>{}<UL><LI>x</UL><B>b</B><I>i</I><PRE>"
    link = '<A HREF="x">y</A> '
    assert templates(head.format(link)) == templates(head.format(link * 3))


def test_the_first_two_tags_of_the_body_are_one_unless_anybody_begins_so() -> None:
    for attributes in ("", " BGCOLOR=red"):
        body = f"<HTML><HEAD><TITLE>A</TITLE></HEAD><BODY{attributes}>"
        assert templates(f'{body}<H6><A HREF="x">y</A></H6><P>Hello') == ("begins h6 a",)
        assert templates(f"{body}<H1>Hello</H1><P>Hello") == ()


def test_plain_text_and_pages_of_few_tags_have_none() -> None:
    assert templates("<P>Hello, I have a cat.<P>Bye.") == ()
    assert shared_templates(Document("1", "a", "a", "text", GUIDE, "0")) == ()
