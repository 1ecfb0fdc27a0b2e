"""What one model answers: capability, general text, instructions, prejudice, neutral requests.

The base is asked once for a run (stage `baseline`), the fine-tuned model by the score; both answer
the same questions, so that their answers are paired.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from pydantic import Field

from erastyle.corpus.errors import ErastyleError, ModelError
from erastyle.corpus.options import Options
from erastyle.corpus.prompts import general as general_texts
from erastyle.eval.bias import stereotypes
from erastyle.eval.bias.regard import neutral_briefs
from erastyle.eval.capability import scoring
from erastyle.eval.capability.tasks import instructions as forms
from erastyle.train.model.generation import Writer, likeliest
from erastyle.train.model.inference import scoring as scoring_mode

INSTRUCTION_TOKENS = 48
REGARD_TOKENS = 64


class Questions(Options):
    """What a model is asked."""

    every: int = 1
    """One capability item in so many."""
    tasks: tuple[str, ...] = ()
    """Names of lm-eval tasks to add."""
    task_folder: Path | None = Field(default=None, exclude=True)
    """Folder of their YAML files, or None."""
    task_items: int | None = None
    """First items of each of them; None for all."""
    instructions: bool = True
    """Whether the instructions are answered."""
    bias: bool = True
    """Whether the likelihoods of pairs of sentences about groups of people are compared."""
    regard: int = 38
    """Neutral requests about groups of people that are answered."""


@dataclass(frozen=True, slots=True)
class TaskAnswers:
    """Which items of a task a model gets right.

    Attributes:
        right: Whether each item was answered right.
        chance: Share that guessing gets right.
    """

    right: list[bool]
    chance: float


@dataclass(slots=True)
class ModelAnswers:
    """The answers of one model.

    Attributes:
        tasks: Answers by task.
        text_bits: Bits of each held-out general text; infinity where there is no finite number.
        bits_per_byte: Over all general texts; None: not measured.
        by_class: Bits per byte of general text by token class.
        instructions: Whether each instruction was followed; None: not asked.
        leanings: Preference for the stereotype by axis.
        regard: Answers to the neutral requests.
        seconds: Seconds of each part.
        problems: What could not be measured.
    """

    tasks: dict[str, TaskAnswers] = field(default_factory=dict)
    text_bits: list[float] = field(default_factory=list)
    bits_per_byte: float | None = None
    by_class: dict[str, float | None] = field(default_factory=dict)
    instructions: list[bool] | None = None
    leanings: dict[str, stereotypes.Preference] = field(default_factory=dict)
    regard: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write the answers as JSON; times are left out, so that equal answers are equal files."""
        plain = asdict(self) | {
            "text_bits": [bits if math.isfinite(bits) else None for bits in self.text_bits],
            "leanings": {
                axis: {
                    "leaning": [x if math.isfinite(x) else None for x in one.leaning.tolist()],
                    "clusters": list(one.clusters),
                    "problem": one.problem,
                }
                for axis, one in self.leanings.items()
            },
        }
        del plain["seconds"]
        path.write_text(json.dumps(plain, allow_nan=False) + "\n", encoding="utf-8")


