"""What must fail fails, through the same lines, and leaves the model as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.prompts import general
from erastyle.eval import model_metrics
from erastyle.eval.capability import answers, scoring
from erastyle.eval.copying.search import Index
from erastyle.eval.gate import controls
from erastyle.eval.memorization import extraction, membership
from erastyle.eval.memorization.rows import Row, text_ids
from erastyle.eval.metric import Answers
from erastyle.eval.stage import SCORE, ScoreOptions
from erastyle.train.model import loading

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
    answered = {"grammar": Answers(result.correct.tolist(), [], result.chance)}
    found = controls.damaged(model, tokenizer, texts, bits, tasks, answered, GATE)
    assert found.as_it_should
    assert "general loss" in found.sentence
    assert all(bool((a == b).all()) for a, b in zip(before, weights(model), strict=True))
    assert membership.losses(model, tokenizer, rows(3)).tolist() == asked.tolist()


def test_passages_learnt_by_heart_are_extracted_and_forgotten_again(
    starter: tuple[Any, Any],
) -> None:
    model, tokenizer = starter
    tried = extraction.passages(rows(), tokenizer, 8)
    assert not any(c.whole for c in extraction.continued(model, tokenizer, tried))
    learnt, steps = controls.by_heart(model, tokenizer, tried)
    assert steps > 0
    assert sum(c.whole for c in learnt) >= 4
    assert not any(c.whole for c in extraction.continued(model, tokenizer, tried))
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
    cut = answers.answers(model, tokenizer, requests, most=3)
    assert len(cut) == 2
    assert all(len(text_ids(tokenizer, text)) <= 4 for text in cut)

    import torch

    end = tokenizer.eos_token_id

    def silent(input_ids: Any, **_: Any) -> Any:
        return torch.cat([input_ids, torch.full((len(input_ids), 1), end)], dim=1)

    monkeypatch.setattr(model, "generate", silent)
    empty = answers.answers(model, tokenizer, requests)
    assert empty == ["", ""]
    found = model_metrics.Capability()
    model_metrics._instructions(
        model_metrics.Asked(model, tokenizer, lambda: model_metrics.nullcontext(model), 1, 1), found
    )
    assert any("answers nothing" in problem for problem in found.problems)


def test_batches_change_no_answer(starter: tuple[Any, Any]) -> None:
    model, tokenizer = starter
    requests = ["Say hello.", "Name a colour.", "What is the capital of the country France?"]
    together = answers.answers(model, tokenizer, requests, most=8)
    assert together == answers.answers(model, tokenizer, requests, most=8, batch=1)


def ask(starter: tuple[Any, Any], **questions: Any) -> model_metrics.Capability:
    model, tokenizer = starter
    both = model_metrics.Asked(model, tokenizer, lambda: model_metrics.nullcontext(model), 1, 1)
    nothing: dict[str, Any] = {
        "every": 40, "instructions": False, "bias": False, "regard": 0, "extraction": 0,
        "members": 0, "controls": False,
    }  # fmt: skip
    index = Index.build((row.document, row.text, row.site) for row in rows())
    wanted = model_metrics.Questions(**(nothing | questions))
    return model_metrics.ask(both, wanted, rows(), rows(3), index, GATE)


def test_a_model_asked_twice_has_lost_nothing_and_remembers_nothing(
    starter: tuple[Any, Any],
) -> None:
    found = ask(starter, extraction=8, members=8, strengths=(0.0, 1.0))
    assert found.cost is not None
    assert list(found.cost.before) == list(found.cost.after)
    assert found.gap is not None
    assert set(found.gap.seen) == {0.0}
    assert found.extraction is not None
    assert (found.extraction.count, found.extraction.total) == (0, 8)
    # An adapter that was never trained costs the same at every strength.
    assert found.strengths[0.0] == found.strengths[1.0]
    assert found.strengths[0.0][0] == found.bits_per_byte[0]
    assert set(found.seconds) == {"capability", "memory", "strengths"}


def test_a_task_file_with_missing_fields_stops_the_score(
    starter: tuple[Any, Any], tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("task: broken_task\noutput_type: multiple_choice\n")
    with pytest.raises(ConfigError, match=r"broken_task|not installed"):
        ask(starter, tasks=("broken_task",), task_folder=tmp_path)


def test_a_folder_of_tasks_that_is_not_there_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        SCORE.reads(ScoreOptions(tasks=("mine",), task_folder=tmp_path / "gone"))
    (tmp_path / "mine.yaml").write_text("task: mine\n")
    one = SCORE.reads(ScoreOptions(tasks=("mine",), task_folder=tmp_path))
    (tmp_path / "mine.yaml").write_text("task: mine\nnum_fewshot: 3\n")
    assert one != SCORE.reads(ScoreOptions(tasks=("mine",), task_folder=tmp_path))


def test_without_a_held_out_document_nothing_is_said_of_overfitting(
    starter: tuple[Any, Any],
) -> None:
    model, tokenizer = starter
    both = model_metrics.Asked(model, tokenizer, lambda: model_metrics.nullcontext(model), 1, 1)
    found = model_metrics.Capability()
    questions = model_metrics.Questions(extraction=2, members=4)
    model_metrics._memory(both, questions, rows(), [], Index.build([]), found)
    assert found.gap is None
    assert found.extraction is not None
