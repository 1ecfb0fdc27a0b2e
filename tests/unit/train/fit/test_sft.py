"""Rows that teach, the arithmetic of batches, and training that an interruption does not change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.pipeline import pairs
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data import packing
from erastyle.train.data import rows as training_rows
from erastyle.train.data.training_row import IGNORED, TrainingRow
from erastyle.train.fit import build_trainer, checkpoints, hardware, plan, products, sft
from erastyle.train.fit.trainer import PlainLossTrainer
from erastyle.train.model import loading
from erastyle.train.options import TrainOptions
from erastyle.train.stage import TRAIN

END = 3


def rows(*lengths: int) -> list[TrainingRow]:
    return [TrainingRow([5] * n, [IGNORED] * (n - 1) + [END]) for n in lengths]


def test_seven_rows_are_refused_and_eight_are_taken() -> None:
    with pytest.raises(ModelError, match="Only 7 training rows"):
        training_rows.refuse_bad_rows(rows(*[4] * 7), END)
    training_rows.refuse_bad_rows(rows(*[4] * 8), END)


def test_two_endless_rows_in_a_hundred_are_refused_and_one_is_not() -> None:
    endless = TrainingRow([5, 6], [IGNORED, 6])
    training_rows.refuse_bad_rows([*rows(*[4] * 99), endless], END)
    with pytest.raises(ModelError, match="Only 98 of 100 completions end in the end token"):
        training_rows.refuse_bad_rows([*rows(*[4] * 98), endless, endless], END)


def test_a_row_whose_end_token_is_not_learnt_does_not_teach_to_stop() -> None:
    with pytest.raises(ModelError, match="never learn to stop"):
        training_rows.refuse_bad_rows([TrainingRow([5, END], [5, IGNORED])] * 8, END)


def test_a_beginning_need_not_end_but_something_must() -> None:
    begun = TrainingRow([5, 6], [IGNORED, 6], "beginning", ends=False)
    training_rows.refuse_bad_rows([*rows(4), *[begun] * 40], END)
    with pytest.raises(ModelError, match="None of 40 rows holds the end of its document"):
        training_rows.refuse_bad_rows([begun] * 40, END)


def test_the_plan_counts_what_the_trainer_will_do() -> None:
    short = plan.arithmetic([100] * 30, 3, 400)
    assert (short.batch, short.accumulation, short.updates) == (4, 1, 24)
    long = plan.arithmetic([1000] * 30, 1, 8000)
    assert (long.batch, long.accumulation, long.updates) == (4, 2, 4)


@pytest.mark.parametrize("batch_tokens", [250, 600, 700, 1000, 1300, 3072])
def test_halving_the_micro_batch_keeps_the_rows_of_an_update(batch_tokens: int) -> None:
    found = plan.arithmetic([100] * 300, 1, batch_tokens)
    rows_of_update = found.batch * found.accumulation
    assert rows_of_update == pytest.approx(batch_tokens / 100, rel=0.34)
    while found.batch > 1:
        found = found.halved()
        assert found.batch * found.accumulation == rows_of_update


class Interrupted(Progress):
    """Raises what Ctrl-C raises after some updates."""

    def __init__(self, after: int) -> None:
        self.left = after
        self.training = False
        self.earlier = 0

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        del stage, total
        self.training = unit == "updates"

    def advance(self, count: int = 1) -> None:
        if self.training:
            self.left -= count
            if self.left == 0:
                raise KeyboardInterrupt

    def resume(self, count: int) -> None:
        self.earlier += count


ANIMALS = ["cat", "dog", "hen", "cow", "pig", "fox", "owl", "bee", "ant", "elk", "yak", "emu"]


@pytest.fixture(scope="module")
def pair_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    with Ledger(folder, pairs.schema()) as book:
        for number, animal in enumerate(ANIMALS * 3):
            text = f"<H1>The {animal}</H1>\n" + f"<P>One more {animal} came.\n" * (1 + number % 5)
            split = "dev" if number % 6 == 5 else "train"
            book.keep_row(
                pairs.row(f"Page {number} about a {animal}.", text, role="style", split=split)
            )
            if number % 3 == 2:
                book.keep_row(pairs.row(f"Say {animal}.", animal, role="rehearsal", split=split))
    return folder


Train = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def train(pair_folder: Path, tiny_base: Path) -> Train:
    def run(out: Path, progress: Progress | None = None, **options: Any) -> dict[str, Any]:
        given = {"base": str(tiny_base), "threads": 1, "device": "cpu", "rank": 4, "epochs": 3,
                 "batch_tokens": 300, "lr": 0.01, "max_length": 128, **options}  # fmt: skip
        out.mkdir(exist_ok=True)
        chosen = TrainOptions.model_validate(given)
        inputs = {"pairs": pair_folder}
        web = eras.load("web-1995")
        return TRAIN.run(Context(chosen, web, 7, inputs, out, progress or Progress(), out.parent))

    return run


@pytest.fixture(scope="module")
def whole(train: Train, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A training that nothing interrupted, and what it returned."""
    folder = tmp_path_factory.mktemp("train") / "whole"
    return folder, train(folder)


