"""How fast are texts written, against transformers' own loop with the same settings?

    python benchmarks/generation.py [--run DIR] [--quick]

Eight requests for pages to smollm2 in one batch, one thread, CPU seconds. The distribution is the
same; tests/unit/train/model/test_sampling.py shows it. With `--run` the fine-tuned model of that
run writes too, with its guards and without them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from harness import Bench

from erastyle.corpus import era as eras
from erastyle.train.model import loading
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import Writer, generate
from erastyle.train.model.guards.guard import Guards
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.pair import ModelPair
from erastyle.train.model.prompt import Encoder

TOPICS = ("ham radio", "cats", "chess", "bread", "trains", "kites", "bees", "modems")
REQUESTS = [f"Write a web page about {topic} in HTML." for topic in TOPICS]


def transformers_loop(writer: Writer, tokens: int) -> int:
    """Return the tokens that `model.generate` wrote."""
    prompts = [writer.prompt(request) for request in REQUESTS]
    width, end = max(map(len, prompts)), writer.tokenizer.eos_token_id
    ids = torch.tensor([[0] * (width - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    torch.manual_seed(1)
    with torch.inference_mode():
        out = writer.model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=tokens, do_sample=True,
            temperature=0.7, top_p=0.95, top_k=0, repetition_penalty=1.05,
            pad_token_id=writer.tokenizer.pad_token_id, eos_token_id=end,
        )  # fmt: skip
    rows = out[:, width:].tolist()
    return sum(row.index(end) if end in row else len(row) for row in rows)


def ours(writer: Writer, tokens: int, guards: Guards | None = None) -> tuple[int, int]:
    """Return the tokens that our loop wrote, and those that guards refused."""
    texts = generate(writer, REQUESTS, Decoding(tokens), seed=1, guards=guards)
    return sum(text.tokens for text in texts), sum(text.spent for text in texts)


def speed(write: Callable[[], Any], repeats: int) -> float:
    """Return tokens for each CPU second, the median of some runs."""
    speeds = []
    for _ in range(repeats):
        start = time.process_time()
        tokens = write()
        speeds.append(tokens / (time.process_time() - start))
    return statistics.median(speeds)


def fine_tuned(bench: Bench, run: Path, tokens: int, repeats: int) -> None:
    """Add how fast the fine-tuned model of a run writes, guarded and not."""
    writer = ModelPair(run / "model", "cpu", tokens).fine_tuned()
    guards = guards_of(eras.load("web-1995"), None, 6)
    ours(writer, 2, guards)  # the lexicon is read
    theirs = speed(lambda: transformers_loop(writer, tokens), repeats)
    for name, how in (("unguarded", None), ("guarded", guards)):
        mine = speed(lambda how=how: ours(writer, tokens, how)[0], repeats)
        ratio = mine / theirs
        bench.figure(
            f"fine-tuned model, {name}: speed against model.generate, batch 8", ratio, "x",
            ">= 1", ratio >= 1,
            {"ours, tokens per CPU s": round(mine, 1), "model.generate": round(theirs, 1)},
        )  # fmt: skip


def main() -> None:
    """Measure, print the table, write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, help="a run on smollm2 with a LoRA model")
    parser.add_argument("--quick", action="store_true", help="fewer tokens, once")
    options = parser.parse_args()
    tokens, repeats = (60, 1) if options.quick else (160, 3)
    torch.set_num_threads(1)
    tokenizer = loading.load_tokenizer("smollm2")
    writer = Writer(loading.load_base("smollm2").eval(), tokenizer, Encoder(tokenizer).prompt)
    bench = Bench("generation")
    theirs = speed(lambda: transformers_loop(writer, tokens), repeats)
    mine = speed(lambda: ours(writer, tokens)[0], repeats)
    ratio = mine / theirs
    bench.figure(
        "speed against model.generate, smollm2, batch 8", ratio, "x", ">= 1.25", ratio >= 1.25,
        {"ours, tokens per CPU s": round(mine, 1), "model.generate": round(theirs, 1)},
    )  # fmt: skip
    guards = guards_of(eras.load("web-1995"), None, 6)
    start = time.process_time()
    written, spent = ours(writer, tokens, guards)
    taken = time.process_time() - start
    bench.figure(
        "guarded: tokens kept per CPU second, the untuned base", written / taken, "tokens/s", "",
        None, {"refused tokens": spent, "kept": written},
    )  # fmt: skip
    if options.run is not None:
        fine_tuned(bench, options.run, tokens, repeats)
    bench.finish()


if __name__ == "__main__":
    main()
