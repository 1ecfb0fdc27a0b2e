"""Packed weights: the same results, and nothing of them is left."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from erastyle.train.model import packed as module
from erastyle.train.model.adapters import PLAIN
from erastyle.train.model.packed import FEWEST_ROWS, FEWEST_STEPS, MOST_ROWS, Packing, packed

STEPS = FEWEST_STEPS


@pytest.fixture
def model() -> torch.nn.Module:
    torch.manual_seed(3)
    layers = [torch.nn.Linear(24, 40), torch.nn.ReLU(), torch.nn.Linear(40, 7, bias=False)]
    return torch.nn.Sequential(*layers).eval()


@pytest.mark.parametrize("rows", [1, FEWEST_ROWS, 8, MOST_ROWS, MOST_ROWS + 1])
def test_the_results_are_equal_within_rounding(model: torch.nn.Module, rows: int) -> None:
    given = torch.randn(rows, 1, 24)
    with torch.inference_mode():
        plain = model(given)
        with packed(model, 8, STEPS):
            again = model(given)
    torch.testing.assert_close(again, plain, rtol=1e-5, atol=1e-6)
    assert not any("forward" in vars(layer) for layer in model)


def test_layers_are_packed_for_many_rows_only(model: torch.nn.Module) -> None:
    with packed(model, FEWEST_ROWS, STEPS):
        assert "forward" in vars(model[0])
        with packed(model, FEWEST_ROWS, STEPS):  # one within another
            pass
        assert "forward" in vars(model[0])
    for rows, steps in ((FEWEST_ROWS - 1, STEPS), (FEWEST_ROWS, STEPS - 1)):
        with packed(model, rows, steps):
            assert "forward" not in vars(model[0])


def test_a_failure_leaves_nothing(model: torch.nn.Module) -> None:
    with pytest.raises(RuntimeError, match="stop"), packed(model, 8, STEPS):
        raise RuntimeError("stop")
    assert "forward" not in vars(model[0])


def test_a_failure_of_the_packing_itself_leaves_nothing(
    model: torch.nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = module._weight

    def fails(layer: torch.nn.Module) -> torch.Tensor:
        if layer is model[2]:
            raise MemoryError
        return weight(layer)

    monkeypatch.setattr(module, "_weight", fails)
    with pytest.raises(MemoryError), packed(model, 8, STEPS):
        pass
    assert "forward" not in vars(model[0])


def test_large_models_and_other_precisions_stay_as_they_are(
    model: torch.nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    with packed(model.double(), 8, STEPS):
        assert "forward" not in vars(model[0])
    monkeypatch.setattr(module, "MOST_WEIGHTS", 100)
    with packed(model.float(), 8, STEPS):
        assert "forward" not in vars(model[0])


def test_weights_that_learn_are_not_packed_over(model: torch.nn.Module) -> None:
    with packed(model, 8, STEPS):
        model(torch.randn(8, 24)).sum().backward()
    assert model[0].weight.grad is not None


@pytest.fixture
def adapted(model: torch.nn.Module) -> Any:
    from peft import LoraConfig, get_peft_model

    made = get_peft_model(model, LoraConfig(r=4, target_modules=["0", "2"], use_rslora=True))
    with torch.no_grad():
        for layer in (m for m in made.modules() if hasattr(m, "lora_A")):
            torch.nn.init.normal_(layer.lora_B["default"].weight)
            layer.set_scale("default", 0.7)
    return made.eval()


def test_an_adapter_is_folded_in_at_its_strength(adapted: Any) -> None:
    given = torch.randn(5, 1, 24)
    with torch.inference_mode():
        plain = adapted(given)
        before = [weight.clone() for weight in adapted.parameters()]
        with packed(adapted, FEWEST_ROWS, STEPS):
            assert "forward" not in vars(adapted.base_model.model[0].base_layer)
            again = adapted(given)
    torch.testing.assert_close(again, plain, rtol=1e-5, atol=1e-5)
    assert all(map(torch.equal, before, adapted.parameters()))
    assert not any("forward" in vars(layer) for layer in adapted.modules())


def test_the_base_below_an_adapter_stays_the_base(adapted: Any) -> None:
    given = torch.randn(5, 1, 24)
    with torch.inference_mode(), adapted.disable_adapter():
        plain = adapted(given)
        with packed(adapted, 8, STEPS):
            again = adapted(given)
    torch.testing.assert_close(again, plain, rtol=1e-5, atol=1e-6)


def test_packing_follows_the_texts(model: torch.nn.Module) -> None:
    packing = Packing()

    def packs(adapters: set[str], rows: int) -> bool:
        packing.fit(model, adapters, rows, STEPS)
        return "forward" in vars(model[0])

    assert not packs({"one"}, FEWEST_ROWS - 1)
    assert packs({"one"}, FEWEST_ROWS)
    assert packs({"one"}, 1)  # what is packed stays until it does not fit any more
    assert not packs({"one", "two"}, 8)
    assert packs({"two"}, 8)
    assert not packs({PLAIN}, 8)
    assert packs({""}, 8)
    packing.release()
    assert "forward" not in vars(model[0])
    packing.release()
