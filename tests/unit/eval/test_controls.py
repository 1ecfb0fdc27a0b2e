"""What must fail fails, through the same lines, and leaves the model as it was."""

from __future__ import annotations

from typing import Any

import pytest

from erastyle.corpus.copying.search import Index
from erastyle.corpus.era import Gate
from erastyle.corpus.prompts import general
from erastyle.eval import controls
from erastyle.eval.capability import scoring
from erastyle.eval.memorization import extraction, membership
from erastyle.eval.memorization.document_rows import Row
from erastyle.eval.model_answers import ModelAnswers, TaskAnswers
from erastyle.train.model import loading
from erastyle.train.model.pair import Writer
from erastyle.train.model.prompt import Encoder

WORDS = (
    "the old page about my cat and a list of links to other pages on the web in the town".split()
)
GATE = Gate()


def rows(count: int = 8) -> list[Row]:
    texts = general.texts("train")
    return [
        Row(f"d{n}", f"s{n}", f"Write about {n}.", f"{texts[2 * n]}\n{texts[2 * n + 1]}")
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def starter() -> tuple[Any, Any]:
    """The embedded model with a fresh adapter: it is its base until it is trained."""
    from peft import LoraConfig, get_peft_model

    base = loading.load_base(loading.STARTER)
    model = get_peft_model(base, LoraConfig(r=32, target_modules="all-linear"))
    return model.eval(), loading.load_tokenizer(loading.STARTER)


def weights(model: Any) -> list[Any]:
    return [p.detach().clone() for p in model.parameters()]


def test_a_damaged_model_fails_and_is_given_back_whole(starter: tuple[Any, Any]) -> None:
    model, tokenizer = starter
    before, asked = weights(model), membership.losses(model, tokenizer, rows(3))
    texts = general.texts("held-out")[:12]
    tasks = scoring.shipped(["grammar"], every=10)
    bits = scoring.perplexity(model, tokenizer, texts).text_bits.tolist()
    result = scoring.score(model, tokenizer, tasks).tasks["grammar"]
    answered = {"grammar": TaskAnswers(result.correct.tolist(), result.chance)}
    writer = Writer(model, tokenizer, Encoder(tokenizer).prompt)
    control = controls.damaged(writer, texts, tasks, ModelAnswers(answered, bits), GATE)
    assert control.as_it_should
    assert "general loss" in control.sentence
    assert all(bool((a == b).all()) for a, b in zip(before, weights(model), strict=True))
    assert membership.losses(model, tokenizer, rows(3)).tolist() == asked.tolist()


def test_memorised_passages_are_extracted_and_forgotten_again(
    starter: tuple[Any, Any],
) -> None:
    model, tokenizer = starter
    tried = extraction.passages(rows(), tokenizer, 8)
    assert not any(c.whole for c in extraction.continued(model, tokenizer, tried))
    learnt, steps = controls.train_on(model, tokenizer, tried)
    assert steps > 0
    assert sum(c.whole for c in learnt) >= 4
    assert not any(c.whole for c in extraction.continued(model, tokenizer, tried))
    documents = [(row.document, row.text) for row in rows()]
    index = Index.build((id_, text, id_) for id_, text in documents)
    control = controls.memorised(documents, index, GATE, learnt=learnt, steps=steps)
    assert control.as_it_should
    assert {line.id for line in control.gate if line.verdict == "FAIL"} == {"copied", "extraction"}


def test_a_control_without_a_document_does_not_count_as_failed() -> None:
    control = controls.memorised([], Index.build([]), GATE)
    assert not control.as_it_should
