"""Training in two processes gives one model, and an error of one process is told in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.pipeline import pairs
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.train.model import loading
from erastyle.train.options import TrainOptions
from erastyle.train.stage import TRAIN

pytestmark = pytest.mark.slow


def context(base: Path, root: Path, name: str, **options: Any) -> Context[TrainOptions]:
    folder = root / "pairs"
    if not folder.exists():
        folder.mkdir()
        with Ledger(folder, pairs.schema()) as book:
            for number in range(40):
                split = "dev" if number > 35 else "train"
                text = f"<H1>Page {number}</H1>\n" + "<P>One more line of it.\n" * 4
                book.keep_row(pairs.row(f"Page {number}.", text, role="style", split=split))
    out = root / name
    out.mkdir()
    given = {"base": str(base), "threads": 1, "device": "cpu", "rank": 4, "epochs": 1, "lr": 0.01,
             "batch_tokens": 400, "max_length": 128, "report_to": (), **options}  # fmt: skip
    chosen = TrainOptions.model_validate(given)
    web = eras.load("web-1995")
    return Context(chosen, web, 7, {"pairs": folder}, out, Progress(), root)


def test_two_processes_train_one_model_with_updates_of_the_same_size(
    tiny_base: Path, tmp_path: Path
) -> None:
    one = TRAIN.run(context(tiny_base, tmp_path, "one"))
    two = TRAIN.run(context(tiny_base, tmp_path, "two", processes=2))
    assert abs(two["updates"] - one["updates"]) <= 1
    assert two["dev_loss"]["style"][0] == pytest.approx(one["dev_loss"]["style"][0], abs=0.02)
    assert two["dev_loss"]["style"][-1] == pytest.approx(one["dev_loss"]["style"][-1], abs=0.1)
    weights = load_file(tmp_path / "two" / "model" / "adapter" / "adapter_model.safetensors")
    assert any(float(w.abs().sum()) > 0 for name, w in weights.items() if "lora_B" in name)
    loading.load_style(tmp_path / "two" / "model")
    left = {p.name for p in (tmp_path / "two").iterdir()}
    assert left == {"model", "history.json", "samples.jsonl"}


def test_an_error_of_a_process_is_one_line(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="training rows; at least"):
        TRAIN.run(_few(tiny_base, tmp_path))


def _few(base: Path, root: Path) -> Context[TrainOptions]:
    folder = root / "pairs"
    folder.mkdir()
    with Ledger(folder, pairs.schema()) as book:
        for number in range(3):
            book.keep_row(pairs.row(f"{number}.", "A page.", role="style", split="train"))
    return context(base, root, "few", processes=2)
