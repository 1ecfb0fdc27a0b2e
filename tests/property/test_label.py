"""A label can be taken out of any text again, and is shown whatever the text holds."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from erastyle.corpus.provenance import label as labels
from erastyle.corpus.provenance.label import GENERATED, RESTYLED, Notice, label, strip

OWN = label("<HTML><HEAD></HEAD><BODY>w</BODY>", Notice(era="the early web"), "html")
PLAIN = label("words", Notice(RESTYLED, sentence="Note."), "text")
PIECES = st.sampled_from(
    [
        "<HTML>", "<HEAD>", "</HEAD>", "<BODY>", "<body bgcolor='>'>", "<TITLE>", "</TITLE>",
        "<!--", "-->", "<!-- ", " -->", "<P>", "<script>", "</script>", "<textarea>", "<plaintext>",
        "<!DOCTYPE html>", "<frameset>", "[", "]", "erastyle-label", "<!-- erastyle-label ",
        "<!-- /erastyle-label ", GENERATED, " 0123456789abcdef", "<!-- erastyle-notice ", "\n",
        "\n\n", "\r\n", "\r", " ", "\x00", "\ud800", "\u202e", "words", "[erastyle-label",
        "]\n\n", '"', "'", "&", OWN, PLAIN, OWN[: len(OWN) // 2], PLAIN[:40],
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=24).map("".join)
NOTICES = st.builds(
    Notice,
    source_type=st.sampled_from([GENERATED, RESTYLED]),
    era=st.one_of(st.just("the early web, 1993\u20131997"), st.text(max_size=20)),
    sentence=st.one_of(st.just("*** Robot at work! ***"), TEXTS.filter(lambda t: len(t) < 200)),
    facts=st.dictionaries(st.text(max_size=5), st.text(max_size=12), max_size=2),
    charset=st.sampled_from(["", "utf-8"]),
)
FORMS = st.sampled_from(["html", "text"])


@given(TEXTS, NOTICES, FORMS)
@example(OWN, Notice(), "html")
@example(PLAIN, Notice(), "text")
@example("<HTML><HEAD>" + PLAIN, Notice(), "html")
@example(PLAIN + "<HTML><HEAD></HEAD><BODY>w", Notice(), "html")
@example("\r" + PLAIN + "<HTML>", Notice(), "html")
@example("[<!-- /erastyle-notice <HTML><HEAD></HEAD><BODY>w", Notice(), "html")
@settings(deadline=None, max_examples=150)
def test_a_label_is_taken_out_again_to_the_last_character(text, notice, form):
    labelled = label(text, notice, form)
    assert labels.source_type(labelled) == notice.source_type
    assert strip(labelled) == text


@given(TEXTS, FORMS)
@settings(deadline=None, max_examples=60)
def test_labels_of_labels_are_taken_out_one_by_one(text, form):
    once = label(text, Notice(), form)
    assert strip(strip(label(once, Notice(RESTYLED), form))) == text


@given(TEXTS, NOTICES)
@settings(deadline=None, max_examples=80)
def test_a_browser_shows_the_label_whatever_the_page_holds(text, notice):
    assert labels._shows(label(text, notice, "html"), notice)


@given(TEXTS.filter(lambda text: "\r" not in text), NOTICES, FORMS)
@settings(deadline=None, max_examples=100)
def test_a_label_survives_other_line_ends_and_character_sets(text, notice, form):
    labelled = label(text, notice, form)
    assert strip(labelled.replace("\n", "\r\n")) == text.replace("\n", "\r\n")
    assert set(labelled) - set(text) <= {chr(code) for code in (10, *range(32, 127))}


@given(NOTICES)
def test_the_json_of_a_page_is_whole_and_names_the_full_uri(notice):
    page = label("<P>w", notice, "html")
    inside = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert inside
    content = json.loads(inside[1])
    assert content["digitalSourceType"] == (
        f"http://cv.iptc.org/newscodes/digitalsourcetype/{notice.source_type}"
    )
    told = {one["name"]: one["value"] for one in content.get("additionalProperty", [])}
    assert told == dict(notice.facts)
    assert f'CONTENT="{content["digitalSourceType"]}"' in page


@given(TEXTS)
@settings(max_examples=60)
def test_a_text_without_a_label_stays_as_it_is(text):
    plain = text.replace("erastyle-", "").replace("digitalSourceType", "")
    assert strip(plain) == plain
    assert labels.source_type(plain) == ""


@pytest.mark.parametrize("form", ["html", "text"])
def test_the_labels_of_several_texts_in_one_file_are_all_taken_out(form):
    both = "\n\n".join(label(text, Notice(), form) for text in ("<P>One", "<P>Two"))
    rest = strip(both)
    assert "erastyle" not in rest
    assert "One" in rest
    assert "Two" in rest


def test_a_label_of_a_text_that_was_changed_later_is_taken_out_too():
    page = label("<HTML><HEAD></HEAD><BODY>\n<P>One", Notice(), "html").replace("One", "Two")
    assert strip(page) == "<HTML><HEAD></HEAD><BODY>\n<P>Two"


def test_a_page_that_another_program_marked_is_known_by_its_meta_element():
    page = f'<meta name="digitalSourceType" content="{labels.uri(RESTYLED)}"><p>w'
    assert labels.source_type(page) == RESTYLED


@pytest.mark.parametrize(
    "piece", ["<!-- erastyle-label trainedAlgorithmicMedia ", "<!--", '<body "', "["]
)
def test_a_long_text_of_openings_is_labelled_in_a_moment(piece: str) -> None:
    text = piece * (500_000 // len(piece))
    begun = time.process_time()
    assert strip(label(text, Notice(), "html")) == text
    assert time.process_time() - begun < 10
