"""The tasks in lm-evaluation-harness give the numbers of our own scorer."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from erastyle.corpus.errors import ConfigError
from erastyle.eval.capability import lm_eval, scoring
from tests import factories

torch = pytest.importorskip("torch")
pytest.importorskip("lm_eval", reason="the extra [eval] is not installed")


@pytest.fixture(scope="module")
def tokenizer():
    return factories.byte_tokenizer(96)


@pytest.fixture(scope="module")
def model():
    return factories.llama(
        258,
        seed=5,
        layers=1,
        max_position_embeddings=96,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*arguments):
        raise AssertionError(f"a connection was tried: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
def test_the_small_scorer_agrees_with_lm_eval(model, tokenizer):
    theirs = lm_eval.evaluate(model, tokenizer, limit=40)
    for task in scoring.shipped():
        part = scoring.Task(task.name, task.items[:40], task.by_length)
        ours = scoring.score(model, tokenizer, [part]).tasks[task.name]
        other = theirs.tasks[task.name]
        assert ours.groups == other.groups
        assert ours.correct.tolist() == other.correct.tolist()
        assert ours.accuracy == other.accuracy
        assert ours.chance == pytest.approx(other.chance)
        for item, mine, found in zip(part.items, ours.scores, other.scores, strict=True):
            lengths = [len(choice) if task.by_length else 1 for choice in item.choices]
            assert mine * np.array(lengths) == pytest.approx(found, abs=1e-4)


def test_rolling_bits_per_byte_are_those_of_lm_eval(model, tokenizer):
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    texts = ["The farmer walks in the garden. " * 20, "Short."]
    ours = scoring.perplexity(model, tokenizer, texts)
    requests = [
        Instance(request_type="loglikelihood_rolling", doc={}, arguments=(t,), idx=0) for t in texts
    ]
    with torch.no_grad():
        theirs = HFLM(pretrained=model.eval(), tokenizer=tokenizer).loglikelihood_rolling(requests)
    assert -ours.text_bits * np.log(2) == pytest.approx(theirs, rel=1e-6)


def test_an_unknown_task_is_refused(monkeypatch):
    from lm_eval.tasks import TaskManager

    # Reading the defaults takes 20 s; that they are asked is the point here.
    asked = []
    real = TaskManager.__init__

    def local(self, **options):
        asked.append(options.pop("include_defaults", True))
        real(self, include_defaults=False, **options)

    monkeypatch.setattr(TaskManager, "__init__", local)
    with pytest.raises(ConfigError, match="knows no task 'gramar'"):
        lm_eval.lm_eval_tasks(["gramar"])
    assert asked == [False, True]


def test_a_task_file_with_missing_fields_is_refused(model, tokenizer, tmp_path):
    (tmp_path / "mine.yaml").write_text("task: mine\ndoc_to_text: context\n")
    with pytest.raises(ConfigError, match="cannot load the task 'mine'"):
        lm_eval.evaluate(model, tokenizer, ["mine"], [tmp_path])


def test_a_task_of_ones_own_passes_through(model, tokenizer, tmp_path):
    (tmp_path / "own.py").write_text(
        "from datasets import Dataset, DatasetDict\n"
        "def rows(**_):\n"
        "    row = {'q': 'Two and two', 'c': ['is four', 'is five']}\n"
        "    return DatasetDict({'test': Dataset.from_list([row] * 40)})\n"
    )
    (tmp_path / "own.yaml").write_text(
        "task: own\ncustom_dataset: !function own.rows\noutput_type: multiple_choice\n"
        "test_split: test\ndoc_to_text: q\ndoc_to_choice: c\ndoc_to_target: 0\n"
        "metric_list:\n  - metric: acc\n    aggregation: mean\n    higher_is_better: true\n"
    )
    result = lm_eval.evaluate(model, tokenizer, ["own"], [tmp_path]).tasks["own"]
    assert result.accuracy in (0.0, 1.0)
    assert len(result.correct) == 40
