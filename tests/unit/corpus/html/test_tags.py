"""What a page shows, without tags, comments and scripts."""

from __future__ import annotations

import time

import pytest

from erastyle.corpus.html.tags import visible


@pytest.mark.parametrize("bit", ["<!--", "<script>", "<style>", "<"])
def test_pages_in_which_nothing_ever_ends_are_blanked_in_linear_time(bit: str) -> None:
    """A quadratic search took minutes for these."""
    start = time.process_time()
    blanked = visible(bit * 200_000)
    assert time.process_time() - start < 20
    assert len(blanked) == len(bit) * 200_000


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("a<!-- b <i> -->c", "ac"),
        ("a<!-- b <i> c", "a<!-- b c"),
        ("<script>if (a<b) c</SCRIPT >d", "d"),
        ("<script>a<b>c", "ac"),
        ("a < b", "a<b"),
    ],
)
def test_what_is_shown_is_what_no_tag_comment_or_script_holds(html: str, seen: str) -> None:
    shown = visible(html)
    assert len(shown) == len(html)
    assert shown.replace(" ", "") == seen.replace(" ", "")