@pytest.fixture(scope="module")
def interrupted(train: Train, whole: tuple[Path, dict[str, Any]]) -> Path:
    """The same training, interrupted after two updates of its last epoch. Tests copy it."""
    folder = whole[0].with_name("interrupted")
    with pytest.raises(KeyboardInterrupt):
        train(folder, Interrupted(whole[1]["updates"] // 3 * 2 + 2))
    return folder


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model" / "adapter" / "adapter_model.safetensors")


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "newest checkpoint damaged"])
def test_an_interrupted_training_goes_on_to_the_same_weights_and_files(
    damaged: bool,
    train: Train,
    whole: tuple[Path, dict[str, Any]],
    interrupted: Path,
    tmp_path: Path,
) -> None:
    once, stats = whole
    epoch = stats["updates"] // 3
    assert epoch >= 4
    again = Path(shutil.copytree(interrupted, tmp_path / "again"))
    newest = checkpoints.newest(again / "checkpoints")
    assert newest is not None
    assert newest.name == f"checkpoint-{2 * epoch}"
    if damaged:
        path = newest / "optimizer.pt"
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    left = Interrupted(0)
    resumed = train(again, left)
    assert -left.left == epoch * (2 if damaged else 1), "only the rest was done again"
    assert left.earlier == epoch * (1 if damaged else 2), "what was done before counts as done"

    one, other = adapter(once), adapter(again)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    style = stats["dev_loss"]["style"][1:]
    assert style == sorted(style, reverse=True), "the best weights are those of the last epoch"
    assert resumed == stats
    assert manifest.describe(again) == manifest.describe(once)


def test_an_error_that_need_not_come_again_keeps_what_was_trained(
    train: Train, interrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = Path(shutil.copytree(interrupted, tmp_path / "again"))
    newest = checkpoints.newest(again / "checkpoints")
    assert newest is not None
    with pytest.raises(ModelError, match="no logger"):
        train(again, report_to=("wandbb",))
    with monkeypatch.context() as short:
        short.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1e3))
        with pytest.raises(ModelError, match="GB of memory"):
            train(again)
    assert checkpoints.newest(again / "checkpoints") == newest


def test_the_history_holds_losses_and_no_times(whole: tuple[Path, dict[str, Any]]) -> None:
    history = json.loads((whole[0] / "history.json").read_text())
    names = {name for line in history for name in line}
    assert {"loss", "eval_style_loss", "eval_general_loss", "step"} <= names
    assert not [name for name in names if "runtime" in name or "per_second" in name]


def test_a_full_training_changes_all_weights_and_learns(
    train: Train, tmp_path: Path, tiny_base: Path
) -> None:
    stats = train(tmp_path / "full", method="full", epochs=1)
    assert stats["trained_parameters"] == stats["parameters"]
    assert stats["loss_last"] < stats["loss_first"]
    before = load_file(tiny_base / "model.safetensors")
    after = load_file(tmp_path / "full" / "model" / "weights" / "model.safetensors")
    assert not torch.equal(*(w["model.layers.0.mlp.up_proj.weight"] for w in (before, after)))


