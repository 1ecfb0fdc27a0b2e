"""What is written while a model trains: rows of a file, lines of a terminal, and little memory."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.train.choice import samples
from erastyle.train.choice.page_judge import PageVerdict


class Model:
    training = True

    def eval(self) -> None:
        self.training = False

    def train(self, mode: bool) -> None:
        self.training = mode


def written(monkeypatch: pytest.MonkeyPatch, most: int) -> tuple[list[int], Model]:
    """Let the engine write at most `most` texts together; return the batches and the model."""
    batches: list[int] = []

    def generate(writer: Any, briefs: list[str], decoding: Any, *, seed: int) -> list[Any]:
        del writer, decoding, seed
        batches.append(len(briefs))
        if len(briefs) > most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried too much.")
        return [SimpleNamespace(text=f"<P>{brief}") for brief in briefs]

    monkeypatch.setattr(samples, "generate", generate)
    monkeypatch.setattr(samples, "Encoder", lambda tokenizer: SimpleNamespace(prompt=tokenizer))
    return batches, Model()


def test_where_memory_runs_out_fewer_texts_are_written_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches, model = written(monkeypatch, 2)
    briefs = ["a", "b", "c", "d", "e"]
    texts = samples.answers(model, None, briefs, 9, 1)
    assert texts == [f"<P>{brief}" for brief in briefs]
    assert batches == [5, 2, 2, 1]
    assert model.training, "training goes on"


def test_where_not_one_text_fits_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    _, model = written(monkeypatch, 0)
    with pytest.raises(ModelError, match=r"^Out of memory while texts are written.*choose_by=loss"):
        samples.answers(model, None, ["a", "b"], 9, 1)


def test_another_error_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("shapes do not match")

    written(monkeypatch, 9)
    monkeypatch.setattr(samples, "generate", fails)
    with pytest.raises(RuntimeError, match="shapes"):
        samples.answers(Model(), None, ["a", "b"], 9, 1)


def test_rows_of_an_update_that_is_done_again_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    for update, text in ((0, "before"), (9, "first"), (18, "second"), (9, "again")):
        samples.add_rows(path, update, [{"text": text}])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["update"], row["text"]) for row in rows] == [(0, "before"), (9, "again")]


def test_a_terminal_gets_the_first_lines_without_control_characters() -> None:
    text = "\x1b[31m<H1>Kites</H1>\n" + "<P>very " * 90 + "\n\nthree\nfour"
    shown = samples.shown("update 9", "Kites?", text, PageVerdict(False, 0.1, "Fails: a loop."))
    lines = shown.splitlines()
    assert lines[0] == "update 9: Kites?"
    assert lines[-1] == "  -> Fails: a loop."
    assert len(lines) == 5
    assert "\x1b" not in shown
    assert max(map(len, lines)) <= samples.WIDTH + 4
    assert "(nothing)" in samples.shown("update 9", "Kites?", "\n")
