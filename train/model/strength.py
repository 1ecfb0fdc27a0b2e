"""Strength of the fine-tuned style, and mixes of several styles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.model.folder import describe
from erastyle.train.model.loading import _explained, load_style


def set_strength(model: Any, strength: float, base: Any = None) -> None:
    """Set how much of the trained style a model shows.

    LoRA layers are scaled, so this can be called again. Other models are moved on the line from the
    base through their weights (WiSE-FT), for good: call it once.

    Args:
        model: A model that `load_style` returned.
        strength: 0 is the base, 1 is as trained, more is allowed.
        base: The base model, for a model whose weights were all trained.

    Raises:
        ModelError: The model has neither an adapter nor a base to go back to.

    Source: Wortsman et al., "Robust fine-tuning of zero-shot models", 2022, for the line.
    """
    import torch

    layers = [m for m in model.modules() if hasattr(m, "scaling") and hasattr(m, "lora_A")]
    for layer in layers:
        for adapter in layer.scaling:
            layer.set_scale(adapter, strength)
    if layers or strength == 1:
        return
    if base is None or base is model:
        raise ModelError(
            "A method that trains nothing has no strength; leave it at 1, or use the base itself."
        )
    with torch.no_grad():
        for trained, original in zip(model.parameters(), base.parameters(), strict=True):
            trained.copy_(original + strength * (trained - original))


def mix(folders: Sequence[tuple[Path, float]], device: str = "cpu") -> Any:
    """Return one model with several LoRA styles at once, each at its own strength.

    Args:
        folders: Style-model folders of one base, with the strength of each.
        device: `cpu` or `cuda`.

    Raises:
        ModelError: Fewer than two, not LoRA, or of different bases.
    """
    if len(folders) < 2:
        raise ModelError("A mix needs two style models or more.")
    descriptions = [describe(folder) for folder, _ in folders]
    for (folder, _), description in zip(folders, descriptions, strict=True):
        if description.method != "lora" or description.base_digest != descriptions[0].base_digest:
            raise ModelError(
                f"{folder} cannot be mixed: it is of method {description.method} on "
                f"{description.base}. A mix takes LoRA models of one base."
            )
    model = load_style(folders[0][0], device)
    names = ["default", *(f"style{n}" for n in range(1, len(folders)))]
    for name, (folder, _) in zip(names[1:], folders[1:], strict=True):
        with _explained(str(folder)):
            model.load_adapter(str(folder / "adapter"), adapter_name=name)
    model.base_model.set_adapter(names)
    strengths = dict(zip(names, (strength for _, strength in folders), strict=True))
    for layer in (m for m in model.modules() if hasattr(m, "scaling") and hasattr(m, "lora_A")):
        for name in layer.scaling:
            layer.set_scale(name, strengths[name])
    return model.eval()
