"""Weights laid out for a few rows at a time, as in decoding.

A step of decoding multiplies every weight with a handful of rows. Of the layout that training
needs a processor makes half of its speed there; oneDNN packs the weights once and is 1.8 times as
fast with 8 rows (docs/log.md). The results are equal within rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

FEWEST_ROWS = 4
"""Fewer rows gain nothing."""
MOST_ROWS = 64
"""More rows, such as those of a prompt, go through the weights as they are."""
MOST_WEIGHTS = 500_000_000
"""A larger model is not packed: the packed weights take as much memory as the others."""


@contextmanager
def packed(model: Any, rows: int) -> Iterator[None]:
    """Let the linear layers of a model use packed weights for the time of a `with`.

    Nothing happens on an accelerator, in another precision than float32, or for few rows.

    Args:
        model: A model in evaluation mode, whose weights stay as they are in that time.
        rows: Texts that are decoded together.
    """
    layers = _layers(model) if rows >= FEWEST_ROWS else []
    for layer in layers:
        layer.forward = partial(_forward, layer, _packed_weight(layer.weight, rows))
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward  # that of the class is left


def _layers(model: Any) -> list[Any]:
    """Return the linear layers that can be packed."""
    import torch

    known = all(
        hasattr(torch.ops.mkldnn, name) for name in ("_linear_pointwise", "_reorder_linear_weight")
    )
    if not (known and torch.backends.mkldnn.is_available()):
        return []
    layers = [
        layer
        for layer in model.modules()
        if type(layer) is torch.nn.Linear
        and "forward" not in vars(layer)
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype == torch.float32
    ]
    return layers if sum(layer.weight.numel() for layer in layers) <= MOST_WEIGHTS else []


def _packed_weight(weight: Any, rows: int) -> Any:
    import torch

    return torch.ops.mkldnn._reorder_linear_weight(weight.detach(), rows)


def _forward(layer: Any, weight: Any, given: Any) -> Any:
    import torch

    if torch.is_grad_enabled() or given.numel() > MOST_ROWS * given.shape[-1]:
        return torch.nn.functional.linear(given, layer.weight, layer.bias)
    return torch.ops.mkldnn._linear_pointwise(given, weight, layer.bias, "none", [], "")
