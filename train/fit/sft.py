"""Fine-tunes a base model on pairs with TRL's SFTTrainer and PEFT."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context, Stats
from erastyle.pipeline.runtime.workers import cores
from erastyle.train.choice import samples
from erastyle.train.choice.page_choice import LOGGED, PAGE_TOKENS
from erastyle.train.choice.page_judge import JudgeOfFolder
from erastyle.train.choice.written_pages import WrittenPages, briefs_of
from erastyle.train.data import packing, rows
from erastyle.train.data.datasets import Sets, encoded
from erastyle.train.data.rows import HopelessError
from erastyle.train.data.training_row import TrainingRow
from erastyle.train.fit import (
    build_trainer,
    checkpoints,
    continue_from,
    hardware,
    interrupts,
    memory_estimate,
    products,
)
from erastyle.train.fit.build_trainer import TrainingJob
from erastyle.train.fit.hardware import Settings
from erastyle.train.fit.plan import Plan, arithmetic, micro_batch_tokens
from erastyle.train.model import devices, loading, strength
from erastyle.train.model.folder import StyleModelInfo, write_description
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.threads import BUDGET, fastest, free_cores
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import Recipe, recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SLACK = 1.05  # a last whole pass may go over `max_tokens` by so much
PROBE_TOKENS = 512  # of a row that is timed before training; more say no more and take longer
FEWEST_PROBE_TOKENS = 8
PROBE_FLOPS = 1e10  # of one timed pass: some tenths of a second on one core
FORECAST_FLOPS = 2e11  # of the pass by which the time of a training is foretold: a second or two
FLOPS_PER_WEIGHT = 6  # there and back, for each token
UNFINISHED = ("checkpoints", "initial")  # what is only there to go on from
_TIMES = ("_runtime", "_per_second")  # of an evaluation, in what the trainer logs


def fit(context: Context[TrainOptions], judge_of: JudgeOfFolder | None = None) -> Stats:
    """Train, and write `model/`, `history.json` and `samples.jsonl` into `context.out`.

    Args:
        context: Context of the train stage.
        judge_of: Returns the judge of written pages in the folder of the stage `classifier`.

    Raises:
        HopelessError: Rows are too few or do not teach to stop, or the loss is no number. Nothing
            stays in `context.out` then: to go on from it would end in the same error.
        ModelError: The base does not fit, or cannot be loaded now. What was trained stays, to go
            on from.
    """
    try:
        return _fit(context, judge_of)
    except HopelessError:
        _remove(context.out, *UNFINISHED, "own-answers.jsonl", samples.FILE, samples.PAGES)
        raise


def _fit(context: Context[TrainOptions], judge_of: JudgeOfFolder | None) -> Stats:
    options, out, progress = context.options, context.out, context.progress
    device = hardware.own(options.device or devices.best_device(), os.environ)
    tokenizer = loading.load_tokenizer(options.base)
    settings = hardware.choose(hardware.look(device), options)
    model, settings = base(options, settings, progress)
    loading.check_vocabulary(options.base, model, tokenizer)
    limit = getattr(model.config, "max_position_embeddings", options.max_length)
    max_length = min(options.max_length, limit)

    pairs = rows.load_pairs(context.inputs["pairs"])
    chosen = recipe(options, model.num_parameters())
    once = options.max_tokens // chosen.passes if options.max_tokens else None
    sets = encoded(context, pairs, Encoder(tokenizer), model, max_length=max_length, once=once)
    epochs = _epochs(options, chosen, rows.tokens(sets.train))
    chosen = recipe(options, model.num_parameters(), rows.tokens(sets.train) * epochs)
    each = None
    if device == "cpu":
        with products.rounded(settings.products):
            each = _choose_threads(options, model, sets.train, progress)
    data, lengths = packing.arranged(sets.train, packing=settings.packing)
    micro_batch = micro_batch_tokens(model.num_parameters(), device)
    plan = arithmetic(
        lengths,
        epochs,
        chosen.batch_tokens,
        packed=settings.packing,
        micro_batch=micro_batch,
        multiple=products.padded_to(settings.products),
    )
    needed = memory_estimate.of_training(model, options, plan.batch * plan.longest, device)
    progress.say(hardware.sentence(settings))
    progress.say(_forecast(sets, plan, epochs, needed, each, options.seconds or 0))
    dev_pairs = pairs.get(("dev", "style"), [])
    briefs = [rows.request(p) for p in dev_pairs][: options.samples]
    pages = _pages(context, tokenizer, dev_pairs, judge_of) if "style" in sets.dev else None
    job = TrainingJob(context, tokenizer, sets, data, plan, epochs, settings, chosen, briefs, pages)
    if pages is not None:
        looks = len(job.look_updates) + epochs
        progress.say(
            f"the checkpoint is chosen by the choosing judge: {len(pages.briefs)} briefs of dev "
            f"sites at {looks} checkpoints, {looks * len(pages.briefs) * PAGE_TOKENS:,} tokens "
            "to write at most"
        )
    progress.start("train", plan.updates, "updates")
    trainer = _train(job, model)
    history = _history(trainer.state.log_history)
    stats = (
        _outcome(trainer, sets, history, epochs)
        | {
            "method": options.method,
            "settings": asdict(chosen),
            "memory": needed,
            "products": settings.products,
            "padding": round(plan.padding, 4),
        }
        | _chosen(trainer, options)
    )
    if "chosen_because" in stats:
        progress.say(stats["chosen_because"])
    if stats["stopped_because"]:
        progress.say(f"training stopped: {stats['stopped_because']}")
    unlearnt = (
        rows.Unlearnt(
            sets.unread, rows.OVER, f"{options.max_tokens:,} tokens" if options.max_tokens else ""
        ),
        rows.Unlearnt(sets.too_long, rows.TOO_LONG, f"{max_length:,} tokens"),
        rows.Unlearnt(sets.rests, rows.REST, f"rows of {max_length:,} tokens"),
    )
    stats["reasons"] = {group.reason: len(group.pairs) for group in unlearnt if group.pairs}
    if not trainer.is_world_process_zero():
        return stats
    rows.write_dropped(out, *unlearnt)
    (out / "history.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    _save(context, trainer, max_length, settings, out / "model")
    if options.continue_from:
        lost = continue_from.matrix(options.continue_from, stats["dev_loss"], stats["best_epoch"])
        stats["lost"] = lost
        for line in continue_from.table(lost):
            progress.say(line)
    _remove(out, *UNFINISHED)
    return stats


def _pages(
    context: Context[TrainOptions],
    tokenizer: Any,
    pairs: Sequence[Mapping[str, Any]],
    judge_of: JudgeOfFolder | None,
) -> WrittenPages | None:
    """Return the pages by which the checkpoint is chosen, or None where the losses choose."""
    options = context.options
    if options.choose_by != "judge":
        return None
    if judge_of is None:
        raise HopelessError("train.choose_by=judge needs a judge, and none was given.")
    try:
        judge = judge_of(context.inputs["classifier"])
    except ModelError as error:
        context.progress.say(f"no judge of pages, so the losses choose the checkpoint: {error}")
        return None
    return WrittenPages(
        context.out,
        tokenizer,
        briefs_of(pairs, options.judge_briefs, context.seed),
        judge,
        context.seed,
        options.samples,
        context.progress,
    )


def _chosen(trainer: Any, options: TrainOptions) -> dict[str, Any]:
    """Return what chose the checkpoint and whether time cut the training, for the manifest."""
    more: dict[str, Any] = {"shortened": trainer.shortened} if trainer.shortened else {}
    choice = trainer.page_choice()
    if choice is None:
        return more | ({"choose_by": "loss"} if options.choose_by == "judge" else {})
    chosen = choice.chosen
    return more | {
        "choose_by": "judge",
        "best_update": chosen.update if chosen else None,
        "chosen_because": choice.sentence(),
        "judged": [
            {
                "update": line["step"],
                **{name: round(line[f"judged_{name}"], 4) for name in LOGGED},
            }
            for line in trainer.state.log_history
            if "judged_share" in line
        ],
    }


def _epochs(options: TrainOptions, chosen: Recipe, tokens: int) -> int:
    """Return the passes over `tokens` that the budget allows; at least one."""
    if not options.max_tokens:
        return chosen.epochs
    return max(1, min(chosen.epochs, int(options.max_tokens * SLACK // tokens)))


def _forecast(
    sets: Sets, plan: Plan, epochs: int, needed: float, each: float | None, most: float
) -> str:
    """Return what the training will do, in one sentence.

    Args:
        sets: The rows.
        plan: Micro-batches and updates.
        epochs: Passes over the rows.
        needed: Bytes of memory.
        each: Seconds for a token, or None where it was not timed.
        most: Seconds after which the training ends; 0: none are given.
    """
    tokens = rows.tokens(sets.train) * epochs
    return (
        f"{len(sets.train):,} rows x {epochs} epochs = {tokens:,} tokens in "
        f"{plan.updates:,} updates; {plan.padding:.1%} padding; "
        f"about {needed / 1e9:.1f} GB of memory{_minutes(each, tokens, most)}"
    )


def _outcome(
    trainer: Any, sets: Sets, history: Sequence[Mapping[str, Any]], epochs: int
) -> dict[str, Any]:
    """Return what was learnt, for the manifest.

    Raises:
        HopelessError: The training loss is not a number.
    """
    losses = [line["loss"] for line in history if "loss" in line]
    if not losses or not all(math.isfinite(loss) for loss in losses):
        raise HopelessError("The training loss is not a number. Lower train.lr and run again.")
    # The rest of a long document is read and dropped beside its beginning, which is kept.
    dropped = len(sets.unread) + len(sets.too_long) + len(sets.rests)
    weights = list(trainer.model.parameters())
    return {
        "read": sets.pairs + dropped,
        "kept": sets.pairs,
        "dropped": dropped,
        "quarantined": 0,
        "rows": len(sets.train),
        "tokens": round(rows.tokens(sets.train) * trainer.state.epoch),
        "epochs": math.ceil(trainer.state.epoch),  # fewer than planned where the dev losses said so
        "best_epoch": _best_epoch(trainer, epochs),
        "stopped_because": trainer.stopped_because(),
        "updates": trainer.state.global_step,
        "micro_batch": trainer.args.per_device_train_batch_size,
        "documents_split": sets.split_documents,
        "parameters": sum(p.numel() for p in weights),
        "trained_parameters": sum(p.numel() for p in weights if p.requires_grad),
        "loss_first": round(losses[0], 4),
        "loss_last": round(losses[-1], 4),
        "dev_loss": {
            name: [
                round(line[f"eval_{name}_loss"], 4)
                for line in history
                if f"eval_{name}_loss" in line
            ]
            for name in sets.dev
        },
    }


def _remove(folder: Path, *names: str) -> None:
    for name in names:
        shutil.rmtree(folder / name, ignore_errors=True)
        if (folder / name).is_file():
            (folder / name).unlink()


def base(
    options: TrainOptions, settings: Settings, progress: Progress
) -> tuple[PreTrainedModel, Settings]:
    """Return the base and the settings that it can follow.

    Raises:
        ModelError: It cannot be loaded, or packing was asked for and it mixes documents.
    """
    try:
        model = _loaded(options, settings)
    except ModelError:
        if settings.attention == "sdpa":
            raise
        settings = settings.without_flash(options)
        model = _loaded(options, settings)  # what is wrong otherwise is raised again
        progress.say("the base or this machine takes no flash attention; torch's own is used")
    if settings.packing and not packing.keeps_apart(model, mixed=settings.mixed):
        if options.packing is True:
            raise ModelError(
                f"train.packing: {options.base} mixes documents that share a row. "
                "Set train.packing=auto or false."
            )
        settings = replace(settings, packing=False)
    used = products.of_training(options, model.num_parameters(), settings.device)
    return model, replace(settings, products=used)


def _loaded(options: TrainOptions, settings: Settings) -> PreTrainedModel:
    model = loading.load_base(
        options.base,
        settings.device,
        weights=settings.weights,
        attention=settings.attention,
        quantize=settings.quantize,
    )
    if not settings.gpu:
        interrupts.answer_between_layers(model)
    return model


def _train(todo: TrainingJob, model: PreTrainedModel) -> Any:
    """Train, with smaller micro-batches where memory runs out, and return the trainer.

    The rows of an update stay as many, so the training stays the same but for rounding.

    Raises:
        ModelError: Even one row at a time does not fit.
    """
    from accelerate.utils.memory import should_reduce_batch_size
    from transformers import set_seed

    context = todo.context
    while True:
        set_seed(context.seed)  # each try starts from the same adapter
        trainer = build_trainer.trainer(todo, model)
        try:
            trainer.train(resume_from_checkpoint=_resume(context.out / "checkpoints"))
        except (RuntimeError, MemoryError) as error:
            short = isinstance(error, MemoryError) or should_reduce_batch_size(error)
            if not short:
                raise
            if todo.plan.batch == 1:
                raise ModelError(
                    "Out of memory with one row at a time. Lower train.max_length, choose a "
                    "smaller base, or a machine with more memory."
                ) from None
        else:
            return trainer
        todo = replace(todo, plan=todo.plan.halved())
        context.progress.say(f"out of memory: micro-batches of {todo.plan.batch} rows from here on")
        del trainer
        _free(todo.settings)
        model = _loaded(context.options, todo.settings)


def _free(settings: Settings) -> None:
    import gc

    import torch

    gc.collect()
    if settings.gpu:
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
    cut = trainer.shortened
    planned = cut["planned"] if cut else int(trainer.state.max_steps)
    return math.ceil(update * epochs / planned)


def _minutes(each: float | None, tokens: int, most: float = 0) -> str:
    """Return how long the updates will take, in words, or nothing where a token was not timed.

    Args:
        each: Seconds for a token.
        tokens: Tokens that are learnt.
        most: Seconds after which the training ends; 0: it has no end but its own.

    >>> _minutes(0.0006, 360_000)
    ', about 4 min'
    >>> _minutes(0.0006, 360_000, 120)
    ', about 4 min, of which it may take 2'
    """
    if each is None:
        return ""
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    seconds = each * tokens / processes
    cut = f", of which it may take {max(1, round(most / 60))}" if 0 < most < seconds else ""
    return f", about {max(1, round(seconds / 60))} min{cut}"


def _choose_threads(
    options: TrainOptions, model: PreTrainedModel, train: list[TrainingRow], progress: Progress
) -> float:
    """Set torch's threads, and return the seconds that a pass there and back takes for a token."""
    import torch

    longest = max(train, key=lambda r: len(r.input_ids)).input_ids
    most = PROBE_FLOPS / (FLOPS_PER_WEIGHT * model.num_parameters())
    most = max(2 * FEWEST_PROBE_TOKENS, most)

    def step(tokens: float) -> int:
        """Do the work of about so many tokens, and return of how many."""
        length = int(min(PROBE_TOKENS, len(longest), tokens / 2))
        ids = torch.tensor([longest[:length]] * 2)
        model(input_ids=ids, labels=ids).loss.backward()
        model.zero_grad(set_to_none=True)
        return ids.numel()

    if options.threads:
        torch.set_num_threads(options.threads)
        step(most)  # the first one also sets up
    else:
        free = free_cores()
        progress.say(
            f"choosing threads: {free} of {cores()} cores are free; this takes {BUDGET:g} s at most"
        )
        count = fastest(lambda: step(most), free, BUDGET / 2)
        progress.say(f"training with {count} thread{'s' if count > 1 else ''}")
    # Small passes cost much more a token than an update does, and so does the first of a length.
    enough = most * FORECAST_FLOPS / PROBE_FLOPS
    step(enough)
    started = time.perf_counter()
    tokens = step(enough)
    return (time.perf_counter() - started) / tokens


