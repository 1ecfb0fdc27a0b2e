"""Train the embedded starter from general text: seeded, resumable, one core.

    python -m erastyle.train.starter.recipe --data GENERAL --out WORK
    python -m erastyle.train.starter.recipe --data GENERAL --out WORK --phase markup

Several processes share each step: `torchrun --nproc-per-node 2 -m erastyle.train.starter.recipe …`.
GENERAL holds `texts.jsonl.gz` (rows with `text`) and `pairs.jsonl.gz` (`prompt`, `response`).
The schedule is warm-up, constant, linear decay ("WSD"), so a stopped run can be finished early from
any checkpoint: start again with a smaller --tokens. The second, short phase shows the same texts
also as plain HTML, so that every tag has a meaning before a style is learnt. Nothing of a period is
in the data: what the starter knows of an era it learns from the person's documents.

Source of the schedule: Hu et al., "MiniCPM", 2024. Of the optimizer: Jordan et al., "Muon", 2024.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import os
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.optim import AdamW
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from erastyle.train.starter import tokenizer as bpe
from erastyle.train.starter.muon import Muon

log = logging.getLogger(__name__)

SEED = 1995
BATCH_TOKENS = 8192
HELD_OUT = 50  # one document in 50 is never trained on
DECAY_SHARE = 0.3
OTHER_ROWS = 6  # of so many rows that ask for neither page nor text, the second phase has one
PROSE_SHARE = 0.12  # of the second phase's sections are answered as text, the others as HTML
LONG_SHARE = 0.15  # the last part runs on the full context of 1,024
RATE = 0.004
TOKENS = {"general": 29_000_000, "markup": 1_400_000}

PAGE_REQUESTS = (
    "Write a web page about {}",
    "Make a page: {}",
    "Show as HTML: {}",
    "Make a home page called “{}”.",
    "I need a web page. Call it “{}”.",
    "Put up a page with the title “{}”.",
    "Write the web page “{}”.",
)

_FENCE = re.compile(r"```.*?(```|\Z)|~~~.*?(~~~|\Z)|^(?: {4}|\t).*$", re.S | re.M)
_FRONT = re.compile(r"\A(---|\+\+\+)\n.*?\n\1\n", re.S)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|!?\[([^\]\n]*)\]\[[^\]\n]*\]")
_NOISE = re.compile(r"<[^>\n]{1,200}>|\{%.*?%\}|\{\{.*?\}\}|^\[[^\]]+\]: \S+$|https?://\S+", re.M)


def model_config() -> LlamaConfig:
    """Return the shape of the starter: 3.4 M parameters, context 1,024."""
    return LlamaConfig(
        vocab_size=bpe.VOCABULARY,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=6,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=3,
    )


def plain(markdown: str) -> str:
    """Return the running text of a Markdown file: no front matter, code, links or tags."""
    text = _FRONT.sub("", markdown.replace("\r\n", "\n"))
    text = _LINK.sub(lambda m: m[1] or m[2] or "", _FENCE.sub("", text))
    text = re.sub(r"[*_`]{1,3}", "", _NOISE.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()


def documents(data: Path) -> Iterator[str]:
    """Yield every training text: general texts as prose, instruction pairs in the chat template."""
    with gzip.open(data / "texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            text = plain(json.loads(line)["text"])
            if len(text) > 200:
                yield text + bpe.END
    with gzip.open(data / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            prompt = row["prompt"].strip()
            response = row["response"].replace(bpe.END, "").strip()
            response = re.sub(r"<<[^>]*>>", "", response)  # calculator marks of grade-school-math
            if prompt and response:
                yield (
                    f"{bpe.TURN}user\n{prompt}{bpe.STOP}\n"
                    f"{bpe.TURN}assistant\n{response}{bpe.STOP}\n"
                )


_BLOCK = re.compile(r"^(#{1,6}) +(.*)|^[-*] +(.*)|^(\S.*)", re.M)


def as_markup(text: str, rng: random.Random) -> str:
    r"""Return running text as an HTML page in one of several plain manners.

    >>> as_markup("# A\n\nB c.", random.Random(5)).splitlines()[:3]
    ['<HTML>', '<HEAD>', '<TITLE>A</TITLE>']
    """
    change = rng.choice((str.upper, str.lower, str.upper))
    closed = rng.random() < 0.5

    def tag(name: str, close: bool = False) -> str:
        return f"<{'/' if close else ''}{change(name)}>"

    lines = text.split("\n")
    title = next((line.lstrip("# ") for line in lines if line.strip()), "")[:80]
    page = [tag("html"), tag("head"), tag("title") + title + tag("title", True)]
    page += [tag("head", True), tag("body")]
    in_list = False
    rule = rng.choice(("hr", "br", "p"))
    bold = rng.choice(("b", "i", "em", "strong", "tt"))
    kind = rng.choice(("ul", "ol", "dl", "menu"))
    for line in lines:
        block = _BLOCK.match(line)
        if not block:
            continue
        item = block[3]
        if in_list and item is None:
            page.append(tag(kind, True))
            in_list = False
        if block[1]:
            name = f"h{min(6, len(block[1]))}"
            page.append(tag(name) + block[2] + tag(name, True))
            if rng.random() < 0.3:
                page.append(tag(rule))
        elif item is not None:
            if not in_list:
                page.append(tag(kind))
            in_list = True
            page.append(tag("dt" if kind == "dl" else "li") + item)
        else:
            words = block[4].split(" ")
            if len(words) > 6 and rng.random() < 0.4:
                at = rng.randrange(len(words) - 2)
                words[at] = tag(bold) + words[at]
                words[at + 1] += tag(bold, True)
            if len(words) > 8 and rng.random() < 0.4:
                at = rng.randrange(len(words) - 1)
                link = (
                    f'{change("a href")}="{re.sub(r"[^a-z]", "", words[at].lower()) or "a"}.html"'
                )
                words[at] = f"<{link}>{words[at]}{tag('a', True)}"
            opening = tag(rng.choice(("p", "p", "p", "center", "blockquote", "address", "pre")))
            page.append(
                opening
                + " ".join(words)
                + (tag("p", True) if closed and opening == tag("p") else "")
            )
    page += [tag(kind, True)] * in_list + [tag("body", True), tag("html", True)]
    return "\n".join(page)


def markup_documents(data: Path) -> Iterator[str]:
    """Yield sections of the general texts as asked for (as a page, or as text), and other rows.

    The texts and rows without markup teach that HTML answers only who asks for a page: a second
    phase of pages alone made the starter answer every question in HTML.
    """
    rng = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    for number, text in enumerate(documents(data)):
        if is_held_out(text):
            continue
        if text.startswith(bpe.TURN):
            if number % OTHER_ROWS == 0:
                yield text
            continue
        for part in re.split(r"\n(?=#)", text.removesuffix(bpe.END)):
            if not 300 < len(part) < 3000 or rng.random() < 0.3:
                continue
            title = next((line.lstrip("# ") for line in part.split("\n") if line.strip()), "")
            if rng.random() < PROSE_SHARE:
                asked = rng.choice(("Write about {}", "Write a text: {}", "Tell me about {}"))
                answer = re.sub(r"(?m)^#+ +", "", part).strip()
            else:
                asked = rng.choice(PAGE_REQUESTS)
                answer = as_markup(part, rng)
            yield (
                f"{bpe.TURN}user\n{asked.format(title[:80])}{bpe.STOP}\n"
                f"{bpe.TURN}assistant\n{answer}{bpe.STOP}\n"
            )


def is_held_out(document: str) -> bool:
    """Say whether a document is never trained on: one in `HELD_OUT`, by its hash."""
    return int(hashlib.sha256(document.encode()).hexdigest()[:8], 16) % HELD_OUT == 0


def prepare(data: Path, out: Path) -> PreTrainedTokenizerFast:
    """Train the tokenizer and write `train.npz`, `held.npz` (tokens and document starts)."""
    folder = out / "model"
    if (out / "held.npz").exists():
        return PreTrainedTokenizerFast.from_pretrained(folder)
    texts = list(documents(data))
    tokenizer = bpe.train(texts)
    tokenizer.save_pretrained(folder)
    parts: dict[str, list[list[int]]] = {"train": [], "held": []}
    encoded = tokenizer(texts, add_special_tokens=False)["input_ids"]
    for text, ids in zip(texts, encoded, strict=True):
        parts["held" if is_held_out(text) else "train"].append(ids)
    for name, rows in parts.items():
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        np.savez(out / f"{name}.npz", tokens=np.concatenate(rows).astype(np.uint16), starts=starts)
        log.info("%s: %s documents, %s tokens", name, len(rows), starts[-1])
    return tokenizer


def prepare_markup(data: Path, out: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write `markup.npz`, the documents of the second phase."""
    if not (out / "markup.npz").exists():
        rows = tokenizer(list(markup_documents(data)), add_special_tokens=False)["input_ids"]
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        tokens = np.concatenate(rows).astype(np.uint16)
        np.savez(out / "markup.npz", tokens=tokens, starts=starts)
        log.info("markup: %s documents, %s tokens", len(rows), starts[-1])


