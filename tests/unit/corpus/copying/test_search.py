"""The search for shared passages: what counts as a copy and what as common property."""

from __future__ import annotations

import random

import numpy as np
import pytest

from erastyle.corpus.copying import search
from erastyle.corpus.copying import tokens as tokens_module


def _text(rng, length):
    return " ".join(f"w{rng.randrange(5000)}" for _ in range(length))


@pytest.fixture(scope="module")
def documents():
    rng = random.Random(1)
    return [(f"d{n}", _text(rng, 300), f"site{n // 3}") for n in range(120)]


@pytest.fixture(scope="module")
def index(documents):
    return search.Index.build(documents)


def test_every_planted_passage_of_fifty_words_is_found_with_its_source(index, documents):
    rng = random.Random(2)
    for _ in range(200):
        name, text, site = rng.choice(documents)
        words = text.split()
        length = rng.randrange(50, 90)
        start = rng.randrange(len(words) - length)
        passage = " ".join(words[start : start + length])
        output = f"{_text(rng, 40)} xxx {passage.upper()}, yyy {_text(rng, 40)}"
        overlap = index.check(output)
        assert len(overlap.copies) == 1
        match = overlap.copies[0]
        assert (match.document, match.site) == (name, site)
        assert (match.length, match.document_start) == (length, start)
        first, last = match.characters
        assert output[first:last].lower() == passage
        assert overlap.long_tokens == length


def test_forty_nine_words_are_a_match_but_no_copy(index, documents):
    passage = " ".join(documents[7][1].split()[20:69])
    overlap = index.check(f"before {passage} after")
    assert overlap.copies == ()
    assert overlap.longest is not None
    assert overlap.longest.length == 49
    assert overlap.known_grams == 42
    assert overlap.grams == 44


def test_a_changed_word_ends_a_passage(index, documents):
    words = documents[3][1].split()[:120]
    words[60] = "changed"
    overlap = index.check(" ".join(words))
    assert [(m.start, m.length) for m in overlap.copies] == [(0, 60), (61, 59)]


def test_a_text_of_its_own_matches_nothing(index):
    overlap = index.check(" ".join(f"own{n}" for n in range(100)))
    assert overlap.longest is None
    assert overlap.gram_share == 0.0
    assert overlap.long_tokens == 0


@pytest.mark.parametrize("text", ["", "word", "one two three four five six seven", "\x00\xff"])
def test_too_little_text_is_said_and_gives_no_share(index, text):
    overlap = index.check(text)
    assert "too few" in overlap.problem
    assert overlap.gram_share is None
    assert overlap.longest is None


def test_a_passage_does_not_run_from_one_document_into_the_next():
    first, second = "a b c d e f g h i j", "k l m n o p q r s t"
    index = search.Index.build([("1", first), ("2", second)])
    longest = index.longest(f"{first} {second}")
    assert longest is not None
    assert longest.length == 10


def test_a_formula_of_many_sites_is_a_phrase_and_not_a_copy():
    rng = random.Random(3)
    licence = _text(rng, 70)
    sources = [(f"d{n}", f"{_text(rng, 80)} {licence}", f"site{n}") for n in range(6)]
    index = search.Index.build(sources)
    overlap = index.check(f"mine {licence} end")
    assert overlap.copies == ()
    assert [(m.length, m.sites, m.documents) for m in overlap.phrases] == [(70, 6, 6)]
    own = " ".join(sources[2][1].split()[:60])
    assert [m.document for m in index.check(own).copies] == ["d2"]


def test_pages_of_one_site_do_not_make_a_formula():
    rng = random.Random(4)
    licence = _text(rng, 70)
    index = search.Index.build([(f"d{n}", f"{licence} {n}", "one site") for n in range(9)])
    overlap = index.check(licence)
    assert overlap.phrases == ()
    assert overlap.copies[0].documents == 9
    assert overlap.copies[0].sites == 1


def test_hash_collisions_do_not_make_matches(monkeypatch, documents):
    def constant(tokens):
        return np.zeros(len(tokens) - tokens_module.GRAM + 1, dtype=np.uint32)

    monkeypatch.setattr(search, "hashes", constant)
    monkeypatch.setattr(tokens_module, "hashes", constant)
    index = search.Index.build(documents[:10])
    own = index.check(" ".join(reversed(documents[0][1].split()[:30])))
    assert own.known_grams == 0
    assert own.longest is None
    assert index.check(documents[4][1]).copies[0].document == "d4"


def test_an_index_of_nothing_answers():
    index = search.Index.build([])
    assert index.check("one two three four five six seven eight nine").known_grams == 0
    assert index.longest("one two three four five six seven eight nine") is None


def test_a_text_without_end_is_compared_in_part_and_in_bounded_time(index, monkeypatch):
    monkeypatch.setattr(search, "MOST", 2000)
    overlap = index.check("again and " * 5000)
    assert overlap.problem == "only the first 2,000 of 10,000 tokens were compared"
    assert overlap.tokens == 2000


def test_a_text_that_repeats_a_repetitive_document_is_found_once():
    index = search.Index.build([("d", "ha " * 600)])
    overlap = index.check("ha " * 700)
    assert [(m.start, m.length) for m in overlap.copies][:1] == [(0, 600)]
    assert overlap.long_tokens == 700
