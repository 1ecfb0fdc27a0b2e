"""Stage `train`: fine-tune a base model on pairs with TRL's SFTTrainer and PEFT."""

from __future__ import annotations

import json
import logging
import math
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options
from erastyle.pipeline import ledger, models
from erastyle.pipeline.models import Method, StyleModel
from erastyle.pipeline.progress import Progress
from erastyle.pipeline.stage import Context, Stage, Stats
from erastyle.pipeline.workers import cores
from erastyle.train import checkpoints
from erastyle.train.threads import fastest
from erastyle.train.tokens import Encoder, Example, ends_well

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)
FEWEST_ROWS = 8
SLACK = 1.05  # a last whole pass may go over `max_tokens` by so much
MUST_END = 0.99  # share of completions that must end in an end token that is learnt
_TIMES = ("_runtime", "_per_second")  # of an evaluation, in what the trainer logs
RATES: Mapping[Method, float] = {"lora": 2e-3, "full": 5e-4}


class TrainOptions(Options):
    """Options of `train`. TRL's own defaults cut rows silently and are slow on a CPU."""

    base: str = models.STARTER
    """Base model: `starter` (embedded, tiny), a folder, or a hub name."""
    method: Method = "lora"
    """`lora` trains small matrices beside the frozen weights; `full` trains all weights."""
    epochs: int = Field(default=3, ge=1, le=100)
    """Most passes over the pairs; fewer where `max_tokens` or the dev loss says so."""
    max_tokens: int | None = Field(default=360_000, ge=1000)
    """Most tokens to train on, all epochs together, give or take a twentieth; null for no limit.
    The default suits two cores: with a GPU, or an evening of time, set it to null."""
    lr: float | None = Field(default=None, gt=0)
    """Peak learning rate; null takes 2e-3 for LoRA and 5e-4 for full (for small models)."""
    max_length: int = Field(default=1024, ge=64)
    """Longest row in tokens. Longer documents are split at paragraphs, never cut."""
    batch_tokens: int = Field(default=3072, ge=64)
    """Tokens in an update, about."""
    rank: int = Field(default=32, ge=1)
    """LoRA rank, on all linear layers."""
    alpha: float = Field(default=32, gt=0)
    """LoRA scale; the update is multiplied by alpha / sqrt(rank) (rsLoRA)."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """LoRA dropout; it costs time on a CPU."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Weight decay."""
    patience: int = Field(default=2, ge=1)
    """Stop after so many epochs without a better loss on the dev sites."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=0, ge=0, exclude=True)
    """Threads of torch; 0 measures which number is fastest."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The encoded rows of one split and role, with what became of the pairs.

    Attributes:
        examples: Training rows.
        split_documents: Pairs that gave more than one row.
    """

    examples: list[Example]
    split_documents: int

    @property
    def tokens(self) -> int:
        """Tokens in all rows."""
        return sum(len(e.input_ids) for e in self.examples)


def encode(
    pairs: Sequence[Mapping[str, Any]], encoder: Encoder, max_length: int, progress: Progress
) -> Rows:
    """Return the training rows of `pairs`, long documents split."""
    found: list[Example] = []
    divided = 0
    for pair in pairs:
        before = len(found)
        request, answer = pair["prompt"][0]["content"], pair["completion"][0]["content"]
        found.extend(encoder.examples(request, answer, max_length))
        divided += len(found) - before > 1
        progress.advance()
    return Rows(found, divided)


def refuse_bad_rows(rows: Sequence[Example], eos: int) -> None:
    """Refuse rows from which a model would not learn, or not learn to stop.

    Raises:
        ModelError: Too few rows, or fewer than 99 % end in an end token that is learnt.
    """
    if len(rows) < FEWEST_ROWS:
        raise ModelError(
            f"Only {len(rows)} training rows; at least {FEWEST_ROWS} are needed, and a few hundred "
            "for a style. Add sources, or loosen the era's quality rules."
        )
    good = sum(ends_well(row, eos) for row in rows)
    if good < MUST_END * len(rows):
        raise ModelError(
            f"Only {good} of {len(rows)} completions end in the end token that is learnt; the "
            "model would never learn to stop. Check the base's chat template and end token."
        )


def within(rows: Sequence[Example], tokens: int, seed: int) -> list[Example]:
    """Return a seeded choice of rows that holds at most `tokens` tokens, or all."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a choice, not a secret
    chosen, total = [], 0
    for index in order:
        total += len(rows[index].input_ids)
        if total > tokens:
            break
        chosen.append(index)
    return [rows[index] for index in sorted(chosen)]


