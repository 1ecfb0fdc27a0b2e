"""Hyphens at line ends: those that broke a word go, those that belong to it stay."""

from __future__ import annotations

import pytest

from erastyle.corpus.cleaning import ocr

BEFORE = "The council met on Tuesday evening in the town hall and heard of the"
BEHIND = "and it was then put away in the great book of the town for all to see."


@pytest.mark.parametrize(
    "word",
    """to-day to-night to-morrow twenty-five forty-first one-half two-thirds well-known ill-fated
    half-past half-hour self-made vice-president ex-governor mother-in-law attorney-general
    old-fashioned good-natured first-class so-called middle-aged by-laws Anglo-Saxon Franco-German
    un-American Jean-Paul business-like north-west co-operation Austro-Hungarian""".split(),
)
def test_a_hyphen_that_belongs_to_the_word_stays(word: str) -> None:
    first, _, second = word.partition("-")
    assert word in ocr.clean(f"{BEFORE} {first}-\n{second} {BEHIND}")


@pytest.mark.parametrize(
    "word",
    """conser|vation rou|tine com|mittee wel|come self|ish half|penny to|gether to|wards vice|roy
    twen|ty ex|pected all|owed CONSER|VATION Wash|ington Mc|Kinley re|port new|ly co|lumn
    some|thing""".split(),
)
def test_a_hyphen_that_only_broke_a_word_goes(word: str) -> None:
    first, second = word.split("|")
    assert f" {first}{second} " in ocr.clean(f"{BEFORE} {first}-\n{second} {BEHIND}")


@pytest.mark.parametrize("word", ["steam-tug", "river-side", "net-maker", "night-watch"])
def test_a_word_with_its_hyphen_inside_a_line_keeps_it(word: str) -> None:
    first, _, second = word.partition("-")
    text = f"{BEFORE} {first}-\n{second} {BEHIND}\nThe {word} came again to the quay in the night."
    assert ocr.clean(text).count(word) == 2


def test_a_word_that_the_document_writes_as_one_is_one() -> None:
    text = f"{BEFORE} to-\nday {BEHIND}\nWe say today that the ship came back to us in the night."
    assert "to-day" not in ocr.clean(text)


@pytest.mark.parametrize("parts", [("Her", "Bert"), ("Visit", "Tea"), ("Week", "Cases")])
def test_two_capitals_of_a_noisy_scan_are_no_name(parts: tuple[str, str]) -> None:
    first, second = parts
    assert f"{first}-{second}" not in ocr.clean(f"{BEFORE} {first}-\n{second} {BEHIND}")


def test_a_dash_before_a_new_sentence_joins_nothing() -> None:
    text = f"{BEFORE} Brown-\nThe {BEHIND}"
    assert "Brown-The" not in ocr.clean(text)
    assert "BrownThe" not in ocr.clean(text)