def _resume(folder: Path) -> str | None:
    newest = checkpoints.newest(folder)
    for path in folder.glob("checkpoint-*"):
        if path != newest and not checkpoints.verifies(path):
            shutil.rmtree(path)
    return str(newest) if newest else None


def _save(
    context: Context[TrainOptions], trainer: Any, max_length: int, settings: Settings, folder: Path
) -> None:
    options, model = context.options, trainer.accelerator.unwrap_model(trainer.model)
    folder.mkdir(exist_ok=True)
    part = "adapter" if options.method == "lora" else "weights"
    if options.method == "blend":
        original = loading.load_base(options.base, settings.device, weights=settings.weights)
        strength.set_strength(model, options.blend, original)
    more = {}
    if options.method == "lora" and options.adapter == "pissa":  # no base's table says pissa
        # PiSSA changes the base's weights; stored as a difference to the base as it was.
        more["path_initial_model_for_weight_conversion"] = str(context.out / "initial")
    model.save_pretrained(folder / part, **more)
    if part == "adapter":
        _sort_modules(folder / part / "adapter_config.json")
    (folder / part / "README.md").unlink(missing_ok=True)  # PEFT's empty card; ours is the report
    tokenizer = loading.load_tokenizer(options.base)
    tokenizer.save_pretrained(folder / "tokenizer")
    if part == "weights":
        tokenizer.save_pretrained(folder / part)
    write_description(
        folder,
        StyleModelInfo(
            method=options.method,
            base=options.base,
            base_digest=loading.base_digest(options.base),
            era=context.era.name,
            max_length=max_length,
        ),
    )


def _sort_modules(path: Path) -> None:
    """Put PEFT's sets of module names, written in the order of their hashes, into a fixed order."""
    config = json.loads(path.read_text(encoding="utf-8"))
    for name in ("target_modules", "exclude_modules"):
        if isinstance(config.get(name), list):
            config[name] = sorted(config[name])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
