"""An interruption reaches Python between the layers of a backward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from erastyle.train.fit import interrupts
from erastyle.train.model import loading

IDS = torch.arange(5, 25).unsqueeze(0)


def test_python_runs_after_each_layer_and_what_it_raises_ends_the_pass(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def interrupted(_: Any) -> None:
        calls.append(1)
        if len(calls) == 4:  # of two layers: in the second pass, before its first layer
            raise KeyboardInterrupt

    monkeypatch.setattr(interrupts, "_let_python_in", interrupted)
    model: Any = loading.load_base(str(tiny_base))
    interrupts.answer_between_layers(model)
    model(input_ids=IDS, labels=IDS).loss.backward()
    assert len(calls) == 2
    model.zero_grad(set_to_none=True)
    with pytest.raises(KeyboardInterrupt):
        model(input_ids=IDS, labels=IDS).loss.backward()
    assert model.get_decoder().layers[0].mlp.up_proj.weight.grad is None


def test_the_hooks_change_no_gradient(tiny_base: Path) -> None:
    gradients = []
    for hooked in (True, False):
        model: Any = loading.load_base(str(tiny_base))
        if hooked:
            interrupts.answer_between_layers(model)
        model(input_ids=IDS, labels=IDS).loss.backward()
        gradients.append({n: p.grad for n, p in model.named_parameters()})
    assert all(torch.equal(gradients[0][name], gradients[1][name]) for name in gradients[0])
