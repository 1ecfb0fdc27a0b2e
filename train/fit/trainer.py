"""TRL's SFTTrainer with the plain loss and our early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch.nn.functional import cross_entropy, kl_div, log_softmax
from trl import SFTTrainer

from erastyle.train.choice.early_stopping import EarlyStoppingGuard, EpochVerdict
from erastyle.train.choice.page_choice import PageChoice, PageScore
from erastyle.train.choice.written_pages import WrittenPages
from erastyle.train.data.length_batches import ByLength
from erastyle.train.data.training_row import IGNORED
from erastyle.train.fit.chunked_loss import loss_sum, output_layer
from erastyle.train.fit.products import Products, give_back_memory, rounded

MERGED_WEIGHTS = 50_000_000  # at most; they are held twice while an adapter is merged


class PlainLossTrainer(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer without its entropy and accuracy metrics, which cost a quarter of the time."""

    def __init__(
        self,
        *args: Any,
        kl: float,
        guard: EarlyStoppingGuard,
        pages: WrittenPages | None = None,
        products: Products = "float32",
        **more: Any,
    ) -> None:
        """Take SFTTrainer's arguments and our own.

        Args:
            args: Arguments of SFTTrainer.
            kl: Weight of the divergence from the base.
            guard: When to stop, and what may not be kept.
            pages: Pages by which the checkpoint is chosen; None: the style loss chooses.
            products: Number type of the products in an update. Dev losses and pages are exact.
            more: Keyword arguments of SFTTrainer.
        """
        super().__init__(*args, **more)
        self._kl, self._guard, self._pages = kl, guard, pages
        self._products = products
        self._choice = PageChoice(guard.patience)
        self._verdict: EpochVerdict | None = None
        self._nothing_kept = True  # whether every epoch before this one was passed over
        self.look_updates: set[int] = set()
        self.looking, self.looks = 0.0, 0
        self.shortened: dict[str, int] | None = None

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Return the order of rows: ours where they are grouped by length."""
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(train_dataset)
        rows = self.train_dataset if train_dataset is None else train_dataset
        size = self.args.train_batch_size * self.args.world_size
        return ByLength([len(ids) for ids in rows["input_ids"]], size, self.args.data_seed)

    def training_step(self, *args: Any, **more: Any) -> torch.Tensor:
        """Pass there and back over a micro-batch, and return its loss."""
        with rounded(self._products):
            loss: torch.Tensor = super().training_step(*args, **more)
        if self._products != "float32":
            give_back_memory()
        return loss

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
        """Evaluate all dev sets, then judge the epoch and say whether to go on."""
        started = time.monotonic()
        with merged(self.accelerator.unwrap_model(self.model)):
            metrics: dict[str, float] = super().evaluate(*args, **more)
            losses = _dev_losses(metrics)
            if "style" in losses and len(losses) > 1:  # all sets together, not one of them
                self._judge_epoch(losses)
                self.looking += time.monotonic() - started
                self.looks += 1
        return metrics

    def _judge_epoch(self, losses: Mapping[str, float]) -> None:
        """Take the losses and the pages of this moment into account."""
        self._go_on()
        self._nothing_kept = math.isinf(self._guard.best)
        self._verdict = self._guard.judge(losses)
        why = self._verdict.why_stop
        if self._pages is not None:
            why = self._look(losses["style"], self._verdict) or why
        if why and self.state.global_step:
            self.control.should_training_stop = True

    def _look(self, loss: float, verdict: EpochVerdict) -> str:
        """Let the model write pages, log their score, and return why to stop, or ""."""
        assert self._pages is not None
        update, epoch = self.state.global_step, self.state.epoch or 0.0
        score: list[PageScore | None] = [None]
        if self.is_world_process_zero():
            model = self.accelerator.unwrap_model(self.model)
            if update:
                score = [self._pages.look(model, update, epoch, loss)]
            else:
                self._pages.first_look(model, loss)
        if self.accelerator.num_processes > 1:
            from accelerate.utils import broadcast_object_list

            broadcast_object_list(score)
        if score[0] is None:
            return ""
        self.log(score[0].logged())
        return self._choice.add(replace(score[0], loss=loss, passed_over=verdict.passed_over))

    def _go_on(self) -> None:
        """Learn from the log what an interrupted training saw before."""
        if self._guard.start:
            return
        self._replay(self.state.global_step, self._guard, self._choice)
        there = {
            int(path.name.rpartition("-")[2])
            for path in Path(self.args.output_dir).glob("checkpoint-*")
        }
        alive = self._choice.alive
        self._choice.alive = [score for score in alive if score.update in there]

    def kept_updates(self) -> set[int]:
        """Return the updates whose checkpoints can still become the model."""
        self._go_on()
        return self._choice.kept

    def _determine_best_metric(self, metrics: dict[str, float], trial: Any) -> bool:
        """Keep the epoch with the lowest style loss; one that is passed over only for want of any.

        The HF Trainer compares the style loss alone. Where pages choose, theirs is the choice.
        """
        if self._pages is not None and (chosen := self._choice.chosen) is not None:
            self.state.best_global_step = chosen.update
            self.state.best_metric = chosen.share
            return bool(chosen.update == self.state.global_step)
        if self._verdict is not None and not self._nothing_kept and self._verdict.passed_over:
            return False
        if self._verdict is not None and self._nothing_kept and not self._verdict.passed_over:
            self.state.best_metric = None  # the epochs before were all passed over
        return bool(super()._determine_best_metric(metrics, trial))

    def stopped_because(self) -> str:
        """Return why the training ended early, or "" where it did not.

        Where every epoch was passed over, the least bad one is kept, and this says so. It is read
        from the log, so that an interruption changes nothing.
        """
        guard, choice = self._guard.anew(), PageChoice(self._guard.patience)
        verdicts, by_pages = self._replay(self.state.global_step + 1, guard, choice)
        if len(verdicts) < 2:  # the first is of before training
            return ""
        why = by_pages or verdicts[-1].why_stop
        if self._pages is None and math.isinf(guard.best):
            kept = min(range(1, len(verdicts)), key=lambda epoch: verdicts[epoch])
            return (
                f"{why}; every epoch was passed over, and epoch {kept} is kept "
                "nevertheless, for there is no other"
            )
        return why

    def page_choice(self) -> PageChoice | None:
        """Return the choice by pages; None where the losses chose."""
        if self._pages is None:
            return None
        choice = PageChoice(self._guard.patience)
        self._replay(self.state.global_step + 1, self._guard.anew(), choice)
        return choice

    def _replay(
        self, before: int, guard: EarlyStoppingGuard, choice: PageChoice
    ) -> tuple[list[EpochVerdict], str]:
        """Return the verdicts on the evaluations before an update, and why pages ended it."""
        verdicts: list[EpochVerdict] = []
        why = ""
        for losses, judged in self._evaluated(before):
            verdict = guard.judge(losses)
            verdicts.append(verdict)
            score = PageScore.from_log(judged, losses["style"], passed_over=verdict.passed_over)
            why = choice.add(score) if score is not None else ""
        return verdicts, why

    def _evaluated(self, before: int) -> list[tuple[dict[str, float], dict[str, Any]]]:
        """Return the dev losses and the pages' scores before an update, in order."""
        by_step: dict[int, tuple[dict[str, float], dict[str, Any]]] = {}
        for line in self.state.log_history:
            if line["step"] < before:
                losses, judged = by_step.setdefault(line["step"], ({}, {}))
                losses.update(_dev_losses(line))
                if "judged_share" in line:
                    judged.update(line)
        return [both for _, both in sorted(by_step.items()) if "style" in both[0]]


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
