"""Layers that keep less compute the same: losses and gradients, with less kept for the way back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.autograd.graph import saved_tensors_hooks

from erastyle.train.data.training_row import IGNORED
from erastyle.train.fit import lean_layers
from erastyle.train.fit.chunked_loss import loss_sum
from erastyle.train.fit.trainer import merged
from erastyle.train.model import loading


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean_layers, "CHUNK", 16)


def adapted_model(base: Path, **more: Any) -> Any:
    torch.manual_seed(3)
    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, **more)
    return get_peft_model(loading.load_base(str(base)), config).train()


def rows() -> tuple[torch.Tensor, torch.Tensor]:
    """Return two rows of 37 tokens, so that the last chunk is not a whole one."""
    ids = torch.arange(74).reshape(2, 37) % 31 + 5
    labels = ids.clone()
    labels[:, :6] = IGNORED
    return ids, labels


def trained(model: Any) -> tuple[float, dict[str, torch.Tensor]]:
    """Return the loss and the gradients of one micro-batch."""
    ids, labels = rows()
    model.zero_grad(set_to_none=True)
    total, count = loss_sum(model, {"input_ids": ids}, labels)
    loss = total / count
    loss.backward()
    return loss.item(), {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


def kept_bytes(model: Any) -> int:
    """Return the bytes of activations that a forward pass keeps."""
    kept: dict[int, int] = {}
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    ids, labels = rows()
    with saved_tensors_hooks(pack, lambda tensor: tensor):
        total, _ = loss_sum(model, {"input_ids": ids}, labels)
    del total
    return sum(kept.values())


def swapped(model: Any) -> set[str]:
    """Return the kinds of the parts whose forward pass is ours."""
    return {type(part).__name__ for part in model.modules() if "forward" in vars(part)}


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Say whether no gradient is off by more than 1e-5 of its length."""
    return one.keys() == other.keys() and all(
        float((one[name] - other[name]).norm() / other[name].norm()) < 1e-5 for name in one
    )


@pytest.mark.parametrize(
    "more", [{}, {"use_rslora": True, "lora_alpha": 4}], ids=["lora", "rslora"]
)
def test_loss_and_gradients_are_those_of_the_plain_layers(
    more: dict[str, Any], tiny_base: Path
) -> None:
    model = adapted_model(tiny_base, **more)
    loss, gradients = trained(model)
    lean_layers.install(model)
    lean_loss, lean_gradients = trained(model)
    assert swapped(model) == {"Linear", "LlamaMLP", "LlamaRMSNorm"}
    assert lean_loss == pytest.approx(loss, rel=1e-5)
    assert all(float(g.abs().max()) > 0 for g in gradients.values())
    assert equal(lean_gradients, gradients)


def test_a_layer_with_a_bias_is_the_same_too() -> None:
    torch.manual_seed(3)
    inner = torch.nn.Sequential(torch.nn.Linear(6, 5))
    model: Any = get_peft_model(
        inner, LoraConfig(r=2, target_modules=["0"], init_lora_weights=False)
    )
    layer = model.base_model.model[0]
    layer.get_base_layer().bias.data.fill_(0.5)
    x = torch.randn(3, 6, requires_grad=True)
    wanted = layer(x)
    wanted.square().sum().backward()
    of_x, x.grad = x.grad, None
    lean_layers.install(model)
    given = layer(x)
    assert type(given.grad_fn).__name__ == "AdaptedProductBackward"
    given.square().sum().backward()
    assert torch.allclose(given, wanted, atol=1e-5)
    assert of_x is not None
    assert x.grad is not None
    assert torch.allclose(x.grad, of_x, atol=1e-5)


def test_less_is_kept_for_the_backward_pass(tiny_base: Path) -> None:
    model = adapted_model(tiny_base)
    before = kept_bytes(model)
    lean_layers.install(model)
    assert kept_bytes(model) < 0.8 * before


@pytest.mark.parametrize("kind", ["dora", "dropout"])
def test_what_is_no_plain_adapter_stays_as_it_was(kind: str, tiny_base: Path) -> None:
    more = {"use_dora": True} if kind == "dora" else {"lora_dropout": 0.5}
    model = adapted_model(tiny_base, **more)
    lean_layers.install(model)
    layer = model.get_decoder().layers[0].mlp.gate_proj
    assert lean_layers.adapted(layer) is None
    torch.manual_seed(5)
    loss, gradients = trained(model)
    plain = adapted_model(tiny_base, **more)
    torch.manual_seed(5)
    plain_loss, plain_gradients = trained(plain)
    assert loss == pytest.approx(plain_loss, rel=1e-5)
    assert equal(gradients, plain_gradients)


@pytest.mark.parametrize("state", ["disabled", "merged", "no gradients"])
def test_an_adapter_that_is_off_or_merged_is_left_to_peft(state: str, tiny_base: Path) -> None:
    states: dict[str, Callable[[Any], AbstractContextManager[Any]]] = {
        "disabled": lambda model: model.disable_adapter(),
        "merged": merged,
        "no gradients": nullcontext,
    }
    model, ids = adapted_model(tiny_base), rows()[0]
    with states[state](model), torch.set_grad_enabled(state != "no gradients"):
        wanted = model(input_ids=ids).logits
    lean_layers.install(model)
    with states[state](model), torch.set_grad_enabled(state != "no gradients"):
        given = model(input_ids=ids).logits
    assert torch.allclose(given, wanted, rtol=1e-4, atol=1e-6)


def test_a_part_that_computes_something_else_stays_as_it_was(tiny_base: Path) -> None:
    model = adapted_model(tiny_base)
    part = model.get_decoder().layers[0].mlp
    part.act_fn = torch.nn.GELU()
    lean_layers.install(model)
    assert "forward" not in vars(part)
    assert "forward" in vars(model.get_decoder().layers[1].mlp)


def test_no_random_number_is_used_up(tiny_base: Path) -> None:
    model = adapted_model(tiny_base)
    before = torch.get_rng_state()
    lean_layers.install(model)
    assert torch.equal(torch.get_rng_state(), before)
