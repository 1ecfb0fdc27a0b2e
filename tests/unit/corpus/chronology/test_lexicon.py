"""The lexicon: which year a word stands for where it has two."""

from __future__ import annotations

from erastyle.corpus.chronology.lexicon import matcher


def test_a_word_that_is_there_twice_is_no_newer_than_its_first_year() -> None:
    """`iMac` is in the lexicon of 1998 and of 2007."""
    newest = matcher(1849).newest("My sister has bought an iMac and a printer.")
    assert newest is not None
    assert (newest.text, newest.first_year) == ("iMac", 1998)
    assert matcher(2000).newest("My sister has bought an iMac and a printer.") is None
