"""LoRA styles over one base at once: an adapter for each style and strength, chosen text by text.

PEFT has one scale for an adapter, so each strength is a copy. Copies of a style share its weights.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from erastyle.train.model.folder import describe
from erastyle.train.model.loading import _explained, check_base, load_style

PLAIN = "__base__"
"""Name by which a text is written without any adapter."""
MOST = 12
"""Most adapters that are held; the one that was not used for longest makes room."""


class Adapters:
    """A model and the adapters over it.

    Attributes:
        model: A base, or a `PeftModel` over it as soon as an adapter is there.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Load the model of a first style.

        Args:
            folder: The style-model folder.
            device: `cpu`, `cuda`, or `cuda:1`.

        Raises:
            ModelError: It cannot be loaded.
        """
        self.model = load_style(folder, device)
        self._names: dict[tuple[Path, float], str] = {}
        self._made = 0
        if describe(folder).method == "lora":
            self._names[folder, 1.0] = "default"

    def choose(self, folder: Path, strength: float, in_use: Collection[str] = ()) -> str:
        """Return the name of the adapter for a style at a strength; it is loaded where it is not.

        Args:
            folder: The style-model folder, of the same base.
            strength: 0 is the base, 1 is as trained.
            in_use: Adapters with which texts are being written.

        Raises:
            ModelError: The adapter cannot be loaded.
        """
        if describe(folder).method != "lora" or strength == 0:
            return PLAIN
        name = self._names.pop((folder, strength), "") or self._load(folder, strength)
        self._names[folder, strength] = name  # the one that was used last is the last one
        spare = [key for key, held in self._names.items() if held not in {*in_use, name}]
        for key in spare[: max(0, len(self._names) - MOST)]:
            self.model.delete_adapter(self._names.pop(key))
        return name

    def _load(self, folder: Path, strength: float) -> str:
        from peft import PeftModel

        check_base(folder)
        twin = next((held for (of, _), held in self._names.items() if of == folder), None)
        self._made += 1
        name = f"style{self._made}"
        with _explained(str(folder)):
            if isinstance(self.model, PeftModel):
                self.model.load_adapter(str(folder / "adapter"), adapter_name=name)
            else:
                path = str(folder / "adapter")
                self.model = PeftModel.from_pretrained(self.model, path, adapter_name=name)
        for layer in (m for m in self.model.modules() if hasattr(m, "lora_A")):
            if name in layer.scaling:
                layer.set_scale(name, strength)
            for part in (layer.lora_A, layer.lora_B):
                if twin is not None and twin in part and name in part:
                    part[name] = part[twin]
        self.model.eval()
        return name


def adapter_names(model: Any, names: Sequence[str]) -> dict[str, list[str]]:
    """Return the argument that gives each text its adapter.

    Where all texts have the same one it becomes the active one instead: choosing text by text
    takes a third more time on a small model.

    Args:
        model: A base or a `PeftModel`.
        names: Name for each text; empty: the adapter that is active.
    """
    if not any(names) or not hasattr(model, "peft_config"):
        return {}
    if len(set(names)) > 1 or names[0] == PLAIN:
        return {"adapter_names": list(names)}
    if model.active_adapter != names[0]:
        model.set_adapter(names[0], inference_mode=True)
    return {}