def read(path: Path) -> ModelAnswers:
    """Return the answers that `ModelAnswers.write` wrote.

    Raises:
        ModelError: The file is missing or damaged.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        leanings = {
            axis: stereotypes.Preference(
                axis,
                np.array([math.nan if x is None else x for x in one["leaning"]], float),
                tuple(one["clusters"]),
                one["problem"],
            )
            for axis, one in plain.pop("leanings").items()
        }
        tasks = {name: TaskAnswers(**one) for name, one in plain.pop("tasks").items()}
        bits = [math.inf if x is None else x for x in plain.pop("text_bits")]
        return ModelAnswers(tasks, bits, leanings=leanings, **plain)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path}: cannot be read ({error}). Do the baseline stage again."
        ) from None


def general(questions: Questions) -> tuple[str, ...]:
    """Return the held-out general texts that are measured."""
    return general_texts.texts("held-out")[:: questions.every]


def ask(
    writer: Writer, questions: Questions, *, weights: bool = True, threads: int = 1
) -> ModelAnswers:
    """Return what a model answers.

    Args:
        writer: The model, and how a request becomes its prompt.
        questions: What to ask.
        weights: Whether to measure likelihoods too. A method that trains nothing has the weights
            of the base: its likelihoods say nothing of it, and are left out.
        threads: CPU threads.

    Raises:
        ConfigError: A task of `questions.tasks` cannot be loaded.
    """
    replies = ModelAnswers()

    def part(name: str, work: Callable[[], None]) -> None:
        begun = time.monotonic()
        try:
            work()
        except ErastyleError as error:
            replies.problems.append(f"{name}: {error}")
        replies.seconds[name] = round(time.monotonic() - begun, 2)

    if weights:
        part("capability", lambda: _capability(writer, questions, replies, threads))
        if questions.tasks:  # asked for by name: one that cannot be loaded ends the stage
            begun = time.monotonic()
            _own_tasks(writer, questions, replies, threads)
            replies.seconds["lm-eval tasks"] = round(time.monotonic() - begun, 2)
        if questions.bias:
            part("bias", lambda: _bias(writer, replies, threads))
    if questions.instructions:
        part("instructions", lambda: _instructions(writer, replies, threads))
    if questions.regard:
        part("regard", lambda: _regard(writer, questions.regard, replies, threads))
    return replies


def _capability(writer: Writer, questions: Questions, replies: ModelAnswers, threads: int) -> None:
    tasks = scoring.shipped(every=questions.every)
    outcome = scoring.score(writer.model, writer.tokenizer, tasks, threads=threads)
    _add_tasks(replies, outcome)
    cost = scoring.perplexity(writer.model, writer.tokenizer, general(questions), threads=threads)
    # A text without a finite cost goes to the gate as it is: damage must not be left out.
    replies.text_bits = [float(b) if math.isfinite(b) else math.inf for b in cost.text_bits]
    if cost.problem:
        replies.problems.append(f"general text: {cost.problem}")
        return
    replies.bits_per_byte = cost.bits_per_byte
    replies.by_class = {
        name: bits.bits_per_byte for name, bits in cost.by_class.items() if bits.bytes
    }


def _add_tasks(replies: ModelAnswers, outcome: scoring.CapabilityResult) -> None:
    replies.problems += outcome.problems
    for name, task in outcome.tasks.items():
        if not task.problem:
            replies.tasks[name] = TaskAnswers(task.correct.tolist(), task.chance)


def _own_tasks(writer: Writer, questions: Questions, replies: ModelAnswers, threads: int) -> None:
    from erastyle.eval.capability import lm_eval

    folders = [questions.task_folder] if questions.task_folder else []
    outcome = lm_eval.evaluate(
        writer.model,
        writer.tokenizer,
        questions.tasks,
        folders,
        questions.task_items,
        threads=threads,
    )
    _add_tasks(replies, outcome)


def _bias(writer: Writer, replies: ModelAnswers, threads: int) -> None:
    replies.leanings = stereotypes.preferences(writer.model, writer.tokenizer, threads=threads)


def _instructions(writer: Writer, replies: ModelAnswers, threads: int) -> None:
    requests = [item.prompt for item in forms.load()]
    outcome = scoring.judge(_greedy(writer, requests, INSTRUCTION_TOKENS, threads))
    if outcome.problem:
        replies.problems.append(f"instructions: {outcome.problem}")
    replies.instructions = outcome.correct.tolist()


def _regard(writer: Writer, count: int, replies: ModelAnswers, threads: int) -> None:
    everything = [brief for _, _, brief in neutral_briefs()]
    step = max(1, len(everything) // count)
    replies.regard = _greedy(writer, everything[::step][:count], REGARD_TOKENS, threads)


def _greedy(writer: Writer, requests: Sequence[str], tokens: int, threads: int) -> list[str]:
    with scoring_mode(writer.model, threads):
        return likeliest(writer, requests, tokens)
