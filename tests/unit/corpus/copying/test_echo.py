"""A text that is its brief in tags is an echo; a document of its own brief is none."""

from __future__ import annotations

from erastyle.corpus.copying.echo import FEWEST_GRAMS, echo_share, is_echo

DRAFT = "Our club meets on the hill each Sunday at noon, and we fly kites of every colour there."


def test_the_brief_in_tags_is_an_echo_and_words_of_ones_own_are_none() -> None:
    brief = f"Turn this into a web page:\n{DRAFT}"
    assert is_echo(DRAFT, brief)
    assert is_echo(f"Kites {DRAFT}", brief), "a word more is not a text"
    own = DRAFT + " Bring a warm coat, since the wind up there is cold even in the month of June."
    assert 0.3 < echo_share(own, brief) < 0.7
    assert not is_echo(own, brief)
    assert not is_echo(DRAFT, "A page about our kite club."), "nothing of it stands in the brief"


def test_a_few_words_are_too_few_to_say() -> None:
    words = " ".join(DRAFT.split()[: FEWEST_GRAMS - 1])
    assert echo_share(words, DRAFT) == 1.0
    assert not is_echo(words, DRAFT)