def stream(path: Path, seed: int) -> Iterator[np.ndarray[Any, Any]]:
    """Yield documents (token arrays) forever, in a new seeded order each epoch."""
    data = np.load(path)
    tokens, starts = data["tokens"], data["starts"]
    epoch = 0
    while True:
        order = np.random.default_rng([seed, epoch]).permutation(len(starts) - 1)
        for n in order:
            yield tokens[starts[n] : starts[n + 1]]
        epoch += 1


def batches(path: Path, total: int, short: int) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield (step, token ids). Shape: (8192 / length, length); length `short`, at the end 1,024."""
    source = stream(path, SEED)
    buffer = np.zeros(0, dtype=np.uint16)
    for step in range(total):
        while len(buffer) < BATCH_TOKENS:
            buffer = np.concatenate([buffer, *(next(source) for _ in range(64))])
        length = 1024 if step >= total * (1 - LONG_SHARE) else short
        block, buffer = buffer[:BATCH_TOKENS], buffer[BATCH_TOKENS:]
        yield step, torch.from_numpy(block.astype(np.int64)).view(-1, length)


def rate(step: int, total: int) -> float:
    """Return the learning-rate factor at `step`: warm-up, constant, linear to zero.

    >>> [round(rate(s, 1000), 2) for s in (0, 50, 600, 850, 999)]
    [0.02, 1.0, 1.0, 0.5, 0.0]
    """
    return min((step + 1) / 50, 1.0, (total - step) / (total * DECAY_SHARE))


def loss_of(model: LlamaForCausalLM, ids: torch.Tensor) -> torch.Tensor:
    """Return the mean next-token loss in nats."""
    logits = model(input_ids=ids, use_cache=False).logits
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1)
    )


def share_gradients(model: LlamaForCausalLM) -> None:
    """Add up the gradients of all processes, in each of them."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def held_out_loss(model: LlamaForCausalLM, path: Path, blocks: int = 64) -> float:
    """Return the mean loss in nats per token on the first `blocks` x 512 held-out tokens."""
    ids = np.load(path)["tokens"][: blocks * 512].astype(np.int64)
    model.eval()
    with torch.inference_mode():
        rows = torch.from_numpy(ids).view(-1, 512)
        losses = [loss_of(model, part).item() for part in rows.split(16)]
    model.train()
    return float(np.mean(losses))


