"""TRL's SFTTrainer with the plain loss, our progress, and checkpoints that verify."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch.nn.functional import cross_entropy, kl_div, log_softmax
from transformers import TrainerCallback
from trl import SFTTrainer

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.data.length_batches import ByLength
from erastyle.train.data.rows import HopelessError
from erastyle.train.fit import checkpoints
from erastyle.train.fit.chunked_loss import loss_sum, output_layer
from erastyle.train.model.generation import Decoding, Writer, generate
from erastyle.train.model.prompt import IGNORED, Encoder

SAMPLE_TOKENS = 80  # of each; enough to see a style, and quick to write on a CPU
MERGED_WEIGHTS = 50_000_000  # at most; they are held twice while an adapter is merged
PASSED_OVER = 1e6  # added to the loss of an epoch that must not be chosen


@dataclass
class Guard:
    """When to stop: what is watched is the style, what was known before, and learning by heart.

    Attributes:
        patience: Epochs without a better style loss.
        max_general_rise: Share by which the loss on general dev rows may rise above its start.
        max_gap: Nats by which the loss on learnt rows may fall further than that on dev rows.
        start: The losses before the first update, by name.
        best: Lowest style loss of an epoch that may be chosen.
        waited: Epochs since then.
    """

    patience: int
    max_general_rise: float | None
    max_gap: float | None
    start: dict[str, float] = field(default_factory=dict)
    best: float = math.inf
    waited: int = 0

    def look(self, losses: Mapping[str, float]) -> tuple[float, str]:
        """Return what the epoch is chosen by (lower is better), and why to stop, or "".

        Args:
            losses: Dev losses by name: `style`, and if there are `general` and `learnt`.

        >>> guard = Guard(2, 0.05, 0.3)
        >>> guard.look({"style": 4.0, "general": 3.0, "learnt": 4.1})
        (4.0, '')
        >>> guard.look({"style": 3.5, "general": 3.3, "learnt": 3.5})[1]
        'the loss on general rows rose by 10.0 %'
        """
        style = losses["style"]
        if not self.start:
            self.start = dict(losses)
            return style, ""
        if "general" in losses and self.max_general_rise is not None:
            rise = losses["general"] / self.start["general"] - 1
            if rise > self.max_general_rise:
                return style + PASSED_OVER, f"the loss on general rows rose by {rise:.1%}".replace(
                    "%", " %"
                )
        if "learnt" in losses and self.max_gap is not None:
            gap = (style - losses["learnt"]) - (self.start["style"] - self.start["learnt"])
            if gap > self.max_gap:
                return (
                    style + PASSED_OVER,
                    f"rows that were learnt fell {gap:.2f} nats below those that were not",
                )
        self.waited = 0 if style < self.best else self.waited + 1
        self.best = min(self.best, style)
        if self.waited >= self.patience:
            return style, f"no better loss on the dev sites for {self.waited} epochs"
        return style, ""


class PlainLossTrainer(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer without its entropy and accuracy metrics, which cost a quarter of the time."""

    def __init__(self, *args: Any, kl: float, guard: Guard, **more: Any) -> None:
        """Take SFTTrainer's arguments, the weight of the divergence, and when to stop."""
        super().__init__(*args, **more)
        self._kl, self._guard = kl, guard

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Return the order of rows: ours where they are grouped by length."""
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(train_dataset)
        rows = self.train_dataset if train_dataset is None else train_dataset
        size = self.args.train_batch_size * self.args.world_size
        return ByLength([len(ids) for ids in rows["input_ids"]], size, self.args.data_seed)

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
        inputs.pop("skip_logits", None)  # given with Liger, for a loss of its own that is not used
        if self._in_chunks(model) and not (self._kl and model.training):
            total, count = loss_sum(model, inputs, labels)
            loss = total / (count if num_items_in_batch is None else num_items_in_batch)
            return (loss, {"loss": loss}) if return_outputs else loss
        outputs = model(**inputs, use_cache=False)
        targets = labels[:, 1:]
        chosen = targets != IGNORED
        logits = outputs.logits[:, :-1][chosen].float()
        total = cross_entropy(logits, targets[chosen], reduction="sum")
        if self._kl and model.training:
            total = total + self._kl * self._divergence(model, inputs, chosen, logits)
        loss = total / (chosen.sum() if num_items_in_batch is None else num_items_in_batch)
        if num_items_in_batch is not None and self.args.average_tokens_across_devices:
            loss = loss * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss

    def _in_chunks(self, model: Any) -> bool:
        """Say whether the loss can be computed without the logits of the whole micro-batch."""
        weight = model.get_input_embeddings().weight if hasattr(model, "get_decoder") else None
        return (
            weight is not None
            and weight.device.type == "cpu"
            and weight.dtype == torch.float32
            and self.accelerator.num_processes == 1  # several count their gradients in `forward`
            and not self.args.bf16
            and output_layer(model) is not None
        )

    def _divergence(
        self, model: Any, inputs: Mapping[str, torch.Tensor], chosen: torch.Tensor, logits: Any
    ) -> torch.Tensor:
        """Return the sum of KL(base || model) over the learnt tokens, in nats."""
        with torch.no_grad(), self.accelerator.unwrap_model(model).disable_adapter():
            base = model(**inputs, use_cache=False).logits[:, :-1][chosen].float()
        return kl_div(
            log_softmax(logits, -1), log_softmax(base, -1), reduction="sum", log_target=True
        )

    def evaluate(self, *args: Any, **more: Any) -> dict[str, float]:
        """Evaluate all dev sets, then say which epoch is best and whether to go on."""
        with merged(self.accelerator.unwrap_model(self.model)):
            found: dict[str, float] = super().evaluate(*args, **more)
        losses = _dev_losses(found)
        if "style" in losses and len(losses) > 1:  # all sets together, not one of them
            if not self._guard.start:  # of a training that goes on from a checkpoint
                for before in self._evaluated(self.state.global_step):
                    self._guard.look(before)
            chosen, why = self._guard.look(losses)
            found["eval_chosen"] = chosen
            if why and self.state.global_step:
                self.control.should_training_stop = True
        return found

    def stopped_because(self) -> str:
        """Return what the guard said of the last epoch, or "" where it had nothing to say.

        Where it passed over every epoch, the least bad one is kept, and this says so. It is read
        from the log, so that an interruption changes nothing.
        """
        guard = Guard(self._guard.patience, self._guard.max_general_rise, self._guard.max_gap)
        found = [guard.look(losses) for losses in self._evaluated(self.state.global_step + 1)]
        if len(found) < 2:  # the first is of before training
            return ""
        if math.isinf(guard.best):
            kept = min(range(1, len(found)), key=lambda epoch: found[epoch][0])
            return (
                f"{found[-1][1]}; every epoch was passed over, and epoch {kept} is kept "
                "nevertheless, for there is no other"
            )
        return found[-1][1]

    def _evaluated(self, before: int) -> list[dict[str, float]]:
        """Return the dev losses of the evaluations before an update, in order."""
        by_step: dict[int, dict[str, float]] = {}
        for line in self.state.log_history:
            if line["step"] < before:
                by_step.setdefault(line["step"], {}).update(_dev_losses(line))
        return [losses for _, losses in sorted(by_step.items()) if "style" in losses]


@contextmanager
def merged(model: Any) -> Iterator[None]:
    """Add the adapter of a small model on a CPU into its weights for a while.

    Reading and writing then take one product where they took three. The weights come back bit by
    bit, which subtracting the adapter again would not give.
    """
    layers = [m for m in model.modules() if isinstance(m, BaseTunerLayer)]
    weights = [layer.get_base_layer().weight for layer in layers]
    if any(w.device.type != "cpu" or w.dtype != torch.float32 for w in weights) or (
        sum(w.numel() for w in weights) > MERGED_WEIGHTS or any(x.merged for x in layers)
    ):
        yield
        return
    kept = [weight.detach().clone() for weight in weights]
    try:
        for layer in layers:
            layer.merge()
        yield
    finally:
        for layer, weight in zip(layers, kept, strict=True):
            if layer.merged:
                layer.unmerge()
            layer.get_base_layer().weight.data.copy_(weight)


def _dev_losses(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the losses of dev sets by name.

    >>> _dev_losses({"eval_style_loss": 2.0, "eval_style_runtime": 1.0, "eval_loss": 3.0})
    {'style': 2.0}
    """
    return {
        name.removeprefix("eval_").removesuffix("_loss"): value
        for name, value in metrics.items()
        if name.startswith("eval_") and name.endswith("_loss") and name != "eval_loss"
    }


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
                cure = "Lower train.lr and run again." if state.global_step else "Is it damaged?"
                whose = "The" if state.global_step else "The base's"
                raise HopelessError(f"{whose} loss is {loss} at update {state.global_step}. {cure}")


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
        names: Such as `tensorboard`, `wandb`.
        folder: Where TensorBoard's files go; their content depends on the time, so they lie outside
            the stage.

    Raises:
        ModelError: The HF Trainer knows no such logger.
    """
    from transformers.integrations import TensorBoardCallback
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    found: list[Any] = []
    for name in names:
        if name not in INTEGRATION_TO_CALLBACK:
            known = ", ".join(sorted(INTEGRATION_TO_CALLBACK))
            raise ModelError(f"train.report_to: no logger {name!r}. Known: {known}.")
        if name != "tensorboard":
            found.append(INTEGRATION_TO_CALLBACK[name]())
        elif find_spec("tensorboardX") is not None:
            from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

            found.append(TensorBoardCallback(SummaryWriter(str(folder))))
    return found
