"""`--minutes N`: what a run does in the time that a person has.

The speed of the base is measured on this machine; the time is shared out between training and
evaluation; the numbers that follow are written into run.yaml. Keys depend on those numbers and
never on minutes, so a finished run stays finished.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from erastyle.config import RunConfig
from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.prompts import general
from erastyle.eval.capability import scoring
from erastyle.eval.model_answers import INSTRUCTION_TOKENS, REGARD_TOKENS
from erastyle.planning import checkpoint_choice
from erastyle.planning.base_speed import Speeds
from erastyle.planning.checkpoint_choice import SHORT
from erastyle.train.choice import page_choice
from erastyle.train.data.datasets import DEV_TOKENS
from erastyle.train.options import TrainOptions

FILE = "minutes.json"
EVALUATION = 0.4
"""Share of the time that evaluation may take at most; training gets what is left."""
MARGIN = 0.92
"""Share of the time that is planned: estimates are off, and a run must end in time."""
LONGER = 2.0
"""How many times the time asked for the smallest plan may take and still run, with a word."""
FEWEST_TOKENS = 8_000
"""Tokens below which a training teaches nothing."""
CHARACTERS_PER_TOKEN = 3.3
BATCH = 8
"""Texts that are written together when the speed of writing is measured."""
INSTRUCTIONS = 48
PAGE_TOKENS = 700
"""Tokens of a document that membership and extraction read, about."""
SHORT_TRAINING: Mapping[str, int] = {
    "epochs": 1,
    "passes": 1,
    "max_length": 512,
    "batch_tokens": 1024,
    "samples": 0,
}
"""Options of such a training: short rows, many updates, and no answers between."""
MOST_EPOCHS = 3
"""Epochs of the table of settings at most."""
DEV_KINDS = 3
"""Sets of dev rows: style, general and learnt ones, of at most `DEV_TOKENS` each."""
JUDGED_SHARE = 0.2
"""Share of the training's time that judging pages may take; above it the losses choose."""
JUDGED_EVERY = 600.0
"""Seconds of training between two checkpoints at which pages are judged, about."""
JUDGE_SECONDS = 0.15
"""Seconds that the choosing judge takes for a page."""
GUIDED = 2.1
"""Tokens without guidance in whose time a token with it is written, guards and all."""
STARTING = 25.0
"""Seconds for loading models, the judges' verdicts and the report."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much is evaluated.

    Attributes:
        briefs: Briefs that both models answer.
        tokens: Longest answer in tokens.
        every: One capability item in so many is asked.
        extraction: Passages with which extraction is tried.
        members: Documents for membership inference.
        regard: Neutral requests about groups of people.
        controls: Whether two bad models are made, which the gate must fail.
        instructions: Whether instructions are asked.
        bias: Whether sentences about groups of people are compared.
    """

    briefs: int
    tokens: int
    every: int
    extraction: int
    members: int
    regard: int
    controls: bool
    instructions: bool
    bias: bool

    def overrides(self) -> dict[str, Any]:
        """Return the options that the level stands for."""
        values = {f"score.{name}": value for name, value in asdict(self).items()}
        briefs, tokens = values.pop("score.briefs"), values.pop("score.tokens")
        return {"generate.briefs": briefs, "generate.max_new_tokens": tokens, **values}


LEVELS = (
    Level(4, 256, 32, 0, 8, 0, controls=False, instructions=False, bias=False),
    Level(8, 320, 16, 0, 8, 0, controls=False, instructions=False, bias=False),
    Level(8, 400, 8, 48, 16, 0, controls=False, instructions=False, bias=True),
    Level(16, 400, 4, 96, 24, 0, controls=False, instructions=False, bias=True),
    Level(26, 400, 2, 300, 24, 0, controls=False, instructions=False, bias=True),
    Level(26, 400, 2, 300, 48, 8, controls=True, instructions=True, bias=True),
    Level(48, 400, 1, 300, 48, 19, controls=True, instructions=True, bias=True),
    Level(64, 500, 1, 300, 48, 19, controls=True, instructions=True, bias=True),
    Level(96, 500, 1, 300, 48, 19, controls=True, instructions=True, bias=True),
)
"""From a quick look to more than the defaults, which are the seventh. With fewer than 26 briefs the
gate cannot decide whether pages are shown whole (docs/log.md)."""


