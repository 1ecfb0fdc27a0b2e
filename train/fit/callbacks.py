"""Callbacks of a training: progress, checkpoints that verify, sample texts, and loggers."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.data.rows import HopelessError
from erastyle.train.fit import checkpoints
from erastyle.train.model.generation import Decoding, Writer, generate
from erastyle.train.model.prompt import Encoder

SAMPLE_TOKENS = 80  # of each; enough to see a style, and quick to write on a CPU


class TrainingProgress(TrainerCallback):  # type: ignore[misc]
    """Move the progress bar, and stop at a loss that is not a number."""

    def __init__(self, progress: Progress) -> None:
        """Report to `progress`."""
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Count one update."""
        del args, state, control
        self._progress.advance()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Look at the loss."""
        del args, control
        for name, loss in (logs or {}).items():
            if name.endswith("loss") and not math.isfinite(loss):
                fix = "Lower train.lr and run again." if state.global_step else "Is it damaged?"
                whose = "The" if state.global_step else "The base's"
                raise HopelessError(f"{whose} loss is {loss} at update {state.global_step}. {fix}")


class Seal(TrainerCallback):  # type: ignore[misc]
    """Write hashes beside each checkpoint."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Seal the checkpoint that was just written."""
        del control
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if folder.is_dir() and state.is_world_process_zero:
            checkpoints.seal(folder)


class Samples(TrainerCallback):  # type: ignore[misc]
    """Answer the same few briefs after each epoch, so that a person can watch the style come."""

    def __init__(self, path: Path, tokenizer: Any, briefs: Sequence[str], seed: int) -> None:
        """Write to `path`, JSON lines."""
        self._path, self._tokenizer, self._briefs, self._seed = path, tokenizer, briefs, seed

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any, model: Any = None, **_: Any
    ) -> None:
        """Write the answers of this moment, once for all dev sets."""
        del args, control
        if "eval_style_loss" not in metrics:
            return
        earlier: list[str] = []
        if self._path.exists():  # of an interrupted training, up to where it goes on from
            earlier = self._path.read_text(encoding="utf-8").splitlines()
            earlier = [x for x in earlier if json.loads(x)["update"] < state.global_step]
        writer = Writer(model, self._tokenizer, Encoder(self._tokenizer).prompt)
        was_training = model.training
        model.eval()
        with torch.random.fork_rng():  # chance in training must not depend on the samples
            torch.manual_seed(self._seed)
            texts = generate(writer, self._briefs, Decoding(SAMPLE_TOKENS))
        model.train(was_training)
        for brief, answer in zip(self._briefs, texts, strict=True):
            row = {"update": state.global_step, "epoch": round(state.epoch or 0), "brief": brief}
            row |= {"style_loss": round(metrics["eval_style_loss"], 4), "text": answer.text}
            earlier.append(json.dumps(row, ensure_ascii=False))
        self._path.write_text("\n".join(earlier) + "\n", encoding="utf-8")


def loggers(names: Sequence[str], folder: Path) -> list[Any]:
    """Return the HF Trainer's own loggers of these names; one that is not installed is left out.

    Args:
        names: Names of loggers, such as `tensorboard` or `wandb`.
        folder: Folder for TensorBoard's files. Their content depends on the time, so the folder is
            outside the stage's output.

    Raises:
        ModelError: The HF Trainer knows no such logger.
    """
    from transformers.integrations import TensorBoardCallback
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    chosen: list[Any] = []
    for name in names:
        if name not in INTEGRATION_TO_CALLBACK:
            known = ", ".join(sorted(INTEGRATION_TO_CALLBACK))
            raise ModelError(f"train.report_to: no logger {name!r}. Known: {known}.")
        if name != "tensorboard":
            chosen.append(INTEGRATION_TO_CALLBACK[name]())
        elif find_spec("tensorboardX") is not None:
            from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

            chosen.append(TensorBoardCallback(SummaryWriter(str(folder))))
    return chosen
