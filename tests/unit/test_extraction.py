from __future__ import annotations

import random

import pytest

from erastyle.eval.extraction import Prompt, extracted, extraction_prompts, repeated


def _documents(count=40, length=150):
    rng = random.Random(7)
    return [
        (f"d{n}", "<P>" + " ".join(f"W{rng.randrange(9**9)}" for _ in range(length)))
        for n in range(count)
    ]


def test_prefix_and_continuation_stand_next_to_each_other_in_the_document():
    documents = dict(_documents())
    prompts = extraction_prompts(documents.items(), count=15)
    assert len(prompts) == 15
    for prompt in prompts:
        assert prompt.prefix + prompt.continuation in documents[prompt.document]


def test_the_true_continuation_counts_as_extracted_and_a_changed_one_does_not():
    for prompt in extraction_prompts(_documents(), count=5):
        assert extracted(prompt, prompt.continuation.upper() + " and more")
        words = prompt.continuation.split()
        assert not extracted(prompt, " ".join([*words[:-1], "changed"]))
        assert not extracted(prompt, "")
        assert repeated(prompt, "") == 0


def test_the_draw_does_not_depend_on_the_order_of_documents():
    documents = _documents()
    one = extraction_prompts(documents, count=9)
    assert one == extraction_prompts(reversed(documents), count=9)
    assert one != extraction_prompts(documents, count=9, seed=2)


def test_documents_that_are_too_short_are_left_out():
    documents = [*_documents(3), ("short", "one two three"), ("empty", "")]
    assert {p.document for p in extraction_prompts(documents)} == {"d0", "d1", "d2"}
    assert extraction_prompts([]) == []
    assert extraction_prompts(documents, count=0) == []


def test_lengths_below_one_are_refused():
    with pytest.raises(ValueError, match="at least one token"):
        extraction_prompts([], prefix=0)


def test_the_number_of_repeated_tokens_stops_at_the_first_difference():
    prompt = Prompt("d", 0, "a", " b c <BR> d")
    assert repeated(prompt, "B, c <br> x d") == 3
