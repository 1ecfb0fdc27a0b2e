"""What is evaluated: a seeded draw of unseen rows that costs a small share of an epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from erastyle.corpus import era as eras
from erastyle.pipeline import models, pairs
from erastyle.pipeline.progress import Progress
from erastyle.pipeline.stage import Context
from erastyle.train import rows, sets
from erastyle.train.options import TrainOptions
from erastyle.train.tokens import Encoder


def made(train: int, dev: int, seed: int = 7) -> sets.Sets:
    def row(number: int, split: str) -> dict[str, Any]:
        text = f"<P>{split} page {number} of many.\n" + "<P>And one line more.\n" * (number % 4)
        return pairs.row(f"Page {number}.", text, role="style", split=split, site=str(number))

    given = {
        ("train", "style"): [row(n, "train") for n in range(train)],
        ("dev", "style"): [row(n, "dev") for n in range(dev)],
    }
    options = TrainOptions(max_tokens=None)
    context = Context(options, eras.load("web-1995"), seed, {}, Path(), Progress(), Path())
    encoder = Encoder(models.load_tokenizer(models.STARTER))
    return sets.encoded(context, given, encoder, None, 256)  # type: ignore[arg-type]


def test_dev_rows_cost_a_share_of_an_epoch_and_are_twelve_if_they_can() -> None:
    large = made(600, 200)
    assert len(large.dev["style"]) < sets.DEV_ROWS
    assert rows.tokens(large.dev["style"]) <= sets.DEV_SHARE * rows.tokens(large.train)
    small = made(60, 200)
    assert rows.tokens(small.dev["style"]) > sets.DEV_SHARE * rows.tokens(small.train)
    assert len(small.dev["style"]) >= sets.FEWEST_DEV_ROWS - 1, "so many of the mean length"
    few = made(60, 5)
    assert len(few.dev["style"]) == 5


def test_dev_rows_never_exceed_their_number() -> None:
    assert len(made(4000, 200).dev["style"]) == sets.DEV_ROWS


def test_dev_rows_are_a_seeded_draw_from_all_of_them_in_order_of_length() -> None:
    one = made(100, 200).dev["style"]
    assert one == made(100, 200).dev["style"]
    assert one != made(100, 200, seed=8).dev["style"]
    lengths = [len(e.input_ids) for e in one]
    assert lengths == sorted(lengths)
    first = made(100, len(one)).dev["style"]
    assert {tuple(e.input_ids) for e in one} != {tuple(e.input_ids) for e in first}


def test_learnt_rows_are_training_rows_and_half_as_many() -> None:
    found = made(600, 200)
    assert len(found.dev["learnt"]) == len(found.dev["style"]) // 2
    assert all(example in found.train for example in found.dev["learnt"])
