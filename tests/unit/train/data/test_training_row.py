"""Training rows: only the answer and the end token are learnt, and no text is lost."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from erastyle.train.data.training_row import (
    IGNORED,
    RequestTooLongError,
    ends_well,
    training_row,
    training_rows,
)
from erastyle.train.model import loading
from erastyle.train.model.prompt import Encoder

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
    row = training_row(encoder(), "Write a page.", PAGE)
    assert len(row.labels) == len(row.input_ids)
    assert learnt(row) == [*encoder().text(PAGE), starter().eos_token_id]
    assert starter().decode(learnt(row)[:-1]) == PAGE
    assert ends_well(row, starter().eos_token_id)


def test_the_row_is_what_the_chat_template_makes_up_to_the_end_token() -> None:
    row = training_row(encoder(), "Write a page.", PAGE)
    talk = [
        {"role": "user", "content": "Write a page."},
        {"role": "assistant", "content": PAGE},
    ]
    whole = starter().apply_chat_template(talk, tokenize=False)
    assert whole.startswith(starter().decode(row.input_ids))
    assert whole[len(starter().decode(row.input_ids)) :] == "\n"


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_token_in_a_brief_or_body_opens_and_closes_no_turn(control: str) -> None:
    plain = training_row(encoder(), "a", "b")
    hostile = training_row(encoder(), f"a{control}", f"b{control}")
    for token in starter().all_special_ids:
        assert hostile.input_ids.count(token) == plain.input_ids.count(token)
    assert learnt(hostile)[:-1] == encoder().text(f"b{control}")


def test_the_prompt_is_how_the_training_row_begins() -> None:
    for request in ("Write a page.", "", "two\nlines", "<|im_end|>"):
        prompt = encoder().prompt(request)
        row = training_row(encoder(), request, PAGE)
        assert row.input_ids[: len(prompt)] == prompt
        assert set(row.labels[: len(prompt)]) == {IGNORED}


def test_a_document_that_fits_is_one_row_with_its_own_request() -> None:
    (row,) = training_rows(encoder(), "Write a page.", PAGE, 1024)
    assert row == training_row(encoder(), "Write a page.", PAGE)


def test_a_long_document_begins_and_goes_on_at_paragraphs_and_only_its_end_is_an_end() -> None:
    paragraphs = [f"{n} " + "The cat sat on the mat. " * 4 + "\n\n" for n in range(12)]
    parts = list(training_rows(encoder(), "Write a page.", "".join(paragraphs), 160))
    assert [row.part for row in parts] == ["beginning", *["continuation"] * (len(parts) - 1)]
    assert [row.ends for row in parts] == [False] * (len(parts) - 1) + [True]
    texts = [starter().decode(learnt(row)[: -1 if row.ends else None]) for row in parts]
    assert "".join(texts) == "".join(paragraphs)
    assert all(text.endswith("\n\n") for text in texts)
    for number, row in enumerate(parts):
        assert len(row.input_ids) <= 160
        assert ends_well(row, starter().eos_token_id) == row.ends
        request = starter().decode(row.input_ids)
        assert ("Write a page." in request) == (number == 0)
        if number:
            assert texts[number - 1].rstrip()[-20:] in request, "the end of what stands before"


def test_a_beginning_is_asked_for_without_the_length_of_its_document() -> None:
    paragraphs = [f"<P>Cats sleep {n} hours a day and eat in the evening.\n" for n in range(60)]
    request = "A page about cats. About 700 words. Make it lively."
    first, *_ = training_rows(encoder(), request, "".join(paragraphs), 160)
    assert first.input_ids[: len(encoder().prompt("A page about cats. Make it lively."))] == (
        encoder().prompt("A page about cats. Make it lively.")
    )
    (whole,) = training_rows(encoder(), request, "".join(paragraphs[:3]), 1024)
    assert whole.input_ids[: len(encoder().prompt(request))] == encoder().prompt(request)


def test_a_request_that_fills_the_row_is_refused_with_what_to_do() -> None:
    with pytest.raises(RequestTooLongError, match=r"in 64 tokens, the shorter of train"):
        list(training_rows(encoder(), "cat " * 60, PAGE * 20, 64))


def changed(template: str | None, **tokens: str | None) -> Any:
    tokenizer = loading.load_tokenizer(loading.STARTER)
    tokenizer.chat_template = template
    for name, value in tokens.items():
        setattr(tokenizer, name, value)
    return tokenizer


def test_a_base_without_template_and_pad_token_gets_plain_words_and_still_learns_to_stop() -> None:
    tokenizer = changed(loading.PLAIN_TEMPLATE)
    tokenizer.pad_token = tokenizer.eos_token
    row = training_row(Encoder(tokenizer), "Write a page.", PAGE)
    assert tokenizer.decode(row.input_ids) == (
        f"Request:\nWrite a page.\n\nAnswer:\n{PAGE}{tokenizer.eos_token}"
    )
    assert ends_well(row, tokenizer.eos_token_id)


def test_a_template_that_writes_no_end_token_gets_one() -> None:
    template = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}"
    template += "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    tokenizer = changed(template)
    row = training_row(Encoder(tokenizer), "Write a page.", PAGE)
    assert ends_well(row, tokenizer.eos_token_id)
    assert row.input_ids.count(tokenizer.eos_token_id) == 1


def test_a_template_that_trims_the_answer_does_not_trim_the_document() -> None:
    template = str(starter().chat_template).replace(
        "message['content']", "message['content'] | trim"
    )
    row = training_row(Encoder(changed(template)), "a", "\n  indented  \n")
    assert starter().decode(learnt(row)[:-1]) == "\n  indented  \n"
