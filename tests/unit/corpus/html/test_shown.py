"""What a browser shows of a page; benchmarks/rendering.py holds the rule against Chromium."""

from __future__ import annotations

import pytest

from erastyle.corpus.html.shown import MOST, problem, shows_anything

TEXT = "I fly my kites on the hill by the sea in any wind all year long."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"<TITLE>Kites</TITLE><P>{TEXT}", ""),
        (f"<TITLE>Kites</TITLE><FONT SIZE=2>{TEXT}", ""),
        ("<IMG SRC=kite.gif>", ""),
        (f"<TITLE>Kites<P>{TEXT}", "the title is never closed"),
        (f"<TITLE>Kites</TITLE><TITLE>More<P>{TEXT}", "the title is never closed"),
        ("<TITLE>Kites</TITLE><BODY></BODY>", "the page is empty"),
        ("", "the page is empty"),
        ("<P><P><B></B>", "the page is empty"),
        (f'<A HREF="kites.html>{TEXT}', "markup that is never closed swallows the text"),
        (
            f"<TITLE>K</TITLE><!-- a remark <P>{TEXT}",
            "markup that is never closed swallows the text",
        ),
        (f"<P>Hello<SCRIPT>{TEXT}", "markup that is never closed swallows the text"),
        (f"<P>{TEXT}<SCRIPT>var a = '{TEXT * 3}'</SCRIPT>", ""),
    ],
)
def test_what_a_browser_would_not_show_has_a_reason(source: str, expected: str) -> None:
    assert problem(source) == expected


def test_a_huge_page_of_open_titles_is_answered() -> None:
    assert problem("<TITLE>" * MOST) == "the title is never closed"
    assert not shows_anything("<TITLE>" * 1000)


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<TITLE>K</TITLE><script>", "<", "<a "])
def test_what_is_never_closed_a_thousand_times_is_answered_at_once(piece: str) -> None:
    import time

    source = piece * (MOST // len(piece))
    started = time.process_time()
    problem(source)
    assert time.process_time() - started < 5
