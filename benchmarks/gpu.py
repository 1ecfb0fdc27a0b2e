"""How fast does LoRA train on a GPU, ours against plain TRL, and how much of the chip is used?

A Llama-type model of about 135 million parameters with random weights (the shape of a small
published model; nothing is fetched) learns generated pages: by our trainer with whatever the
machine allows, and by TRL's trainer with its defaults and the same adapter. Both in turns in one
run, seconds of the wall clock, medians. Model FLOP utilisation is the arithmetic that the tokens
need (forward, and the gradient of the activations; nothing for frozen weights or what gradient
checkpointing computes again) as a share of what a large matrix product reaches in this run.

    python benchmarks/gpu.py [--device cuda] [--quick]
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from harness import Bench
from training import pair_rows

# hidden, inner, layers, heads, heads of keys, vocabulary
SHAPE = (576, 1536, 30, 9, 3, 49_152)
TINY = (64, 128, 2, 4, 2, 4096)
LENGTH = 1024


def base(folder: Path, shape: tuple[int, ...]) -> Path:
    """Write a model of this shape with random weights and the starter's tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from erastyle.train.model import loading

    hidden, inner, layers, heads, keys, vocabulary = shape
    tokenizer = loading.load_tokenizer(loading.STARTER)
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary, hidden_size=hidden, intermediate_size=inner,
            num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=keys,
            max_position_embeddings=2 * LENGTH, tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )  # fmt: skip
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def flops_per_token(shape: tuple[int, ...], length: float) -> float:
    """Return the floating point operations that a token of LoRA training needs.

    Twice the weights that a token is multiplied with, and twice again for the gradient of the
    activations; attention over half of `length` on average, forward and twice backward. The
    adapter is a few per cent and left out.

    Args:
        shape: Of the model.
        length: Mean length of a document in tokens.
    """
    hidden, inner, layers, heads, keys, vocabulary = shape
    attention = hidden * hidden * (2 + 2 * keys / heads)
    weights = layers * (attention + 3 * hidden * inner) + hidden * vocabulary
    return 4 * weights + 3 * 4 * layers * hidden * length / 2


def ours(path: Path, folder: Path, rows: list[dict[str, Any]], device: str, batch: int) -> Any:
    """Return our trainer with the settings that this machine allows, and the tokens of an epoch."""
    from erastyle.corpus import era as eras
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context
    from erastyle.train.data import packing
    from erastyle.train.data import rows as training_rows
    from erastyle.train.data.datasets import Sets
    from erastyle.train.fit import build_trainer, hardware, sft
    from erastyle.train.fit.plan import arithmetic
    from erastyle.train.model import loading
    from erastyle.train.model.prompt import Encoder
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import recipe

    options = TrainOptions(
        base=str(path), epochs=1, samples=0, report_to=(), device=device, threads=1,
        batch_tokens=batch, max_length=LENGTH,
    )  # fmt: skip
    context = Context(options, eras.load("web-1995"), 1, {}, folder, Progress(), folder)
    tokenizer = loading.load_tokenizer(options.base)
    encoder = Encoder(tokenizer)
    examples = [e for row in rows for e in training_rows.encode(row, encoder, LENGTH)]
    settings = hardware.choose(hardware.look(device), options)
    model, settings = sft.base(options, settings, Progress())
    print(hardware.sentence(settings))
    data, lengths = packing.arranged(examples, packing=settings.packing)
    settled = recipe(options, model.num_parameters())
    plan = arithmetic(lengths, 1, settled.batch_tokens, packed=settings.packing)
    sets = Sets(examples, {}, len(rows), [], 0)
    made = build_trainer.trainer(
        build_trainer.TrainingJob(context, tokenizer, sets, data, plan, 1, settings, settled),
        model,
    )
    return made, sum(len(e.input_ids) for e in examples), len(examples)


