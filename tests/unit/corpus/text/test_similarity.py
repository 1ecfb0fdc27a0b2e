"""Normal form, shingles, passages: pure functions on texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from erastyle.corpus.text.similarity import (
    Paragraph,
    char_hashes,
    cut,
    fold,
    jaccard,
    normalise,
    normalise_all,
    paragraphs,
    resemblance,
    shingles,
    winnow,
    word_hashes,
)


def test_layout_case_and_punctuation_do_not_make_a_text_different():
    assert normalise("Hello,\n  WORLD -- again_!") == "hello world again"


@pytest.mark.parametrize(
    "texts",
    [
        ["", " ", "a", "  A  b ", "x-", "-x"],
        ["caf\u00e9 \u201cquoted\u201d", "plain text", "", "\u0130stanbul"],
        ["trailing ", " leading", "both ", " ", "\n\n\n", "End."],
        [],
    ],
)
def test_a_batch_is_normalised_like_each_text_alone(texts):
    done, words = normalise_all(pa.array(texts, pa.string()))
    assert done.to_pylist() == [normalise(text) for text in texts]
    assert words.tolist() == [len(normalise(text).split()) for text in texts]


def test_a_slice_of_a_batch_and_a_missing_text_are_read_right():
    array = pa.array(["zero", "One!", None, "two  Three"]).slice(1)
    assert normalise_all(array)[0].to_pylist() == ["one", "", "two three"]


def test_resemblance_is_the_share_of_word_triples_in_common():
    # abc bcd cde | abc bcd cdx: two of four
    assert resemblance("a b c d e", "a b c d x") == 0.5


def test_texts_shorter_than_a_shingle_are_compared_whole():
    assert resemblance("one word", "one word") == 1.0
    assert resemblance("one word", "two words") == 0.0
    assert resemblance("", "") == 0.0


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


def test_folding_keeps_different_words_apart():
    assert fold("garden") != fold("kitchen")
    assert len(char_hashes(fold("the road to the sea"), 9)) == 15 - 9 + 1


def test_a_paragraph_has_the_same_digest_however_it_is_laid_out():
    words = " ".join(f"word{i}" for i in range(60))
    text = f"Short one.\n\n{words}\n \nAnother short one."
    (found,) = paragraphs(text)
    (again,) = paragraphs(words.upper().replace(" ", "\n") + ".")
    assert text[found.start : found.end] == words
    assert (found.words, found.digest) == (60, again.digest)


def test_cutting_paragraphs_leaves_the_rest_as_it_was():
    assert cut("aaa\n\nbbb\n\nccc", [Paragraph(5, 8, 1, 0)]) == "aaa\n\n\n\nccc"


def test_winnowing_chooses_from_every_window_and_few_in_all():
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 1 << 63, 5000).astype(np.uint64)
    for window in (1, 2, 5, 34, 35):
        kept = winnow(hashes, window)
        chosen = np.isin(hashes, kept)
        windows = np.lib.stride_tricks.sliding_window_view(chosen, window)
        assert windows.any(axis=1).all()
        assert chosen.mean() < 2.3 / (window + 1) + 0.01 or window == 1
