"""Requests read like those of people, and everything that they say stands in the document."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.corpus.prompts import briefs, requests

ERA = eras.load("web-1995")
PROSE = (
    "Welcome to the Tulip Club! By Anna Miller. I and others have met in Oxford since 1991. "
    "The club has 42 members, who grow tulips in small gardens. We meet on 3 May 1996. "
    "Bring a spade, and ask Tom Baker for the key. My own garden has 300 tulips. "
    "Send me mail if you would like to see it, for beginners are welcome and beginners ask best."
)
BODY = (
    '<HTML><TITLE>The Tulip Club</TITLE><H1>The Tulip Club</H1><IMG SRC="t.gif">'
    "<H2>Who we are</H2><P>" + PROSE + "<H2>Next meeting</H2><P>See above.<H2>Links</H2><UL>"
    + "".join(f'<LI><A HREF="{n}.html">Tulip garden number {n}</A>' for n in range(6))
    + '</UL><A HREF="gb.html">Sign the guest book</A></HTML>'
)  # fmt: skip
PAGE = Document(
    "0123456789abcdef", "http://a.example/", "a.example", "html", BODY, "0",
    title="The Tulip Club", prose=PROSE, date_from="1996-02-01", date_to="1996-04-01",
)  # fmt: skip
MANY = [briefs.brief(replace(PAGE, id=f"{n:016x}"), ERA, 7) for n in range(600)]


def having(pattern: str) -> list[str]:
    return [text for text in MANY if re.search(pattern, text)]


def test_one_page_is_asked_for_in_hundreds_of_ways() -> None:
    assert len(set(MANY)) > 500
    openings = Counter(" ".join(text.split()[:3]) for text in MANY)
    assert openings.most_common(1)[0][1] < 60


def test_curt_requests_and_long_ones_occur() -> None:
    words = sorted(len(text.split()) for text in MANY)
    assert words[len(words) // 10] <= 10
    assert words[-len(words) // 10] >= 60
    assert words[-1] < 220, "a request leaves room for its answer"


def test_all_families_occur() -> None:
    assert having(r"\b(?:page|site) (?:about|on) (?:garden|Tulip|club)")
    assert having(r"(?:called|entitled|titled|title|heading) “The Tulip Club”")
    assert having(r"(?i)(?:list|article|note|text).* for beginners")
    assert having("Who we are\n.*Next meeting"), "outline"
    assert having("Who we are; Next meeting"), "outline on a line"
    assert having(r"\n.*met in Oxford since 1991\n"), "notes"
    assert having(r"(?:Turn|Make|Rewrite|draft|what my).*:\nWelcome to the Tulip Club\. .*\."), (
        "draft"
    )
    assert set(MANY) & {briefs.from_template(PAGE, ERA, seed) for seed in range(50)}


def test_what_stands_on_the_page_may_be_asked_for_and_nothing_else() -> None:
    assert having("a guest book")
    assert having(r"(?:some )?links|list of links")
    assert having("picture")
    for other in ("counter", "a form", "a table", "construction"):
        assert not having(other), other


@pytest.mark.parametrize(
    "field", ["1996", r"\d0 words|[Ss]hort", "first person|Personal", "Anna Miller"]
)
def test_a_field_stands_in_about_half_of_the_requests(field: str) -> None:
    bare = [text.partition("\n")[0] for text in MANY]
    share = sum(re.search(field, text) is not None for text in bare) / len(bare)
    assert 0.38 < share < 0.58


def test_every_name_and_number_of_a_request_is_of_the_document() -> None:
    known = set(re.findall(r"[A-Z][a-z]{2,}|\d+", BODY + " 60 70 1996"))
    wording = set(re.findall(r"[A-Z][a-z]{2,}", " ".join(map(str, requests._KINDS))))
    for text in MANY:
        material = re.findall(r"(?<=[a-z] )[A-Z][a-z]{2,}|\b\d+\b", text)
        unknown = {word for word in material if word not in known | wording}
        assert not unknown - {"Here", "Facts", "Mention"}, text


def test_a_document_of_an_uncertain_year_names_none() -> None:
    unknown = replace(PAGE, date_from="1994-01-01", date_to="1997-01-01")
    for n in range(100):
        text = briefs.brief(replace(unknown, id=f"{n:016x}"), ERA, 7).partition("\n")[0]
        assert not re.search(r"(?:It is|year is|Year:|As of) 199", text)


def test_free_requests_of_people_look_like_those_of_training() -> None:
    """Their openings, and what they ask for, are among the wordings."""
    assert having(r"^A page about ")
    assert having(r"^Make (?:me )?a home page (?:about|on|called|that)")
    assert having(r", with .*guest book.* and .*\.")


def test_typing_errors_are_few_and_never_in_what_is_quoted() -> None:
    slips = [requests.with_typing_errors("Please write a page about “tulips”.", Random(n))
             for n in range(200)]  # fmt: skip
    assert all("“tulips”" in text for text in slips)
    assert len(set(slips)) > 10
    assert 0.03 < sum(text[0].islower() for text in MANY) / len(MANY) < 0.12


@pytest.mark.parametrize("prose", ["", "Hm.", "1 2 3", "{x} {}", "ÄÖÜ ß", "\N{GHOST} " * 50])
@pytest.mark.parametrize("title", ["", "{0}", "“”", "x" * 500])
def test_any_document_gets_a_request(prose: str, title: str) -> None:
    for n in range(30):
        odd = replace(PAGE, title=title, prose=prose, body=prose, id=f"{n:016x}")
        text = briefs.brief(odd, ERA, 7)
        assert text.strip()
        assert len(text) < 2_000


def test_an_article_gets_one_too_and_a_reply_keeps_its_own_templates() -> None:
    usenet = eras.load("usenet-1993")
    article = replace(PAGE, format="text", body=PROSE, title="Tulips")
    texts = [briefs.brief(replace(article, id=f"{n:016x}"), usenet, 7) for n in range(100)]
    assert any(re.search("^(?:Write|Make|Draft) an article", text) for text in texts)
    assert not any("page" in text for text in texts)
    reply = replace(article, title="Re: Tulips")
    assert briefs.brief(reply, usenet, 7) == briefs.from_template(reply, usenet, 7)


def test_a_question_mark_ends_the_question_and_not_what_follows_it() -> None:
    asking = [text.partition("\n")[0] for text in having("^(?:Can|Could) you")]
    assert asking
    for text in asking:
        assert text.find("?") < text.find(".") or "." not in text, text
