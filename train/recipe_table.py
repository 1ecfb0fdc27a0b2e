"""Settings that fit the base: rate, rank, scale, batch and passes by its number of parameters.

An option that is null takes its value from this table. Each row says where its values are from.
"""

from __future__ import annotations

from dataclasses import dataclass

from erastyle.train.options import Adapter, TrainOptions

FEW_UPDATES = 60
"""Fewer cannot come far at the rate of a long training (docs/log.md, 2026-11-29)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of a training.

    Attributes:
        lr: Peak learning rate.
        rank: LoRA rank.
        alpha: LoRA scale.
        adapter: Kind of LoRA.
        batch_tokens: Tokens in an update, about.
        epochs: Most passes over the rows.
        passes: Passes that the budget of tokens is shared out for.
    """

    lr: float
    rank: int
    alpha: float
    adapter: Adapter
    batch_tokens: int
    epochs: int
    passes: int


@dataclass(frozen=True, slots=True)
class SizeClass:
    """A row of the table: bases up to a size.

    Attributes:
        parameters: Most parameters of the base.
        name: What the row is called in the guide.
        lora: Settings of method lora.
        short_lr: Rate of lora where the budget has fewer than `FEW_UPDATES` updates.
        full_lr: Rate of the methods full and blend, which share the other settings.
        source: Where the values are from.
    """

    parameters: float
    name: str
    lora: Recipe
    short_lr: float
    full_lr: float
    source: str


TABLE = (
    SizeClass(
        30e6,
        "up to 30 million (starter)",
        Recipe(1.2e-3, 64, 32, "rslora", 3072, 3, 1),
        1.2e-3,
        5e-4,
        "measured here: starter",
    ),
    SizeClass(
        250e6,
        "up to 250 million (SmolLM2-135M)",
        Recipe(8e-4, 16, 32, "lora", 2048, 2, 1),
        1.6e-3,
        1e-4,
        "measured here: smollm2; the rate of full is not measured: about a tenth of LoRA's, "
        "published rule (LoRA Without Regret, 2025)",
    ),
    SizeClass(
        800e6,
        "up to 800 million (SmolLM2-360M)",
        Recipe(4e-4, 16, 32, "lora", 4096, 2, 1),
        4e-4,
        4e-5,
        "not measured: between the rows above and below",
    ),
    SizeClass(
        float("inf"),
        "above (1 to 3 billion)",
        Recipe(2e-4, 16, 32, "lora", 8192, 2, 1),
        2e-4,
        2e-5,
        "published recipe: QLoRA, 2023 (rate 2e-4 for LoRA on all layers); rate of full: a tenth",
    ),
)


def size_class(parameters: int) -> SizeClass:
    """Return the row of a base with so many parameters.

    >>> size_class(3_443_136).lora.rank, size_class(134_515_008).lora.rank
    (64, 16)
    """
    return next(row for row in TABLE if parameters <= row.parameters)


def recipe(options: TrainOptions, parameters: int, tokens: int | None = None) -> Recipe:
    """Return the settings of a training: what `options` says, and the table where it says null.

    Args:
        options: Options of `train`.
        parameters: Parameters of the base.
        tokens: Tokens that are learnt, all passes together; None: as many as `options` allows.
    """
    row = size_class(parameters)
    table = row.lora
    batch_tokens = table.batch_tokens if options.batch_tokens is None else options.batch_tokens
    learnt = tokens or options.max_tokens or float("inf")
    rate = row.short_lr if learnt < FEW_UPDATES * batch_tokens else table.lr
    if options.method != "lora":
        rate = row.full_lr
    epochs = table.epochs if options.epochs is None else options.epochs
    passes = table.passes if options.passes is None else options.passes
    return Recipe(
        lr=rate if options.lr is None else options.lr,
        rank=table.rank if options.rank is None else options.rank,
        alpha=table.alpha if options.alpha is None else options.alpha,
        adapter=options.adapter or table.adapter,
        batch_tokens=batch_tokens,
        epochs=epochs,
        passes=min(passes, epochs),
    )
