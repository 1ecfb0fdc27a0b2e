"""The pages marked by hand: the marks fit the pages, and the prose of them stays good."""

from __future__ import annotations

import sys
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def quality(shared_data):
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import prose_quality
    finally:
        sys.path.pop(0)
    del shared_data
    return prose_quality


@pytest.fixture(scope="module")
def pages(quality):
    return quality.pages()


def test_at_least_150_pages_are_marked_and_no_host_has_more_than_ten(pages):
    assert len(pages) >= 150
    assert max(Counter(urlsplit(page.uri).hostname for page in pages).values()) <= 10
    assert all(len(page.labels) == len(page.blocks) for page in pages)


def test_the_prose_of_marked_pages_holds_their_text_and_little_else(quality, pages):
    scores = [quality.score(page, quality.markup.prose(page.source)) for page in pages]
    assert sum(score.f1 for score in scores) / len(scores) > 0.98
    for name, least in (("headings", 0.99), ("items", 0.99), ("rows", 0.97)):
        there = sum(getattr(score, name)[0] for score in scores)
        assert there >= least * sum(getattr(score, name)[1] for score in scores), name


def test_an_empty_output_scores_nothing(quality, pages):
    assert quality.score(pages[0], "").f1 == 0
