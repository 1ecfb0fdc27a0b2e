# ruff: noqa: E501 (lines of a page stay whole)
"""One document through the clean stage, its rules and its repairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erastyle.corpus import era
from erastyle.corpus.cleaning import cleaner, language, ocr, privacy, quality
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.document import Document
from tests import factories

WORDS = (
    "We keep two cats and a dog in our house by the river, and this page is about what they do "
    "all day. The older cat likes to sit on the roof of the shed, from where she can see the boats. "
)
WEB = era.load("web-1995")


def page(body: str, **values) -> Document:
    given = {"source": "http://a.example/cats.html", "format": "html"}
    return factories.document(body, **(given | values))


def test_a_good_page_is_kept_with_its_body_as_written():
    body = f"<TITLE>Cats</TITLE><H1>Cats</H1>{WORDS}<P>Last updated 3 May 1996\n"
    cleaned = cleaner.clean(page(body), WEB)
    assert isinstance(cleaned, Document)
    assert cleaned.body == body
    assert (cleaned.title, cleaned.language) == ("Cats", "en")
    assert cleaned.date_from.startswith("1996")
    assert cleaned.signals["words"] > 30


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<TITLE>404 Not Found</TITLE><H1>Not Found</H1>The requested URL was not found.", "error page"),
        ("<TITLE>Index of /pub</TITLE><H1>Index of /pub</H1><PRE>" + "a.gif 1k\n" * 40, "directory listing"),
        ("<P>This domain name is for sale. " + WORDS, "parked domain"),
        ("<FRAMESET><FRAME SRC=a></FRAMESET>", "frameset without text"),
        ("<P>Only five words of text", "too short"),
        ("<PRE>" + "3,14 2,71 99 | 12 | 17 | 44\n" * 60 + WORDS, "mostly symbols"),
        ("<P>" + "<P>".join([WORDS] * 12), "repeated lines"),
        ("<P>As an AI language model I have no cats. " + WORDS, "machine text"),
        (
            "<P>Wir haben zwei Katzen und einen Hund, und auf dieser Seite steht, was sie den ganzen Tag "
            "lang machen. Die ältere Katze sitzt gern auf dem Dach und sieht den Schiffen zu, wenn die "
            "Sonne scheint und es nicht zu kalt ist.", "other language",
        ),
        (f"<!DOCTYPE html><meta name=viewport content=x><P>{WORDS}", "newer markup"),
    ],
)  # fmt: skip
def test_a_bad_page_is_dropped_with_its_reason(body, reason):
    dropped = cleaner.clean(page(body), WEB)
    assert isinstance(dropped, Drop)
    assert dropped.reason == reason
    assert dropped.detail


def test_a_page_about_errors_is_no_error_page():
    body = "<H1>When a page was not found</H1>" + WORDS * 6
    found = cleaner.explain(page(body), WEB)
    assert ("error page", "keep") in [(rule, verdict) for rule, _, _, verdict in found]


def test_a_page_of_another_year_is_dropped_with_the_evidence():
    body = f"<TITLE>Cats</TITLE>{WORDS}<P>Last updated: 12 March 2003<P>Copyright 2003 by us"
    dropped = cleaner.clean(page(body), WEB)
    assert isinstance(dropped, Drop)
    assert dropped.reason == "out of period"
    assert "2003" in dropped.detail


def test_contrast_is_not_judged_by_date_or_markup():
    body = f"<!DOCTYPE html><title>Cats</title><p>{WORDS}<p>Last updated: 12 March 2013"
    assert isinstance(cleaner.clean(page(body, origin="modern"), WEB), Document)


def test_explain_shows_value_and_threshold_of_every_rule():
    rules = {rule: (value, threshold, verdict) for rule, value, threshold, verdict in
             cleaner.explain(page("<P>Few words"), WEB)}  # fmt: skip
    assert rules["too short"] == ("2 words", ">= 30", "drop")
    assert len(rules) >= 15


def test_thresholds_are_the_eras():
    short = page(f"<TITLE>x</TITLE>{WORDS}")
    rules = WEB.quality.model_copy(update={"min_words": 500})
    assert isinstance(cleaner.clean(short, WEB), Document)
    strict = WEB.model_copy(update={"quality": rules})
    assert cleaner.clean(short, strict) == Drop("too short", "42 words < 500")


def test_lines_drawn_with_signs_do_not_make_a_page_symbols():
    plain = quality.signals(WORDS)["letters"]
    drawn = quality.signals(("=" * 78 + "\n" + WORDS + "\n") * 3)["letters"]
    assert abs(plain - drawn) < 0.02


def test_privacy_replaces_the_same_address_alike_and_leaves_tags_alone():
    body = '<P><IMG WIDTH="415-555-2671"><A HREF="mailto:jo@cs.uni.edu">jo@cs.uni.edu</A> (415) 857-1234'
    text, counts = privacy.pseudonymise(body, "salt")
    stand_in = text.split("mailto:")[1].split('"')[0]
    assert text.count(stand_in) == 2
    assert stand_in.endswith(".example")
    assert 'WIDTH="415-555-2671"' in text
    assert "857-1234" not in text
    assert counts == {"email": 2, "phone": 1}
    assert privacy.pseudonymise(body, "other")[0] != text


def test_privacy_knows_bang_paths_addresses_and_cards_from_versions_and_shouts():
    text = (
        "uunet!decwrl!joe at 128.141.201.74, card 4111 1111 1111 1111; Wow!Great, version 1.2.3.4"
    )
    shown, counts = privacy.pseudonymise(text, "s")
    assert counts == {"bang path": 1, "card": 1, "ip": 1}
    assert "Wow!Great" in shown
    assert "version 1.2.3.4" in shown


def test_privacy_without_a_salt_is_refused():
    with pytest.raises(ValueError, match="salt"):
        privacy.pseudonymise("x", "")


def test_scanned_lines_become_paragraphs_and_broken_words_whole():
    text = "The rou-\ntine of the camp is as fol-\nlows: first call is at five and the\nrest later."
    assert ocr.clean(text) == (
        "The routine of the camp is as follows: first call is at five and the rest later."
    )


def test_page_numbers_and_running_heads_go_and_years_stay():
    pages = "\n".join(
        f"THE DAILY TIMES {n}\n"
        + "\n".join(f"line {n}{i} of the text here and on" for i in range(14))
        for n in range(2, 6)
    )
    cleaned = ocr.clean(pages, reflow=False)
    assert "DAILY TIMES" not in cleaned
    assert cleaned.count("of the text") == 56
    assert "1914" in ocr.clean("It was in\n1914\nthat we met.")


def test_the_long_s_read_as_f_becomes_s_only_where_it_is_all_over():
    old = "He faid that fuch a houfe and thefe perfons fhould have moft of the bufinefs himfelf."
    assert (
        ocr.clean(old)
        == "He said that such a house and these persons should have most of the business himself."
    )
    assert ocr.clean("The fame of his wife is as great.") == "The fame of his wife is as great."


def test_noise_tells_a_bad_scan_from_a_good_one():
    assert ocr.noise(WORDS) < 0.02
    assert ocr.noise("irM\\/ .,:^ /SJjgf F§^ JVLf %w V*** js'\" r..~' ^on tlie") > 0.5


def test_too_little_text_has_no_language():
    assert language.detect("12345 ---- ok") == ("", 0.0)
    assert language.detect(WORDS.upper())[0] == "en"


def test_plain_text_gets_its_first_line_as_title():
    text = page("=====\n  CATS OF THE RIVER\n=====\n" + WORDS, format="text")
    cleaned = cleaner.measure(replace(text, title=""), WEB)
    assert cleaned.title == "CATS OF THE RIVER"


def test_a_text_that_names_its_title_is_called_that_and_commands_are_no_title():
    from erastyle.corpus.cleaning.cleaner import first_line

    assert first_line("DOCUMENT:Q1  05-MAY-1995\nTITLE   :How to Set  a Margin\n\nx") == (
        "How to Set a Margin"
    )
    assert first_line("{center}\n@node main\nThe Garden Book\n") == "The Garden Book"
    assert first_line("12\n---- Tulips ----\n") == "Tulips"
