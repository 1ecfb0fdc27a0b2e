"""What is evaluated: a seeded draw of unseen rows that costs a small share of an epoch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from erastyle.corpus import era as eras
from erastyle.pipeline import pairs
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data import datasets, rows
from erastyle.train.model import loading
from erastyle.train.model.prompt import Encoder
from erastyle.train.options import TrainOptions


def made(train: int, dev: int, seed: int = 7, lines: int = 4, say: Any = None) -> datasets.Sets:
    def row(number: int, split: str) -> dict[str, Any]:
        more = number % 4 if split == "train" else lines * (1 + number % 4)
        text = f"<P>{split} page {number} of many.\n" + "<P>And one line more.\n" * more
        return pairs.row(f"Page {number}.", text, role="style", split=split, site=str(number))

    given = {
        ("train", "style"): [row(n, "train") for n in range(train)],
        ("dev", "style"): [row(n, "dev") for n in range(dev)],
    }
    options = TrainOptions(max_tokens=None)
    progress = Progress()
    if say:
        progress.say = say  # type: ignore[method-assign]
    context = Context(options, eras.load("web-1995"), seed, {}, Path(), progress, Path())
    encoder = Encoder(loading.load_tokenizer(loading.STARTER))
    return datasets.encoded(
        context,
        given,
        encoder,
        None,  # type: ignore[arg-type]
        max_length=256,
        once=None,
    )


def test_dev_rows_are_the_same_whatever_is_trained_on_and_fill_their_budget() -> None:
    style = made(60, 200, lines=8).dev["style"]
    assert style == made(600, 200, lines=8).dev["style"]
    assert datasets.FEWEST_DEV_ROWS < len(style) < datasets.DEV_ROWS
    longest = len(style[-1].input_ids)
    assert datasets.DEV_TOKENS <= rows.tokens(style) < datasets.DEV_TOKENS + longest


def test_long_dev_documents_are_measured_too_and_one_does_not_stand_for_all() -> None:
    style = made(60, 30, lines=400).dev["style"]
    assert rows.tokens(style) >= datasets.DEV_TOKENS
    assert len(style) >= datasets.FEWEST_DEV_ROWS
    decode = loading.load_tokenizer(loading.STARTER).decode
    pages = {re.search(r"Page (\d+)\.", decode(e.input_ids))[1] for e in style}  # type: ignore[index]
    assert len(pages) == len(style)
    one = made(60, 1, lines=4000).dev["style"]
    assert len(one) >= datasets.FEWEST_DEV_ROWS


def test_few_dev_rows_are_all_taken_and_none_are_said_to_be_missing() -> None:
    assert len(made(60, 5).dev["style"]) == 5
    said: list[str] = []
    assert made(60, 0, say=said.append).dev == {}
    assert said == ["no documents of dev sites: all epochs are trained, and the last one is kept"]


def test_dev_rows_never_exceed_their_number() -> None:
    assert len(made(60, 200, lines=1).dev["style"]) == datasets.DEV_ROWS


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
