"""Stage `generate`: the fine-tuned model answers the briefs that the base answered."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from erastyle.corpus.document import Format
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.pipeline.runtime.workers import cores
from erastyle.train import avoid_anachronisms as slips
from erastyle.train.fit.threads import fastest
from erastyle.train.model import devices
from erastyle.train.model.pair import Both, Writer

if TYPE_CHECKING:
    import pyarrow as pa


class GenerateOptions(Options):
    """Options of `generate`."""

    briefs: int = Field(default=24, ge=1)
    """How many briefs of the test sites are answered, by both models."""
    max_new_tokens: int = Field(default=400, ge=8)
    """Longest answer, in tokens."""
    temperature: float = Field(default=0.7, ge=0)
    """0 takes the likeliest token each time."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Choose among the likeliest tokens that together have this probability."""
    repetition_penalty: float = Field(default=1.05, ge=1)
    """Above 1, tokens that were written already become less likely."""
    strength: float = Field(default=1.0, ge=0, le=1.5)
    """How much of the style: 0 is the base, 1 as trained (LoRA only)."""
    avoid_anachronisms: int = Field(default=0, ge=0, le=20)
    """Most times that an answer of the style model is written again because it holds something
    later than the era; the answer with fewest slips is taken. 0 leaves answers as they come."""
    batch: int = Field(default=32, ge=1)
    """Briefs that are answered together."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=0, ge=0, exclude=True)
    """Threads of torch; 0 measures which number is fastest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A generated text.

    Attributes:
        text: Without control tokens.
        tokens: How many were generated.
        stopped: Whether the model ended by itself.
    """

    text: str
    tokens: int
    stopped: bool


def answers(writer: Writer, briefs: Sequence[str], options: GenerateOptions) -> list[Answer]:
    """Return one answer for each brief.

    Chance comes from torch's generator, so seed it before.

    Raises:
        ModelError: A brief does not fit into the model.
    """
    import torch

    model, tokenizer = writer.model, writer.tokenizer
    prompts = [writer.prompt(brief) for brief in briefs]
    width = max(map(len, prompts))
    limit = getattr(model.config, "max_position_embeddings", width + options.max_new_tokens)
    room = min(options.max_new_tokens, limit - width)
    if room < 1:
        raise ModelError(f"A brief has {width} tokens and the model takes {limit}. Shorten it.")
    pad = tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (width - len(p)) + p for p in prompts], device=model.device)
    mask = torch.tensor(
        [[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=model.device
    )
    sampling: dict[str, Any] = {"do_sample": False}
    if options.temperature > 0:
        sampling = {
            "do_sample": True,
            "temperature": options.temperature,
            "top_p": options.top_p,
            "top_k": 0,
        }
    with torch.inference_mode():
        output = model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=room,
            repetition_penalty=options.repetition_penalty,
            pad_token_id=pad,
            eos_token_id=tokenizer.eos_token_id,
            **sampling,
        )
    return [_answer(row, tokenizer) for row in output[:, width:].tolist()]


def _answer(ids: list[int], tokenizer: Any) -> Answer:
    stopped = tokenizer.eos_token_id in ids
    if stopped:
        ids = ids[: ids.index(tokenizer.eos_token_id)]
    text = tokenizer.decode(ids, skip_special_tokens=True)
    return Answer(text.strip("\n"), len(ids), stopped)


def in_batches(
    writer: Writer,
    briefs: Sequence[str],
    options: GenerateOptions,
    seed: int,
    progress: Progress,
) -> Iterator[Answer]:
    """Yield the answers in the order of `briefs`.

    The seed is set for each batch, so the answers do not depend on what ran before.
    """
    import torch

    for start in range(0, len(briefs), options.batch):
        torch.manual_seed(seed + start)
        part = briefs[start : start + options.batch]
        yield from answers(writer, part, options)
        progress.advance(len(part))


def without_slips(
    writer: Writer,
    briefs: Sequence[str],
    first: Sequence[Answer],
    options: GenerateOptions,
    era: Era,
    seed: int,
    progress: Progress,
) -> tuple[list[Answer], slips.Rewritten]:
    """Return answers of which those with a slip of the era were written again, and what it did."""
    every: list[dict[int, Answer]] = [dict(enumerate(first))]

    def write(places: Sequence[int], number: int) -> list[str]:
        again = in_batches(
            writer, [briefs[n] for n in places], options, seed + 100_003 * number, progress
        )
        every.append(dict(zip(places, again, strict=True)))
        return [every[-1][n].text for n in places]

    form: Format = "html" if "html" in era.formats else "text"
    found = slips.avoid(
        [a.text for a in first], briefs, form, era.lexicon_cutoff, options.avoid_anachronisms, write
    )
    return [every[number][n] for n, number in enumerate(found.texts)], found


def choose_threads(model: Any, options: GenerateOptions) -> None:
    """Set the number of torch's threads for generating on a CPU."""
    import torch

    if model.device.type != "cpu":
        return
    if options.threads:
        torch.set_num_threads(options.threads)
        return
    ids = torch.ones((options.batch, 8), dtype=torch.long)

    def step() -> None:
        with torch.inference_mode():
            model.generate(input_ids=ids, attention_mask=ids, max_new_tokens=8, do_sample=False)

    fastest(step, cores())


