"""Requests for what is later than the era are declined, and ordinary ones never."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.chronology.later_topics import declined, later_topics
from erastyle.corpus.prompts import general


@pytest.mark.parametrize(
    ("request_", "term"),
    [
        ("A page about my YouTube channel.", "YouTube channel"),
        ("Write a home page for a Bitcoin club", "Bitcoin"),
        ("my favourite Netflix series", "Netflix series"),
    ],
)
def test_a_later_topic_is_named_with_its_year(request_: str, term: str) -> None:
    topics = later_topics(request_, 1997)
    assert term in [hit.term for hit in topics]
    said = declined(topics, 1997)
    assert term in said
    assert "the era ends in 1997" in said


def test_ordinary_requests_are_not_declined() -> None:
    asked = [prompt for prompt, _ in general.rows(1_000, 3)]
    asked += list(eras.load("web-1995").briefs)
    wrong = [
        request
        for request in asked
        if {hit.term for hit in later_topics(request, 1997)} - {"JSON"}  # JSON is later indeed
    ]
    assert len(wrong) <= 0.01 * len(asked), wrong[:5]
