"""A text that is shown while it is written is the text."""

from __future__ import annotations

import io
from typing import Any

import pytest

from erastyle.train.model import loading
from erastyle.train.model.streaming import TextPrinter


@pytest.mark.parametrize("text", ["One page.\n\nAnd <B>more</B>\nof it", "word", "<P>a\n<P>b"])
def test_newlines_before_and_after_a_text_are_not_shown(text: str) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.STARTER)
    out = io.StringIO()
    shown = TextPrinter(tokenizer, out)
    import torch

    prompt = tokenizer("A prompt", return_tensors="pt")["input_ids"]
    shown.put(prompt)
    ids = tokenizer(f"\n{text}\n\n", add_special_tokens=False)["input_ids"]
    for token in [*ids, tokenizer.eos_token_id]:
        shown.put(torch.tensor([token]))
    shown.end()
    assert out.getvalue() == text
