"""Tokens for the search for copies, and the hashes of runs of them."""

from __future__ import annotations

from erastyle.corpus.copying.tokens import words


def test_tags_are_tokens_and_line_ends_do_not_matter():
    assert words("<IMG\n SRC='a.gif'>One\nTWO") == ["<img src='a.gif'>", "one", "two"]
    assert words("1 < 2 and 3 > 2") == ["1", "2", "and", "3", "2"]
