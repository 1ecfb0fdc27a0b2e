"""Products in bfloat16 while a base trains: when, how exactly, and that nothing stays of it."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest
import torch

from erastyle.train.fit import products
from erastyle.train.fit.products import of_training, rounded
from erastyle.train.options import TrainOptions

SMOLLM2 = 134_515_008
needs_amx = pytest.mark.skipif(not products.has_amx(), reason="needs a processor with AMX")


@pytest.fixture
def amx(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor with AMX."""
    monkeypatch.setattr(products, "has_amx", lambda: True)


@pytest.mark.usefixtures("amx")
def test_a_real_base_is_rounded_on_a_cpu_and_nothing_else() -> None:
    auto = TrainOptions()
    assert of_training(auto, SMOLLM2, "cpu") == "bfloat16"
    assert of_training(auto, 3_443_136, "cpu") == "float32"
    assert of_training(auto, SMOLLM2, "cuda") == "float32"
    assert of_training(TrainOptions(products="float32"), SMOLLM2, "cpu") == "float32"


def test_a_processor_without_amx_stays_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "has_amx", lambda: False)
    assert of_training(TrainOptions(), SMOLLM2, "cpu") == "float32"


def test_what_was_set_is_back_after_an_error() -> None:
    matmul = torch.backends.mkldnn.matmul
    before = matmul.fp32_precision
    with rounded("bfloat16"):
        assert matmul.fp32_precision == "bf16"
    with pytest.raises(ZeroDivisionError), rounded("bfloat16"):
        _ = 1 / 0
    assert matmul.fp32_precision == before


FREE_BETWEEN_KEPT = """
import resource
from erastyle.train.fit import products

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

freed, kept = [], []
for _ in range(2000):
    freed.append(bytearray(60_000))
    kept.append(bytearray(600))
del freed
before = resident()
products.give_back_memory()
print(before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc")
def test_memory_that_is_free_between_what_is_kept_goes_back() -> None:
    # A process of its own: in one that has held much, what is made lies in holes of before.
    done = subprocess.run(
        [sys.executable, "-c", FREE_BETWEEN_KEPT], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 60_000_000


def product() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    left, right = (torch.randn(512, 512, generator=generator) for _ in range(2))
    return left @ right


@needs_amx
def test_products_are_rounded_inside_alone_and_added_up_exactly() -> None:
    exact = product()
    with rounded("bfloat16"):
        inside = product()
    assert torch.equal(product(), exact)
    error = float((inside - exact).abs().max() / exact.std())
    assert 0 < error < 0.02  # sums in bfloat16 would be off by .1 and more


def test_the_key_of_a_training_does_not_depend_on_it() -> None:
    assert TrainOptions().model_dump() == TrainOptions(products="float32").model_dump()
