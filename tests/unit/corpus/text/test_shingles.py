"""Shingles, their similarity, and winnowing."""

from __future__ import annotations

import numpy as np

from erastyle.corpus.text.normalise import fold, normalise
from erastyle.corpus.text.shingles import char_hashes, jaccard, shingles, winnow, word_hashes


def similarity(one, other):
    return jaccard(shingles(normalise(one)), shingles(normalise(other)))


def test_resemblance_is_the_share_of_word_triples_in_common():
    # abc bcd cde | abc bcd cdx: two of four
    assert similarity("a b c d e", "a b c d x") == 0.5


def test_texts_shorter_than_a_shingle_are_compared_whole():
    assert similarity("one word", "one word") == 1.0
    assert similarity("one word", "two words") == 0.0
    assert similarity("", "") == 0.0


def test_equal_runs_have_equal_hashes_wherever_they_stand():
    long = "x " * 300_000  # more than one piece of the hash tables
    one = word_hashes("the quick brown fox", 3)
    other = word_hashes(long + "the quick brown fox", 3)
    assert other[-2:].tolist() == one.tolist()
    assert len(other) == 300_000 + 4 - 2


def test_runs_that_only_differ_in_where_the_words_break_differ():
    assert word_hashes("ab c d", 3) != word_hashes("a bc d", 3)


def test_character_shingles_survive_broken_words_and_confused_letters():
    clean = normalise("The modern history of the village of Barnham, told in full.")
    scanned = normalise("Tbe rnodern hiftory of thc vil lage of Barnharn, to1d in fuil.")
    plain = jaccard(shingles(clean), shingles(scanned))
    folded = jaccard(shingles(clean, "char-9", ocr=True), shingles(scanned, "char-9", ocr=True))
    assert plain < 0.1
    assert folded > 0.8


def test_winnowing_chooses_from_every_window_and_few_in_all():
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 1 << 63, 5000).astype(np.uint64)
    for window in (1, 2, 5, 34, 35):
        kept = winnow(hashes, window)
        chosen = np.isin(hashes, kept)
        windows = np.lib.stride_tricks.sliding_window_view(chosen, window)
        assert windows.any(axis=1).all()
        assert chosen.mean() < 2.3 / (window + 1) + 0.01 or window == 1


def test_a_text_has_a_hash_for_each_run_of_characters():
    assert len(char_hashes(fold("the road to the sea"), 9)) == 15 - 9 + 1
