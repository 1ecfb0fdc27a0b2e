"""What a printer and a screen show of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.corpus.text.plain import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("M\x08MI\x08IL\x08LL\x08L", "MILL"),
        ("M\x08M\x08M\x08Mi", "Mi"),
        ("_\x08f_\x08i_\x08l_\x08e", "file"),
        ("f\x08_i\x08_", "fi"),
        ("file\x08\x08\x08\x08____ here", "file here"),
        ("____\x08\x08\x08\x08file here", "file here"),
        ("+\x08o one", "• one"),
        ("o\x08+ one", "• one"),
        ("\x08a", "a"),
        ("\x1b[1mSAIL\x1b[0m the \x1b[4;31mboat\x1b[m", "SAIL the boat"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x1b[3Cb", "a   b"),
        ("\x1b(Btext\x1b=", "text"),
        ("ding\x07 dong\x7f", "ding dong"),
        ("hippo\u00adpota\u00admus", "hippopotamus"),
        ("hippo\u00ad\n  potamus", "hippopotamus"),
        ("one\ufefftwo\u200b", "onetwo"),
        ("tab\tline\nfeed\f", "tab\tline\nfeed\f"),
        ("Straße — “so” · ½", "Straße — “so” · ½"),
        ("1 < 2 [1m", "1 < 2 [1m"),
    ],
)
def test_only_what_is_seen_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet="ab_ \x08\x1b[1m\u00ad\ufeff\x7f\n", max_size=40))
def test_twice_is_once_and_nothing_that_steers_stays(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert not set(shown) & set("\x08\x1b\u00ad\ufeff\x7f")
    assert visible("zebra") == "zebra"
