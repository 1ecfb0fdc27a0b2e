"""What a training will take in memory, foretold."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from erastyle.planning.base_size import parameters
from erastyle.planning.estimate import peak
from erastyle.train.fit.memory_estimate import PROGRAM, Shape, adapter_weights, training_bytes
from erastyle.train.options import TrainOptions
from tests.conftest import ROOT

STARTER = Shape(3_443_136, 192, 512, 6, 4096)


def of(shape: Shape, tokens: int = 4096, adapted: bool = True, gpu: bool = False) -> int:
    learnt = adapter_weights(shape, 32) if adapted else shape.parameters
    return training_bytes(shape, learnt=learnt, tokens=tokens, adapted=adapted, gpu=gpu)


def test_twice_the_tokens_cost_what_lies_above_the_program_and_the_weights_twice() -> None:
    none, once, twice = (of(STARTER, tokens) for tokens in (0, 2048, 4096))
    assert twice - none == pytest.approx(2 * (once - none), rel=1e-6)
    assert none > PROGRAM + 4 * STARTER.parameters


def test_all_weights_cost_more_than_an_adapter_where_the_model_is_large() -> None:
    large = Shape(1_100_000_000, 2048, 5632, 22, 32000)
    assert of(large, 512, adapted=False) > of(large, 512) + 8e9


def test_a_gpu_keeps_one_layer_at_a_time() -> None:
    deep = replace(STARTER, layers=48)
    assert of(deep, gpu=True) - of(STARTER, gpu=True) < 0.2 * (of(deep) - of(STARTER))


def test_weights_that_are_learnt_are_in_float32_on_a_gpu_too() -> None:
    large = Shape(1_100_000_000, 2048, 5632, 22, 32000)
    assert of(large, 0, adapted=False, gpu=True) > 16 * large.parameters
    assert of(large, 0, gpu=True) < 4 * large.parameters


def test_a_base_in_four_bits_takes_what_its_weights_take() -> None:
    learnt = adapter_weights(STARTER, 32)
    plain, packed = (
        training_bytes(STARTER, learnt=learnt, tokens=0, adapted=True, gpu=True, base=base)
        for base in (None, 0.5 * STARTER.parameters)
    )
    assert plain - packed == pytest.approx(1.5 * STARTER.parameters, abs=2)


def test_the_adapter_of_the_starter_is_counted_as_peft_counts_it() -> None:
    """6 layers, rank 32: four matrices of 192 x 192 and three of 192 x 512."""
    assert adapter_weights(STARTER, 32) == 6 * 32 * (4 * 384 + 3 * 704)


def test_a_method_that_trains_nothing_needs_the_weights_alone() -> None:
    count = parameters("starter")
    assert count == pytest.approx(STARTER.parameters, rel=0.01)  # of the size of its files
    shown = peak(TrainOptions(method="prompt"), count)
    assert shown == PROGRAM + 4 * count < peak(TrainOptions(), count)


def test_a_base_with_names_of_its_own_is_foretold_too(tmp_path: Path) -> None:
    """GPT-2 calls its width `n_embd`, its depth `n_layer`, and gives no inner width."""
    config = {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 2, "vocab_size": 500}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    options = TrainOptions(base=str(tmp_path))
    assert PROGRAM < peak(options, 200_000) < 1.5 * PROGRAM


def test_small_updates_take_less_than_large_ones() -> None:
    count = STARTER.parameters
    small = peak(TrainOptions(batch_tokens=256, max_length=256), count) - PROGRAM
    assert small < 0.5 * (peak(TrainOptions(batch_tokens=4096), count) - PROGRAM)


def test_layers_that_keep_less_are_foretold_where_the_adapter_is_a_plain_one() -> None:
    count = STARTER.parameters
    plain, dora, dropout = (
        peak(TrainOptions(**more), count) for more in ({}, {"adapter": "dora"}, {"dropout": 0.1})
    )
    assert dora == dropout
    assert plain - PROGRAM < 0.75 * (dora - PROGRAM)


@pytest.mark.slow
def test_the_starter_takes_what_was_foretold_within_a_quarter() -> None:
    script = ROOT / "benchmarks" / "memory.py"
    done = subprocess.run(
        [sys.executable, str(script), "child", "192x6", "1024", "lora"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["foretold"] == pytest.approx(found["peak"], rel=0.25)
