"""The length that a request asks for, and numbers of words that are no length."""

from __future__ import annotations

import pytest

from erastyle.corpus.prompts.asked_length import asked_words


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("Write a page about kites. Some 150 words.", 150),
        ("It should have about 1,500 words. Turn this into a page:\nWe fly kites.", 1500),
        ("a 300-word page on bees", 300),
        ("Write about our club.\nAbout 250 words", 250),
        ("150-250 words about wind", 200),
        ("Make a page about kites.", None),
        ("A list of 100 words of Esperanto.", None),
        ("I type 80 words a minute. Make my home page.", None),
        ("A page about kites. 3 words.", None),
        (
            "Turn this into a page:\n" + "We fly kites on the hill, and " * 8 + "some 200 words.",
            None,
        ),
    ],
)
def test_the_length_asked_for(request_: str, words: int | None) -> None:
    assert asked_words(request_) == words
