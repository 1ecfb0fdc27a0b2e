"""What must fail fails, through the same lines, and leaves the model as it was."""

from __future__ import annotations

from typing import Any

import pytest

from erastyle.corpus import general
from erastyle.corpus.era import Gate
from erastyle.eval import asking, capability, controls, memory, writing
from erastyle.eval.copying import Index
from erastyle.eval.measures import Answers
from erastyle.pipeline import models

WORDS = (
    "the old page about my cat and a list of links to other pages on the web in the town".split()
)
GATE = Gate()


def rows(count: int = 8) -> list[memory.Row]:
    texts = general.texts("train")
    return [
        memory.Row(f"d{n}", f"s{n}", f"Write about {n}.", f"{texts[2 * n]}\n{texts[2 * n + 1]}")
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def starter() -> tuple[Any, Any]:
    """The embedded model with a fresh adapter: it is its base until it is trained."""
    from peft import LoraConfig, get_peft_model

    base = models.load_base(models.STARTER)
    model = get_peft_model(base, LoraConfig(r=32, target_modules="all-linear"))
    return model.eval(), models.load_tokenizer(models.STARTER)


def weights(model: Any) -> list[Any]:
    return [p.detach().clone() for p in model.parameters()]


def test_a_damaged_model_fails_and_is_given_back_whole(starter: tuple[Any, Any]) -> None:
    model, tokenizer = starter
    before, asked = weights(model), memory.losses(model, tokenizer, rows(3))
    texts = general.texts("held-out")[:12]
    tasks = capability.shipped(["grammar"], every=10)
    bits = capability.perplexity(model, tokenizer, texts).text_bits.tolist()
    result = capability.score(model, tokenizer, tasks).tasks["grammar"]
    answered = {"grammar": Answers(result.correct.tolist(), [], result.chance)}
    found = controls.damaged(model, tokenizer, texts, bits, tasks, answered, GATE)
    assert found.as_it_should
    assert "general loss" in found.sentence
    assert all(bool((a == b).all()) for a, b in zip(before, weights(model), strict=True))
    assert memory.losses(model, tokenizer, rows(3)).tolist() == asked.tolist()


def test_passages_learnt_by_heart_are_extracted_and_forgotten_again(
    starter: tuple[Any, Any],
) -> None:
    model, tokenizer = starter
    tried = memory.passages(rows(), tokenizer, 8)
    assert not any(c.whole for c in memory.continued(model, tokenizer, tried))
    learnt, steps = controls.by_heart(model, tokenizer, tried)
    assert steps > 0
    assert sum(c.whole for c in learnt) >= 4
    assert not any(c.whole for c in memory.continued(model, tokenizer, tried))
    documents = [(row.document, row.text) for row in rows()]
    index = Index.build((id_, text, id_) for id_, text in documents)
    found = controls.memorised(documents, index, GATE, learnt, steps)
    assert found.as_it_should
    assert {line.name for line in found.lines if line.verdict == "FAIL"} == {"copied", "extraction"}


def test_a_control_without_a_document_does_not_count_as_failed() -> None:
    found = controls.memorised([], Index.build([]), GATE)
    assert not found.as_it_should


def test_a_model_that_answers_nothing_or_never_stops_gets_an_answer(
    starter: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = starter
    requests = ["Say hello.", "Write one line about the weather in the town where you live."]
    cut = writing.answers(model, tokenizer, requests, most=3)
    assert len(cut) == 2
    assert all(len(memory.text_ids(tokenizer, text)) <= 4 for text in cut)

    import torch

    end = tokenizer.eos_token_id

    def silent(input_ids: Any, **_: Any) -> Any:
        return torch.cat([input_ids, torch.full((len(input_ids), 1), end)], dim=1)

    monkeypatch.setattr(model, "generate", silent)
    empty = writing.answers(model, tokenizer, requests)
    assert empty == ["", ""]
    found = asking.Capability()
    asking._instructions(
        asking.Asked(model, tokenizer, lambda: asking.nullcontext(model), 1, 1), found
    )
    assert any("answers nothing" in problem for problem in found.problems)


def test_batches_change_no_answer(starter: tuple[Any, Any]) -> None:
    model, tokenizer = starter
    requests = ["Say hello.", "Name a colour.", "What is the capital of the country France?"]
    together = writing.answers(model, tokenizer, requests, most=8)
    assert together == writing.answers(model, tokenizer, requests, most=8, batch=1)
