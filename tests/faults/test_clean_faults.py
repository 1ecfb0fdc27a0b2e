"""Pages that were made to break a cleaner: every one is answered, in bounded time."""

from __future__ import annotations

import time

import pytest

from erastyle.corpus import era
from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.decode import encoding
from erastyle.corpus.document import Document
from erastyle.corpus.html import markup

WEB = era.load("web-1995")
CPU_SECONDS = 8.0  # several times what it takes here; quadratic work takes minutes

PAGES = {
    "nested tables": "<table><tr><td>" * 10_000 + "x",
    "nested divisions": "<div>" * 5_000 + "x",
    "unclosed everything": "<b><i><font color=red><p><li>a<h1>" * 600,
    "different fonts": "".join(f"<font color={i}><p>x" for i in range(2_000)),
    "unclosed titles": "<title>" * 50_000,
    "unclosed comments": "<!--" * 20_000,
    "unclosed attributes": '<a href="' * 5_000,
    "a line of a million": "<p>" + "x" * 1_000_000,
    "nulls": "<p>a\0b" * 1_000,
    "line separators": "<p>one\u2028two\u2029three\x85four",
    "a lone surrogate": b"<p>caf\xe9 \xff".decode("utf-8", "surrogateescape") + "\ud800",
    "nothing": "",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_answered_in_bounded_time(name):
    document = Document(
        id="0" * 16, source="http://a.example/", site="a.example", format="html",
        body=PAGES[name], raw_sha256="",
    )  # fmt: skip
    start = time.process_time()
    result = cleaner.clean(document, WEB)
    markup.census(PAGES[name])
    markup.links(PAGES[name])
    assert time.process_time() - start < CPU_SECONDS
    assert isinstance(result, Document | Drop)


def test_what_comes_out_can_be_written_as_utf_8():
    document = Document(
        id="0" * 16, source="http://a.example/", site="a.example", format="html",
        body=PAGES["a lone surrogate"] + PAGES["nulls"], raw_sha256="",
    )  # fmt: skip
    cleaned = cleaner.measure(document, WEB)
    for text in (cleaned.body, cleaned.prose, cleaned.title):
        assert "\0" not in text
        text.encode("utf-8")


def test_fifty_megabytes_on_one_line_are_decoded_in_bounded_time():
    raw = b"word caf\xe9 " * 5_000_000
    start = time.process_time()
    decoded = encoding.decode(raw)
    assert time.process_time() - start < CPU_SECONDS
    assert decoded.encoding == "iso-8859-1"
    assert len(decoded.text) == len(raw)
