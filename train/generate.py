"""Stage `generate`: the fine-tuned model answers the briefs that the base answered."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from erastyle.corpus.copying.search import Index
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.train.data import rows
from erastyle.train.model import devices
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import GeneratedText, in_batches
from erastyle.train.model.guards.of_era import guards_of
from erastyle.train.model.pair import ModelPair
from erastyle.train.model.threads import BUDGET, fastest, free_cores

if TYPE_CHECKING:
    import pyarrow as pa

HELPED = ("length", "room", "loops")
"""Endings that are not the model's own."""

FEW, FEW_SECONDS = 4, 1.5  # so few answers are not worth a longer choice of threads


class GenerateOptions(Options):
    """Options of `generate`."""

    briefs: int = Field(default=48, ge=1)
    """How many briefs of the test sites are answered, by both models. With 24 not even a model
    without a fault could show that nine of ten pages are whole."""
    max_new_tokens: int = Field(default=400, ge=8)
    """Longest answer, in tokens."""
    temperature: float = Field(default=0.7, ge=0)
    """0 takes the likeliest token each time."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Choose among the likeliest tokens that together have this probability."""
    repetition_penalty: float = Field(default=1.05, ge=1)
    """Above 1, tokens that were written already become less likely."""
    guidance: float = Field(default=1.0, ge=1, le=4)
    """Above 1, words that the brief makes likelier become likelier still: the text stays closer to
    it. The model then reads every token twice. The base answers without it in `baseline`."""
    strength: float = Field(default=1.0, ge=0, le=1.5)
    """How much of the style: 0 is the base, 1 as trained (LoRA only)."""
    guards: bool = True
    """Whether guards look on while the fine-tuned model writes: what is later than the era, no tag
    of it, a loop, a copy, never closed, or an end too soon is refused at the end of a sentence,
    line or tag and drawn again; addresses and numbers become stand-ins. Near the length that a
    brief asks for, and near the longest answer, a text is helped to its end."""
    tries: int = Field(default=6, ge=1, le=50)
    """How often a refused part is drawn again before the text goes back to the place before, and in
    the end the least bad part stands, marked. Each guard has a budget of tokens beside that; only
    what is later than the era and what is copied is drawn again whatever it costs."""
    batch: int = Field(default=32, ge=1)
    """Briefs that are answered together."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=0, ge=0, exclude=True)
    """Threads of torch; 0 measures which number is fastest."""

    @property
    def decoding(self) -> Decoding:
        """How texts are decoded."""
        return Decoding(
            self.max_new_tokens,
            self.temperature,
            self.top_p,
            self.repetition_penalty,
            self.batch,
            guidance=self.guidance,
        )


def training_index(pairs: Path) -> Index:
    """Return the index of the documents that the model was trained on, for the guard of copies.

    Args:
        pairs: Finished folder of the stage `pairs`.
    """
    texts: dict[str, tuple[str, str, str]] = {}
    for row in ledger.rows(pairs / "kept"):
        if row["split"] == "train" and row["role"] == "style":
            id_ = str(row["document_id"])
            texts.setdefault(id_, (id_, rows.answer(row), str(row["site"])))
    return Index.build(texts.values())


def choose_threads(model: Any, options: GenerateOptions, count: int) -> None:
    """Set the number of torch's threads for writing `count` answers on a CPU."""
    import torch

    if model.device.type != "cpu":
        return
    if options.threads:
        torch.set_num_threads(options.threads)
        return
    rows = min(options.batch, count)
    ids = torch.ones((rows, 2), dtype=torch.long)

    def step() -> None:
        with torch.inference_mode():
            model.generate(
                input_ids=ids,
                attention_mask=ids,
                min_new_tokens=4,
                max_new_tokens=4,
                do_sample=False,
            )

    fastest(step, free_cores(), FEW_SECONDS if count <= FEW else BUDGET)


def schema() -> pa.Schema:
    """Return the Arrow schema of outputs: a brief with what both models and the era wrote."""
    import pyarrow as pa

    text, number, flag = pa.string(), pa.int64(), pa.bool_()
    columns = {"document_id": text, "site": text, "brief": text, "real": text}
    for name in ("base", "style"):
        columns |= {name: text, f"{name}_tokens": number, f"{name}_stopped": flag}
    columns |= {
        "style_refused": pa.map_(text, number),
        "style_spent": number,
        "style_marks": pa.list_(text),
        "style_ending": text,
        "style_back": number,
    }
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