@dataclass(frozen=True, slots=True)
class MinutesPlan:
    """What a run does in the time.

    Attributes:
        minutes: The time that was asked for.
        train_seconds: Seconds for the training.
        evaluation_seconds: Seconds for everything after it, and for the base's answers before.
        tokens: Tokens to train on.
        level: Place in `LEVELS`.
        overrides: Options and their values.
        choice: What chooses the checkpoint and why; empty: nothing is trained.
        longer: That the smallest plan takes longer than was asked for; empty: it does not.
    """

    minutes: float
    train_seconds: float
    evaluation_seconds: float
    tokens: int
    level: int
    overrides: Mapping[str, Any] = field(default_factory=dict)
    choice: str = ""
    longer: str = ""

    def values(self) -> list[str]:
        """Return the options as `section.name=value`."""
        return [f"{name}={json.dumps(value)}" for name, value in self.overrides.items()]

    def sentences(self) -> list[str]:
        """Return what the plan is, what it leaves out, and what twice the time would bring."""
        level = LEVELS[self.level]
        items = (
            "every capability item"
            if level.every == 1
            else (f"one capability item in {level.every}")
        )
        lines = [self.longer] if self.longer else []
        lines += [
            f"{self.minutes:g} minutes: about {_minutes(self.train_seconds)} for training on "
            f"{self.tokens:,} tokens, {_minutes(self.evaluation_seconds)} for {level.briefs} "
            f"briefs of at most {level.tokens} tokens, {items} and the rest of the score"
        ]
        if self.choice:
            lines.append(self.choice)
        absent = [
            name
            for name, there in (
                ("the controls that must fail", level.controls),
                ("instructions", level.instructions),
                ("bias", level.bias),
                ("regard", level.regard),
                ("extraction", level.extraction),
            )
            if not there
        ]
        if absent:
            lines.append(f"left out: {', '.join(absent)}; the gate stays open there")
        better = LEVELS[min(self.level + 1, len(LEVELS) - 1)]
        lines.append(
            f"twice the time would bring {2 * self.tokens:,} tokens of training and "
            f"{max(better.briefs, level.briefs)} briefs"
        )
        return lines


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def plan(config: RunConfig, minutes: float, seconds: float, speeds: Speeds) -> MinutesPlan:
    """Return what a run does in `seconds`, after its documents are ready.

    Args:
        config: The configuration; what the plan chooses is replaced.
        minutes: The time that was asked for, for messages.
        seconds: What is left of it.
        speeds: Speeds of the base.

    Raises:
        ConfigError: Even the smallest plan takes more than `LONGER` times as long; says how long.
    """
    time = seconds * MARGIN
    guided = config.generate.guidance != 1
    costs = [evaluation_seconds(level, speeds, guided=guided) for level in LEVELS]
    short = config.train.model_copy(update=SHORT_TRAINING)
    fewest = FEWEST_TOKENS / speeds.train if config.train.trains else 0.0
    least = costs[0] + watching_seconds(short, speeds) + fewest
    longer = ""
    if time < least:
        already = minutes * 60 - seconds
        needed = math.ceil((already + least / MARGIN) / 60)
        if needed > LONGER * minutes:
            raise ConfigError(
                f"--minutes {minutes:g} is too short for {config.train.base} on this machine: "
                f"about {needed} minutes are the least. Give more, or take a smaller base "
                "(--base starter)."
            )
        longer = f"the smallest plan takes about {needed} minutes on this machine and runs"
        minutes, time = needed, least
    if not config.train.trains:
        level = max(n for n, cost in enumerate(costs) if cost <= time)
        overrides = LEVELS[level].overrides()
        return MinutesPlan(minutes, 0.0, costs[level], 0, level, overrides, longer=longer)
    spare = time - watching_seconds(short, speeds) - fewest
    most = min(EVALUATION * time, spare)
    level = max((n for n, cost in enumerate(costs) if cost <= most), default=0)
    left = time - costs[level]
    tokens, options = _tokens(left, config.train, speeds), {}
    if tokens < SHORT:
        tokens = _tokens(left, short, speeds)
        options = {f"train.{name}": value for name, value in SHORT_TRAINING.items()}
    overrides = {"train.max_tokens": tokens, "train.seconds": round(left), **options}
    overrides |= LEVELS[level].overrides()
    made = MinutesPlan(minutes, left, costs[level], tokens, level, overrides, longer=longer)
    return _with_choice(made, config, speeds)


