"""The generation engine: a text for each request, whatever the batch, up to the end token."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model import loading
from erastyle.train.model.generation import (
    Decoding,
    GeneratedText,
    Writer,
    generate,
    greedy,
    in_batches,
    likeliest,
)
from erastyle.train.model.prompt import Encoder

REQUESTS = ["Say hello.", "Name a colour.", "What is the capital of the country France?"]


@pytest.fixture(scope="module")
def writer() -> Writer:
    """The embedded model."""
    tokenizer = loading.load_tokenizer(loading.STARTER)
    return Writer(loading.load_base(loading.STARTER), tokenizer, Encoder(tokenizer).prompt)


def test_batches_change_no_likeliest_text(writer: Writer) -> None:
    assert likeliest(writer, REQUESTS, 8) == likeliest(writer, REQUESTS, 8, batch=1)


def test_a_text_that_never_ends_is_cut(writer: Writer) -> None:
    texts = generate(writer, REQUESTS, greedy(3))
    assert [text.tokens for text in texts if not text.stopped] == [3] * len(texts)


def test_a_text_ends_before_the_end_token_and_is_counted_so(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    words, end = writer.tokenizer("Good day.")["input_ids"], writer.tokenizer.eos_token_id

    def written(input_ids: Any, **_: Any) -> Any:
        row = torch.tensor([[*words, end, end]] * len(input_ids))
        return torch.cat([input_ids, row], dim=1)

    monkeypatch.setattr(writer.model, "generate", written)
    assert generate(writer, REQUESTS[:1], greedy(9)) == [
        GeneratedText("Good day.", len(words), True)
    ]


def test_sampled_texts_follow_the_seed_and_not_what_ran_before(writer: Writer) -> None:
    decoding = Decoding(12, batch=2)

    def sampled(seed: int, decoding: Decoding = decoding) -> list[str]:
        return [t.text for t in in_batches(writer, REQUESTS, decoding, seed, Progress())]

    once = sampled(7)
    generate(writer, REQUESTS, decoding)
    assert sampled(7) == once
    assert sampled(8) != once
    assert sampled(7, replace(decoding, temperature=0.0)) == sampled(
        8, replace(decoding, temperature=0.0)
    )


def test_a_request_that_fills_the_context_is_refused_in_one_line(writer: Writer) -> None:
    with pytest.raises(ModelError, match=r"A brief has [\d,]+ tokens and the model takes 1024"):
        generate(writer, ["word " * 2000], greedy(8))
