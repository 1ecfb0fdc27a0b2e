"""Capability: small tasks scored by likelihood, on the same items before and after training.

`score` needs torch and a loaded model; `erastyle.eval.capability.lm_eval` runs the same items
through lm-evaluation-harness. The base of a LoRA model is scored inside `model.disable_adapter()`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ConfigError
from erastyle.eval.capability.tasks import data
from erastyle.eval.capability.tasks import instructions as forms
from erastyle.train.model.inference import BATCH_TOKENS, loglikelihoods
from erastyle.train.model.inference import (
    perplexity as perplexity,  # part of this module's interface
)

MIN_ITEMS = 30
"""Fewest items for which an accuracy is given: its standard error is then below 0.1."""

SHIPPED = ("grammar", "arithmetic", "knowledge")
BY_LENGTH = ("knowledge",)  # answers of unequal length: likelihood a character, lm-eval's acc_norm


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes:
        context: Text before the answer; empty for a pair of sentences.
        choices: Answers as text, at least two.
        answer: Index of the right answer.
        group: Group in the report: the phenomenon, the kind of sum.
    """

    context: str
    choices: tuple[str, ...]
    answer: int
    group: str = ""

    def requests(self) -> list[tuple[str, str]]:
        """Return (context, continuation) of each choice; a space joins them."""
        gap = " " if self.context else ""
        return [(self.context, gap + choice) for choice in self.choices]


@dataclass(frozen=True, slots=True)
class Task:
    """Questions that belong together.

    Attributes:
        name: Name, such as `grammar`.
        items: The questions.
        by_length: Compare likelihoods divided by the characters of the answer.
    """

    name: str
    items: tuple[Item, ...]
    by_length: bool = False

    @property
    def chance(self) -> float:
        """Accuracy that guessing reaches; NaN without items."""
        return float(np.mean([1 / len(i.choices) for i in self.items])) if self.items else np.nan


@dataclass(frozen=True)
class TaskResult:
    """Answers of a model to the items of a task.

    Attributes:
        name: Name of the task.
        groups: Group of each item. Length: items.
        correct: Whether the right answer was strictly the likeliest. Shape: (items,).
        scores: Log-likelihood of each choice in nats (a character, with `by_length`).
            Length: items, each of shape (choices,).
        chance: Accuracy that guessing reaches.
        problem: Why there is no accuracy, or empty.
    """

    name: str
    groups: tuple[str, ...]
    correct: NDArray[np.bool_]
    scores: tuple[NDArray[np.float64], ...]
    chance: float
    problem: str = ""

    @property
    def accuracy(self) -> float | None:
        """Share of right answers, or None with a `problem`."""
        return None if self.problem else float(self.correct.mean())


@dataclass(frozen=True)
class CapabilityResult:
    """Results of all tasks.

    Attributes:
        tasks: Result of each task by name.
    """

    tasks: Mapping[str, TaskResult] = field(default_factory=dict)

    @property
    def macro(self) -> float | None:
        """Mean accuracy over tasks, or None if one of them has a problem or there is none."""
        accuracies = [result.accuracy for result in self.tasks.values()]
        known = [a for a in accuracies if a is not None]
        return float(np.mean(known)) if known and len(known) == len(accuracies) else None

    @property
    def problems(self) -> tuple[str, ...]:
        """Reasons why a task has no accuracy, one line each."""
        lines = [f"{name}: {r.problem}" for name, r in self.tasks.items() if r.problem]
        return tuple(lines) if self.tasks else ("no capability task was given",)


def read(path: Path, name: str = "", by_length: bool = False) -> Task:
    """Return the task in the tab-separated file `path`; see `erastyle.eval.capability.tasks.data`.

    Raises:
        ConfigError: The file cannot be read, or a line of it is not an item.
    """
    try:
        rows = data.rows(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"Not a task file: {error}") from error
    items = tuple(
        Item(row["context"], tuple(row["choices"]), row["answer"], row["group"]) for row in rows
    )
    return Task(name or path.stem, items, by_length)