def _with_choice(made: MinutesPlan, config: RunConfig, speeds: Speeds) -> MinutesPlan:
    """Return a plan that says what chooses the checkpoint, with the time for it taken off.

    The judge chooses where it would without a limit, and where that takes at most a fifth of the
    time; a person who asked for it gets it in any case.
    """
    tokens = made.tokens
    every = max(1000, int(JUDGED_EVERY * speeds.train) // 1000 * 1000)
    train = config.train.model_copy(update={"max_tokens": tokens, "judge_tokens": every})
    by, why = checkpoint_choice.decide(train, config.classifier)
    judged = train.model_copy(update={"choose_by": "judge"})
    seconds = judging_seconds(judged, speeds, tokens)
    asked = config.train.choose_by == "judge"
    if by == "judge" and seconds > JUDGED_SHARE * made.train_seconds and not asked:
        by, why = "loss", f"judging pages would take {_minutes(seconds)} of the training"
    overrides = {**made.overrides, "train.choose_by": by}
    if by == "loss":
        choice = f"the losses choose the checkpoint: {why}"
        return replace(made, overrides=overrides, choice=choice)
    tokens = max(FEWEST_TOKENS, tokens - int(seconds * speeds.train) // 1000 * 1000)
    overrides |= {"train.max_tokens": tokens, "train.judge_tokens": every}
    choice = f"the choosing judge chooses the checkpoint, {_minutes(seconds)} of the training"
    return replace(made, tokens=tokens, overrides=overrides, choice=choice)


def judging_seconds(options: TrainOptions, speeds: Speeds, tokens: int) -> float:
    """Return the seconds in which pages are written and judged, with the dev losses beside them.

    Args:
        options: Options of `train`.
        speeds: Speeds of the base.
        tokens: Tokens of the training.
    """
    if options.choose_by != "judge":
        return 0.0
    epochs = options.epochs or MOST_EPOCHS
    count = page_choice.looks(epochs, tokens // epochs, options.judge_tokens)
    pages = options.judge_briefs * (page_choice.PAGE_TOKENS / speeds.write + JUDGE_SECONDS)
    first = options.samples * (page_choice.PAGE_TOKENS / speeds.write + JUDGE_SECONDS)
    return first + count * pages + (count - epochs) * DEV_KINDS * DEV_TOKENS / speeds.read


def _tokens(seconds: float, options: TrainOptions, speeds: Speeds) -> int:
    """Return the tokens that can be learnt in a time, in thousands."""
    learning = (seconds - watching_seconds(options, speeds)) * speeds.train
    return max(FEWEST_TOKENS, int(learning) // 1000 * 1000)


def watching_seconds(options: TrainOptions, speeds: Speeds) -> float:
    """Return the seconds in which a training only looks at itself: dev losses and sampled answers.

    It looks before the first update and after each epoch. In a training of minutes that is as much
    as the training.
    """
    from erastyle.train.fit.callbacks import SAMPLE_TOKENS  # torch

    if not options.trains:
        return 0.0
    looks = 1 + (options.epochs or MOST_EPOCHS)
    dev = DEV_KINDS * DEV_TOKENS / speeds.read
    return looks * (dev + options.samples * SAMPLE_TOKENS / speeds.write)


def evaluation_seconds(level: Level, speeds: Speeds, *, guided: bool) -> float:
    """Return the seconds that the base's answers and everything after the training take.

    Args:
        level: How much is evaluated.
        speeds: Speeds of the base.
        guided: Whether the fine-tuned model is guided by the brief, which makes it slower.
    """
    fine_tuned = GUIDED if guided else 1.2  # the guards refuse a tenth to a fifth
    written = (1 + fine_tuned) * level.briefs * level.tokens
    written += 2 * level.regard * REGARD_TOKENS
    written += 2 * INSTRUCTIONS * INSTRUCTION_TOKENS * level.instructions
    items = _item_tokens() / level.every
    texts = _text_tokens() / level.every
    read = 2 * (items + texts) + 2 * 2 * level.members * PAGE_TOKENS + level.extraction * 150
    read += 2 * _STEREOTYPES * 24 * level.bias
    if level.controls:
        read += 3 * 8 * texts / 40 + items / 6 + texts / 2
    learnt = 40 * 8 * 75 / speeds.train if level.controls else 0.0
    return STARTING + written / speeds.write + read / speeds.read + learnt


_STEREOTYPES = 240


def _item_tokens() -> float:
    """Return the tokens of all capability items, each with every answer."""
    tasks = scoring.shipped()
    characters = sum(
        len(item.context) + len(choice)
        for task in tasks
        for item in task.items
        for choice in item.choices
    )
    return characters / CHARACTERS_PER_TOKEN


def _text_tokens() -> float:
    return sum(map(len, general.texts("held-out"))) / CHARACTERS_PER_TOKEN


def saved(root: Path, minutes: float, base: str, overrides: Sequence[str]) -> list[str] | None:
    """Return the values that an earlier call chose with the same time, base and options, or None.

    Args:
        root: The run directory.
        minutes: The time that was asked for.
        base: Name of the base.
        overrides: What the person set.
    """
    try:
        data = json.loads((root / FILE).read_text(encoding="utf-8"))
        if (data["minutes"], data["base"], data["given"]) != (minutes, base, list(overrides)):
            return None
        values = [str(value) for value in data["values"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if "train.choose_by" not in given(values) and "train.max_tokens" in given(values):
        values.append('train.choose_by="loss"')  # of a version that knew no other way
    return values


def save(
    root: Path, chosen: MinutesPlan, base: str, overrides: Sequence[str], speeds: Speeds
) -> None:
    """Keep what was chosen, so that the same call again finds its run finished."""
    data = {
        "minutes": chosen.minutes,
        "base": base,
        "given": list(overrides),
        "values": chosen.values(),
        "measured": asdict(speeds),
    }
    write_atomically(root / FILE, json.dumps(data, indent=1) + "\n")


def given(overrides: Sequence[str]) -> set[str]:
    """Return the names of the options that a person set, which a plan leaves alone.

    >>> sorted(given(["train.max_tokens=9", "generate.briefs=4"]))
    ['generate.briefs', 'train.max_tokens']
    """
    return {value.partition("=")[0] for value in overrides}
