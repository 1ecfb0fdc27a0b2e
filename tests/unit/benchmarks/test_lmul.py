"""L-Mul is what its paper says, number by number, and a model inside it computes with it."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.errors import RunError
from erastyle.train.model import loading
from tests.conftest import ROOT, erastyle

BENCHMARKS = ROOT / "benchmarks"


def script() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("lmul", BENCHMARKS / "lmul.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


lmul = script()
numbers = st.floats(2**-10, 2**10) | st.floats(-(2**10), -(2**-10))


def by_the_book(x: float, y: float, bits: int) -> float:
    """Equation 4 of the paper on numbers that have so many mantissa bits."""
    sign = math.copysign(1, x) * math.copysign(1, y)
    (a, p), (b, q) = (math.frexp(abs(v)) for v in (x, y))
    a, p, b, q = 2 * a - 1, p - 1, 2 * b - 1, q - 1
    return sign * (1 + a + b + lmul.offset(bits)) * 2.0 ** (p + q)


@settings(deadline=None, max_examples=200)
@given(numbers, numbers, st.sampled_from([2, 3, 4, 7]))
def test_a_product_is_that_of_the_paper(x: float, y: float, bits: int) -> None:
    (first, _), (second, _) = (lmul.parts(torch.tensor([[v]]), bits) for v in (x, y))
    found = lmul.matmul(torch.tensor([[x]]), torch.tensor([[y]]), bits).item()
    assert found == pytest.approx(by_the_book(first.item(), second.item(), bits), rel=1e-5)


@settings(deadline=None, max_examples=200)
@given(numbers, st.sampled_from([2, 3, 7]))
def test_rounding_moves_a_number_by_half_a_step_at_most(x: float, bits: int) -> None:
    rounded, power = lmul.parts(torch.tensor([x]), bits)
    assert abs(rounded.item() - x) <= abs(x) * 2.0 ** -(bits + 1) * 1.0001
    assert math.frexp(power.item())[0] in (0.5, -0.5)
    assert 1 <= rounded.item() / power.item() < 2


def test_nought_times_anything_is_nought() -> None:
    x, y = torch.zeros(2, 3), torch.randn(3, 2)
    assert torch.equal(lmul.matmul(x, y), torch.zeros(2, 2))


def test_products_of_even_mantissas_come_out_six_percent_short() -> None:
    """What follows from the equation: the mean of a b is 1/4, and the constant only 1/16."""
    grid = 1 + torch.arange(128) / 128
    error = lmul.matmul(grid[:, None], grid[None], 7) / (grid[:, None] @ grid[None]) - 1
    a, b = torch.meshgrid(grid - 1, grid - 1, indexing="ij")
    expected = ((lmul.offset(7) - a * b) / ((1 + a) * (1 + b))).mean()
    assert error.mean() == pytest.approx(expected.item(), abs=1e-4)
    assert -0.07 < error.mean() < -0.05


def test_a_model_computes_with_it_inside_the_block_and_exactly_outside(tiny_base: Path) -> None:
    model = loading.load_base(str(tiny_base))
    ids = torch.arange(5, 45)[None]
    with torch.no_grad():
        before = model(input_ids=ids).logits
        with lmul.emulated():
            inside = model(input_ids=ids).logits
        after = model(input_ids=ids).logits
    assert torch.equal(before, after)
    moved = (inside - before).norm() / before.norm()
    assert 0.001 < moved < 0.5


def test_attention_sees_no_later_token_in_the_emulation(tiny_base: Path) -> None:
    model = loading.load_base(str(tiny_base))
    one, other = torch.arange(5, 45)[None], torch.arange(5, 45)[None]
    other[0, -1] = 77
    with torch.no_grad(), lmul.emulated():
        first, second = (model(input_ids=ids).logits[:, :-1] for ids in (one, other))
    assert torch.allclose(first, second)


def test_a_finished_run_is_measured_with_both_kinds_of_products(small_run: Path) -> None:
    before = sorted(small_run.iterdir())
    measured = lmul.measure(small_run, 3)
    exact, cheap = measured["exact"], measured["l-mul"]
    assert exact.keys() == cheap.keys()
    name = "documents of the era, bits per byte"
    assert exact[name] != cheap[name]
    assert abs(exact[name] - cheap[name]) < 0.5 * exact[name]
    assert {"general text, bits per byte", "style of what it writes"} < exact.keys()
    assert sorted(small_run.iterdir()) == before, "a benchmark leaves the run as it was"


def test_a_run_that_is_not_finished_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished score"):
        lmul.measure(tmp_path, 3)


@pytest.mark.parametrize("option", [("--arithmetic", "l-mul"), ("--mantissa-bits", 7)])
def test_the_option_that_did_this_names_the_script(option: tuple[object, ...]) -> None:
    result = erastyle("score", "web-1995", "--dry-run", *option)
    assert result.exit_code == 2
    (line,) = [line for line in result.output.splitlines() if line.startswith("error:")]
    assert str(option[0]) in line
    assert "python benchmarks/lmul.py" in line
