"""Callbacks of a training: progress, checkpoints that verify, sample texts, and loggers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.choice import samples
from erastyle.train.data.rows import HopelessError
from erastyle.train.fit import checkpoints

SAMPLE_TOKENS = 80  # of each; enough to see a style, and quick to write on a CPU


class TrainingProgress(TrainerCallback):  # type: ignore[misc]
    """Move the progress bar, and stop at a loss that is not a number."""

    def __init__(self, progress: Progress) -> None:
        """Report to `progress`."""
        self._progress = progress

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Count the updates of the checkpoint that the training goes on from."""
        del args, control
        if state.global_step:
            self._progress.resume(state.global_step)
            self._progress.say(f"goes on behind update {state.global_step:,}")

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
    """Write hashes beside each checkpoint, and remove those that are no longer needed."""

    def __init__(self, kept: Callable[[], set[int]] | None = None) -> None:
        """Seal checkpoints.

        Args:
            kept: Returns the updates of the checkpoints that may still be chosen; None: the HF
                Trainer removes what it does not need.
        """
        self._kept = kept

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Seal the checkpoint that was just written."""
        del control
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if folder.is_dir() and state.is_world_process_zero:
            checkpoints.seal(folder)
            if self._kept is not None:
                checkpoints.rotate(folder.parent, self._kept())


class Looks(TrainerCallback):  # type: ignore[misc]
    """Evaluate and save within an epoch, where pages are judged."""

    def __init__(self, updates: Collection[int]) -> None:
        """Look after these updates."""
        self._updates = updates

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Ask for a look where it is time."""
        del args
        if state.global_step in self._updates:
            control.should_evaluate = control.should_save = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Look once where the training ended at a look within an epoch."""
        del args
        if state.global_step in self._updates:
            control.should_evaluate = control.should_save = False


class Samples(TrainerCallback):  # type: ignore[misc]
    """Answer the same few briefs after each epoch, so that a person can watch the style come."""

    def __init__(
        self, path: Path, tokenizer: Any, briefs: Sequence[str], seed: int, progress: Progress
    ) -> None:
        """Write to `path`, JSON lines, and show what is written."""
        self._path, self._tokenizer, self._briefs, self._seed = path, tokenizer, briefs, seed
        self._progress = progress

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any, model: Any = None, **_: Any
    ) -> None:
        """Write the answers of this moment, once for all dev sets."""
        del args, control
        if "eval_style_loss" not in metrics:
            return
        texts = samples.answers(model, self._tokenizer, self._briefs, SAMPLE_TOKENS, self._seed)
        epoch, loss = round(state.epoch or 0), round(metrics["eval_style_loss"], 4)
        made = list(zip(self._briefs, texts, strict=True))
        rows = [{"epoch": epoch, "brief": b, "style_loss": loss, "text": t} for b, t in made]
        samples.add_rows(self._path, state.global_step, rows)
        when = f"update {state.global_step}"
        for brief, text in made:
            self._progress.example(samples.shown(when, brief, text))


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
