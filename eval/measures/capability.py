"""Capability: what the fine-tuned model still knows, and what general text costs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Answers, Cost, Measurement
from erastyle.eval.metric import ITEM_ROWS, Metric, finite
from erastyle.eval.model_answers import ModelAnswers
from erastyle.eval.statistics.intervals import tango

GENERAL = Check(
    "general_loss",
    "general loss",
    "relative rise of bits per byte of general text",
    "max_general_loss",
    Cost,
    checks.general,
)
MEAN = Check(
    "capability",
    "capability",
    "mean change of accuracy over the tasks, same items",
    "max_capability_loss",
    Answers,
    checks.task,
)
CHECKS = (GENERAL, MEAN)
CLASSES = ("word", "newline", "number")  # token classes that the table shows


def task_check(name: str) -> Check:
    """Return the check of one capability task."""
    measured = f"change of accuracy on {name}, same items"
    title = f"{MEAN.name}: {name}"
    return Check(f"{MEAN.id}.{name}", title, measured, "max_task_loss", Answers, checks.task)


@dataclass(frozen=True, slots=True)
class CapabilityChange:
    """Answers of both models to the same items.

    Attributes:
        tasks: Answers by task.
        general: Bits of each general text; None: not measured.
        bits_per_byte: Of general text, base and fine-tuned model.
        by_class: The same by token class.
        instructions: Whether each instruction was followed; None: not asked.
        untrained: Whether the method trains nothing, so that its weights are those of the base.
    """

    tasks: Mapping[str, Answers]
    general: Cost | None
    bits_per_byte: tuple[float | None, float | None]
    by_class: Mapping[str, tuple[float | None, float | None]]
    instructions: Answers | None
    untrained: bool


def measure(material: Material) -> CapabilityChange:
    """Pair the answers of both models."""
    before, after = material.before, material.after
    general = None
    if before.text_bits and after.text_bits:
        general = Cost(before.text_bits, after.text_bits)
    instructions = None
    if before.instructions is not None and after.instructions is not None:
        instructions = Answers(before.instructions, after.instructions, 0.0)
    return CapabilityChange(
        paired(before, after),
        general,
        (before.bits_per_byte, after.bits_per_byte),
        {name: (bits, after.by_class.get(name)) for name, bits in before.by_class.items()},
        instructions,
        material.asked and not material.trained,
    )


def answers(material: Material) -> dict[str, Answers]:
    """Return the answers to the tasks and the instructions that both models were asked."""
    result = measure(material)
    if result.instructions is None:
        return dict(result.tasks)
    return {**result.tasks, "instructions": result.instructions}


def paired(before: ModelAnswers, after: ModelAnswers) -> dict[str, Answers]:
    """Return the answers to the tasks that both models were asked."""
    return {
        name: Answers(task.right, after.tasks[name].right, task.chance)
        for name, task in before.tasks.items()
        if name in after.tasks
    }


def metrics(result: CapabilityChange) -> list[Metric]:
    """Return the accuracy of each task, and bits per byte of general text."""
    rows = [_task(name, answers) for name, answers in result.tasks.items()]
    if result.instructions:
        note = (
            f"{len(result.instructions.before)} requests whose form a program checks; too few for "
            "the gate, so shown and not judged."
        )
        rows.append(replace(_task("instructions", result.instructions), note=note))
    before, after = map(finite, result.bits_per_byte)
    if before is not None and after is not None:
        note = f"{100 * (after / before - 1):+.1f} % on held-out modern prose."
        rows.append(_bits("", before, after, note))
    for name, (one, two) in result.by_class.items():
        if one is not None and two is not None and name in CLASSES:
            rows.append(_bits(name, one, two))
    return rows


def _task(name: str, answers: Answers) -> Metric:
    before, after = np.array(answers.before, bool), np.array(answers.after, bool)
    lost, gained = int((before & ~after).sum()), int((~before & after).sum())
    estimate = tango(lost, gained, len(before))
    return Metric(
        id=f"capability.{name}",
        name=f"capability: {name}",
        unit="share right",
        base=float(before.mean()),
        style=float(after.mean()),
        difference=estimate.value,
        low=estimate.low,
        high=estimate.high,
        better="higher",
        note=f"{len(before)} items; guessing gets {answers.chance:.2f}.",
        group="capability",
        rows=ITEM_ROWS,
    )


def _bits(kind: str, before: float, after: float, note: str = "") -> Metric:
    return Metric(
        id=f"general_text.{kind}" if kind else "general_text",
        name=f"general text, {kind} tokens" if kind else "general text",
        unit="bits per byte",
        base=before,
        style=after,
        difference=after - before,
        better="lower",
        note=note,
        group="capability",
        rows="" if kind else ITEM_ROWS,
    )


def items(result: CapabilityChange) -> dict[str, Measurement]:
    """Return the answers to each item, and the bits of each general text."""
    measured: dict[str, Measurement] = {GENERAL.id: result.general} if result.general else {}
    measured |= {task_check(name).id: answers for name, answers in result.tasks.items()}
    if result.instructions:
        measured["capability.instructions"] = result.instructions
    return measured


def check(result: CapabilityChange, limits: Gate, seed: int) -> list[GateLine]:
    """Return the lines of general text, of the mean over the tasks, and of each task."""
    if result.untrained:
        why = (
            "The method trains nothing, so the weights are those of the base: there is nothing to "
            "measure."
        )
        empty = (GENERAL.empty(), MEAN.empty())
        return [replace(line, verdict="NOT INFORMATIVE", explanation=why) for line in empty]
    measured = items(result)
    measured.pop("capability.instructions", None)
    return [GENERAL.line(result.general, limits, seed), *lines(measured, limits, seed)]


def lines(
    measured: Mapping[str, Measurement], limits: Gate, seed: int, *, complete: bool = True
) -> list[GateLine]:
    """Return the line of the mean over the tasks, and the line of each task, by name.

    Args:
        measured: Measurements by id; those of tasks are used.
        limits: Gate thresholds from the era profile.
        seed: Same measurements and seed, same lines.
        complete: Whether the mean has a line where no task was measured.
    """
    prefix = f"{MEAN.id}."
    names = sorted(id_.removeprefix(prefix) for id_ in measured if id_.startswith(prefix))
    tasks = [task_check(name).line(measured[f"{prefix}{name}"], limits, seed) for name in names]
    if tasks:
        return [checks.macro(MEAN, tasks, limits.max_capability_loss), *tasks]
    return [MEAN.line(None, limits, seed)] if complete else []
