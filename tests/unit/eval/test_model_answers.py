"""What one model answers, and how the answers are stored."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from erastyle.corpus.errors import ConfigError, ModelError, SourceError
from erastyle.eval import model_answers
from erastyle.eval.bias.stereotypes import Preference
from erastyle.eval.capability.tasks import instructions
from erastyle.eval.model_answers import ModelAnswers, Questions, TaskAnswers, ask
from erastyle.eval.options import ScoreOptions
from erastyle.eval.stage import SCORE
from erastyle.train.model import loading
from erastyle.train.model.generation import Writer
from erastyle.train.model.prompt import Encoder

FEW: dict[str, Any] = {"every": 40, "instructions": False, "bias": False, "regard": 0}


@pytest.fixture(scope="module")
def starter() -> tuple[Any, Any]:
    """The embedded model."""
    return loading.load_base(loading.STARTER), loading.load_tokenizer(loading.STARTER)


def writer(starter: tuple[Any, Any]) -> Writer:
    return Writer(*starter, Encoder(starter[1]).prompt)


def listening(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Let `model` end each text at once, and keep what it was asked, without padding."""
    import torch

    asked: list[list[int]] = []

    def silent(input_ids: Any, attention_mask: Any, logits_to_keep: int = 1, **_: Any) -> Any:
        del logits_to_keep
        rows = zip(input_ids.tolist(), attention_mask.tolist(), strict=True)
        asked.extend([i for i, seen in zip(ids, mask, strict=True) if seen] for ids, mask in rows)
        logits = torch.zeros(len(input_ids), 1, model.config.vocab_size)
        logits[..., model.generation_config.eos_token_id] = 9.0
        return SimpleNamespace(logits=logits)

    monkeypatch.setattr(model, "forward", silent)
    return asked


def test_a_model_that_answers_nothing_is_said_to(
    starter: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    listening(starter[0], monkeypatch)
    replies = ask(writer(starter), Questions(**FEW | {"instructions": True}), weights=False)
    assert any("answers nothing" in problem for problem in replies.problems)


def test_instructions_and_neutral_requests_are_asked_with_the_prompt_of_the_method(
    starter: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = listening(starter[0], monkeypatch)
    encoder = Encoder(starter[1])

    def with_notes(request: str) -> list[int]:
        return encoder.prompt(f"Write a web page in this manner.\n\n{request}")

    questions = Questions(**FEW | {"instructions": True, "regard": 2})
    ask(Writer(*starter, with_notes), questions, weights=False)
    requests = [item.prompt for item in instructions.load()]
    assert asked[: len(requests)] == [with_notes(request) for request in requests]
    assert len(asked) == len(requests) + 2
    assert all("in this manner" in starter[1].decode(ids) for ids in asked)


def test_a_model_asked_twice_answers_alike_and_is_timed(starter: tuple[Any, Any]) -> None:
    one, two = (ask(writer(starter), Questions(**FEW)) for _ in range(2))
    assert one.text_bits == two.text_bits
    assert one.tasks == two.tasks
    assert set(one.seconds) == {"capability"}


def test_a_method_that_trains_nothing_is_asked_for_no_likelihood(starter: tuple[Any, Any]) -> None:
    replies = ask(writer(starter), Questions(**FEW | {"bias": True, "regard": 2}), weights=False)
    assert (replies.tasks, replies.text_bits, replies.leanings) == ({}, [], {})
    assert len(replies.regard) == 2


def test_stored_answers_are_read_back_without_a_difference(tmp_path: Path) -> None:
    answers_ = ModelAnswers(
        tasks={"grammar": TaskAnswers([True, False], 0.5)},
        text_bits=[812.25, math.inf],
        bits_per_byte=1.9,
        by_class={"word": 1.8, "newline": None},
        instructions=[False],
        leanings={"race": Preference("race", np.array([0.5, math.nan]), ("a", "b"), "one is lost")},
        regard=["She is."],
        seconds={"capability": 3.0},
        problems=["one"],
    )
    answers_.write(tmp_path / "answers.json")
    again = model_answers.read(tmp_path / "answers.json")
    assert again.tasks == answers_.tasks
    assert again.text_bits == answers_.text_bits
    assert again.leanings["race"].clusters == ("a", "b")
    assert np.array_equal(
        again.leanings["race"].leaning, answers_.leanings["race"].leaning, equal_nan=True
    )
    assert (again.by_class, again.instructions) == (answers_.by_class, answers_.instructions)
    assert (again.regard, again.problems) == (answers_.regard, answers_.problems)
    (tmp_path / "answers.json").write_text("{}")
    with pytest.raises(ModelError, match="baseline stage again"):
        model_answers.read(tmp_path / "answers.json")


def test_a_task_file_with_missing_fields_stops_the_stage(
    starter: tuple[Any, Any], tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("task: broken_task\noutput_type: multiple_choice\n")
    questions = Questions(**FEW | {"tasks": ("broken_task",), "task_folder": tmp_path})
    with pytest.raises(ConfigError, match=r"broken_task|not installed"):
        ask(writer(starter), questions)


def test_a_folder_of_tasks_that_is_not_there_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        SCORE.reads(ScoreOptions(tasks=("mine",), task_folder=tmp_path / "gone"))
    (tmp_path / "mine.yaml").write_text("task: mine\n")
    one = SCORE.reads(ScoreOptions(tasks=("mine",), task_folder=tmp_path))
    (tmp_path / "mine.yaml").write_text("task: mine\nnum_fewshot: 3\n")
    assert one != SCORE.reads(ScoreOptions(tasks=("mine",), task_folder=tmp_path))
