"""How fast is `erastyle train` against a bare PyTorch loop, and against TRL as it comes?

The embedded starter and smollm2 learn generated pages of mixed length with LoRA, with the settings
that fit each. The bare loop gets the very batches of our trainer in their order, now before and now
after it; TRL gets a part of the documents as conversations, with all of its defaults. CPU seconds
for each token that is no padding, one thread, medians of repeated runs, but for TRL's one on the
starter, which is slow. Ours includes what the bare loop leaves out: a checkpoint. The peak is of a
process that does nothing else, with rows of 1,024 tokens. Where the processor has AMX ours rounds
what it multiplies to bfloat16, the bare loop nothing, and TRL's defaults compute in bfloat16.

    python benchmarks/training.py [--quick] [--base starter|smollm2]

With `--base` the figures of the other base stay as they were.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from harness import Bench


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a base is measured.

    Attributes:
        pages: Pages that ours and the bare loop learn.
        repeats: Runs of both.
        trl: Pages that TRL learns.
        goals: Least speed against the bare loop and against TRL's defaults.
    """

    pages: int
    repeats: int
    trl: int
    goals: tuple[float, float]


SIZES = {
    ("starter", False): Size(60, 4, 30, (0.95, 1.5)),
    ("starter", True): Size(24, 1, 12, (0.95, 1.5)),
    ("smollm2", False): Size(8, 2, 3, (0.97, 1.3)),
    ("smollm2", True): Size(4, 1, 2, (0.97, 1.3)),
}
PEAK_GB = 4.0
LONG_ROW = 1024


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


def parameters(base: str) -> int:
    """Return the number of weights of a base."""
    from erastyle.train.bases import known

    return next(one.parameters for one in known.known() if one.name == base)


def ours(folder: Path, base: str, rows: list[dict[str, Any]]) -> Any:
    """Return our trainer, ready to train one epoch."""
    from erastyle.corpus import era as eras
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context
    from erastyle.train.data import packing
    from erastyle.train.data import rows as training_rows
    from erastyle.train.data.datasets import Sets
    from erastyle.train.fit import build_trainer, hardware, products
    from erastyle.train.fit.plan import arithmetic, micro_batch_tokens
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import size_class

    options = TrainOptions(
        base=base, epochs=1, samples=0, report_to=(), device="cpu", threads=1, choose_by="loss"
    )
    context = Context(options, eras.load("web-1995"), 1, {}, folder, Progress(), folder)
    tokenizer = loading.load_tokenizer(options.base)
    encoder = Encoder(tokenizer)
    examples = [e for row in rows for e in training_rows.encode(row, encoder, 1024)]
    sets = Sets(examples, {}, len(rows), [], 0)
    settled = size_class(parameters(base)).lora
    micro_batch = micro_batch_tokens(parameters(base), "cpu")
    lengths = [len(e.input_ids) for e in examples]
    used = products.of_training(options, parameters(base), "cpu")
    plan = arithmetic(
        lengths, 1, settled.batch_tokens, micro_batch=micro_batch,
        multiple=products.padded_to(used),
    )  # fmt: skip
    settings = replace(hardware.choose(hardware.look("cpu"), options), products=used)
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


def bare(base: str, batches: Sequence[dict[str, Any]], accumulation: int) -> None:
    """Train on `batches` in a loop of PyTorch alone; LoRA by PEFT, as in ours."""
    import torch
    from peft import get_peft_model

    from erastyle.train.fit import build_trainer
    from erastyle.train.model import loading
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import size_class

    settled = size_class(parameters(base)).lora
    adapter = build_trainer.lora(TrainOptions(), settled)
    model = get_peft_model(loading.load_base(base), adapter).train()
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


def trl(folder: Path, base: str, rows: list[dict[str, Any]]) -> Any:
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
        model=loading.load_base(base),
        args=arguments,
        train_dataset=data,
        processing_class=loading.load_tokenizer(base),
        peft_config=build_trainer.lora(TrainOptions(), size_class(parameters(base)).lora),
    )


def timed(work: Callable[[], Any]) -> float:
    """Return the CPU seconds of `work`."""
    started = time.process_time()
    work()
    return time.process_time() - started


