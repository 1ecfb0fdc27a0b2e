"""What a brief may say of a document is read from it."""

from __future__ import annotations

import pytest

from erastyle.corpus.document import Document
from erastyle.corpus.prompts import document_facts as facts


def page(body: str, prose: str = "", title: str = "") -> Document:
    return Document("1", "a", "a", "html", body, "0", title=title, prose=prose)


WORDS = "The cat sat on the mat and the dog lay by the door. " * 20


@pytest.mark.parametrize(
    ("body", "prose", "kind"),
    [
        ("<P>" + WORDS, WORDS, "article"),
        ("<P>Hello.", "Hello.", "note"),
        ("<PRE>" + WORDS + "</PRE>", WORDS, "listing"),
        ('<A HREF="x">' + WORDS + "</A>", WORDS, "links"),
        ("<UL>" + "<LI>One thing." * 60 + "</UL>", "One thing. " * 60, "list"),
        ("<TABLE>" + "<TR><TD>a<TD>b" * 40 + "</TABLE>", "a b " * 40, "table"),
    ],
)
def test_kinds_are_told_by_what_fills_the_page(body: str, prose: str, kind: str) -> None:
    assert facts.kind(page(body, prose)) == kind


def test_headings_come_once_without_markup_and_without_the_title() -> None:
    body = "<H1>Cats</H1><H2>My <B>cat</B></H2><h3 align=center>Food&nbsp;</h3><H2>My cat</H2>"
    assert facts.headings(page(body, title="Cats")) == ["My cat", "Food"]
    text = Document("1", "a", "a", "text", "Food\n----\nFish.\n\nToys\n====\nMice.\n", "0")
    assert facts.headings(text) == ["Food", "Toys"]


def test_points_are_statements_with_names_or_numbers_and_links() -> None:
    prose = "We have cats. The oldest, Ben, is 12 years old. He eats fish from Hull."
    body = '<A HREF="x">A page of fish</A>'
    assert facts.points(page(body, prose), prose) == [
        "The oldest, Ben, is 12 years old",
        "He eats fish from Hull",
        "link: A page of fish",
    ]


def test_a_long_text_is_told_by_its_beginning() -> None:
    prose = "One cat here. " * 400
    told = facts.sentences(prose)
    assert 20 < len(told) < 130
    assert set(told) == {"One cat here."}


def test_a_year_is_known_where_the_dates_leave_one() -> None:
    dated = Document("1", "a", "a", "html", "", "0", date_from="1996-01-01", date_to="1996-12-31")
    assert facts.year(dated) == "1996"
    assert facts.year(page("")) == ""


def test_who_speaks_of_himself_is_personal_and_who_shouts_is_lively() -> None:
    assert facts.personal(page("", "I like my cats. My cats like me."))
    assert not facts.personal(page("", WORDS))
    assert facts.lively(page("", "Wow! Look! " * 5))
    assert not facts.lively(page("", WORDS))


@pytest.mark.parametrize("body", ["<a href " * 4_000, "<a href=x>y " * 8_000, "<h1>x " * 20_000])
def test_links_and_headings_that_never_close_are_answered(body: str) -> None:
    import time

    begun = time.process_time()
    facts.kind(page(body))
    facts.headings(page(body))
    assert time.process_time() - begun < 3
