"""The search: every tokenizer is tried and named, and each trial counts against the text."""

from __future__ import annotations

from typing import Any

import pytest

from erastyle.train.model import loading
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import Writer, generate
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.watermark.search import join_lines, search

REQUEST = "A page about kites and the people who fly them."


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """The tokenizer of the embedded model."""
    return loading.load_tokenizer(loading.STARTER)


@pytest.fixture(scope="module")
def text(tokenizer: Any) -> str:
    """A text with the watermark."""
    writer = Writer(loading.load_base(loading.STARTER), tokenizer, Encoder(tokenizer).prompt)
    (written,) = generate(writer, [REQUEST], Decoding(160, temperature=1.0, watermark=True), seed=4)
    return written.text


class Other:
    """A tokenizer that has a token for each letter."""

    def __call__(self, text: str, **_: Any) -> dict[str, Any]:
        ends = range(1, len(text) + 1)
        return {
            "input_ids": [ord(letter) for letter in text],
            "offset_mapping": [(end - 1, end) for end in ends],
        }


def test_the_tokenizer_of_the_model_finds_its_mark_and_is_named(text: str, tokenizer: Any) -> None:
    (alone,) = search(text, {"starter": tokenizer})
    assert alone.p < 1e-6
    assert (alone.tokenizer, alone.joined) == ("starter", False)
    first, second = search(text, {"other": Other(), "starter": tokenizer})
    assert first.tokenizer == "starter"
    assert first.p == pytest.approx(2 * alone.p), "two trials"
    assert second.p > 0.001


def test_lines_that_were_wrapped_are_joined(text: str, tokenizer: Any) -> None:
    import textwrap

    flat = " ".join(text.split())
    wrapped = textwrap.fill(flat, 40, break_long_words=False, break_on_hyphens=False)
    assert wrapped.count("\n") > 5
    best = search(wrapped, {"starter": tokenizer})[0]
    assert best.joined
    assert best.p < 1e-4
    assert join_lines(wrapped) == flat


def test_a_part_with_the_mark_is_named(text: str, tokenizer: Any) -> None:
    own = "\n".join(f"I saw {n} old boats by the {n + 3} houses of our harbour." for n in range(60))
    best = search(f"{own}\n{text}", {"starter": tokenizer})[0]
    assert best.p < 1e-3
    start, end = best.part
    assert start > 0.3
    assert end > 0.9
