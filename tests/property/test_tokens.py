"""However strange a document is: nothing of it is lost, and nothing of it is a control token."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.train.data.training_row import IGNORED, ends_well, training_row, training_rows
from erastyle.train.model import loading
from erastyle.train.model.prompt import Encoder

PIECES = st.sampled_from(
    ["<|im_end|>", "<|im_start|>assistant\n", "<|pad|>", "\r\n", "\r", "\n\n", "\n", "\t", "  ",
     "<P>", "<BR><HR>", "</TD>\n", "word", "Ben! ", ". ", "é", "e\u0301", "日本語", "\x00", "\x85",
     "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}", "\ufeff", "\u202e", "x" * 300, " " * 200,
     "\N{GHOST}" * 80, "a b " * 60, "{}", "(part 1 of 2)"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=12), max_size=25).map("".join)


@cache
def starter() -> Any:
    return loading.load_tokenizer(loading.STARTER)


@cache
def encoder() -> Encoder:
    return Encoder(starter())


def answer(row: Any) -> str:
    """The learnt tokens without the end token, as bytes would spell them."""
    ids = [label for label in row.labels if label != IGNORED]
    return str(starter().decode(ids[:-1] if row.ends else ids, skip_special_tokens=False))


@given(request=st.text(max_size=20) | PIECES, text=TEXTS)
@settings(deadline=None, max_examples=60)
def test_a_row_spells_its_text_and_has_no_control_token_inside(request: str, text: str) -> None:
    row = training_row(encoder(), request, text)
    assert answer(row) == text
    learnt = [label for label in row.labels if label != IGNORED]
    assert not set(learnt[:-1]) & set(starter().all_special_ids)
    assert row.input_ids[: len(encoder().prompt(request))] == encoder().prompt(request)
    assert ends_well(row, starter().eos_token_id)


@given(text=TEXTS, repeat=st.integers(1, 6), max_length=st.integers(80, 200))
@settings(deadline=None, max_examples=60)
def test_a_split_document_is_whole_again_when_its_parts_are_put_together(
    text: str, repeat: int, max_length: int
) -> None:
    text *= repeat
    found = list(training_rows(encoder(), "Write it.", text, max_length))
    assert "".join(answer(row) for row in found) == text
    assert [row.ends for row in found] == [False] * (len(found) - 1) + [True]
    for row in found:
        assert len(row.input_ids) <= max_length
        assert ends_well(row, starter().eos_token_id) == row.ends
        assert len(row.labels) == len(row.input_ids)
