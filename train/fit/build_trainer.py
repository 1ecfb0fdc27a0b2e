"""Builds TRL's trainer for one training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from erastyle.pipeline.runtime.stage import Context
from erastyle.train.choice import samples
from erastyle.train.choice.page_choice import moments
from erastyle.train.choice.written_pages import WrittenPages
from erastyle.train.data import packing, rows
from erastyle.train.data.datasets import Sets
from erastyle.train.fit import checkpoints, continue_from, products
from erastyle.train.fit.hardware import LIGER, Settings
from erastyle.train.fit.memory_estimate import uses_lean_layers
from erastyle.train.fit.plan import Plan, log_every
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import Recipe


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One training, without the model that it changes.

    Attributes:
        context: Context of the train stage.
        tokenizer: Tokenizer of the base.
        sets: Rows to train and to evaluate on.
        rows: The training rows as a dataset, packed where the plan says so.
        plan: Micro-batches and updates.
        epochs: Passes over the rows.
        settings: How the machine is used.
        recipe: Rate, rank, scale and batch.
        briefs: Briefs that are answered after each epoch.
        pages: Pages by which the checkpoint is chosen; None: the losses choose.
    """

    context: Context[TrainOptions]
    tokenizer: Any
    sets: Sets
    rows: Any
    plan: Plan
    epochs: int
    settings: Settings
    recipe: Recipe
    briefs: Sequence[str] = ()
    pages: WrittenPages | None = None

    @property
    def look_updates(self) -> set[int]:
        """The updates within epochs after which pages are judged."""
        if self.pages is None:
            return set()
        return moments(
            self.plan.updates,
            self.epochs,
            rows.tokens(self.sets.train),
            self.context.options.judge_tokens,
            log_every(self.plan.updates, self.epochs),
        )


def trainer(job: TrainingJob, model: Any) -> Any:
    """Return the trainer of a job, ready to train `model`."""
    import torch
    from datasets import disable_progress_bars
    from transformers import PrinterCallback

    from erastyle.train.choice.early_stopping import EarlyStoppingGuard
    from erastyle.train.fit import lean_layers
    from erastyle.train.fit.callbacks import TrainingProgress, loggers
    from erastyle.train.fit.trainer import PlainLossTrainer

    disable_progress_bars()
    context, dev = job.context, job.sets.dev
    options = context.options
    if options.continue_from:
        model = continue_from.resumed(model, options.continue_from)
    given = {name: weight.data for name, weight in model.named_parameters()}
    made = PlainLossTrainer(
        model=model,
        args=arguments(job),
        train_dataset=job.rows,
        eval_dataset={name: packing.dataset(some) for name, some in dev.items()} or None,
        processing_class=job.tokenizer,
        peft_config=lora(options, job.recipe),
        callbacks=[TrainingProgress(context.progress)],
        kl=options.kl,
        guard=EarlyStoppingGuard(
            options.patience,
            options.max_general_rise,
            options.max_gap,
            by_pages=job.pages is not None,
        ),
        pages=job.pages,
        products=job.settings.products,
    )
    for name, weight in made.model.named_parameters():
        if weight.requires_grad and weight.dtype == torch.bfloat16:
            # TRL rounds an adapter beside a base of 4 bits; it could not add small updates then.
            exact = given.get(name)  # of an adapter that is trained further
            weight.data = weight.data.float() if exact is None else exact.float()
    if not job.settings.gpu and uses_lean_layers(options, job.recipe):
        lean_layers.install(made.model)
    made.remove_callback(PrinterCallback)  # it prints every log line as a dictionary
    for logger in loggers(options.report_to, context.root / "tensorboard" / context.out.stem):
        made.add_callback(logger)
    _watch(made, job)
    if options.method == "lora" and job.recipe.adapter == "pissa":
        made.model.save_pretrained(context.out / "initial")
    return made


def _watch(made: Any, job: TrainingJob) -> None:
    """Add what looks on while a trainer trains: looks, checkpoints by time, samples, hashes."""
    from erastyle.train.fit.callbacks import Looks, Samples, Seal
    from erastyle.train.fit.pace import TimedCheckpoints

    context, options = job.context, job.context.options
    if updates := job.look_updates:
        made.add_callback(Looks(updates))
    epoch = job.plan.updates // job.epochs
    made.look_updates = updates | {epoch * (n + 1) for n in range(job.epochs)}
    if made.accelerator.num_processes == 1:  # several would have to agree on the time
        timed = TimedCheckpoints(
            made, options.checkpoint_minutes, options.seconds, context.progress
        )
        made.add_callback(timed)
    if job.briefs and job.pages is None and made.is_world_process_zero():
        path = context.out / samples.FILE
        made.add_callback(Samples(path, job.tokenizer, job.briefs, context.seed, context.progress))
    made.add_callback(Seal(made.kept_updates if job.pages is not None else None))


def arguments(job: TrainingJob) -> Any:
    """Return the arguments of TRL's trainer for a job."""
    from erastyle.train.fit.one_device import OneDeviceConfig

    context, plan, settings = job.context, job.plan, job.settings
    options, dev = context.options, job.sets.dev
    resumes = checkpoints.newest(context.out / "checkpoints") is not None
    return OneDeviceConfig(
        on_device=settings.device if settings.gpu else "",
        output_dir=str(context.out / "checkpoints"),
        per_device_train_batch_size=plan.batch,
        per_device_eval_batch_size=plan.batch,
        gradient_accumulation_steps=plan.accumulation,
        num_train_epochs=job.epochs,
        learning_rate=job.recipe.lr,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, plan.updates // 20),
        weight_decay=options.weight_decay,
        neftune_noise_alpha=options.neftune or None,
        max_grad_norm=1.0,
        train_sampling_strategy="random" if plan.packed else "group_by_length",
        max_length=None,  # rows are split before; nothing may be cut here
        packing=plan.packed,
        packing_strategy="bfd",
        pad_to_multiple_of=None if plan.packed else products.padded_to(settings.products),
        dataset_kwargs={"skip_prepare_dataset": True},
        gradient_checkpointing=settings.checkpointing,
        bf16=settings.mixed,
        use_liger_kernel=settings.liger,
        liger_kernel_config=LIGER if settings.liger else None,
        use_cpu=not settings.gpu,
        dataloader_num_workers=0,
        dataloader_pin_memory=settings.gpu,
        eval_strategy="epoch" if dev else "no",
        eval_on_start=bool(dev) and not resumes,
        save_strategy="epoch",
        save_total_limit=2 if job.pages is None else None,  # `Seal` removes checkpoints then
        load_best_model_at_end="style" in dev,
        metric_for_best_model="eval_style_loss" if "style" in dev else None,
        greater_is_better=False if "style" in dev else None,
        logging_steps=log_every(plan.updates, job.epochs),
        logging_nan_inf_filter=False,  # it would put the mean in the place of what is no number
        report_to=[],
        disable_tqdm=True,
        seed=context.seed,
        data_seed=context.seed,
    )


def lora(options: TrainOptions, recipe: Recipe) -> Any:
    """Return PEFT's configuration, or None where there is no new adapter."""
    if options.method != "lora" or options.continue_from:
        return None
    from peft import LoraConfig

    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=options.dropout,
        use_rslora=recipe.adapter in ("rslora", "pissa"),
        use_dora=recipe.adapter == "dora",
        init_lora_weights="pissa" if recipe.adapter == "pissa" else True,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
