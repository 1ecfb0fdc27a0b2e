"""What would swallow a page gets its end; a page that a browser shows stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.corpus.html.shown import problem
from erastyle.train.model.guards.close_markup import closed

PROSE = "I fly kites by the sea in any wind, all year long, and so does my sister."
PARTS = (
    "<TITLE>Kites", "</TITLE>\n", "<!-- ", " -->", '<A HREF="kites.html', '">', "</A>", "<P>",
    '<IMG SRC="a.gif" ALT="', "\n", f"{PROSE}\n", "<H1>Kites</H1>\n", "<FONT COLOR='red", "'>",
    "<SCRIPT>", "</SCRIPT>\n",
)  # fmt: skip


@pytest.mark.parametrize(
    "opened",
    [
        "<TITLE>Kites",
        "<!-- a remark\n",
        '<A HREF="kites.html>',
        "<FONT COLOR='red>",
        '<A HREF="k\n',
        "<SCRIPT LANGUAGE=x>\nnew Kite;\n",
        "<style>\n",
    ],
)
def test_the_page_behind_what_was_left_open_is_shown(opened: str) -> None:
    page = f"<BODY>\n{opened}<P>{PROSE}\n<P>{PROSE}\n</BODY>"
    assert problem(page)
    whole = closed(page)
    assert problem(whole) == ""
    assert whole.count(PROSE) == 2


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_a_page_keeps_its_words_and_a_good_one_all_of_itself(page: str) -> None:
    whole = closed(page)
    if not problem(page):
        assert whole == page
    assert closed(whole) == whole
    assert whole.count(PROSE) == page.count(PROSE)
    assert problem(whole) in ("", "the page is empty", problem(page))
