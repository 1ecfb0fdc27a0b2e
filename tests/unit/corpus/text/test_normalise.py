"""Normal form of texts, and the form on which two scans agree."""

from __future__ import annotations

import pyarrow as pa
import pytest

from erastyle.corpus.text.normalise import fold, normalise, normalise_all


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


def test_folding_keeps_different_words_apart():
    assert fold("garden") != fold("kitchen")
