"""The loss in chunks is the loss: the same sum, the same gradients, whatever is learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from erastyle.train.fit import chunked_loss
from erastyle.train.fit.chunked_loss import loss_sum, output_layer
from erastyle.train.model import loading
from erastyle.train.model.prompt import IGNORED


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_loss, "CHUNK", 5)


def rows() -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.arange(40).reshape(2, 20) % 31 + 5
    labels = ids.clone()
    labels[:, :6] = IGNORED
    return ids, labels


def plain(model: Any, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    logits = model(input_ids=ids).logits[:, :-1]
    chosen = labels[:, 1:] != IGNORED
    return cross_entropy(logits[chosen], labels[:, 1:][chosen], reduction="sum")


def gradients(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("adapted", [True, False], ids=["lora", "full"])
def test_loss_and_gradients_are_those_of_the_plain_loss(adapted: bool, tiny_base: Path) -> None:
    model: Any = loading.load_base(str(tiny_base))
    if adapted:
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(3)
        config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
        model = get_peft_model(model, config)
    ids, labels = rows()
    expected = plain(model, ids, labels)
    (expected / 7).backward()
    wanted = gradients(model)
    model.zero_grad(set_to_none=True)
    total, count = loss_sum(model, {"input_ids": ids}, labels)
    (total / 7).backward()
    assert int(count) == 28
    assert float(total) == pytest.approx(float(expected), rel=1e-5)
    assert gradients(model).keys() == wanted.keys()
    for name, gradient in gradients(model).items():
        assert torch.allclose(gradient, wanted[name], atol=1e-5), name


def test_without_gradients_only_the_sum_is_made(tiny_base: Path) -> None:
    model = loading.load_base(str(tiny_base))
    ids, labels = rows()
    with torch.no_grad():
        total, _ = loss_sum(model, {"input_ids": ids}, labels)
        assert float(total) == pytest.approx(float(plain(model, ids, labels)), rel=1e-5)


def test_an_output_layer_that_is_no_plain_product_is_left_alone(tiny_base: Path) -> None:
    model: Any = loading.load_base(str(tiny_base))
    assert output_layer(model) is not None
    model.config.final_logit_softcapping = 30.0
    assert output_layer(model) is None
    model.config.final_logit_softcapping = None
    model.lm_head.bias = torch.nn.Parameter(torch.zeros(model.lm_head.out_features))
    assert output_layer(model) is None