def padding_share(rows: Sequence[Example], batch: int) -> float:
    """Return the share of padding when rows are batched by length.

    >>> padding_share([Example([1, 1], []), Example([1], [])], 2)
    0.25
    """
    lengths = sorted(len(r.input_ids) for r in rows)
    groups = [lengths[i : i + batch] for i in range(0, len(lengths), batch)]
    padded = sum(max(g) * len(g) for g in groups)
    return 1 - sum(lengths) / padded


def _load_pairs(folder: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in ledger.rows(folder / "kept"):
        found.setdefault((row["split"], row["role"]), []).append(row)
    return found


def _run(context: Context[TrainOptions]) -> Stats:
    from transformers import set_seed

    options, out, progress = context.options, context.out, context.progress
    device = options.device or models.best_device()
    tokenizer = models.load_tokenizer(options.base)
    model = models.load_base(options.base, device)
    models.check_vocabulary(options.base, model, tokenizer)
    limit = getattr(model.config, "max_position_embeddings", options.max_length)
    max_length = min(options.max_length, limit)
    encoder = Encoder(tokenizer)

    pairs = _load_pairs(context.inputs["pairs"])
    used = ("train", "dev")
    progress.start("train", sum(len(v) for k, v in pairs.items() if k[0] in used), "pairs encoded")
    encoded = {
        key: encode(value, encoder, max_length, progress)
        for key, value in sorted(pairs.items())
        if key[0] in used
    }
    style = encoded.get(("train", "style"), Rows([], 0))
    rehearsal = encoded.get(("train", "rehearsal"), Rows([], 0))
    rows = style.examples + rehearsal.examples
    refuse_bad_rows(rows, tokenizer.eos_token_id)
    available = len(rows)
    if options.max_tokens:
        rows = within(rows, options.max_tokens, context.seed)
        refuse_bad_rows(rows, tokenizer.eos_token_id)
    tokens = sum(len(r.input_ids) for r in rows)
    epochs = options.epochs
    if options.max_tokens:
        epochs = max(1, min(epochs, int(options.max_tokens * SLACK // tokens)))

    set_seed(context.seed)
    if device == "cpu":
        _choose_threads(options, model, rows)
    plan = _arithmetic(rows, tokens, epochs, options)
    progress.say(
        f"{len(rows):,} rows x {epochs} epochs = {tokens * epochs:,} tokens in {plan.updates:,} "
        f"updates; {plan.padding:.1%} padding"
    )
    dev = {
        name: encoded[key].examples[:64]
        for name, key in (("style", ("dev", "style")), ("general", ("dev", "rehearsal")))
        if key in encoded
    }
    trainer = _trainer(context, options, model, tokenizer, rows, dev, plan, epochs, device)
    progress.start("train", plan.updates, "updates")
    trainer.train(resume_from_checkpoint=_resume(out / "checkpoints"))
    _save(context, options, trainer.model, max_length, out / "model")
    history = _history(trainer.state.log_history)
    losses = [(h["step"], h["loss"]) for h in history if "loss" in h]
    if not losses or not all(math.isfinite(loss) for _, loss in losses):
        raise ModelError("The training loss is not a number. Lower train.lr and run again.")
    (out / "history.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    done = round(trainer.state.epoch)  # fewer than planned where the dev loss said so
    return {
        "read": available,
        "kept": len(rows),
        "dropped": available - len(rows),
        "quarantined": 0,
        "reasons": {"over max_tokens": available - len(rows)} if len(rows) < available else {},
        "tokens": tokens * done,
        "epochs": done,
        "updates": trainer.state.global_step,
        "documents_split": style.split_documents,
        "padding": round(plan.padding, 4),
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "trained_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        "loss_first": round(losses[0][1], 4),
        "loss_last": round(losses[-1][1], 4),
        "dev_loss": {
            name: [round(h[f"eval_{name}_loss"], 4) for h in history if f"eval_{name}_loss" in h]
            for name in dev
        },
    }


@dataclass(frozen=True, slots=True)
class Plan:
    """The arithmetic of a training run: rows in a micro-batch, micro-batches in an update."""

    batch: int
    accumulation: int
    updates: int
    padding: float


def _history(log: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the losses by update, without times: the same training gives the same file."""
    return [
        {name: line[name] for name in sorted(line) if not name.endswith(_TIMES)}
        for line in log
        if "train_runtime" not in line  # the summary, which counts from where it was resumed
    ]


def _log_every(updates: int, epochs: int) -> int:
    """Return how many updates one logged loss is the mean of: about 50 losses in all.

    It divides an epoch, so that no mean spans a checkpoint and a resumed training logs the same.

    >>> _log_every(700, 7), _log_every(15, 3), _log_every(309, 3)
    (10, 1, 1)
    """
    epoch, most = updates // epochs, max(1, updates // 50)
    return next(n for n in range(most, 0, -1) if epoch % n == 0)


def _arithmetic(rows: Sequence[Example], tokens: int, epochs: int, options: TrainOptions) -> Plan:
    mean = tokens / len(rows)
    per_update = max(1, round(options.batch_tokens / mean))
    batch = max(1, min(per_update, 4096 // max(len(r.input_ids) for r in rows)))
    accumulation = max(1, round(per_update / batch))
    updates = math.ceil(len(rows) / (batch * accumulation)) * epochs
    return Plan(batch, accumulation, updates, padding_share(rows, batch))


def _choose_threads(options: TrainOptions, model: PreTrainedModel, rows: Sequence[Example]) -> None:
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
        return
    longest = max(rows, key=lambda r: len(r.input_ids)).input_ids
    ids = torch.tensor([longest] * 2)

    def step() -> None:
        model(input_ids=ids, labels=ids).loss.backward()
        model.zero_grad(set_to_none=True)

    fastest(step, cores())


def _resume(folder: Path) -> str | None:
    found = checkpoints.newest(folder)
    for path in folder.glob("checkpoint-*"):
        if path != found and not checkpoints.verifies(path):
            shutil.rmtree(path)
    return str(found) if found else None


def _trainer(
    context: Context[TrainOptions],
    options: TrainOptions,
    model: PreTrainedModel,
    tokenizer: Any,
    rows: Sequence[Example],
    dev: Mapping[str, Sequence[Example]],
    plan: Plan,
    epochs: int,
    device: str,
) -> Any:
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import SFTConfig

    from erastyle.train.trainer import PlainLossTrainer, Report, Seal, StopEarly

    disable_progress_bars()

    def dataset(examples: Sequence[Example]) -> Any:
        return Dataset.from_list([{"input_ids": e.input_ids, "labels": e.labels} for e in examples])

    gpu = device != "cpu"
    arguments = SFTConfig(
        output_dir=str(context.out / "checkpoints"),
        per_device_train_batch_size=plan.batch,
        per_device_eval_batch_size=plan.batch,
        gradient_accumulation_steps=plan.accumulation,
        num_train_epochs=epochs,
        learning_rate=options.lr or RATES[options.method],
        lr_scheduler_type="cosine",
        warmup_steps=max(1, plan.updates // 20),
        weight_decay=options.weight_decay,
        max_grad_norm=1.0,
        train_sampling_strategy="group_by_length",
        max_length=None,  # rows are split before; nothing may be cut here
        packing=False,  # on a CPU, grouping by length beats packing; see docs/training.md
        dataset_kwargs={"skip_prepare_dataset": True},
        gradient_checkpointing=gpu,
        bf16=gpu,
        use_cpu=not gpu,
        dataloader_num_workers=0,
        dataloader_pin_memory=gpu,
        eval_strategy="epoch" if dev else "no",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end="style" in dev,
        metric_for_best_model="eval_style_loss" if "style" in dev else None,
        greater_is_better=False if "style" in dev else None,
        logging_steps=_log_every(plan.updates, epochs),
        report_to=[],
        disable_tqdm=True,
        seed=context.seed,
        data_seed=context.seed,
    )
    lora = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        use_rslora=True,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    callbacks = [Report(context.progress), Seal()]
    if "style" in dev:
        callbacks.append(StopEarly(options.patience))
    trainer = PlainLossTrainer(
        model=model,
        args=arguments,
        train_dataset=dataset(rows),
        eval_dataset={name: dataset(examples) for name, examples in dev.items()} or None,
        processing_class=tokenizer,
        peft_config=lora if options.method == "lora" else None,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)  # it prints every log line as a dictionary
    return trainer


def _save(
    context: Context[TrainOptions], options: TrainOptions, model: Any, max_length: int, folder: Path
) -> None:
    folder.mkdir(exist_ok=True)
    part = "adapter" if options.method == "lora" else "weights"
    model.save_pretrained(folder / part)
    (folder / part / "README.md").unlink(missing_ok=True)  # PEFT's empty card; ours is the report
    models.load_tokenizer(options.base).save_pretrained(folder / "tokenizer")
    if options.method == "full":
        models.load_tokenizer(options.base).save_pretrained(folder / part)
    models.write_description(
        folder,
        StyleModel(
            method=options.method,
            base=options.base,
            base_digest=models.base_digest(options.base),
            era=context.era.name,
            max_length=max_length,
        ),
    )


def _reads(options: TrainOptions) -> Mapping[str, str]:
    return {"base": models.base_digest(options.base)}


TRAIN = Stage(
    "train",
    "Fine-tune the base model on the pairs.",
    TrainOptions,
    _run,
    needs=("pairs",),
    seeded=True,
    resumable=True,
    reads=_reads,
)
