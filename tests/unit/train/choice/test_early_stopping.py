"""Which epoch is kept: the guard's verdicts, and what the HF Trainer makes of them."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from erastyle.train.choice.early_stopping import EarlyStoppingGuard, EpochVerdict
from erastyle.train.fit.trainer import PlainLossTrainer


def test_the_guard_waits_as_long_as_patience_says() -> None:
    guard = EarlyStoppingGuard(2, None, None)
    losses = (5, 4, 4.5, 3.9, 4, 4.1)
    verdicts = [guard.judge({"style": loss, "learnt": 1.0}) for loss in losses]
    assert [bool(verdict.why_stop) for verdict in verdicts] == [False] * 5 + [True]
    assert not any(verdict.passed_over for verdict in verdicts)


def test_an_epoch_that_forgets_is_passed_over_even_if_its_style_is_best() -> None:
    guard = EarlyStoppingGuard(2, 0.05, None)
    epochs = ((5, 3), (4, 3.1), (3, 3.2))
    verdicts = [guard.judge({"style": style, "general": general}) for style, general in epochs]
    assert [verdict.passed_over for verdict in verdicts] == [False, False, True]
    assert verdicts.index(min(verdicts[1:])) == 1


def test_a_gap_is_no_reason_while_the_loss_on_unseen_sites_falls() -> None:
    guard = EarlyStoppingGuard(9, None, 0.3)
    epochs = ((5, 5), (4, 3), (3.9, 2), (3.9, 1))
    verdicts = [guard.judge({"style": style, "learnt": learnt}) for style, learnt in epochs]
    assert [verdict.passed_over for verdict in verdicts] == [False, False, False, True]
    assert verdicts[-1].why_stop == (
        "rows that were learnt fell 2.90 nats below those that were not, which got no better"
    )


def test_a_first_epoch_that_is_worse_than_the_base_is_passed_over() -> None:
    guard = EarlyStoppingGuard(9, None, 0.3)
    guard.judge({"style": 3.0, "learnt": 3.0})
    assert guard.judge({"style": 3.1, "learnt": 1.0}).passed_over


def test_where_pages_choose_the_style_loss_only_forbids() -> None:
    guard = EarlyStoppingGuard(1, None, None, by_pages=True)
    verdicts = [guard.judge({"style": loss, "learnt": 1.0}) for loss in (5, 4, 4.5, 4.9, 5.1)]
    assert [verdict.why_stop for verdict in verdicts] == [""] * 5, "no patience with the loss"
    assert [verdict.passed_over for verdict in verdicts] == [False] * 4 + [True]


def test_of_epochs_that_are_all_passed_over_the_one_with_the_best_style_is_least_bad() -> None:
    verdicts = [EpochVerdict(True, 3.0, "a"), EpochVerdict(True, 2.0, "b")]
    assert min(verdicts).loss == 2.0
    assert min([*verdicts, EpochVerdict(False, 9.0)]).loss == 9.0


@pytest.mark.parametrize(
    ("epochs", "kept"),
    [
        ([(4.0, 3.0), (3.0, 3.0), (3.5, 3.0)], 1),
        ([(4.0, 3.0), (3.0, 3.3)], 0),
        ([(4.0, 3.3), (3.0, 3.3), (3.5, 3.3)], 1),
        ([(2.0, 3.3), (3.0, 3.0), (2.5, 3.3)], 1),
        ([(2.0, 3.3), (3.0, 3.0), (2.9, 3.0)], 2),
    ],
    ids=["best style", "passed over", "all passed over", "allowed later", "allowed twice"],
)
def test_the_trainer_keeps_the_epoch_of_the_smallest_verdict(
    epochs: list[tuple[float, float]], kept: int
) -> None:
    trainer: Any = object.__new__(PlainLossTrainer)
    trainer._guard, trainer._verdict, trainer._nothing_kept = (
        EarlyStoppingGuard(9, 0.05, None),
        None,
        True,
    )
    trainer._pages = None
    trainer.args = SimpleNamespace(
        metric_for_best_model="eval_style_loss", greater_is_better=False, save_strategy="no"
    )
    trainer.state = SimpleNamespace(best_metric=None, global_step=0)
    trainer._guard.judge({"style": 5.0, "general": 3.0})
    best = None
    for number, (style, general) in enumerate(epochs):
        trainer._nothing_kept = math.isinf(trainer._guard.best)
        trainer._verdict = trainer._guard.judge({"style": style, "general": general})
        if trainer._determine_best_metric({"eval_style_loss": style}, None):
            best = number
    assert best == kept
