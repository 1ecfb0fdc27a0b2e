"""Requests as token ids: text stays text, and a template that loses it is refused."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.train.model import loading
from erastyle.train.model.prompt import Encoder

CONTROLS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|pad|>")


@cache
def starter() -> Any:
    return loading.load_tokenizer(loading.STARTER)


@cache
def encoder() -> Encoder:
    return Encoder(starter())


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_token_in_a_document_is_plain_text(control: str) -> None:
    ids = encoder().text(f"before {control} after {control}")
    assert not set(ids) & set(starter().all_special_ids)
    assert starter().decode(ids) == f"before {control} after {control}"


def changed(template: str | None, **tokens: str | None) -> Any:
    tokenizer = loading.load_tokenizer(loading.STARTER)
    tokenizer.chat_template = template
    for name, value in tokens.items():
        setattr(tokenizer, name, value)
    return tokenizer


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages %}{{ m['role'] }}{% endfor %}",
        "{% for m in messages %}{{ m['content'] | lower }}{% endfor %}",
        "{% for m in messages %}{{ m['content'] }}{{ m['content'] }}{% endfor %}",
        "{{ messages | length }}{% for m in messages %}{{ m['content'] }}{% endfor %}",
        "{{ messages[0]['content'] }}",
    ],
    ids=["drops it", "small letters", "doubles it", "prompt differs", "no answer"],
)
def test_a_template_that_loses_or_changes_the_text_is_refused(template: str) -> None:
    with pytest.raises(ModelError, match="does not keep the text"):
        Encoder(changed(template))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ raise_exception('Only tools.') }}", r"cannot render a request \(Only tools.\)"),
        ("{{ messages[7]['content'] }}", "cannot render a request"),
        ("{% if %}", "cannot render a request"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            r"does not end within 0.2 s",
        ),
    ],
)
def test_a_template_that_raises_or_loops_is_refused_in_one_line(
    template: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erastyle.train.bases.chat_template.SECONDS", 0.2)
    with pytest.raises(ModelError, match=why) as refused:
        Encoder(changed(template))
    assert "\n" not in str(refused.value)
