# ruff: noqa: E501 (lines of a page stay whole)
"""What holds for every input of the cleaners."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.cleaning import cleaner, privacy
from erastyle.corpus.decode import encoding
from erastyle.corpus.html import markup

CHEAP = settings(deadline=None, max_examples=60)
PIECES = st.lists(
    st.sampled_from(
        ["<P>", "<table>", "</td>", "<td>", "<LI>", "<a href=x>", "</A>", "<pre>", "text", " ", "\n",
         "<!--", "-->", "<", ">", "&amp;", "&", '"', "<xmp>", "<frameset>", "<noframes>", "é", "\u2028"]
    ),
    max_size=30,
)  # fmt: skip


@CHEAP
@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_utf_8_can_hold(raw):
    text = encoding.decode(raw).text
    text.encode("utf-8")
    assert "\0" not in text
    assert "\r" not in text


@CHEAP
@given(PIECES)
def test_any_mix_of_tags_renders_and_holds_its_words(pieces):
    html = "".join(pieces)
    prose = markup.prose(html)
    assert prose == prose.strip("\n")
    assert markup.prose(html) == prose


@CHEAP
@given(PIECES)
def test_a_page_no_archive_touched_is_not_touched(pieces):
    html = "".join(pieces)
    assert markup.strip_banner(html) == (html, [])


@CHEAP
@given(st.text(max_size=200))
def test_tidying_twice_changes_nothing(text):
    once = cleaner.tidy(text)
    assert cleaner.tidy(once) == once


@CHEAP
@given(st.text(alphabet="ab@.!+-() 0123456789<>/", max_size=120))
def test_stand_ins_are_the_same_each_time(text):
    assert privacy.pseudonymise(text, "s") == privacy.pseudonymise(text, "s")