def schema() -> pa.Schema:
    """Return the Arrow schema of outputs: a brief with what both models and the era wrote."""
    import pyarrow as pa

    text, number, flag = pa.string(), pa.int64(), pa.bool_()
    columns = {"document_id": text, "site": text, "brief": text, "real": text}
    for name in ("base", "style"):
        columns |= {name: text, f"{name}_tokens": number, f"{name}_stopped": flag}
    return pa.schema(list(columns.items()))


def test_briefs(pairs: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Return the pairs of test sites whose briefs are answered, in the order of a seeded draw.

    Raises:
        ModelError: There is none.
    """
    tests = [
        row
        for row in ledger.rows(pairs / "kept")
        if row["split"] == "test" and row["role"] == "style"
    ]
    if not tests:
        raise ModelError(
            "No document of a test site is left to take briefs from. Add documents of more sites."
        )
    random.Random(seed).shuffle(tests)  # noqa: S311 - a choice, not a secret
    return tests[:count]


def _run(context: Context[GenerateOptions]) -> Stats:
    options, progress = context.options, context.progress
    tests = test_briefs(context.inputs["pairs"], options.briefs, context.seed)
    briefs = [row["prompt"][0]["content"] for row in tests]

    folder = context.inputs["train"] / "model"
    both = Both(folder, options.device or devices.best_device(), options.max_new_tokens)
    plain = {row["document_id"]: row for row in ledger.rows(context.inputs["baseline"] / "kept")}
    choose_threads(both.style(options.strength).model, options)
    progress.start("generate", len(briefs), "answers")
    started, cpu = time.monotonic(), time.process_time()
    style = list(in_batches(both.style(options.strength), briefs, options, context.seed, progress))
    rewritten = None
    if options.avoid_anachronisms:
        style, rewritten = without_slips(
            both.style(options.strength), briefs, style, options, context.era, context.seed,
            progress,
        )  # fmt: skip
        progress.say(
            f"{rewritten.tries} answers written again: {rewritten.before} slips of the era became "
            f"{rewritten.after}"
        )
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu

    shards = Shards(context.out / "kept", schema())
    for row, brief, answer in zip(tests, briefs, style, strict=True):
        base = plain[row["document_id"]]
        shards.write(
            {
                "document_id": row["document_id"],
                "site": row["site"],
                "brief": brief,
                "real": row["completion"][0]["content"],
                "base": base["base"],
                "base_tokens": base["base_tokens"],
                "base_stopped": base["base_stopped"],
                "style": answer.text,
                "style_tokens": answer.tokens,
                "style_stopped": answer.stopped,
            }
        )
    shards.close()
    generated = sum(a.tokens for a in style)
    speed = generated / seconds
    progress.say(
        f"{len(tests)} answers, {generated:,} tokens, {speed:.0f} a second; "
        f"{cpu / len(tests):.2f} CPU s for an answer of the style model"
    )
    return {
        "read": len(tests),
        "kept": len(tests),
        "dropped": 0,
        "quarantined": 0,
        "reasons": {},
        "tokens": generated,
        "style_stopped": sum(a.stopped for a in style),
        "slips": {
            "before": rewritten.before,
            "after": rewritten.after,
            "written_again": rewritten.tries,
        }
        if rewritten
        else {},
        "measured": {
            "seconds_per_answer": seconds / len(tests),
            "cpu_seconds_per_answer": cpu / len(tests),
        },
    }


GENERATE = Stage(
    "generate",
    "Let the fine-tuned model answer the briefs of unseen sites.",
    GenerateOptions,
    _run,
    needs=("pairs", "baseline", "train"),
    era=("formats", "lexicon_cutoff"),
    version=2,
    seeded=True,
)
