"""Fine-tune a base model on pairs with TRL's SFTTrainer and PEFT."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline import models
from erastyle.pipeline.stage import Context, Stats
from erastyle.pipeline.workers import cores
from erastyle.train import checkpoints, continual, rehearsal, rows
from erastyle.train.options import RATES, TrainOptions
from erastyle.train.threads import fastest
from erastyle.train.tokens import Encoder, Example

if TYPE_CHECKING:
    from transformers import PreTrainedModel

log = logging.getLogger(__name__)
SLACK = 1.05  # a last whole pass may go over `max_tokens` by so much
OVER = "over max_tokens"
DEV_ROWS = 64  # of each kind; enough to see a loss turn
_TIMES = ("_runtime", "_per_second")  # of an evaluation, in what the trainer logs


@dataclass(frozen=True, slots=True)
class Plan:
    """The arithmetic of a training run.

    Attributes:
        batch: Rows in a micro-batch.
        accumulation: Micro-batches in an update, on each process.
        updates: Updates in all.
        padding: Share of padding.
    """

    batch: int
    accumulation: int
    updates: int
    padding: float

    def halved(self) -> Plan:
        """Return the same updates from micro-batches of half the size."""
        return replace(self, batch=self.batch // 2, accumulation=self.accumulation * 2)


@dataclass(frozen=True, slots=True)
class Sets:
    """What is trained and evaluated on.

    Attributes:
        train: Training rows.
        dev: Rows of sites that training never sees, by name: `style`, `general`, `earlier`, and
            `learnt`, a part of the training rows.
        pairs: Training pairs that became rows.
        unread: Training pairs that the budget leaves out.
        split_documents: Style documents that became several rows.
    """

    train: list[Example]
    dev: dict[str, list[Example]]
    pairs: int
    unread: Sequence[Mapping[str, Any]]
    split_documents: int


def fit(context: Context[TrainOptions]) -> Stats:
    """Train, and write `model/`, `history.json` and `samples.jsonl` into `context.out`.

    Raises:
        ModelError: The base does not fit, rows are too few, or the loss is no number.
    """
    from transformers import set_seed

    options, out, progress = context.options, context.out, context.progress
    device = options.device or models.best_device()
    tokenizer = models.load_tokenizer(options.base)
    model = models.load_base(options.base, device)
    models.check_vocabulary(options.base, model, tokenizer)
    limit = getattr(model.config, "max_position_embeddings", options.max_length)
    max_length = min(options.max_length, limit)
    encoder = Encoder(tokenizer)

    pairs = rows.load_pairs(context.inputs["pairs"])
    sets = _sets(context, pairs, encoder, model, max_length)
    tokens = rows.tokens(sets.train)
    epochs = options.epochs
    if options.max_tokens:
        epochs = max(1, min(epochs, int(options.max_tokens * SLACK // tokens)))

    set_seed(context.seed)
    if device == "cpu":
        _choose_threads(options, model, sets.train)
    plan = arithmetic(sets.train, epochs, options)
    progress.say(
        f"{len(sets.train):,} rows x {epochs} epochs = {tokens * epochs:,} tokens in "
        f"{plan.updates:,} updates; {plan.padding:.1%} padding"
    )
    briefs = [rows.request(p) for p in pairs.get(("dev", "style"), [])][: options.samples]
    progress.start("train", plan.updates, "updates")
    trainer = _train(context, model, tokenizer, sets, plan, epochs, device, briefs)
    history = _history(trainer.state.log_history)
    losses = [(h["step"], h["loss"]) for h in history if "loss" in h]
    if not losses or not all(math.isfinite(loss) for _, loss in losses):
        raise ModelError("The training loss is not a number. Lower train.lr and run again.")
    dev_loss = {
        name: [round(h[f"eval_{name}_loss"], 4) for h in history if f"eval_{name}_loss" in h]
        for name in sets.dev
    }
    stats = {
        "read": sets.pairs + len(sets.unread),
        "kept": sets.pairs,
        "dropped": len(sets.unread),
        "quarantined": 0,
        "reasons": {OVER: len(sets.unread)} if sets.unread else {},
        "rows": len(sets.train),
        "method": options.method,
        "tokens": tokens * round(trainer.state.epoch),
        "epochs": round(trainer.state.epoch),  # fewer than planned where the dev losses said so
        "best_epoch": _best_epoch(trainer, epochs),
        "stopped_because": trainer.stopped_because,
        "updates": trainer.state.global_step,
        "micro_batch": trainer.args.per_device_train_batch_size,
        "documents_split": sets.split_documents,
        "padding": round(plan.padding, 4),
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "trained_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
        "loss_first": round(losses[0][1], 4),
        "loss_last": round(losses[-1][1], 4),
        "dev_loss": dev_loss,
    }
    if not trainer.is_world_process_zero():
        return stats
    rows.write_dropped(out, sets.unread, OVER, f"{options.max_tokens:,} tokens")
    (out / "history.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    _save(context, trainer, max_length, out / "model")
    if options.continue_from:
        stats["lost"] = continual.matrix(options.continue_from, dev_loss)
        for line in continual.table(stats["lost"]):
            progress.say(line)
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    shutil.rmtree(out / "initial", ignore_errors=True)
    return stats


def _sets(
    context: Context[TrainOptions],
    pairs: rows.Pairs,
    encoder: Encoder,
    model: PreTrainedModel,
    max_length: int,
) -> Sets:
    """Encode the pairs, keep the budget, and refuse what cannot teach."""
    options, progress = context.options, context.progress
    if options.rehearsal == "self":
        pairs = rehearsal.own_answers(
            pairs, model, encoder, context.out / "own-answers.jsonl", context.seed, progress
        )
    every = {key: value for key, value in sorted(pairs.items()) if key[0] in ("train", "dev")}
    every |= continual.earlier_pairs(options, every, context.seed)

    def encode(item: tuple[str, Mapping[str, Any]]) -> list[Example]:
        progress.advance()
        return rows.encode(item[1], encoder, max_length)

    items = [(key[1], pair) for key, found in every.items() if key[0] == "train" for pair in found]
    progress.start("train", len(items), "pairs encoded")
    chosen = rows.within(items, encode, options.max_tokens, context.seed)
    train = [example for _, examples in chosen for example in examples]
    rows.refuse_bad_rows(train, encoder.eos)
    dev: dict[str, list[Example]] = {}
    for name, role in (("style", "style"), ("general", "rehearsal"), ("earlier", "earlier")):
        some = [(role, pair) for pair in every.get(("dev", role), [])[:DEV_ROWS]]
        if some:
            dev[name] = [example for item in some for example in encode(item)][:DEV_ROWS]
    style = [examples for (role, _), examples in chosen if role == "style"]
    if "style" in dev and style:
        # The style rows alone, as on the dev side: general rows are easier or harder to learn.
        learnt = [example for examples in style for example in examples]
        dev["learnt"] = rows.some(learnt, DEV_ROWS // 2, context.seed)
    used = {id(item) for item, _ in chosen}
    unread = [item[1] for item in items if id(item) not in used]
    divided = sum(len(examples) > 1 for examples in style)
    return Sets(train, dev, len(chosen), unread, divided)


def arithmetic(train: Sequence[Example], epochs: int, options: TrainOptions) -> Plan:
    """Return micro-batches and updates for about `batch_tokens` tokens in an update."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    mean = rows.tokens(train) / len(train)
    per_update = max(1, round(options.batch_tokens / mean))
    longest = max(len(r.input_ids) for r in train)
    batch = max(1, min(per_update // processes, 4096 // longest))
    accumulation = max(1, round(per_update / (batch * processes)))
    updates = math.ceil(len(train) / (batch * accumulation * processes)) * epochs
    return Plan(batch, accumulation, updates, rows.padding_share(train, batch))


def _train(
    context: Context[TrainOptions],
    model: PreTrainedModel,
    tokenizer: Any,
    sets: Sets,
    plan: Plan,
    epochs: int,
    device: str,
    briefs: Sequence[str],
) -> Any:
    """Train, with smaller micro-batches where memory runs out, and return the trainer.

    The rows of an update stay as many, so the training stays the same but for rounding.

    Raises:
        ModelError: Even one row at a time does not fit.
    """
    from accelerate.utils.memory import should_reduce_batch_size

    options = context.options
    while True:
        trainer = _trainer(context, model, tokenizer, sets, plan, epochs, device, briefs)
        try:
            trainer.train(resume_from_checkpoint=_resume(context.out / "checkpoints"))
        except (RuntimeError, MemoryError) as error:
            short = isinstance(error, MemoryError) or should_reduce_batch_size(error)
            if not short:
                raise
            if plan.batch == 1:
                raise ModelError(
                    "Out of memory with one row at a time. Lower train.max_length, choose a "
                    "smaller base, or a machine with more memory."
                ) from None
        else:
            return trainer
        plan = plan.halved()
        context.progress.say(f"out of memory: micro-batches of {plan.batch} rows from here on")
        del trainer
        _free(device)
        model = models.load_base(options.base, device)


def _free(device: str) -> None:
    import gc

    import torch

    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()


def _history(log: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the losses by update, without times: the same training gives the same file."""
    return [
        {name: line[name] for name in sorted(line) if not name.endswith(_TIMES)}
        for line in log
        if "train_runtime" not in line  # the summary, which counts from where it was resumed
    ]


def _best_epoch(trainer: Any, epochs: int) -> int:
    """Return the epoch whose weights were kept."""
    best: str | None = trainer.state.best_model_checkpoint
    update = int(best.rsplit("-", 1)[1]) if best else int(trainer.state.global_step)
    return round(update * epochs / int(trainer.state.max_steps))


def _log_every(updates: int, epochs: int) -> int:
    """Return how many updates one logged loss is the mean of: about 50 losses in all.

    It divides an epoch, so that no mean spans a checkpoint and a resumed training logs the same.

    >>> _log_every(700, 7), _log_every(15, 3), _log_every(309, 3)
    (10, 1, 1)
    """
    epoch, most = updates // epochs, max(1, updates // 50)
    return next(n for n in range(most, 0, -1) if epoch % n == 0)


def _choose_threads(options: TrainOptions, model: PreTrainedModel, train: list[Example]) -> None:
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
        return
    longest = max(train, key=lambda r: len(r.input_ids)).input_ids
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
    model: PreTrainedModel,
    tokenizer: Any,
    sets: Sets,
    plan: Plan,
    epochs: int,
    device: str,
    briefs: Sequence[str],
) -> Any:
    from datasets import Dataset, disable_progress_bars
    from transformers import PrinterCallback
    from trl import SFTConfig

    from erastyle.train.trainer import Guard, PlainLossTrainer, Report, Samples, Seal, loggers

    disable_progress_bars()
    options, dev = context.options, sets.dev
    resumes = checkpoints.newest(context.out / "checkpoints") is not None

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
        neftune_noise_alpha=options.neftune or None,
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
        eval_on_start=bool(dev) and not resumes,
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end="style" in dev,
        metric_for_best_model="eval_chosen" if "style" in dev else None,
        greater_is_better=False if "style" in dev else None,
        logging_steps=_log_every(plan.updates, epochs),
        report_to=[],
        disable_tqdm=True,
        seed=context.seed,
        data_seed=context.seed,
    )
    if options.continue_from:
        model = continual.resumed(model, options.continue_from)
    callbacks = [Report(context.progress), Seal()]
    trainer = PlainLossTrainer(
        model=model,
        args=arguments,
        train_dataset=dataset(sets.train),
        eval_dataset={name: dataset(examples) for name, examples in dev.items()} or None,
        processing_class=tokenizer,
        peft_config=_lora(options),
        callbacks=callbacks,
        kl=options.kl,
        guard=Guard(options.patience, options.max_general_rise, options.max_gap),
    )
    trainer.remove_callback(PrinterCallback)  # it prints every log line as a dictionary
    for logger in loggers(options.report_to, context.root / "tensorboard" / context.out.stem):
        trainer.add_callback(logger)
    if briefs and trainer.is_world_process_zero():
        trainer.add_callback(
            Samples(context.out / "samples.jsonl", tokenizer, briefs, context.seed)
        )
    if options.method == "lora" and options.adapter == "pissa":
        trainer.model.save_pretrained(context.out / "initial")
    return trainer


def _lora(options: TrainOptions) -> Any:
    """Return PEFT's configuration, or None where there is no new adapter."""
    if options.method != "lora" or options.continue_from:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        use_rslora=options.adapter in ("rslora", "pissa"),
        use_dora=options.adapter == "dora",
        init_lora_weights="pissa" if options.adapter == "pissa" else True,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _save(context: Context[TrainOptions], trainer: Any, max_length: int, folder: Path) -> None:
    options, model = context.options, trainer.accelerator.unwrap_model(trainer.model)
    folder.mkdir(exist_ok=True)
    part = "adapter" if options.method == "lora" else "weights"
    if options.method == "blend":
        base = models.load_base(options.base, str(model.device))
        models.set_strength(model, options.blend, base)
    more = {}
    if options.method == "lora" and options.adapter == "pissa":
        # PiSSA changes the base's weights; stored as a difference to the base as it was.
        more["path_initial_model_for_weight_conversion"] = str(context.out / "initial")
    model.save_pretrained(folder / part, **more)
    (folder / part / "README.md").unlink(missing_ok=True)  # PEFT's empty card; ours is the report
    tokenizer = models.load_tokenizer(options.base)
    tokenizer.save_pretrained(folder / "tokenizer")
    if part == "weights":
        tokenizer.save_pretrained(folder / part)
    models.write_description(
        folder,
        models.StyleModel(
            method=options.method,
            base=options.base,
            base_digest=models.base_digest(options.base),
            era=context.era.name,
            max_length=max_length,
        ),
    )
