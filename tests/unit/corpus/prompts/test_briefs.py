"""A brief is a request that somebody could have made, whatever the document calls itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.corpus.prompts import briefs

ERA = eras.load("web-1995")
PROSE = "My tortoise Ben eats lettuce. A tortoise needs lettuce, and Ben needs the sun."
PAGE = Document(
    "0123456789abcdef",
    "http://a.example/",
    "a.example",
    "html",
    PROSE,
    "0",
    title="Ben",
    prose=PROSE,
)


def with_templates(*templates: str) -> eras.Era:
    return ERA.model_copy(update={"briefs": templates})


def test_the_same_document_gets_the_same_brief_and_ids_spread_over_the_templates() -> None:
    assert len(ERA.briefs) > 2
    documents = [replace(PAGE, id=f"{n:016x}") for n in range(200)]
    first = [briefs.from_template(d, ERA, 7) for d in documents]
    assert first == [briefs.from_template(d, ERA, 7) for d in reversed(documents)][::-1]
    assert len(set(first)) == len(set(ERA.briefs))


def test_another_seed_chooses_other_templates() -> None:
    documents = [replace(PAGE, id=f"{n:016x}") for n in range(50)]
    assert [briefs.brief(d, ERA, 7) for d in documents] != [
        briefs.brief(d, ERA, 8) for d in documents
    ]


@pytest.mark.parametrize("name", eras.names())
def test_every_template_of_a_shipped_era_can_be_filled(name: str) -> None:
    era = eras.load(name)
    for template in era.briefs:
        text = briefs.from_template(PAGE, era.model_copy(update={"briefs": (template,)}))
        assert "{" not in text
        assert "Ben" in text or "tortoise" in text


@pytest.mark.parametrize(
    "title", ["{x}", "{", "}", "{0}", "{title.__class__}", "{{about}}", "100 %s"]
)
def test_a_brace_in_a_title_is_a_brace(title: str) -> None:
    text = briefs.from_template(replace(PAGE, title=title), with_templates("Call it {title}."))
    assert text == f"Call it {title}."


def test_a_page_without_a_title_is_untitled_and_one_without_words_is_what_the_title_says() -> None:
    era = with_templates("{title}: {about}")
    assert briefs.from_template(replace(PAGE, title=" \n\t"), era).startswith("Untitled: ")
    assert briefs.from_template(replace(PAGE, prose=""), era) == "Ben: what the title says"


def test_a_title_over_many_lines_becomes_one_short_line() -> None:
    text = briefs.from_template(
        replace(PAGE, title="Ben\n\tand   Tom " + "x" * 500), with_templates("{title}")
    )
    assert text.startswith("Ben and Tom xxx")
    assert len(text) == 120


def test_everyday_words_are_never_topics_and_a_title_word_counts_more() -> None:
    prose = "Welcome to this page. The garden and the tulip, garden and tulip."
    assert briefs.topics(prose) == ["garden", "tulip"]
    assert briefs.topics(prose, "Tulip world") == ["tulip", "garden"]


def test_a_name_keeps_its_capital_unless_the_word_also_stands_small() -> None:
    assert briefs.topics("Oxford and Oxford. Boats, boats.") == ["Oxford", "boats"]


def test_where_no_word_comes_twice_the_first_ones_stand() -> None:
    assert briefs.topics("Tulips, roses, daisies, lilies, orchids.", count=2) == ["Tulips", "roses"]


ARTICLE = replace(
    PAGE,
    format="text",
    title="Re: RE: Tortoise food",
    prose=(
        "In article <1@a.example> anna@zoo.example (Anna) writes:\n"
        "> Does a hedgehog eat hay? My hedgehog will not.\n\n"
        "A tortoise likes hay, and a tortoise likes clover.\n\n"
        "--\nJoe Miller, Gasworks, Gasworks Road, joe@gasworks.example\n"
    ),
)


def test_what_is_quoted_or_signed_is_no_topic_and_neither_is_an_address() -> None:
    assert briefs.topics(briefs.own_words(ARTICLE))[:2] == ["tortoise", "likes"]
    text = briefs.about(ARTICLE)
    assert not {"hedgehog", "Gasworks", "example", "Anna"} & set(text.replace(",", "").split())


def test_a_quotation_without_an_answer_still_has_a_topic() -> None:
    bare = replace(ARTICLE, title="", prose="> My hedgehog eats hay, the hedgehog.\n\nYes.\n")
    assert "hedgehog" in briefs.about(bare)


def test_a_reply_gets_a_template_for_replies_and_loses_its_re() -> None:
    era = ERA.model_copy(update={"briefs": ("New: {title}",), "reply_briefs": ("Reply: {title}",)})
    assert briefs.brief(ARTICLE, era) == "Reply: Tortoise food"
    assert briefs.from_template(PAGE, era) == "New: Ben"
    assert briefs.from_template(ARTICLE, with_templates("{title}")) == "Re: RE: Tortoise food"


def test_a_document_without_a_title_is_asked_for_by_its_headline_or_its_topic_alone() -> None:
    era = with_templates("{title}: {about}", "Only {about}")
    bare = replace(PAGE, title="")
    assert briefs.from_template(bare, era).startswith("Only tortoise")
    capitals = replace(bare, prose=f"OUR TORTOISES. {PROSE}", id="a")
    both = {briefs.from_template(replace(capitals, id=f"{n:016x}"), era) for n in range(20)}
    assert {text.split()[0] for text in both} == {"OUR", "Only"}


def test_what_hangs_on_a_word_is_no_part_of_a_topic() -> None:
    assert briefs.topics("I don't. You don't. Anna's tulip, Anna's tulip-") == ["Anna", "tulip"]


@pytest.mark.parametrize("title", ["(No title)", "Untitled", "untitled document", "No Title"])
def test_a_title_that_says_that_there_is_none_is_none(title: str) -> None:
    assert briefs.subject(replace(PAGE, title=title)).title == ""
    assert briefs.subject(replace(PAGE, title="No Title Fights")).title == "No Title Fights"
