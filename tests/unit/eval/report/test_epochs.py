"""What the report says of the answers that were sampled while the model was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from erastyle.eval.report import epochs
from erastyle.eval.report.page import render
from erastyle.eval.report.parts import EpochSamples, SampledAnswer
from erastyle.eval.report.report import Report
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import Text
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.manifest import Manifest
from tests.conftest import erastyle


class Centred:
    """In place of a classifier: pages with a CENTER are of the era, short texts not judged."""

    def scores(self, texts: list[Text]) -> dict[str, Any]:
        values = np.array(
            [np.nan if len(t.body) < 8 else 0.9 if "CENTER" in t.body else 0.1 for t in texts]
        )
        return {head: values.copy() for head in ("markup", "prose", "whole", "era")}


STYLE = cast("StyleClassifier", Centred())


def a_training(folder: Path, best: int = 1) -> Path:
    rows = []
    for update, epoch, loss, text in (
        (0, 0, 5.0, "<P>Here is a page."),
        (9, 1, 3.0, "<CENTER>Kites</CENTER>"),
        (18, 2, 3.2, "<P>"),
    ):
        for brief in ("Kites", "Boats"):
            rows.append({"update": update, "epoch": epoch, "brief": brief, "style_loss": loss,
                         "text": text})  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    history = [
        {"step": 0, "eval_general_loss": 4.0},
        {"step": 4, "loss": 3.5},
        {"step": 9, "eval_general_loss": 4.1},
    ]
    (folder / "history.json").write_text(json.dumps(history))
    done = Manifest(
        key="k", identity={}, files=(), stats={"best_epoch": best}, seconds=1, cpu_seconds=1,
        peak_memory_mb=1, finished=manifest.now(), versions={},
    )  # fmt: skip
    manifest.write(folder, done)
    return folder


def test_each_epoch_has_its_losses_and_the_style_of_its_answers(tmp_path: Path) -> None:
    before, first, second = epochs.epochs(a_training(tmp_path / "t"), STYLE, "html")
    assert (before.style_loss, before.general_loss, before.style) == (5.0, 4.0, 0.1)
    assert (first.update, first.general_loss, first.style) == (9, 4.1, pytest.approx(0.9))
    assert [a.brief for a in first.answers] == ["Kites", "Boats"]
    assert second.general_loss is None, "it was not looked at"
    assert second.style is None, "an answer that cannot be judged is not counted as nought"
    assert [w.kept for w in (before, first, second)] == [False, True, False]


def test_checkpoints_that_a_judge_chose_from_show_its_verdicts(tmp_path: Path) -> None:
    folder = a_training(tmp_path / "t")
    rows = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    rows = [{**row, "epoch": row["epoch"] / 2, "verdict": "Fails: a loop."} for row in rows]
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    done = manifest.read(folder)
    assert done is not None
    judged = [{"update": 9, "share": 0.25}, {"update": 18, "share": 0.75}]
    stats = {"best_epoch": 1, "best_update": 18, "judged": judged}
    manifest.write(folder, done.model_copy(update={"stats": stats}))
    moments = epochs.epochs(folder, STYLE, "html")
    assert [row.passing for row in moments] == [None, 0.25, 0.75]
    assert [row.kept for row in moments] == [False, False, True]
    page = render(Report("t", training=moments))
    section = page.split('<section id="training"')[1].split("</section>")[0]
    assert 'data-name="Pages that pass">0.750</td>' in section
    assert "Answers after epoch 0.5, written by a machine" in section
    assert "&lt;CENTER&gt;Kites&lt;/CENTER&gt;</code></summary>" in section
    assert "Fails: a loop." in section


def test_the_start_is_never_the_epoch_that_was_kept(tmp_path: Path) -> None:
    assert not epochs.epochs(a_training(tmp_path / "t", best=0), STYLE, "html")[0].kept


def test_a_method_that_trains_nothing_has_no_such_section(tmp_path: Path) -> None:
    assert epochs.epochs(tmp_path, STYLE, "html") == []
    assert "While it was trained" not in render(Report("t"))


def test_the_page_shows_the_losses_and_folds_the_answers() -> None:
    row = EpochSamples(1, 9, 3.0, None, 0.91, True, [SampledAnswer("Kites?", "<B>They fly", 0.91)])
    page = render(Report("t", training=[row]))
    section = page.split('<section id="training"')[1].split("</section>")[0]
    assert 'data-name="Style score">0.910</td>' in section
    assert 'data-name="General loss"><span class="none">not measured</span>' in section
    folded = section.split("<details>")[1]
    assert "written by a machine" in folded
    assert "&lt;B&gt;They fly" in folded


def test_a_run_scores_what_it_sampled_and_leaves_the_training_as_it_was(small_run: Path) -> None:
    score = json.loads((small_run / "score.json").read_text())
    sampled = (small_run / "model").resolve().parent / "samples.jsonl"
    texts = [json.loads(line)["text"] for line in sampled.read_text().splitlines()]
    assert [a["text"] for row in score["training"] for a in row["answers"]] == texts
    assert [row["epoch"] for row in score["training"]] == [0, 1]
    assert score["training"][1]["general_loss"] > 0
    assert erastyle("verify", small_run).exit_code == 0
