"""Phrases with alternatives are found in each form, and what only looks like one is not."""

from __future__ import annotations

import pytest

from erastyle.corpus.chronology.lexicon import Matcher
from erastyle.corpus.chronology.phrases import Phrase, phrases, slots_of
from erastyle.corpus.chronology.term import Term

TERM = Term("", "word", 2005, 0.8, False, frozenset(), "test")


def written(pattern: str, text: str, context: str = "") -> list[str]:
    term = TERM._replace(ambiguous=bool(context), context=frozenset(context.split()))
    many = [Phrase(slots, term) for slots in slots_of(pattern)]
    return [text[match.start : match.end] for match in Matcher((), many).find(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        ("{took,take} a selfie", "We took a\nselfie there.", "took a\nselfie"),
        ("{took,take} a selfie", "Take a selfie!", "Take a selfie"),
        ("{a,the} {group chat,chat}", "It was in the group chat.", "the group chat"),
        ("by {Zoom,Skype}", "They met by Zoom.", "by Zoom"),
        ("{O.J.,OJ} trial", "The O.J. trial bored me.", "O.J. trial"),
        (
            "{his,her} president's tweet",
            "He read his president\u2019s tweet.",
            "his president\u2019s tweet",
        ),
    ],
)
def test_a_phrase_is_found_in_each_form(pattern: str, text: str, match: str) -> None:
    assert written(pattern, text) == [match]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("by {Zoom,Skype}", "It came by zoom of the lens."),
        ("{in,the} app", "It stands in the app-defaults of in app-files."),
        ("{tech} {bros,companies}", "high-tech companies"),
        ("took a selfie", "They took a. Selfie is a word."),
        ("{took} a selfie", "took a"),
    ],
)
def test_what_only_looks_like_a_phrase_is_none(pattern: str, text: str) -> None:
    assert written(pattern, text) == []


def test_a_phrase_with_context_needs_a_word_of_it() -> None:
    assert written("the {cloud,clouds}", "Save it in the cloud with a backup", "backup") == [
        "the cloud"
    ]
    assert written("the {cloud,clouds}", "We sat below the cloud", "backup") == []


def test_the_newest_term_may_be_a_phrase() -> None:
    newest = Matcher((), phrases()).newest("Somebody said that they took a selfie on my phone")
    assert newest is not None
    assert newest.first_year >= 2000


def test_rows_are_whole_and_no_phrase_is_a_single_word() -> None:
    rows = phrases()
    assert len(rows) >= 400
    assert all(row.term.source and row.term.kind for row in rows)
    single = {row.term.text for row in rows if len(row.slots) < 2}
    assert single == set()
