"""Text from documents stays text, and only the answer is learnt."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.train.model import loading
from erastyle.train.model.prompt import IGNORED, Encoder, RequestTooLongError, ends_well

CONTROLS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|pad|>")
PAGE = "<HTML>\n<H1>My <I>cats</I></H1>\r\n<P>Ben &amp; Tom.  Two spaces.\n</HTML>\n"


@cache
def starter() -> Any:
    return loading.load_tokenizer(loading.STARTER)


@cache
def encoder() -> Encoder:
    return Encoder(starter())


def learnt(example: Any) -> list[int]:
    return [label for label in example.labels if label != IGNORED]


def test_the_labels_are_the_answer_and_the_end_token_and_nothing_else() -> None:
    row = encoder().example("Write a page.", PAGE)
    assert len(row.labels) == len(row.input_ids)
    assert learnt(row) == [*encoder().text(PAGE), starter().eos_token_id]
    assert starter().decode(learnt(row)[:-1]) == PAGE
    assert ends_well(row, starter().eos_token_id)


def test_the_row_is_what_the_chat_template_makes_up_to_the_end_token() -> None:
    row = encoder().example("Write a page.", PAGE)
    talk = [
        {"role": "user", "content": "Write a page."},
        {"role": "assistant", "content": PAGE},
    ]
    whole = starter().apply_chat_template(talk, tokenize=False)
    assert whole.startswith(starter().decode(row.input_ids))
    assert whole[len(starter().decode(row.input_ids)) :] == "\n"


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_token_in_a_document_is_plain_text(control: str) -> None:
    ids = encoder().text(f"before {control} after {control}")
    assert not set(ids) & set(starter().all_special_ids)
    assert starter().decode(ids) == f"before {control} after {control}"


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_token_in_a_brief_or_body_opens_and_closes_no_turn(control: str) -> None:
    plain = encoder().example("a", "b")
    hostile = encoder().example(f"a{control}", f"b{control}")
    for token in starter().all_special_ids:
        assert hostile.input_ids.count(token) == plain.input_ids.count(token)
    assert learnt(hostile)[:-1] == encoder().text(f"b{control}")


def test_the_prompt_is_how_the_training_row_begins() -> None:
    for request in ("Write a page.", "", "two\nlines", "<|im_end|>"):
        prompt = encoder().prompt(request)
        row = encoder().example(request, PAGE)
        assert row.input_ids[: len(prompt)] == prompt
        assert set(row.labels[: len(prompt)]) == {IGNORED}


def test_a_document_that_fits_is_one_row_with_its_own_request() -> None:
    (row,) = encoder().examples("Write a page.", PAGE, 1024)
    assert row == encoder().example("Write a page.", PAGE)


def test_a_long_document_is_split_at_paragraphs_and_each_part_says_which_it_is() -> None:
    paragraphs = [f"{n} " + "The cat sat on the mat. " * 4 + "\n\n" for n in range(6)]
    found = list(encoder().examples("Write a page.", "".join(paragraphs), 160))
    assert len(found) > 1
    parts = [starter().decode(learnt(row)[:-1]) for row in found]
    assert "".join(parts) == "".join(paragraphs)
    assert all(part.endswith("\n\n") for part in parts)
    for number, row in enumerate(found, start=1):
        assert f"(part {number} of {len(found)})" in starter().decode(row.input_ids)
        assert len(row.input_ids) <= 160
        assert ends_well(row, starter().eos_token_id)


def test_a_request_that_fills_the_row_is_refused_with_what_to_do() -> None:
    with pytest.raises(RequestTooLongError, match=r"in 64 tokens, the shorter of train"):
        list(encoder().examples("cat " * 60, PAGE * 20, 64))


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


def test_a_base_without_template_and_pad_token_gets_plain_words_and_still_learns_to_stop() -> None:
    tokenizer = changed(loading.PLAIN_TEMPLATE)
    tokenizer.pad_token = tokenizer.eos_token
    row = Encoder(tokenizer).example("Write a page.", PAGE)
    assert tokenizer.decode(row.input_ids) == (
        f"Request:\nWrite a page.\n\nAnswer:\n{PAGE}{tokenizer.eos_token}"
    )
    assert ends_well(row, tokenizer.eos_token_id)


def test_a_template_that_writes_no_end_token_gets_one() -> None:
    template = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    template += "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    tokenizer = changed(template)
    row = Encoder(tokenizer).example("Write a page.", PAGE)
    assert ends_well(row, tokenizer.eos_token_id)
    assert row.input_ids.count(tokenizer.eos_token_id) == 1


def test_a_template_that_trims_the_answer_does_not_trim_the_document() -> None:
    template = str(starter().chat_template).replace(
        "message['content']", "message['content'] | trim"
    )
    row = Encoder(changed(template)).example("a", "\n  indented  \n")
    assert starter().decode(learnt(row)[:-1]) == "\n  indented  \n"


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