def measure(bench: Bench, base: str, size: Size) -> None:
    """Measure one base and add its figures."""
    rows = pair_rows(size.pages)
    taken: dict[str, list[float]] = {"ours": [], "bare": [], "trl": []}
    tokens = 0
    padding: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for n in range(size.repeats):
            trainer = ours(Path(temporary) / f"ours{n}", base, rows)
            batches = [dict(b) for b in trainer.get_train_dataloader()]
            tokens = sum(int(b["attention_mask"].sum()) for b in batches)
            padding["ours"] = 1 - tokens / sum(b["attention_mask"].numel() for b in batches)
            padding["HF Trainer"] = grouped_by_transformers(trainer)
            loop = functools.partial(bare, base, batches, trainer.args.gradient_accumulation_steps)
            if not n:
                bare(base, batches[:1], 1)  # what is only slow once
            sides = {"ours": trainer.train, "bare": loop}
            for name in sorted(sides, reverse=n % 2 == 0):
                taken[name].append(timed(sides[name]) / tokens)
            del trainer, batches, loop, sides
            if n and base == "starter":
                continue  # one run of TRL is slow enough
            peer = trl(Path(temporary) / "trl", base, rows[:: len(rows) // size.trl][: size.trl])
            cut = [min(len(r["input_ids"]), peer.args.max_length) for r in peer.train_dataset]
            taken["trl"].append(timed(peer.train) / sum(cut))
            del peer
    each = {name: statistics.median(values) for name, values in taken.items()}
    speed = {name: round(1 / value, 1) for name, value in each.items()}
    bench.figure(
        f"{base}: tokens a CPU second, one thread", speed["ours"], "tokens/s", "-", None,
        {"bare PyTorch loop": speed["bare"], "TRL's defaults": speed["trl"], "tokens": tokens},
    )  # fmt: skip
    against_bare, against_trl = size.goals
    ratio, gain = each["bare"] / each["ours"], each["trl"] / each["ours"]
    bench.figure(
        f"{base}: speed against a bare loop", ratio, "times", f">= {against_bare}",
        ratio >= against_bare,
    )  # fmt: skip
    bench.figure(
        f"{base}: speed against TRL's defaults", gain, "times", f">= {against_trl}",
        gain >= against_trl,
    )  # fmt: skip
    peers = {"the HF Trainer's grouping": round(padding["HF Trainer"], 4)}
    few = base != "starter"  # padding of a dozen rows says nothing
    bench.figure(
        f"{base}: padding of rows grouped by length", padding["ours"], "share",
        "-" if few else "<= 0.03", None if few else padding["ours"] <= 0.03, peers,
    )  # fmt: skip
    peak = peak_gigabytes(base)
    bench.figure(
        f"{base}: peak memory, rows of {LONG_ROW:,} tokens", peak, "GB", f"<= {PEAK_GB:g}",
        peak <= PEAK_GB,
    )  # fmt: skip


def peak_gigabytes(base: str) -> float:
    """Return the largest resident memory of a process that only trains, on long rows."""
    command = [sys.executable, __file__, "--base", base, "--peak"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


def train_long_rows(base: str) -> None:
    """Do a few updates on rows of 1,024 tokens, and print the peak memory in GB.

    The peak is the system's count of this program: `ru_maxrss` would begin with what the process
    that started it held.
    """
    page = "<P>" + "An old page goes on and on about tulips, spades and rain. " * 150
    rows = [{**row, "completion": [{"role": "assistant", "content": page}]} for row in pair_rows(4)]
    with tempfile.TemporaryDirectory() as temporary:
        trainer = ours(Path(temporary) / "ours", base, rows)
        lengths = {len(ids) for ids in trainer.train_dataset["input_ids"]}
        assert max(lengths) > 0.9 * LONG_ROW, lengths
        trainer.train()
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e6)


def main() -> None:
    """Print the table and write the figures."""
    import torch
    from datasets import disable_progress_bars
    from transformers.utils import logging

    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a part of the data")
    parser.add_argument("--base", choices=("starter", "smollm2"), help="measure this base alone")
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    disable_progress_bars()
    logging.set_verbosity_error()
    torch.set_num_threads(1)
    if given.peak:
        train_long_rows(given.base)
        return
    bench = Bench("training")
    bases = [given.base] if given.base else ["starter", "smollm2"]
    for base in bases:
        measure(bench, base, SIZES[base, given.quick])
    if given.base:
        bench.keep_others()
    bench.finish()


if __name__ == "__main__":
    main()