def _write_texts(
    out: Path,
    tests: Sequence[Mapping[str, Any]],
    style: Sequence[GeneratedText],
    plain: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write a row a brief: what the base, the fine-tuned model and the era wrote."""
    shards = Shards(out / "kept", schema())
    for row, answer in zip(tests, style, strict=True):
        base = plain[row["document_id"]]
        shards.write(
            {
                "document_id": row["document_id"],
                "site": row["site"],
                "brief": rows.request(row),
                "real": rows.answer(row),
                "base": base["base"],
                "base_tokens": base["base_tokens"],
                "base_stopped": base["base_stopped"],
                "style": answer.text,
                "style_tokens": answer.tokens,
                "style_stopped": answer.stopped,
                "style_refused": list(answer.refused.items()),
                "style_spent": answer.spent,
                "style_marks": [f"{mark.guard}: {mark.reason}" for mark in answer.marks],
                "style_ending": answer.ending,
                "style_back": answer.back,
            }
        )
    shards.close()


def _tell(
    progress: Progress, style: Sequence[GeneratedText], refused: Counter[str], spent: int
) -> None:
    """Say which texts were helped to their end, and what the guards refused."""
    helped = Counter(answer.ending for answer in style if answer.ending in HELPED)
    if helped:
        progress.say(
            f"helped to their end: {helped['length']} at the length asked for, {helped['room']} "
            f"where the longest answer is reached, {helped['loops']} before a loop"
        )
    if refused:
        said = ", ".join(f"{name} {count}" for name, count in refused.most_common())
        progress.say(f"refused while writing, and drawn again: {said}; {spent:,} tokens")


def _run(context: Context[GenerateOptions]) -> Stats:
    options, progress = context.options, context.progress
    wanted = test_briefs(context.inputs["pairs"], options.briefs, context.seed)
    plain = {row["document_id"]: row for row in ledger.rows(context.inputs["baseline"] / "kept")}
    tests = [row for row in wanted if row["document_id"] in plain]
    too_long = [row for row in wanted if row["document_id"] not in plain]  # as the baseline found
    rows.write_dropped(context.out, rows.Unlearnt(too_long, rows.TOO_LONG))
    briefs = [rows.request(row) for row in tests]

    if len(wanted) < options.briefs:
        progress.say(
            f"{len(wanted):,} of {options.briefs:,} briefs: the test sites have no more documents. "
            f"About {options.briefs - len(wanted):,} more test documents are needed for the rest."
        )

    folder = context.inputs["train"] / "model"
    pair = ModelPair(folder, options.device or devices.best_device(), options.max_new_tokens)
    writer = pair.fine_tuned(options.strength)
    choose_threads(writer.model, options, len(briefs))
    guards = None
    if options.guards:
        index = training_index(context.inputs["pairs"])
        guards = guards_of(context.era, index, options.tries)
    progress.start("generate", len(briefs), "answers")
    started, cpu = time.monotonic(), time.process_time()
    style = list(
        in_batches(writer, briefs, options.decoding, context.seed, progress, guards=guards)
    )
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu

    _write_texts(context.out, tests, style, plain)
    generated, spent = (
        sum(values) for values in zip(*((a.tokens, a.spent) for a in style), strict=True)
    )
    refused: Counter[str] = Counter()
    for answer in style:
        refused.update(answer.refused)
    speed = (generated + spent) / seconds
    progress.say(
        f"{len(tests)} answers, {generated:,} tokens, {speed:.0f} a second; "
        f"{cpu / len(tests):.2f} CPU s for a text of the fine-tuned model"
    )
    _tell(progress, style, refused, spent)
    return {
        "read": len(wanted),
        "kept": len(tests),
        "dropped": len(too_long),
        "quarantined": 0,
        "reasons": {rows.TOO_LONG: len(too_long)} if too_long else {},
        "tokens": generated,
        "style_stopped": sum(a.stopped for a in style),
        "refused": dict(refused),
        "spent": spent,
        "let_stand": sum(len(a.marks) for a in style),
        "endings": dict(Counter(a.ending for a in style)),
        "went_back": sum(a.back for a in style),
        "measured": {
            "seconds_per_answer": seconds / len(tests),
            "cpu_seconds_per_answer": cpu / len(tests),
        },
    }


def ready(options: GenerateOptions, era: Era) -> None:
    """Refuse a device that is not there, before the training.

    Raises:
        ModelError: It is asked for.
    """
    del era
    if options.device:
        devices.check_device(options.device)


GENERATE = Stage(
    "generate",
    "Let the fine-tuned model answer the briefs of unseen sites.",
    GenerateOptions,
    _run,
    needs=("pairs", "baseline", "train"),
    era=("formats", "lexicon_cutoff", "markup"),
    version=12,
    seeded=True,
    ready=ready,
)