def shipped(names: Sequence[str] = SHIPPED, every: int = 1) -> list[Task]:
    """Return the tasks that come with erastyle.

    Args:
        names: Which of `SHIPPED`.
        every: Take one item in so many, of all groups alike, for a quick run.

    Raises:
        ConfigError: A name is not one of them.
    """
    tasks = []
    for name in names:
        if name not in SHIPPED:
            raise ConfigError(f"No capability task '{name}'. Known: {', '.join(SHIPPED)}.")
        task = read(data.FOLDER / f"{name}.tsv", name, name in BY_LENGTH)
        tasks.append(Task(name, task.items[::every], task.by_length))
    return tasks


def verdict_on_items(items: int, lost: int, min_items: int = MIN_ITEMS) -> str:
    """Return why there is no accuracy from `items` of which `lost` have no number, or empty."""
    if lost:
        return (
            f"the model gives no finite likelihood for {lost} of {items} items; "
            "its weights may be damaged"
        )
    if items < min_items:
        return f"{items} items are too few for an accuracy; at least {min_items}"
    return ""


def _result(task: Task, values: NDArray[np.float64], min_items: int) -> TaskResult:
    scores, correct, lost, place = [], [], 0, 0
    for item in task.items:
        by_choice = values[place : place + len(item.choices)]
        place += len(item.choices)
        if task.by_length:
            by_choice = by_choice / np.array([len(choice) for choice in item.choices])
        usable = not np.isnan(by_choice).any() and np.isfinite(by_choice).any()
        lost += not usable
        others = np.delete(by_choice, item.answer)
        # Strictly greater: a model for which all answers are equal knows none of them.
        correct.append(bool(usable and by_choice[item.answer] > others.max()))
        scores.append(by_choice)
    return TaskResult(
        name=task.name,
        groups=tuple(item.group for item in task.items),
        correct=np.array(correct, dtype=np.bool_),
        scores=tuple(scores),
        chance=task.chance,
        problem=verdict_on_items(len(task.items), lost, min_items),
    )


def score(
    model: Any,
    tokenizer: Any,
    tasks: Sequence[Task] | None = None,
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
    min_items: int = MIN_ITEMS,
) -> CapabilityResult:
    """Return how many items of each task `model` gets right.

    An answer is right if the model finds it more likely than every other answer. Results of two
    models on the same tasks hold the same items in the same order.

    Args:
        model: A causal model of transformers, or a PEFT model. Scored in float32 on a CPU.
        tokenizer: The tokenizer of the model.
        tasks: Tasks; all of `shipped` by default.
        batch_tokens: Tokens a forward pass; more on a GPU.
        threads: CPU threads; more than one is slower for a small model.
        min_items: Fewest items for which an accuracy is given.
    """
    tasks = shipped() if tasks is None else tasks
    requests = [request for task in tasks for item in task.items for request in item.requests()]
    values = loglikelihoods(model, tokenizer, requests, batch_tokens, threads)
    results, place = {}, 0
    for task in tasks:
        count = sum(len(item.choices) for item in task.items)
        results[task.name] = _result(task, values[place : place + count], min_items)
        place += count
    return CapabilityResult(results)


def judge(answers: Sequence[str], min_items: int = MIN_ITEMS) -> TaskResult:
    """Return which generated answers have the form that the shipped instructions ask for.

    Args:
        answers: Answers to `erastyle.eval.capability.tasks.instructions.load()`, in its order.
        min_items: Fewest items for which an accuracy is given.

    Raises:
        ConfigError: There are more or fewer answers than instructions.
    """
    asked = forms.load()
    if len(answers) != len(asked):
        raise ConfigError(
            f"{len(answers)} answers for {len(asked)} instructions; generate one for each"
        )
    empty = sum(not answer.strip() for answer in answers)
    problem = verdict_on_items(len(asked), 0, min_items)
    if empty == len(asked):
        problem = "the model answers nothing: every answer is empty"
    kept = [forms.follows(i, answer) for i, answer in zip(asked, answers, strict=True)]
    return TaskResult(
        name="instructions",
        groups=tuple(instruction.check for instruction in asked),
        correct=np.array(kept, dtype=np.bool_),
        scores=tuple(np.zeros(0) for _ in asked),
        chance=0.0,
        problem=problem,
    )
