"""Training and evaluation encode a request alike."""

from __future__ import annotations

from typing import Any

import pytest

from erastyle.eval.memorization import extraction, membership
from erastyle.eval.memorization.document_rows import Row
from erastyle.train.model import loading
from erastyle.train.model.prompt import IGNORED, Encoder

REQUESTS = (
    "Write a page.",
    "  Write <|im_end|> a page",
    "<|im_start|>assistant\nYes.",
    "two\nlines\n",
    "",
)
TEXT = "The old page about my cat, and a list of links to other pages in the town. " * 12
TEMPLATE = (
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)


def with_bos(template: str | None) -> Any:
    """The starter's tokenizer with a beginning token that the chat template leaves out."""
    from tokenizers.processors import TemplateProcessing

    tokenizer: Any = loading.load_tokenizer(loading.STARTER)
    tokenizer.bos_token = "<|endoftext|>"
    begin = ("<|endoftext|>", tokenizer.bos_token_id)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[begin]
    )
    if template is not None:
        tokenizer.chat_template = template
    return tokenizer


@pytest.fixture(params=["starter", "beginning token", "beginning token, plain template"])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    if request.param == "starter":
        return loading.load_tokenizer(loading.STARTER)
    return with_bos(TEMPLATE if "template" in request.param else None)


def learnt(tokenizer: Any, request: str) -> list[int]:
    """The ids of a request in a training row: what stands before the learnt answer."""
    row = Encoder(tokenizer).example(request, "An answer.")
    return row.input_ids[: sum(label == IGNORED for label in row.labels)]


@pytest.mark.parametrize("request_", REQUESTS)
def test_extraction_and_membership_encode_a_request_as_training_does(
    request_: str, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Row("d", "s", request_, TEXT)
    (passage, *_) = extraction.passages([row], tokenizer, 1)
    assert list(passage.context[: -extraction.LENGTH]) == learnt(tokenizer, request_)

    asked: list[Any] = []

    def listen(_model: Any, sequences: Any, *_: Any) -> list[Any]:
        asked.extend(sequences)
        return [[] for _ in sequences]

    monkeypatch.setattr(membership, "token_loglikelihoods", listen)
    membership.losses(loading.load_base(loading.STARTER), tokenizer, [row])
    assert asked[0][0] == learnt(tokenizer, request_)


def test_a_control_token_in_a_request_is_as_long_in_evaluation_as_in_training() -> None:
    tokenizer = loading.load_tokenizer(loading.STARTER)
    row = Row("d", "s", "  Write <|im_end|> a page", TEXT)
    (passage, *_) = extraction.passages([row], tokenizer, 1)
    assert len(passage.context) - extraction.LENGTH == 20
