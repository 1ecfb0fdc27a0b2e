"""Weights laid out for a few rows at a time, as in decoding, with adapters folded in.

A step of decoding multiplies every weight with a handful of rows. Of the layout that training
needs a processor makes half of its speed there; oneDNN packs the weights once and is 1.8 times as
fast with 8 rows. An adapter costs two small products and a sum for each weight; added to the packed
weight it costs nothing (docs/log.md has both). The results are equal within rounding, and the
model's own weights stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from erastyle.train.model.adapters import PLAIN, adapter_names

FEWEST_ROWS = 4
"""Packing costs one or two rows more than it saves (docs/log.md)."""
FEWEST_STEPS = 16
"""Packing takes as long as some ten steps of eight texts save."""
MOST_ROWS = 64
"""More rows, such as those of a prompt, go through the weights as they are."""
MOST_WEIGHTS = 500_000_000
"""A larger model is not packed: the packed weights take as much memory as the others."""


@contextmanager
def packed(model: Any, rows: int, steps: int) -> Iterator[None]:
    """Let the linear layers of a model use packed weights for the time of a `with`.

    Nothing happens on an accelerator, in another precision than float32, for few rows or
    steps, or where the model is packed already.

    Args:
        model: A model in evaluation mode, whose weights and adapters stay as they are in that time.
        rows: Texts that are decoded together.
        steps: Tokens that are written of each at most.
    """
    import torch

    layers = _layers(model) if rows >= FEWEST_ROWS and steps >= FEWEST_STEPS else []
    try:
        with torch.no_grad():
            for layer in layers:
                weight = torch.ops.mkldnn._reorder_linear_weight(_weight(layer), rows)
                layer.forward = partial(_forward, layer, weight)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("forward", None)  # that of the class is left


class Packing:
    """Packed weights for texts that join and leave: held as long as all have the same adapter."""

    def __init__(self) -> None:
        """Begin with the weights as they are."""
        self._held = ExitStack()
        self._of: tuple[int, str] | None = None

    def fit(self, model: Any, adapters: Collection[str], rows: int, steps: int) -> None:
        """Pack the weights where that is worth it, and let them go where they do not fit any more.

        Args:
            model: A model in evaluation mode.
            adapters: Names of the texts' adapters; an empty one is the adapter that is active.
            rows: Texts that are decoded together.
            steps: Tokens that are written at most until the last of them has ended.
        """
        name = next(iter(adapters)) if len(set(adapters)) == 1 else PLAIN
        if self._of is not None and self._of != (id(model), name):
            self.release()
        wanted = rows >= FEWEST_ROWS and steps >= FEWEST_STEPS and name != PLAIN
        if self._of is None and wanted:
            adapter_names(model, [name])  # makes it the active one, which is folded in
            self._held.enter_context(packed(model, rows, steps))
            self._of = (id(model), name)

    def release(self) -> None:
        """Go back to the weights as they are."""
        self._of = None
        self._held.close()


def _layers(model: Any) -> list[Any]:
    """Return the layers that can be packed; of a layer with an adapter the whole."""
    import torch

    known = all(
        hasattr(torch.ops.mkldnn, name) for name in ("_linear_pointwise", "_reorder_linear_weight")
    )
    able = known and torch.backends.mkldnn.is_available()
    if not (able and isinstance(model, torch.nn.Module)):
        return []
    if any("forward" in vars(layer) for layer in model.modules()):
        return []
    adapted = [layer for layer in model.modules() if _adapted(layer)]
    inner = {id(part) for layer in adapted for part in layer.modules()}
    plain = [
        layer
        for layer in model.modules()
        if type(layer) is torch.nn.Linear and id(layer) not in inner and _fitting(layer)
    ]
    layers = [*adapted, *plain]
    whole = sum(_own(layer).weight.numel() for layer in layers) <= MOST_WEIGHTS
    return layers if whole else []


def _fitting(layer: Any) -> bool:
    """Return whether the weight of a linear layer can be packed."""
    import torch

    return bool(layer.weight.device.type == "cpu" and layer.weight.dtype == torch.float32)


def _adapted(layer: Any) -> bool:
    """Return whether an adapter is at work over a linear layer, and may be folded in."""
    import torch

    base = getattr(layer, "base_layer", None)
    if type(base) is not torch.nn.Linear or not hasattr(layer, "lora_A"):
        return False
    if layer.disable_adapters or layer.merged:
        return False
    names = _adapters(layer)
    plain = not any(name in layer.lora_variant or layer.lora_bias[name] for name in names)
    return plain and bool(names) and _fitting(base)


def _adapters(layer: Any) -> list[str]:
    return [name for name in layer.active_adapters if name in layer.lora_A]


def _own(layer: Any) -> Any:
    """Return the linear layer itself, below an adapter."""
    return getattr(layer, "base_layer", layer)


def _weight(layer: Any) -> Any:
    """Return the weight of a layer, with what its adapters add."""
    own = _own(layer)
    if own is layer:
        return layer.weight
    return own.weight + sum(layer.get_delta_weight(name) for name in _adapters(layer))


def _forward(layer: Any, weight: Any, given: Any, **others: Any) -> Any:
    import torch

    own = _own(layer)
    if others or torch.is_grad_enabled() or given.numel() > MOST_ROWS * given.shape[-1]:
        return type(layer).forward(layer, given, **others)
    return torch.ops.mkldnn._linear_pointwise(given, weight, own.bias, "none", [], "")
