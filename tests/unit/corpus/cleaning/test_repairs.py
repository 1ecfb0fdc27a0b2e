"""Every repair is logged and can be taken back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus import era
from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.repairs import MOST_PAIRS, log, undo
from tests import factories

LINES = st.text(alphabet="ab-\n <", max_size=60)


@given(LINES, LINES)
@settings(deadline=None, max_examples=200)
def test_undoing_the_log_gives_the_text_before(before, after):
    assert undo(after, log("step", before, after)) == before


def test_equal_texts_need_no_repair():
    assert log("step", "a\nb", "a\nb") == []


def test_texts_of_very_many_lines_are_one_repair():
    before, after = ("x\n" * 2500, "".join(f"{n}\n" for n in range(2500)))
    assert MOST_PAIRS < 2500 * 2500
    found = log("step", before, after)
    assert len(found) == 1
    assert undo(after, found) == before


def test_a_log_of_another_text_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        undo("something else", log("step", "one two", "one three"))


def test_each_step_of_cleaning_can_be_taken_back():
    web = era.load("web-1995")
    body = (
        "<HTML>\0<BODY>  \n<!-- BEGIN WAYBACK TOOLBAR INSERT --><DIV>x</DIV>"
        "<!-- END WAYBACK TOOLBAR INSERT -->\n<P>Write to anna@light.example.org   \n"
    )
    document = factories.document(body, format="html")
    steps = cleaner.repaired(document, web, private=True, salt="s")
    names = [changes[0].step for changes in steps]
    assert names[0] == "white space and control characters"
    assert names[1].startswith("archive banner (Wayback")
    assert names[2] == "privacy"
    text = cleaner.measure(document, web, private=True, salt="s").body
    for changes in reversed(steps):
        text = undo(text, changes)
    assert text == body


def test_scans_are_repaired_with_a_log():
    newspaper = era.load("newspaper-1890")
    body = "The rou-\ntine of the camp is as fol-\nlows: first call.\n"
    document = factories.document(body, source="a.txt")
    (changes,) = cleaner.repaired(document, newspaper)
    assert changes[0].step == "scan"
    assert undo(cleaner.measure(document, newspaper).body, changes) == body
