"""A training whose checkpoint is chosen by judged pages, and checkpoints by time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.pipeline import pairs
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.train import stage
from erastyle.train.choice.page_judge import JudgeOfFolder, PageJudge, PageVerdict
from erastyle.train.fit import build_trainer, checkpoints, pace
from erastyle.train.options import TrainOptions

ANIMALS = ["cat", "dog", "hen", "cow", "pig", "fox", "owl", "bee", "ant", "elk", "yak", "emu"]


class Interrupted(Progress):
    """Raises what Ctrl-C raises after some updates, and keeps what is said."""

    examples = True

    def __init__(self, after: int = 0) -> None:
        self.left, self.training = after, False
        self.said: list[str] = []

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        del stage, total
        self.training = unit == "updates"

    def advance(self, count: int = 1) -> None:
        if self.training:
            self.left -= count
            if self.left == 0:
                raise KeyboardInterrupt

    def say(self, message: str) -> None:
        self.said.append(message)

    def done(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture(scope="module")
def pair_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    with Ledger(folder, pairs.schema()) as book:
        for number, animal in enumerate(ANIMALS * 3):
            text = f"<H1>The {animal}</H1>\n" + f"<P>One more {animal} came.\n" * (1 + number % 5)
            split = "dev" if number % 6 == 5 else "train"
            ask = f"Page {number} about a {animal}."
            book.keep_row(pairs.row(ask, text, role="style", split=split, site=animal))
            if number % 3 == 2:
                book.keep_row(pairs.row(f"Say {animal}.", animal, role="rehearsal", split=split))
    return folder


def judge_of(shares: Sequence[float], asked: list[list[str]] | None = None) -> JudgeOfFolder:
    """Return a judge that lets so many of the pages of each look after the first pass."""

    def load(folder: Path) -> PageJudge:
        del folder
        looks = iter([0.0, *shares])

        def judged(texts: Sequence[str], briefs: Sequence[str]) -> list[PageVerdict]:
            if asked is not None:
                asked.append(list(briefs))
            share = next(looks)
            return [
                PageVerdict(n < share * len(texts), share, f"{share:.2f}")
                for n in range(len(texts))
            ]

        return judged

    return load


def by_text(folder: Path) -> PageJudge:
    """Return a judge that looks at the text alone, so that an interruption changes nothing."""
    del folder

    def judged(texts: Sequence[str], briefs: Sequence[str]) -> list[PageVerdict]:
        del briefs
        parts = [sum(map(ord, text)) % 100 / 100 for text in texts]
        return [PageVerdict(part > 0.5, part, f"{part:.2f}") for part in parts]

    return judged


Train = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def train(pair_folder: Path, tiny_base: Path) -> Train:
    def run(
        out: Path,
        judge: JudgeOfFolder | None,
        progress: Progress | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        given = {"base": str(tiny_base), "threads": 1, "device": "cpu", "rank": 4, "epochs": 3,
                 "batch_tokens": 300, "lr": 0.01, "max_length": 128, "choose_by": "judge",
                 "judge_briefs": 4, "report_to": (), **options}  # fmt: skip
        out.mkdir(exist_ok=True)
        chosen = TrainOptions.model_validate(given)
        inputs = {"pairs": pair_folder, "classifier": out.parent}
        web = eras.load("web-1995")
        context = Context(chosen, web, 7, inputs, out, progress or Progress(), out.parent)
        return stage.run(context, judge_of=judge)

    return run


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erastyle.train.choice.written_pages.PAGE_TOKENS", 12)


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model" / "adapter" / "adapter_model.safetensors")


def same(one: Path, other: Path) -> bool:
    first, second = adapter(one), adapter(other)
    return all(torch.equal(first[name], second[name]) for name in first)


def test_the_epoch_whose_pages_pass_is_kept_though_a_later_one_has_the_lower_loss(
    train: Train, tmp_path: Path
) -> None:
    asked: list[list[str]] = []
    judged = train(tmp_path / "judged", judge_of([0.25, 1.0, 0.0], asked))
    losses = judged["dev_loss"]["style"]
    assert min(losses) == losses[-1], "the losses would have chosen the last epoch"
    epoch = judged["updates"] // 3
    assert (judged["best_epoch"], judged["best_update"]) == (2, 2 * epoch)
    assert [line["share"] for line in judged["judged"]] == [0.25, 1.0, 0.0]
    assert judged["chosen_because"].startswith(f"update {2 * epoch} is kept: 4 of 4 pages pass")
    assert all(briefs == asked[1] for briefs in asked[1:]), "the same briefs each time"

    kept: list[Path] = []
    save = checkpoints.seal

    def keep(folder: Path) -> None:
        save(folder)
        kept.append(Path(shutil.copytree(folder, tmp_path / folder.name)))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checkpoints, "seal", keep)
        train(tmp_path / "again", judge_of([0.25, 1.0, 0.0]))
    assert same(tmp_path / "judged", tmp_path / "again")
    second = load_file(kept[1] / "adapter_model.safetensors")
    model = adapter(tmp_path / "judged")
    assert all(torch.equal(second[name], model[name]) for name in model)


def test_the_pages_and_samples_are_written_with_their_verdicts_and_shown(
    train: Train, tmp_path: Path
) -> None:
    progress = Interrupted()
    train(tmp_path / "shown", judge_of([0.5, 0.5, 0.5]), progress)
    pages, samples = (
        [json.loads(line) for line in (tmp_path / "shown" / name).read_text().splitlines()]
        for name in ("pages.jsonl", "samples.jsonl")
    )
    assert len(pages) == 3 * 4
    assert {row["passes"] for row in pages} == {True, False}
    assert [row["epoch"] for row in samples] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert {"update", "brief", "text", "style_loss", "verdict"} <= samples[-1].keys()
    examples = [line for line in progress.said if "\n  | " in line]
    assert len(examples) == len(samples)


def test_pages_are_judged_within_an_epoch_too(train: Train, tmp_path: Path) -> None:
    stats = train(tmp_path / "within", by_text, judge_tokens=300, epochs=2, patience=99)
    looks = [line["update"] for line in stats["judged"]]
    epoch = stats["updates"] // 2
    assert looks == sorted(set(looks))
    assert {epoch, 2 * epoch} < set(looks)


def test_a_training_that_pages_end_within_an_epoch_looks_once_there(
    train: Train, tmp_path: Path
) -> None:
    stats = train(tmp_path / "once", judge_of([1.0, 0.0, 0.0]), judge_tokens=300, epochs=2)
    assert [line["update"] for line in stats["judged"]] == [1, 2, 3]
    assert (stats["updates"], stats["epochs"], stats["best_update"]) == (3, 1, 1)


def test_pages_that_get_worse_twice_end_the_training(train: Train, tmp_path: Path) -> None:
    stats = train(tmp_path / "worse", judge_of([1.0, 0.0, 0.0, 0.5]), epochs=4)
    assert stats["epochs"] == 3
    assert stats["best_epoch"] == 1
    assert "worse than the best at 2 checkpoints" in stats["stopped_because"]


def test_a_checkpoint_that_the_losses_forbid_is_kept_only_for_want_of_another(
    train: Train, tmp_path: Path
) -> None:
    stats = train(tmp_path / "bad", judge_of([1.0, 1.0, 1.0]), method="full", lr=0.1)
    general = stats["dev_loss"]["general"]
    assert general[1] > 1.05 * general[0]
    assert (stats["epochs"], stats["best_epoch"]) == (1, 1)
    assert stats["stopped_because"].startswith("the loss on general rows rose by")
    assert "although the losses speak against it" in stats["chosen_because"]


@pytest.mark.parametrize("at", [2, 5, 9])
def test_a_training_that_was_interrupted_chooses_the_same_checkpoint(
    at: int, train: Train, tmp_path: Path
) -> None:
    options = {"judge_tokens": 300, "epochs": 3, "checkpoint_minutes": 0, "patience": 99}
    stats = train(tmp_path / "whole", by_text, **options)
    again = tmp_path / "again"
    with pytest.raises(KeyboardInterrupt):
        train(again, by_text, Interrupted(at), **options)
    newest = checkpoints.newest(again / "checkpoints")
    assert newest is not None
    left = Interrupted()
    resumed = train(again, by_text, left, **options)
    assert -left.left < stats["updates"], "only the rest was done again"
    assert resumed == stats
    assert same(tmp_path / "whole", again)
    assert manifest.describe(again) == manifest.describe(tmp_path / "whole")


def test_a_checkpoint_by_time_changes_nothing_of_the_model(train: Train, tmp_path: Path) -> None:
    plain = train(tmp_path / "plain", None, choose_by="loss", epochs=2, checkpoint_minutes=1000)
    timed = train(tmp_path / "timed", None, choose_by="loss", epochs=2, checkpoint_minutes=0)
    assert timed == plain
    assert manifest.describe(tmp_path / "timed") == manifest.describe(tmp_path / "plain")
    folder = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        train(folder, None, Interrupted(3), choose_by="loss", epochs=2, checkpoint_minutes=0)
    newest = checkpoints.newest(folder / "checkpoints")
    assert newest is not None
    assert newest.name == "checkpoint-2", "in the middle of an epoch"
    assert train(folder, None, choose_by="loss", epochs=2, checkpoint_minutes=0) == plain
    assert manifest.describe(folder) == manifest.describe(tmp_path / "plain")


def test_without_judges_the_losses_choose_and_it_is_said(train: Train, tmp_path: Path) -> None:
    def none(folder: Path) -> PageJudge:
        raise ModelError(f"too few documents in {folder.name}")

    progress = Interrupted()
    stats = train(tmp_path / "none", none, progress, epochs=1)
    assert stats["choose_by"] == "loss"
    assert "judged" not in stats
    assert any("so the losses choose the checkpoint: too few" in line for line in progress.said)


def test_a_training_slower_than_foretold_ends_sooner_and_says_so(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each update takes ten seconds of a clock that only updates move."""
    made = build_trainer.trainer
    clock = {"now": 0.0}
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock["now"])

    class Slow(Interrupted):
        def advance(self, count: int = 1) -> None:
            clock["now"] += 10.0 * count * self.training

    rates: list[Any] = []

    def watched(job: Any, model: Any) -> Any:
        rates.append(made(job, model))
        return rates[-1]

    monkeypatch.setattr(build_trainer, "trainer", watched)
    whole = train(tmp_path / "whole", None, choose_by="loss")
    progress = Slow()
    limit = 10.0 * (whole["updates"] // 2)
    stats = train(tmp_path / "slow", None, progress, choose_by="loss", seconds=limit)
    assert stats["updates"] == pytest.approx(whole["updates"] / 2, abs=1)
    assert stats["shortened"]["planned"] == whole["updates"]
    assert stats["tokens"] < whole["tokens"]
    assert any(line.startswith("slower than foretold: ") for line in progress.said)
    assert rates[-1].lr_scheduler.get_last_lr()[0] == pytest.approx(0.0, abs=1e-9)
    assert any(r > 1e-4 for r in rates[-1].lr_scheduler.base_lrs)
