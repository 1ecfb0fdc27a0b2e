"""A restyled draft: sentence by sentence, what had to be copied, what became of the facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from erastyle.corpus.document import Format
from erastyle.corpus.html.shown import problem
from erastyle.train.model.generation import GeneratedText
from erastyle.train.restyle.restyle import (
    COLUMNS,
    LONGEST,
    NextSentence,
    Restyled,
    draft_prose,
    restyle,
)

DRAFT = "The club was founded in 1987 by Ann Hill. It has 25 members who meet every week."
HEAD = "<HTML><HEAD><TITLE>The Club</TITLE></HEAD>\n<BODY>\n<H1>The Club</H1>\n<P>"


class Ways:
    """Writes the same ways for each sentence, and notes what was asked for."""

    def __init__(self, *ways: str, head: str = "") -> None:
        self.ways, self.head = ways, head
        self.asked: list[NextSentence] = []

    def __call__(self, wanted: NextSentence) -> Sequence[GeneratedText]:
        self.asked.append(wanted)
        gap = "" if not wanted.begun or wanted.begun.endswith((">", "\n")) else " "
        head = "" if wanted.begun else self.head
        return [GeneratedText(wanted.begun + gap + head + way, 9, True) for way in self.ways]


def restyled(draft: str, ways: Ways, form: Format = "html", **more: Any) -> Restyled:
    return restyle(draft, ways, noun="web page", form=form, **more)


def test_the_truest_way_of_each_sentence_is_taken() -> None:
    ways = Ways(
        "The club was founded in 1978.",
        "Ann Hill founded our club in 1987.",
        "There are 25 members who meet each week.",
        head=HEAD,
    )
    one = restyled(DRAFT, ways, title="The Club")
    assert "Ann Hill founded our club in 1987. There are 25 members who meet each week." in one.text
    assert one.copied_back == ()
    assert one.facts.kept_share == one.raw.kept_share == 1.0
    assert problem(one.text) == ""
    assert one.text.count("</BODY>") == 1
    assert ways.asked[0].request.startswith(
        "About 20 words. Turn this into a web page, with the title “The Club”:\nThe club"
    )
    assert ways.asked[1].begun.endswith("1987.")


@pytest.mark.parametrize("form", ["html", "text"])
def test_a_sentence_that_no_way_says_is_copied_and_marked(form: Format) -> None:
    ways = Ways("Ann Hill founded our club in 1987.", head=HEAD if form == "html" else "")
    one = restyled(DRAFT, ways, form)
    assert one.raw.kept_share < 1.0
    assert one.facts.kept_share == 1.0
    assert one.copied_back == ("It has 25 members who meet every week.",)
    assert [e.repaired for e in one.facts.entries if e.text == "25 members"] == [True]
    assert ways.asked[-1].begun.endswith("It has 25")  # the second round begins as the draft does


def test_a_draft_that_nothing_says_is_copied_whole_into_a_page() -> None:
    one = restyled("Kites & Co\n\n" + DRAFT, Ways("Something else is here."), title="A & B")
    assert one.text.startswith("<HTML>\n<HEAD>\n<TITLE>A &amp; B</TITLE>")
    assert "<P>Kites &amp; Co\n<P>The club" in one.text
    assert problem(one.text) == ""
    assert one.raw.kept_share == 0.0


def test_a_sentence_that_came_early_is_not_asked_for_again() -> None:
    ways = Ways("There are 25 members who meet each week.", head=HEAD)
    one = restyled(DRAFT, ways)
    assert one.text.count("25 members") == 1
    assert one.copied_back == ("The club was founded in 1987 by Ann Hill.",)


def test_paragraphs_stay_and_lines_of_plain_text_are_not_long() -> None:
    draft = f"{DRAFT}\n\nOn some days the wind is too strong for our small and light kites there."
    one = restyled(draft, Ways("Nothing."), "text")
    assert one.text.count("\n\n") == 1
    assert max(map(len, one.text.split("\n"))) <= COLUMNS


def test_marks_that_no_keyboard_had_become_those_that_it_had() -> None:
    ways = Ways("In 1987 Ann Hill\N{RIGHT SINGLE QUOTATION MARK}s club was founded.")
    named = "Ann Hill\N{RIGHT SINGLE QUOTATION MARK}s club was founded in 1987."
    one = restyled(
        f"{named} We call it “The Hill” \N{EN DASH} for fun\N{EM DASH}or more.", ways, "text"
    )
    assert "In 1987 Ann Hill's club" in one.text
    assert one.text.isascii()
    assert one.facts.kept_share == 1.0


def test_short_sentences_stay_and_lines_of_a_list_stay_apart() -> None:
    draft = (
        "We meet every week in the old hall by the river. Admission is $5.\n\n"
        "Bring these:\nkites\nhttp://www.example.com/a/very/long/path/of/the/club/and/its/kites.html\n"
        "Ann <ann@x.example>\nBob <bob@x.example>"
    )
    one = restyled(draft, Ways("In the old hall by the river we meet each week."), "text")
    assert one.text == (
        "In the old hall by the river we meet each week. Admission is $5.\n\n"
        "Bring these:\nkites\nhttp://www.example.com/a/very/long/path/of/the/club/and/its/kites.html\n"
        "Ann <ann@x.example>\nBob <bob@x.example>"
    )
    assert one.copied_back == ()
    assert one.raw.kept_share == 1.0


def test_a_heading_that_is_open_does_not_swallow_what_is_copied() -> None:
    one = restyled(DRAFT, Ways("Ann Hill founded our club in 1987.", head="<HTML><BODY><H1>"))
    assert "in 1987.</H1> It has 25 members" in one.text


def test_in_a_long_paragraph_the_second_round_goes_on_with_the_same_text() -> None:
    draft = " ".join(
        f"The kite of member {n} costs {n} dollars on the hill." for n in range(100, 180)
    )
    for form in ("html", "text"):
        ways = Ways("Nothing.")
        restyled(draft, ways, form)
        pairs = zip(ways.asked[2::2], ways.asked[3::2], strict=True)
        assert all(b.begun.startswith(a.begun) and len(b.begun) > len(a.begun) for a, b in pairs)


def test_a_long_text_is_gone_on_with_from_its_head_and_end() -> None:
    draft = "\n\n".join(f"The kite of member {n} costs {n} dollars." for n in range(100, 240))
    ways = Ways("Nothing.")
    one = restyled(draft, ways, title="Kites")
    assert one.facts.kept_share == 1.0
    assert max(len(asked.begun) for asked in ways.asked) <= LONGEST
    assert ways.asked[-1].begun.startswith("<HTML>\n<HEAD>\n<TITLE>Kites</TITLE>")


def test_the_text_is_told_as_it_grows() -> None:
    told: list[tuple[str, int]] = []
    ways = Ways("Ann Hill founded our club in 1987.", "There are 25 members who meet each week.")
    one = restyled(DRAFT, ways, "text", tell=lambda *piece: told.append(piece))
    assert told[0] == ("Ann Hill founded our club in 1987.", 1)
    assert (
        "".join(piece for piece, _ in told).split() == one.text.split()
    )  # its lines are filled at the end


def test_a_wrapped_draft_is_read_as_its_sentences() -> None:
    wrapped = "The kite club of our town was founded in 1987 by Ann\nHill. It has 25 members.\n"
    one = restyled(draft_prose(wrapped), Ways("Nothing."))
    assert "Ann Hill" in [entry.text for entry in one.facts.entries]


def test_marks_that_are_no_markdown_stay() -> None:
    plain = "See http://x.example/my_page.html and 2*3 is in a file_name."
    assert draft_prose(plain) == plain


def test_html_and_markdown_drafts_lose_their_marks() -> None:
    assert draft_prose("<p>We fly <b>kites</b>.</p>").strip() == "We fly kites."
    assert draft_prose("## Kites\n- one\n- **two**") == "Kites\none\ntwo"


def test_a_long_word_takes_no_time() -> None:
    long = "w" * 4_000
    for form in ("html", "text"):
        assert long in restyled(f"We fly. {long}\n{long}?", Ways(f"<H1>{long}", "We."), form).text