def plain(path: Path, folder: Path, rows: list[dict[str, Any]], device: str) -> Any:
    """Return TRL's trainer with its defaults and the same adapter, and the tokens of an epoch."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer

    from erastyle.train.fit import build_trainer
    from erastyle.train.model import loading
    from erastyle.train.options import TrainOptions
    from erastyle.train.recipe_table import size_class

    data = Dataset.from_list([{k: r[k] for k in ("prompt", "completion")} for r in rows])
    arguments = SFTConfig(
        output_dir=str(folder), num_train_epochs=1, report_to=[], use_cpu=device == "cpu",
        disable_tqdm=True, save_strategy="no", max_length=LENGTH,
    )  # fmt: skip
    made = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(path, dtype="auto"),
        args=arguments,
        train_dataset=data,
        processing_class=loading.load_tokenizer(str(path)),
        peft_config=build_trainer.lora(TrainOptions(), size_class(0).lora),
    )
    tokens = sum(len(row["input_ids"]) for row in made.train_dataset)
    return made, tokens


def timed(work: Callable[[], Any], device: str) -> tuple[float, float]:
    """Return the seconds of `work`, and the peak of the GPU's memory in GB (0 without a GPU)."""
    import torch

    if device == "cpu":
        started = time.perf_counter()
        work()
        return time.perf_counter() - started, 0.0
    gc.collect()  # a trainer may be held by itself alone
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    torch.cuda.synchronize(device)
    started = time.perf_counter()
    work()
    torch.cuda.synchronize(device)
    return time.perf_counter() - started, torch.cuda.max_memory_allocated(device) / 1e9


def product(device: str, size: int) -> float:
    """Return the floating point operations a second of a square matrix product, the best of five.

    In bfloat16 on a GPU and in float32 on a CPU, as ours computes there.
    """
    import torch

    kind = torch.float32 if device == "cpu" else torch.bfloat16
    one, two = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
    one @ two  # warm
    seconds = min(timed(lambda: [one @ two for _ in range(4)], device)[0] for _ in range(5)) / 4
    return float(2 * size**3 / seconds)


def main() -> None:
    """Print the table and write the figures."""
    import torch
    from datasets import disable_progress_bars
    from transformers.utils import logging

    from erastyle.train.model import devices

    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default=devices.best_device())
    parser.add_argument("--quick", action="store_true", help="a tiny model, less than a minute")
    given = parser.parse_args()
    device = str(given.device)
    disable_progress_bars()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if device == "cpu":
        torch.set_num_threads(1)
    shape = TINY if given.quick else SHAPE
    rows = pair_rows(24 if given.quick else 3000)
    repeats = 1 if given.quick else 3
    bench = Bench("gpu")
    speed: dict[str, list[float]] = {"ours": [], "trl": []}
    memory: dict[str, float] = {"ours": 0.0, "trl": 0.0}
    mean = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        path = base(root / "base", shape)
        # One unmeasured round first: kernels are compiled and memory is claimed on first use.
        for n in range(-1 if device != "cpu" else 0, repeats):
            some = rows[:200] if n < 0 else rows
            mine, tokens, documents = ours(path, root / f"ours{n}", some, device, 16_384)
            mean = tokens / documents
            seconds, peak = timed(mine.train, device)
            del mine
            theirs, seen = plain(path, root / f"trl{n}", some, device)
            other, other_peak = timed(theirs.train, device)
            del theirs
            if n >= 0:
                speed["ours"].append(tokens / seconds)
                speed["trl"].append(seen / other)
                memory = {"ours": peak, "trl": other_peak}
        best = product(device, 1024 if device == "cpu" else 8192)
    reached = {name: statistics.median(values) for name, values in speed.items()}
    each = flops_per_token(shape, mean)
    used = {name: value * each / best for name, value in reached.items()}
    count = f"{sum(1 for _ in rows):,} pages, {device}"
    bench.figure(
        f"LoRA, tokens a second ({count})", round(reached["ours"]), "tokens/s", "-", None,
        {"TRL's defaults": round(reached["trl"])},
    )  # fmt: skip
    ratio = reached["ours"] / reached["trl"]
    bench.figure("speed against TRL's defaults", ratio, "times", "-", None)
    bench.figure(
        "model FLOP utilisation, of a matrix product", used["ours"], "share", "-", None,
        {"TRL's defaults": round(used["trl"], 4), "TFLOP/s of the product": round(best / 1e12, 2)},
    )  # fmt: skip
    if device != "cpu":
        bench.figure(
            "peak memory of the GPU", memory["ours"], "GB", "-", None,
            {"TRL's defaults": round(memory["trl"], 3)},
        )  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
