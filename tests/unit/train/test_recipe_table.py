"""An option that is null takes what fits the size of the base."""

from __future__ import annotations

from erastyle.train.model import loading
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import TABLE, recipe, size_class

STARTER, SMOLLM2 = 3_443_136, 134_515_008


def test_the_starter_keeps_its_values_and_smollm2_has_its_own() -> None:
    starter, smollm2 = (recipe(TrainOptions(), size) for size in (STARTER, SMOLLM2))
    assert (starter.rank, starter.lr, starter.adapter) == (64, 1.2e-3, "rslora")
    assert (starter.batch_tokens, starter.epochs, starter.passes) == (3072, 3, 1)
    assert (smollm2.rank, smollm2.alpha, smollm2.adapter) == (16, 32, "lora")
    assert 4e-4 <= smollm2.lr <= 8e-4
    assert (smollm2.batch_tokens, smollm2.passes) == (2048, 1)
    assert size_class(loading.load_base(loading.STARTER).num_parameters()) is TABLE[0]


def test_a_training_of_few_updates_takes_larger_steps() -> None:
    def rate(**options: object) -> float:
        return recipe(TrainOptions.model_validate(options), SMOLLM2).lr

    assert rate(max_tokens=48_000) == 1.6e-3
    assert rate(max_tokens=140_000) == rate(max_tokens=None) == 8e-4
    assert rate(max_tokens=80_000, batch_tokens=1024) == 8e-4  # twice the updates
    assert rate(max_tokens=48_000, method="full") == 1e-4
    assert rate(max_tokens=48_000, lr=1e-5) == 1e-5


def test_few_documents_make_a_short_training_whatever_the_budget() -> None:
    options = TrainOptions(max_tokens=None)
    assert recipe(options, SMOLLM2, 40_000).lr == 1.6e-3
    assert recipe(options, SMOLLM2, 400_000).lr == 8e-4


def test_what_an_option_says_counts() -> None:
    options = TrainOptions(
        lr=1e-5, rank=3, alpha=5, adapter="dora", batch_tokens=99, epochs=7, passes=4
    )
    for size in (STARTER, SMOLLM2, 10**10):
        chosen = recipe(options, size)
        assert (chosen.lr, chosen.rank, chosen.alpha) == (1e-5, 3, 5)
        assert (chosen.adapter, chosen.batch_tokens) == ("dora", 99)
        assert (chosen.epochs, chosen.passes) == (7, 4)


def test_no_more_passes_are_planned_than_there_may_be_epochs() -> None:
    assert recipe(TrainOptions(epochs=1), SMOLLM2).passes == 1


def test_rates_fall_with_the_size_and_those_of_full_are_lower() -> None:
    rates = [row.lora.lr for row in TABLE]
    assert rates == sorted(rates, reverse=True)
    assert all(row.full_lr < row.lora.lr for row in TABLE)
    full = recipe(TrainOptions(method="full"), SMOLLM2)
    assert full.lr == size_class(SMOLLM2).full_lr


def test_every_row_names_its_source() -> None:
    for row in TABLE:
        assert row.source.split(":")[0] in ("measured here", "published recipe", "not measured")