def test_training_stops_when_it_learns_by_heart_and_counts_what_was_done(
    train: Train, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    # So high a rate that some epoch is worse on any processor; at .03 none was on one of them.
    stats = train(tmp_path / "early", epochs=9, lr=0.2, max_gap=0.002)
    style = stats["dev_loss"]["style"]
    assert stats["epochs"] == len(style) - 1 < 9, "the first loss is from before training"
    assert "rows that were learnt fell" in stats["stopped_because"]
    assert stats["tokens"] / stats["epochs"] == whole[1]["tokens"] / 3


def test_what_the_budget_leaves_out_is_in_the_ledger_by_name(
    train: Train, pair_folder: Path, tmp_path: Path
) -> None:
    stats = train(tmp_path / "short", epochs=1, max_tokens=1000)
    dropped = list(ledger.rows(tmp_path / "short" / "dropped"))
    assert len(dropped) == stats["dropped"] > 0
    assert stats["read"] == stats["kept"] + stats["dropped"]
    pairs_read = [r for r in ledger.rows(pair_folder / "kept") if r["split"] == "train"]
    assert stats["read"] == len(pairs_read)
    assert {row["reason"] for row in dropped} == {"over max_tokens"}
    asked = {row["prompt"][0]["content"] for row in pairs_read}
    assert {row["excerpt"] for row in dropped} < asked


def test_without_a_budget_nothing_is_left_out(train: Train, tmp_path: Path) -> None:
    stats = train(tmp_path / "all", epochs=1, max_tokens=None)
    assert stats["dropped"] == 0
    assert not list(ledger.rows(tmp_path / "all" / "dropped"))


def test_rounded_products_and_their_padding_teach_the_same(
    train: Train,
    whole: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(products, "of_training", lambda *_: "bfloat16")
    rounded = train(tmp_path / "rounded")
    exact = whole[1]
    assert (rounded["tokens"], rounded["updates"]) == (exact["tokens"], exact["updates"])
    assert rounded["dev_loss"]["style"] == pytest.approx(exact["dev_loss"]["style"], abs=0.02)
    assert torch.backends.mkldnn.matmul.fp32_precision != "bf16"


def test_packed_rows_teach_the_same_tokens_and_leave_no_padding(
    train: Train, whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    stats = train(tmp_path / "packed", packing=True)
    apart = whole[1]
    assert (stats["tokens"], stats["rows"]) == (apart["tokens"], apart["rows"])
    assert (stats["padding"], apart["padding"] > 0) == (0, True)
    assert stats["dev_loss"]["style"][0] == pytest.approx(apart["dev_loss"]["style"][0], abs=0.01)
    assert stats["dev_loss"]["style"][-1] < stats["dev_loss"]["style"][0]


@pytest.mark.parametrize("used", ["float32", "bfloat16"])
def test_the_padding_that_is_told_is_the_padding_that_is_read(
    used: str, train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "of_training", lambda *_: used)
    read = {"tokens": 0, "places": 0}
    compute = PlainLossTrainer.compute_loss

    def counted(self: Any, model: Any, inputs: Any, **more: Any) -> Any:
        if model.training:
            read["tokens"] += int(inputs["attention_mask"].sum())
            read["places"] += inputs["attention_mask"].numel()
        return compute(self, model, inputs, **more)

    monkeypatch.setattr(PlainLossTrainer, "compute_loss", counted)
    stats = train(tmp_path / "counted", epochs=2, max_gap=None, max_general_rise=None)
    assert stats["products"] == used
    assert stats["epochs"] == 2
    assert stats["tokens"] == read["tokens"]
    assert stats["padding"] == pytest.approx(1 - read["tokens"] / read["places"], abs=1e-4)


def test_packing_on_a_base_that_mixes_documents_is_refused_and_auto_goes_without(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mixes(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(packing, "keeps_apart", mixes)
    with pytest.raises(ModelError, match=r"mixes documents that share a row.*train\.packing=auto"):
        train(tmp_path / "asked", packing=True)
    assert not any((tmp_path / "asked").iterdir())
    options = TrainOptions(base=loading.STARTER)
    wished = replace(hardware.choose(hardware.Machine("cpu"), options), packing=True)
    assert not sft.base(options, wished, Progress())[1].packing


def test_a_machine_whose_flash_attention_does_not_load_trains_without(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_flash(name: str, device: str, *, attention: str, **more: Any) -> Any:
        if attention != "sdpa":
            raise ModelError("flash attention is not there")
        return load(name, device, attention=attention, **more)

    load = loading.load_base
    monkeypatch.setattr(loading, "load_base", no_flash)
    options = TrainOptions(base=str(tiny_base))
    plain = hardware.choose(hardware.Machine("cpu"), options)
    flash = replace(plain, attention="flash_attention_2", packing=True)
    model, settings = sft.base(options, flash, Progress())
    assert settings == plain
    assert model.config._attn_implementation == "sdpa"


def test_a_machine_without_the_package_for_flash_attention_trains_without(tiny_base: Path) -> None:
    if find_spec("flash_attn") or find_spec("kernels"):
        pytest.skip("a package for flash attention is installed")
    options = TrainOptions(base=str(tiny_base))
    plain = hardware.choose(hardware.Machine("cpu"), options)
    flash = replace(plain, attention="flash_attention_2", packing=True)
    assert sft.base(options, flash, Progress())[1] == plain


def test_a_base_in_four_bits_teaches_an_adapter_for_the_base_as_it_is(
    train: Train,
    whole: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    tiny_base: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("bitsandbytes", reason="needs the extra qlora")
    made, begun = build_trainer.trainer, []

    def watched(todo: Any, model: Any) -> Any:
        trainer = made(todo, model)
        begun.extend(w.dtype for w in trainer.model.parameters() if w.requires_grad)
        return trainer

    monkeypatch.setattr(build_trainer, "trainer", watched)
    stats = train(tmp_path / "nf4", quantize="nf4", epochs=1)
    first, last = stats["dev_loss"]["style"]
    assert last < first
    assert first == pytest.approx(whole[1]["dev_loss"]["style"][0], abs=0.1)
    assert set(begun) == {torch.float32}, "TRL's rounding to bfloat16 is undone"
    assert first != whole[1]["dev_loss"]["style"][0], "four bits are not the base exactly"
    packed = loading.load_base(str(tiny_base), quantize="nf4").model.layers[0].mlp.up_proj.weight
    assert packed.dtype == torch.uint8
    model = loading.load_style(tmp_path / "nf4" / "model")
    assert model.get_base_model().model.layers[0].mlp.up_proj.weight.dtype == torch.float32


def test_where_every_epoch_is_passed_over_it_is_said_that_one_is_kept_nevertheless(
    train: Train, tmp_path: Path
) -> None:
    said: list[str] = []

    class Listening(Progress):
        def say(self, line: str) -> None:
            said.append(line)

    stats = train(tmp_path / "bad", Listening(), method="full", lr=0.1)
    assert (stats["epochs"], stats["best_epoch"]) == (1, 1)
    why = stats["stopped_because"]
    assert why.startswith("the loss on general rows rose by")
    assert why.endswith("epoch 1 is kept nevertheless, for there is no other")
    assert f"training stopped: {why}" in said


def test_samples_of_every_epoch_are_written_and_change_nothing(
    whole: tuple[Path, dict[str, Any]],
) -> None:
    lines = (whole[0] / "samples.jsonl").read_text().splitlines()
    samples = [json.loads(line) for line in lines]
    assert [s["epoch"] for s in samples] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len({s["brief"] for s in samples}) == 2


def test_out_of_memory_halves_the_micro_batch_and_keeps_the_update(
    train: Train,
    whole: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from erastyle.train.fit.trainer import PlainLossTrainer

    step, most = PlainLossTrainer.compute_loss, whole[1]["micro_batch"]

    def narrow(self: Any, model: Any, inputs: dict[str, Any], *args: Any, **more: Any) -> Any:
        if model.training and len(inputs["input_ids"]) > most // 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried too much.")
        return step(self, model, inputs, *args, **more)

    monkeypatch.setattr(PlainLossTrainer, "compute_loss", narrow)
    made, begun = build_trainer.trainer, []

    def watched(todo: Any, model: Any) -> Any:
        trainer = made(todo, model)
        weights = trainer.model.named_parameters()
        begun.append({name: w.detach().clone() for name, w in weights if w.requires_grad})
        return trainer

    monkeypatch.setattr(build_trainer, "trainer", watched)
    stats = train(tmp_path / "narrow", epochs=1)
    one, other = begun
    assert all(torch.equal(one[name], other[name]) for name in one), "the same start"
    assert stats["micro_batch"] == most // 2
    assert abs(stats["updates"] - whole[1]["updates"] / 3) <= 1

    def full(*_: Any, **__: Any) -> Any:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried too much.")

    monkeypatch.setattr(PlainLossTrainer, "compute_loss", full)
    with pytest.raises(ModelError, match="one row at a time"):
        train(tmp_path / "full", epochs=1)


def test_a_loss_that_is_not_a_number_stops_the_training_and_leaves_nothing(
    train: Train, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"The loss is nan at update \d+\. Lower train\.lr"):
        train(tmp_path / "nan", lr=1e30, epochs=1)
    assert not any((tmp_path / "nan").iterdir())


def test_a_tokenizer_of_another_model_is_refused_before_anything_is_written(
    train: Train, tmp_path: Path, tiny_base: Path
) -> None:
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    tokenizer = loading.load_tokenizer(str(base))
    tokenizer.add_tokens(["another"])
    tokenizer.save_pretrained(base)
    with pytest.raises(ModelError, match="Take the tokenizer that belongs to the model"):
        train(tmp_path / "out", base=str(base))
    assert not any((tmp_path / "out").iterdir())


def test_a_base_whose_weights_are_no_numbers_is_said_to_be_damaged(
    train: Train, tmp_path: Path, tiny_base: Path
) -> None:
    base = Path(shutil.copytree(tiny_base, tmp_path / "base"))
    weights = load_file(base / "model.safetensors")
    weights["model.norm.weight"].fill_(float("nan"))
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"The base's loss is nan at update 0\. Is it damaged"):
        train(tmp_path / "nan", base=str(base), epochs=1)
    assert not any((tmp_path / "nan").iterdir())


def test_a_request_too_long_for_the_context_goes_to_the_ledger_and_the_rest_is_trained(
    pair_folder: Path, tiny_base: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pairs"
    with Ledger(folder, pairs.schema()) as book:
        for row in ledger.rows(pair_folder / "kept"):
            book.keep_row(row)
        for split in ("train", "dev"):
            book.keep_row(
                pairs.row("A very long wish. " * 60, "Done.", role="style", split=split, site="s")
            )
    out = tmp_path / "train"
    out.mkdir()
    options = TrainOptions(
        base=str(tiny_base), threads=1, device="cpu", rank=4, epochs=1, batch_tokens=300,
        lr=0.01, max_length=128, samples=0,
    )  # fmt: skip
    web = eras.load("web-1995")
    said: list[str] = []
    progress = Progress()
    progress.say = said.append  # type: ignore[method-assign]
    stats = TRAIN.run(Context(options, web, 7, {"pairs": folder}, out, progress, tmp_path))
    assert stats["reasons"] == {"request too long": 1}
    assert stats["read"] == stats["kept"] + stats["dropped"]
    dropped = list(ledger.rows(out / "dropped"))
    assert [(row["reason"], row["detail"]) for row in dropped] == [
        ("request too long", "128 tokens")
    ]
    assert any("1 pairs stay out: their request leaves no room" in line for line in said)


def test_choosing_threads_says_what_it_does_and_keeps_its_budget(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[float] = []

    def chosen(work: Callable[[], object], most: int, budget: float) -> int:
        del most
        work()
        budgets.append(budget)
        return 1

    monkeypatch.setattr(sft, "fastest", chosen)
    said: list[str] = []
    progress = Progress()
    progress.say = said.append  # type: ignore[method-assign]
    train(tmp_path / "threads", progress, threads=0, epochs=1)
    assert budgets[0] <= 5
    assert any("cores are free; this takes 5 s at most" in line for line in said)
    assert "training with 1 thread" in said
