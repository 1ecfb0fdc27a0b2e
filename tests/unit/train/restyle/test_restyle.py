"""A restyled draft: parts, the truest text, repair, and joined pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from erastyle.corpus.html.shown import problem
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import GeneratedText
from erastyle.train.restyle import restyle
from erastyle.train.restyle.restyle import PART_WORDS, draft_prose, parts_of

DRAFT = "The club was founded in 1987 by Ann Hill. It has 25 members."
TRUE = (
    "<HTML><HEAD><TITLE>The Club</TITLE></HEAD>\n<BODY>\n<H1>The Club</H1>\n<P>Ann Hill founded "
    "our club in 1987, and now it has 25 members.\n</BODY></HTML>"
)
FALSE = "<HTML><BODY><P>The club was founded in 1978 by John Smith and it is fine.</BODY></HTML>"
HALF = "<HTML><BODY><P>Ann Hill founded the club in the year 1987.\n</BODY></HTML>"


def written(monkeypatch: pytest.MonkeyPatch, *texts: str) -> list[str]:
    """Let the model write `texts`, again and again; return the list of requests to be filled."""
    asked: list[str] = []

    def in_batches(_writer: Any, requests: Any, *_: Any, **__: Any) -> Iterator[GeneratedText]:
        asked.extend(requests)
        for n in range(len(requests)):
            yield GeneratedText(texts[n % len(texts)], 30, True)

    monkeypatch.setattr(restyle, "in_batches", in_batches)
    return asked


def restyled(draft: str = DRAFT, tries: int = 2, **more: Any) -> restyle.Restyled:
    given = {"noun": "web page", "form": "html", "guards": None, "decoding": Decoding(50)} | more
    return restyle.restyle(draft, cast(Any, None), tries=tries, **given)


def test_the_text_that_keeps_the_facts_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = written(monkeypatch, FALSE, TRUE)
    one = restyled(title="The Club")
    assert "Ann Hill founded our club" in one.text
    assert one.copied_back == ()
    assert one.facts.kept_share == one.raw.kept_share == 1.0
    assert asked[0].startswith(
        "About 20 words. Turn this into a web page, with the title “The Club”:\nThe club"
    )
    assert one.changed > 0.5


def test_the_draft_in_tags_is_not_taken_where_a_text_keeps_the_facts_in_other_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(monkeypatch, f"<HTML><BODY><P>{DRAFT}</BODY></HTML>", TRUE)
    assert "Ann Hill founded our club" in restyled().text


def test_lost_facts_are_copied_back_in_their_sentences_and_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(monkeypatch, HALF)
    one = restyled()
    assert one.raw.kept_share < 1.0
    assert one.facts.kept_share == 1.0
    assert one.copied_back == ("It has 25 members.",)
    assert [e.repaired for e in one.facts.entries if e.text == "25 members"] == [True]
    assert one.text.count("</BODY>") == 1
    assert problem(one.text) == ""


def test_parts_of_a_long_draft_become_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    written(monkeypatch, TRUE)
    draft = "\n\n".join(f"{DRAFT} " + "We fly our kites by the sea. " * 12 for _ in range(4))
    one = restyled(draft, tries=1)
    assert len(one.parts) > 1
    for tag in ("<HTML>", "<TITLE>", "</BODY>", "</HTML>"):
        assert one.text.count(tag) == 1, tag
    assert problem(one.text) == ""


def test_parts_hold_every_word_and_stay_short() -> None:
    told = "We fly our kites by the sea at 3.5 m; mail ann@hill.example for the list. "
    draft = "\n\n".join(told * n for n in (3, 60, 1, 1)) + "\n\n" + "wind " * 300
    parts = parts_of(draft)
    assert " ".join(parts).split() == draft.split()
    assert all(len(part.split()) <= PART_WORDS for part in parts)


def test_a_wrapped_draft_is_read_as_its_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    written(monkeypatch, HALF)
    wrapped = "The kite club of our town was founded in 1987 by Ann\nHill. It has 25 members.\n"
    one = restyled(draft_prose(wrapped))
    assert "Ann Hill" in [entry.text for entry in one.facts.entries]
    assert any(entry.repaired for entry in one.facts.entries)


def test_marks_that_are_no_markdown_stay() -> None:
    plain = "See http://x.example/my_page.html and 2*3 is in a file_name."
    assert draft_prose(plain) == plain


def test_html_and_markdown_drafts_lose_their_marks() -> None:
    assert draft_prose("<p>We fly <b>kites</b>.</p>").strip() == "We fly kites."
    assert draft_prose("## Kites\n- one\n- **two**") == "Kites\none\ntwo"


ARTICLE = "Ann Hill founded our club in 1987.\nThe members are 25 and they\n"


def test_an_article_ends_with_a_whole_sentence_and_without_an_invented_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written(monkeypatch, f"{ARTICLE}\n--\nKen McCarthy\n- ITV Channel 31")
    one = restyled(form="text", noun="article")
    assert one.text == f"Ann Hill founded our club in 1987.\n\n{one.copied_back[0]}"


def test_an_article_closes_in_its_last_part_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    written(monkeypatch, "We fly our kites by the sea.\n\nThanks,\nAnn Hill.")
    draft = "\n\n".join("We fly our kites by the sea. " * 8 for _ in range(2))
    one = restyled(draft, tries=1, form="text", noun="article")
    assert len(one.parts) == 2
    assert one.text.count("Thanks") == 1
    assert one.text.endswith("Ann Hill.")


def test_a_long_word_in_a_heading_or_a_line_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # Words whose parts could be cut in many ways took the time of all ways together.
    long = "w" * 4_000
    written(monkeypatch, f"<BODY><H1>{long}<B>x</B></H1>\n<P>We fly.\n{long}\n{long}?")
    draft = "\n\n".join("We fly our kites by the sea. " * 8 for _ in range(2))
    for form, noun in (("html", "web page"), ("text", "article")):
        assert long in restyled(draft, tries=1, form=form, noun=noun).text