def parse() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--phase", choices=("general", "markup"), default="general")
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--compile", action="store_true", help="by torch.compile: faster; needs a C++ compiler"
    )
    options = parser.parse_args()
    if int(os.environ.get("WORLD_SIZE", "1")) > 8:
        parser.error("at most 8 processes: a step has 8 parts of 1,024 tokens")
    return options


@dataclass
class Run:
    """One phase of the training, on one of several processes.

    Attributes:
        options: Options of the command line.
        model: The model.
        optimizers: Muon for the matrices of the layers, AdamW for the rest.
        peak: Peak learning rate.
        processes: Number of processes.
        rank: Number of this process.
        start: First step, after those of a checkpoint.
    """

    options: argparse.Namespace
    model: LlamaForCausalLM
    optimizers: list[torch.optim.Optimizer]
    peak: float
    processes: int
    rank: int
    start: int = 0

    @property
    def markup(self) -> bool:
        """Whether this is the second phase."""
        return bool(self.options.phase == "markup")

    @property
    def checkpoint(self) -> Path:
        """File of the checkpoint."""
        return Path(self.options.out) / f"{self.options.phase}.pt"

    def resume(self) -> None:
        """Continue from the checkpoint, where there is one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.start = state["step"]

    def save(self, done: int, loss: float) -> None:
        """Measure the held-out loss, add it to the curve, and write a checkpoint.

        Args:
            done: Finished steps.
            loss: Training loss of the last step.
        """
        out = Path(self.options.out)
        held = held_out_loss(self.model, out / "held.npz")
        log.info("step %s held-out loss %.4f", done, held)
        row = {
            "phase": self.options.phase,
            "tokens": done * BATCH_TOKENS,
            "train": loss,
            "held_out": held,
        }
        with (out / "curve.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        partial = self.checkpoint.with_suffix(".partial")
        states = [optimizer.state_dict() for optimizer in self.optimizers]
        state = {"model": self.model.state_dict(), "optimizers": states, "step": done}
        torch.save(state, partial)
        partial.replace(self.checkpoint)


def begin(
    options: argparse.Namespace, processes: int, rank: int
) -> tuple[Run, PreTrainedTokenizerFast]:
    """Prepare the data, and return the run and the tokenizer."""
    markup = options.phase == "markup"
    for turn in range(processes):  # one prepares, the others find it ready
        if turn == rank:
            tokenizer = prepare(options.data, options.out)
            if markup:
                prepare_markup(options.data, options.out, tokenizer)
        if processes > 1:
            dist.barrier()
    if markup:
        model = LlamaForCausalLM.from_pretrained(options.out / "model", dtype=torch.float32)
    else:
        model = LlamaForCausalLM(model_config())
    peak = RATE / 2 if markup else RATE
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "layers" in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim == 2 and "layers" in n)]
    optimizers = [
        Muon(hidden, lr=peak),
        AdamW(others, lr=peak, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    return Run(options, model, optimizers, peak, processes, rank), tokenizer


def train(run: Run) -> None:
    """Do the steps that are left, with a checkpoint every 100 steps."""
    options, model = run.options, run.model
    training_loss = torch.compile(loss_of, dynamic=False) if options.compile else loss_of
    total = (options.tokens or TOKENS[options.phase]) // BATCH_TOKENS
    log.info("%s parameters, %s steps x %s tokens", model.num_parameters(), total, BATCH_TOKENS)
    clock, cpu = time.monotonic(), time.process_time()
    source = options.out / ("markup.npz" if run.markup else "train.npz")
    for step, ids in batches(source, total, 512 if run.markup else 256):
        if step < run.start:
            continue
        for optimizer in run.optimizers:
            optimizer.param_groups[0]["lr"] = run.peak * rate(step, total)
        losses = []
        for part in ids.split(max(1, 1024 // ids.shape[1]))[run.rank :: run.processes]:
            loss = training_loss(model, part) * len(part) / len(ids)
            loss.backward()
            losses.append(loss.item() * run.processes)
        if run.processes > 1:
            share_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in run.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if step % 20 == 0:
            done = (step - run.start + 1) * BATCH_TOKENS
            log.info(
                "step %s loss %.4f  %.0f tokens/s  %.3f CPU s per 1,000 tokens",
                step,
                sum(losses),
                done / (time.monotonic() - clock),
                (time.process_time() - cpu) / done * 1000,
            )
        if run.rank == 0 and ((step + 1) % 100 == 0 or step + 1 == total):
            run.save(step + 1, sum(losses))


def main() -> None:
    """Run the recipe from the command line."""
    options = parse()
    logging.basicConfig(level="INFO", format="%(asctime)s %(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    processes, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if processes > 1:
        dist.init_process_group("gloo")
        log.setLevel("INFO" if rank == 0 else "WARNING")
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    run, tokenizer = begin(options, processes, rank)
    run.resume()
    train(run)
    if rank == 0:
        run.model.to(torch.bfloat16).save_pretrained(options.out / "model")
        tokenizer.save_pretrained(options.out / "model")


if __name__ == "__main__":
    main()
