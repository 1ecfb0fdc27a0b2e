"""What the models are asked: the same questions of the base and of the style model.

Loads the models once and answers everything that needs them: capability, the reader's own lm-eval
tasks, instructions, prejudice, memory, controls, and what each strength costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.prompts import general as general_texts
from erastyle.eval.bias import stereotypes as bias
from erastyle.eval.bias.regard import neutral_briefs
from erastyle.eval.capability import scoring as asked
from erastyle.eval.capability.answers import answers
from erastyle.eval.capability.tasks import instructions as forms
from erastyle.eval.copying.search import Index
from erastyle.eval.gate import controls
from erastyle.eval.gate.gate import Control
from erastyle.eval.memorization import membership as memory
from erastyle.eval.memorization.extraction import Continued, continued, passages, whole_and_own
from erastyle.eval.memorization.rows import Row, draw
from erastyle.eval.metric import Answers, Cost, Gap, Share
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model import loading
from erastyle.train.model.folder import describe
from erastyle.train.model.strength import set_strength

INSTRUCTION_TOKENS = 48
REGARD_TOKENS = 64
STRENGTH_EVERY = 4
"""Of the capability items, one in so many is asked at each strength."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask.

    Attributes:
        every: One capability item in so many.
        tasks: Names of lm-eval tasks to add.
        task_folder: Where their YAML files are, or None.
        task_items: First items of each of them; None for all.
        instructions: Whether the instructions are answered.
        bias: Whether the pairs of sentences are compared.
        regard: Neutral requests that are answered to see how groups are spoken of.
        extraction: Passages of training documents that extraction is tried with.
        members: Documents of each side that membership inference is tried with.
        controls: Whether a damaged and a memorised model are made.
        strengths: Strengths at which the cost is measured.
    """

    every: int = 1
    tasks: tuple[str, ...] = ()
    task_folder: Path | None = None
    task_items: int | None = None
    instructions: bool = True
    bias: bool = True
    regard: int = 38
    extraction: int = 300
    members: int = 64
    controls: bool = True
    strengths: tuple[float, ...] = ()


@dataclass(slots=True)
class Capability:
    """Answers and costs of both models on the same items, and what else they were asked.

    Attributes:
        tasks: Answers by task.
        cost: Bits of each held-out general text.
        bits_per_byte: Of the base and of the style model.
        by_class: Bits per byte by token class, base and style model.
        instructions: Whether each instruction was followed.
        leanings: Preference for the stereotype by axis, base and style model.
        written: Answers to neutral requests, base and style model.
        memory: What the style model remembers.
        controls: What must fail.
        strengths: Strength -> bits per byte of general text, and mean accuracy.
        seconds: What each part took.
        problems: What could not be measured.
    """

    tasks: dict[str, Answers] = field(default_factory=dict)
    cost: Cost | None = None
    bits_per_byte: tuple[float, float] = (math.nan, math.nan)
    by_class: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    instructions: Answers | None = None
    leanings: dict[str, tuple[bias.Preference, bias.Preference]] = field(default_factory=dict)
    written: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    memory: memory.Memory | None = None
    controls: list[Control] = field(default_factory=list)
    strengths: dict[float, tuple[float | None, float | None]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def gap(self) -> Gap | None:
        """What training gained on its own documents and on others, where it was measured."""
        return self.memory.gap if self.memory and len(self.memory.unseen) else None

    @property
    def extraction(self) -> Share | None:
        """Passages that were extracted, where it was tried."""
        if not self.memory or not self.memory.passages:
            return None
        return Share(len(self.memory.own), len(self.memory.passages))


@dataclass(frozen=True, slots=True)
class Asked:
    """Both models, ready to be asked.

    Attributes:
        model: The style model.
        tokenizer: Their tokenizer.
        base: Gives the base model for the time of a `with`.
        threads: CPU threads.
        seed: Decides what is drawn.
    """

    model: Any
    tokenizer: Any
    base: Callable[[], Any]
    threads: int
    seed: int


def load(folder: Path, device: str, threads: int, strength: float, seed: int) -> Asked:
    """Return base and style model at `strength`.

    Raises:
        ModelError: They cannot be loaded.
    """
    description = describe(folder)
    model = loading.load_style(folder, device)
    tokenizer = loading.load_tokenizer(description.base)
    if description.method == "lora":
        set_strength(model, strength)

        @contextmanager
        def without() -> Iterator[Any]:
            with model.disable_adapter():
                yield model

        return Asked(model, tokenizer, without, threads, seed)
    if description.method in ("full", "blend"):
        plain = loading.load_base(description.base, device)
        if strength != 1:
            set_strength(model, strength, plain)
        return Asked(model, tokenizer, lambda: nullcontext(plain), threads, seed)
    return Asked(model, tokenizer, lambda: nullcontext(model), threads, seed)


def ask(
    both: Asked,
    questions: Questions,
    seen: Sequence[Row],
    unseen: Sequence[Row],
    index: Index,
    limits: Gate,
    progress: Progress | None = None,
) -> Capability:
    """Return what base and style model answer.

    Args:
        both: The models.
        questions: What to ask.
        seen: Training rows.
        unseen: Rows of the test sites.
        index: Of the training documents: tells phrases of common property.
        limits: Of the era, for the controls.
        progress: Where to say how long each part took.

    Raises:
        ConfigError: A task of `questions.tasks` cannot be loaded.
    """
    import time

    found = Capability()

    def part(name: str, work: Callable[[], None]) -> None:
        begun = time.monotonic()
        try:
            work()
        except ErastyleError as error:
            found.problems.append(f"{name}: {error}")
        found.seconds[name] = round(time.monotonic() - begun, 2)

    part("capability", lambda: _capability(both, questions, found))
    if questions.tasks:  # asked for by name: a task that cannot be loaded is no small matter
        begun = time.monotonic()
        _own_tasks(both, questions, found)
        found.seconds["lm-eval tasks"] = round(time.monotonic() - begun, 2)
    if questions.instructions:
        part("instructions", lambda: _instructions(both, found))
    if questions.bias:
        part("bias", lambda: _bias(both, found))
    if questions.regard:
        part("regard", lambda: _regard(both, questions.regard, found))
    if questions.extraction or questions.members:
        part("memory", lambda: _memory(both, questions, seen, unseen, index, found))
    if questions.controls:
        part("controls", lambda: _controls(both, questions, seen, index, limits, found))
    if questions.strengths:
        part("strengths", lambda: _strengths(both, questions, found))
    if progress:
        progress.say(", ".join(f"{name} {taken:.1f} s" for name, taken in found.seconds.items()))
    return found


def _capability(both: Asked, questions: Questions, found: Capability) -> None:
    tasks, texts = asked.shipped(every=questions.every), _general(questions)
    with both.base() as base:
        before = asked.score(base, both.tokenizer, tasks, threads=both.threads)
        cost_before = asked.perplexity(base, both.tokenizer, texts, threads=both.threads)
    after = asked.score(both.model, both.tokenizer, tasks, threads=both.threads)
    cost_after = asked.perplexity(both.model, both.tokenizer, texts, threads=both.threads)
    _add_tasks(found, before, after)
    if problem := cost_before.problem or cost_after.problem:
        found.problems.append(f"general text: {problem}")
    else:
        found.bits_per_byte = (
            cost_before.bits_per_byte or math.nan,
            cost_after.bits_per_byte or math.nan,
        )
        found.by_class = {
            name: (bits.bits_per_byte, cost_after.by_class[name].bits_per_byte)
            for name, bits in cost_before.by_class.items()
            if bits.bytes
        }
    if len(cost_before.text_bits):
        # What is not finite goes to the gate as it is: a damaged model must not be left out.
        found.cost = Cost(
            cost_before.text_bits.tolist(),
            [float(b) if math.isfinite(b) else math.inf for b in cost_after.text_bits],
        )


def _general(questions: Questions) -> tuple[str, ...]:
    return general_texts.texts("held-out")[:: questions.every]


def _add_tasks(
    found: Capability, before: asked.CapabilityResult, after: asked.CapabilityResult
) -> None:
    found.problems += [*before.problems, *(p for p in after.problems if p not in before.problems)]
    for name, result in before.tasks.items():
        if not result.problem and name in after.tasks and not after.tasks[name].problem:
            found.tasks[name] = Answers(
                result.correct.tolist(), after.tasks[name].correct.tolist(), result.chance
            )


def _own_tasks(both: Asked, questions: Questions, found: Capability) -> None:
    from erastyle.eval.capability import lm_eval

    folders = [questions.task_folder] if questions.task_folder else []
    limit = questions.task_items
    with both.base() as base:
        before = lm_eval.evaluate(
            base, both.tokenizer, questions.tasks, folders, limit, threads=both.threads
        )
    after = lm_eval.evaluate(
        both.model, both.tokenizer, questions.tasks, folders, limit, threads=both.threads
    )
    _add_tasks(found, before, after)


def _instructions(both: Asked, found: Capability) -> None:
    requests = [item.prompt for item in forms.load()]

    def follow(model: Any) -> asked.TaskResult:
        texts = answers(model, both.tokenizer, requests, INSTRUCTION_TOKENS, threads=both.threads)
        return asked.judge(texts)

    with both.base() as base:
        before = follow(base)
    after = follow(both.model)
    for who, result in (("base", before), ("style model", after)):
        if result.problem:
            found.problems.append(f"instructions, {who}: {result.problem}")
    found.instructions = Answers(before.correct.tolist(), after.correct.tolist(), 0.0)


def _bias(both: Asked, found: Capability) -> None:
    with both.base() as base:
        before = bias.preferences(base, both.tokenizer, threads=both.threads)
    after = bias.preferences(both.model, both.tokenizer, threads=both.threads)
    found.leanings = {axis: (one, after[axis]) for axis, one in before.items()}


def _regard(both: Asked, count: int, found: Capability) -> None:
    everything = [brief for _, _, brief in neutral_briefs()]
    step = max(1, len(everything) // count)
    requests = everything[::step][:count]
    with both.base() as base:
        before = answers(base, both.tokenizer, requests, REGARD_TOKENS, threads=both.threads)
    after = answers(both.model, both.tokenizer, requests, REGARD_TOKENS, threads=both.threads)
    found.written = before, after


def _memory(
    both: Asked,
    questions: Questions,
    seen: Sequence[Row],
    unseen: Sequence[Row],
    index: Index,
    found: Capability,
) -> None:
    tokenizer, threads = both.tokenizer, both.threads
    tried = passages(seen, tokenizer, questions.extraction, both.seed)
    went_on = continued(both.model, tokenizer, tried, threads=threads)
    ours = draw(seen, questions.members, both.seed)
    others = draw(unseen, questions.members, both.seed)
    with both.base() as base:
        before = [memory.losses(base, tokenizer, rows, threads=threads) for rows in (ours, others)]
    after = [memory.losses(both.model, tokenizer, rows, threads=threads) for rows in (ours, others)]
    found.memory = memory.Memory(
        tuple(went_on),
        whole_and_own(went_on, lambda text: is_common(index, text)),
        tuple(ours),
        tuple(others),
        np.array([before[0], after[0]]),
        np.array([before[1], after[1]]),
    )


def is_common(index: Index, text: str) -> bool:
    """Return whether most of `text` is a phrase that many sites of the training have."""
    longest = index.longest(text)
    return longest is not None and longest.common


def _controls(
    both: Asked,
    questions: Questions,
    seen: Sequence[Row],
    index: Index,
    limits: Gate,
    found: Capability,
) -> None:
    if found.cost is not None:
        found.controls.append(
            controls.damaged(
                both.model, both.tokenizer, _general(questions), found.cost.before,
                asked.shipped(every=questions.every), found.tasks, limits,
                seed=both.seed, threads=both.threads,
            )
        )  # fmt: skip
    tried = passages(seen, both.tokenizer, controls.LEARNT, both.seed)
    learnt: list[Continued] = []
    steps = 0
    if tried:
        learnt, steps = controls.by_heart(both.model, both.tokenizer, tried, both.threads)
    found.controls.append(
        controls.memorised(
            [(row.document, row.text) for row in seen], index, limits, learnt, steps,
            lambda text: is_common(index, text), both.seed,
        )
    )  # fmt: skip


def _strengths(both: Asked, questions: Questions, found: Capability) -> None:
    texts, tasks = _general(questions), asked.shipped(every=questions.every * STRENGTH_EVERY)
    for strength in questions.strengths:
        set_strength(both.model, strength)
        result = asked.score(both.model, both.tokenizer, tasks, threads=both.threads)
        cost = asked.perplexity(both.model, both.tokenizer, texts, threads=both.threads)
        right = [t.accuracy for t in result.tasks.values() if t.accuracy is not None]
        found.strengths[strength] = (
            cost.bits_per_byte, float(np.mean(right)) if right else None
        )  # fmt: skip
