"""How fast is `erastyle train` against a bare PyTorch loop, and against TRL as it comes?

The embedded starter learns generated pages of mixed length with LoRA. The bare loop gets the very
batches of our trainer in their order, now before and now after it; TRL gets half of the documents
as conversations, with all of its defaults. CPU seconds for each token that is no padding, one
thread, medians of repeated runs but for TRL's one, which is slow. Ours includes what the bare loop
leaves out: a checkpoint.

    python benchmarks/training.py [--quick]
"""

from __future__ import annotations

import functools
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from harness import Bench, quick


def pair_rows(count: int) -> list[dict[str, Any]]:
    """Return pairs made of generated pages."""
    from erastyle.corpus.sources.registry import open_source
    from erastyle.pipeline import pairs

    items = itertools.islice(open_source(f"synthetic:{count}@1995").read(), count)
    texts = [getattr(i, "raw", b"").decode("utf-8", "replace") for i in items]
    return [
        pairs.row(f"Make a page, number {n}.", text, role="style", split="train", site=str(n))
        for n, text in enumerate(texts)
    ]


def ours(folder: Path, rows: list[dict[str, Any]]) -> Any:
    """Return our trainer, ready to train one epoch."""
    from erastyle.corpus import era as eras
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context
    from erastyle.train.data import packing
    from erastyle.train.data import rows as training_rows
    from erastyle.train.data.datasets import Sets
    from erastyle.train.fit import build_trainer, hardware
    from erastyle.train.fit.plan import arithmetic
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import size_class

    options = TrainOptions(epochs=1, samples=0, report_to=(), device="cpu", threads=1)
    context = Context(options, eras.load("web-1995"), 1, {}, folder, Progress(), folder)
    tokenizer = loading.load_tokenizer(options.base)
    encoder = Encoder(tokenizer)
    examples = [e for row in rows for e in training_rows.encode(row, encoder, 1024)]
    sets = Sets(examples, {}, len(rows), [], 0)
    settled = size_class(0).lora
    plan = arithmetic([len(e.input_ids) for e in examples], 1, settled.batch_tokens)
    settings = hardware.choose(hardware.look("cpu"), options)
    todo = build_trainer.TrainingJob(
        context, tokenizer, sets, packing.dataset(examples), plan, 1, settings, settled
    )
    return build_trainer.trainer(todo, loading.load_base(options.base))


def grouped_by_transformers(trainer: Any) -> float:
    """Return the share of padding where the HF Trainer groups the same rows, mean of 9 seeds."""
    import torch
    from transformers.trainer_pt_utils import get_length_grouped_indices

    lengths = [len(ids) for ids in trainer.train_dataset["input_ids"]]
    size = trainer.args.per_device_train_batch_size
    update = size * trainer.args.gradient_accumulation_steps
    shares = []
    for seed in range(9):
        chance = torch.Generator().manual_seed(seed)
        order = get_length_grouped_indices(lengths, update, generator=chance)
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        places = sum(max(lengths[row] for row in group) * len(group) for group in groups)
        shares.append(1 - sum(lengths) / places)
    return statistics.mean(shares)


def bare(batches: Sequence[dict[str, Any]], accumulation: int) -> None:
    """Train on `batches` in a loop of PyTorch alone; LoRA by PEFT, as in ours."""
    import torch
    from peft import get_peft_model

    from erastyle.train.fit import build_trainer
    from erastyle.train.model import loading
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import size_class

    settled = size_class(0).lora
    adapter = build_trainer.lora(TrainOptions(), settled)
    model = get_peft_model(loading.load_base("starter"), adapter).train()
    learnt = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=settled.lr, weight_decay=0.01)
    updates = -(-len(batches) // accumulation)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    for start in range(0, len(batches), accumulation):
        for batch in batches[start : start + accumulation]:
            labels = batch["labels"]
            logits = model(input_ids=batch["input_ids"], use_cache=False).logits
            targets = labels[:, 1:]
            chosen = targets != -100
            loss = torch.nn.functional.cross_entropy(logits[:, :-1][chosen], targets[chosen])
            (loss / accumulation).backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)


def trl(folder: Path, rows: list[dict[str, Any]]) -> Any:
    """Return TRL's trainer with its defaults, for the same pairs."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from erastyle.train.fit import build_trainer
    from erastyle.train.model import loading
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import size_class

    data = Dataset.from_list([{k: r[k] for k in ("prompt", "completion")} for r in rows])
    arguments = SFTConfig(
        output_dir=str(folder), num_train_epochs=1, report_to=[], use_cpu=True, disable_tqdm=True,
        save_strategy="no",
    )  # fmt: skip
    return SFTTrainer(
        model=loading.load_base("starter"),
        args=arguments,
        train_dataset=data,
        processing_class=loading.load_tokenizer("starter"),
        peft_config=build_trainer.lora(TrainOptions(), size_class(0).lora),
    )


def timed(work: Callable[[], Any]) -> float:
    """Return the CPU seconds of `work`."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Print the table and write the figures."""
    import torch
    from datasets import disable_progress_bars
    from transformers.utils import logging

    disable_progress_bars()
    logging.set_verbosity_error()
    torch.set_num_threads(1)
    bench = Bench("training")
    rows = pair_rows(24 if quick() else 60)
    repeats = 1 if quick() else 4
    found: dict[str, list[float]] = {"ours": [], "bare": [], "trl": []}
    tokens = trl_tokens = 0
    padding: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for n in range(repeats):
            trainer = ours(Path(temporary) / f"ours{n}", rows)
            batches = [dict(b) for b in trainer.get_train_dataloader()]
            tokens = sum(int(b["attention_mask"].sum()) for b in batches)
            padding["ours"] = 1 - tokens / sum(b["attention_mask"].numel() for b in batches)
            padding["HF Trainer"] = grouped_by_transformers(trainer)
            loop = functools.partial(bare, batches, trainer.args.gradient_accumulation_steps)
            if not n:
                bare(batches[:1], 1)  # what is only slow once
            sides = {"ours": trainer.train, "bare": loop}
            for name in sorted(sides, reverse=n % 2 == 0):
                found[name].append(timed(sides[name]) / tokens)
            if not n:
                peer = trl(Path(temporary) / "trl", rows[::2])
                cut = [min(len(r["input_ids"]), peer.args.max_length) for r in peer.train_dataset]
                trl_tokens = sum(cut)
                found["trl"].append(timed(peer.train) / trl_tokens)
    each = {name: statistics.median(values) for name, values in found.items()}
    speed = {name: round(1 / value) for name, value in each.items()}
    bench.figure(
        "tokens a CPU second, one thread", speed["ours"], "tokens/s", "-", None,
        {"bare PyTorch loop": speed["bare"], "TRL's defaults": speed["trl"]},
    )  # fmt: skip
    ratio = each["bare"] / each["ours"]
    bench.figure("speed against a bare loop", ratio, "times", ">= 0.95", ratio >= 0.95)
    gain = each["trl"] / each["ours"]
    bench.figure("speed against TRL's defaults", gain, "times", ">= 1.5", gain >= 1.5)
    bench.figure(
        "padding of rows grouped by length", padding["ours"], "share", "<= 0.03",
        padding["ours"] <= 0.03, {"the HF Trainer's grouping": round(padding["HF Trainer"], 4)},
    )  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
