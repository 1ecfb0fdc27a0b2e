"""TRL's SFTTrainer with the plain loss, our progress, and checkpoints that verify."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import EarlyStoppingCallback, TrainerCallback
from trl import SFTTrainer

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.progress import Progress
from erastyle.train import checkpoints
from erastyle.train.tokens import IGNORED


class PlainLossTrainer(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer without its entropy and accuracy metrics, which cost a quarter of the time."""

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Return the cross entropy over what is learnt, in nats per token of the whole update."""
        labels = inputs.pop("labels")
        # Rows are padded on the right: causal attention never looks there, and without a mask torch
        # takes its fast path.
        inputs.pop("attention_mask", None)
        outputs = model(**inputs, use_cache=False)
        targets = labels[:, 1:]
        chosen = targets != IGNORED
        logits = outputs.logits[:, :-1][chosen].float()
        total = cross_entropy(logits, targets[chosen], reduction="sum")
        loss = total / (chosen.sum() if num_items_in_batch is None else num_items_in_batch)
        if num_items_in_batch is not None and self.args.average_tokens_across_devices:
            loss = loss * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss


class Report(TrainerCallback):  # type: ignore[misc]
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
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            raise ModelError(
                f"The loss is {loss} at update {state.global_step}. Lower train.lr and run again."
            )


class Seal(TrainerCallback):  # type: ignore[misc]
    """Write hashes beside each checkpoint."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Seal the checkpoint that was just written."""
        del control
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if folder.is_dir():
            checkpoints.seal(folder)


class StopEarly(EarlyStoppingCallback):  # type: ignore[misc]
    """Stop when the style loss on the dev sites gets no better; other evaluations do not count."""

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any, **more: Any) -> None:
        """Look at an evaluation, if it is that of the style."""
        if args.metric_for_best_model in metrics:
            super().on_evaluate(args, state, control, metrics, **more)
