"""Whatever a document holds: no piece of it is lost, and none of it gets out of its frame."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from erastyle.eval.report import sandbox
from erastyle.eval.report.page import render
from erastyle.eval.report.parts import Sample, TextMark
from erastyle.eval.report.report import Report

PIECES = st.sampled_from(
    [
        "<", ">", '"', "'", "/", "=", " ", "\n", "\x0c", "\x00", "&lt;", "&#60;", "<!--", "-->",
        "<IFRAME SRC=//a.example>", "<iframe/src=x", "<frame ", "<FRAMESET><FRAME SRC=x>",
        "</iframe>", "<script>", "</script>", "<style>", "</style>", "<textarea>", "</textarea>",
        "<noscript>", "<svg>", "<math>", "<title>", "</title>", "<link rel=preconnect href=x>",
        "<base href=x>", "<a href=x>", "<img src=x>", "<object data=x>", "<template>", "<table>",
        "<noframes>", "<plaintext>", "<meta http-equiv=refresh content=0>", "<p onclick=x>", "w",
    ]
)  # fmt: skip
DOCUMENTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=24).map("".join)
FORBIDDEN = "iframe, frame, frameset, object, embed, applet, link, base, script, portal"


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.frames: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, sorted(name for name, _ in attrs)))
        self.frames += [value for name, value in attrs if name == "srcdoc"]


@given(DOCUMENTS)
@settings(deadline=None, max_examples=120)
def test_a_frame_holds_nothing_that_could_ask_or_run(body):
    tree = LexborHTMLParser(sandbox.framed(body).removeprefix(sandbox.HEAD))
    assert tree.css(FORBIDDEN) == []
    for element in tree.css("*"):
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            assert name not in ("http-equiv", "autofocus")
            if name in ("src", "data", "background"):
                assert (value or "").startswith("data:")
            if name == "href":
                assert (value or "").startswith("#")


@given(DOCUMENTS)
@settings(deadline=None, max_examples=12)
def test_no_document_changes_the_page_around_it(body):
    def page(text: str) -> Tags:
        sample = Sample(text, "worst", "html", "<p>" + text, "<p>" + text, "<p>" + text, text)
        return Tags(render(Report("t", samples=[sample])))

    found = page("x" + body)
    assert found.found == page("x").found
    assert len(found.frames) == 3
    assert found.frames[0] == sandbox.visible(sandbox.framed("<p>x" + body))


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.text(max_size=2)), max_size=6),
)
@settings(deadline=None, max_examples=100)
def test_marking_copies_loses_no_character(text, copied):
    pieces = sandbox.marked(text, [TextMark(s, e, "copied", source) for s, e, source in copied])
    assert "".join(piece.text for piece in pieces) == text
    inside = {n for start, end, _ in copied for n in range(max(start, 0), min(end, len(text)))}
    marked, at = set(), 0
    for piece in pieces:
        if piece.source:
            marked |= set(range(at, at + len(piece.text)))
        at += len(piece.text)
    assert marked == inside


@given(st.text(max_size=80), st.integers(0, 60))
@settings(deadline=None, max_examples=100)
def test_a_cut_text_is_a_beginning_that_fits(text, limit):
    part = sandbox.cut(text, limit)
    assert text.startswith(part)
    assert part == text or len(part.encode()) <= limit
    assert sandbox.visible(sandbox.visible(text)) == sandbox.visible(text)
