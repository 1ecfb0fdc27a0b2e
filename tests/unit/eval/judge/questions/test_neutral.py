"""The neutral model on a small causal language model with random weights."""

from __future__ import annotations

import math

import numpy as np
import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval.judge import neutral_models
from erastyle.eval.judge.questions.neutral import MAX_TOKENS, TorchNeutral, reordered
from erastyle.train.model import loading

SAID = "".join(f"The {n} cats sat by the old mill and saw it rain. " for n in range(30))


@pytest.fixture(scope="module")
def neutral() -> TorchNeutral:
    name = loading.STARTER
    return TorchNeutral(loading.load_base(name), loading.load_tokenizer(name), "starter")


def test_half_the_layers_hear_the_same_as_all(neutral):
    heard = neutral.hear([SAID])[0]
    assert math.isnan(heard.bits_per_byte)
    read = neutral.read([SAID])[0]
    assert read.tokens == heard.tokens == MAX_TOKENS
    assert np.allclose(read.hidden, heard.hidden, atol=1e-4)
    assert 0 < read.bits_per_byte < 8


def test_a_text_is_read_once(neutral):
    assert neutral.read([SAID])[0] is neutral.read([SAID])[0]


def test_too_little_is_not_read(neutral):
    reading = neutral.read([""])[0]
    assert (reading.tokens, math.isnan(reading.bits_per_byte)) == (0, True)
    assert math.isnan(neutral.order(["One. Two."])[0])
    assert math.isnan(neutral.order(["no sentence ends here " * 60])[0])


def test_sentences_change_places_and_white_space_does_not():
    assert reordered("A.  B.\nC. D. E. F.") == "A.  E.\nD. C. B. F."
    assert reordered("A. B. C.") is None


def test_an_unknown_neutral_model_is_refused_with_the_known_ones():
    with pytest.raises(ModelError, match="Known: smollm2"):
        neutral_models.load("gpt")
