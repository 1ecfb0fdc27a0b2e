"""A model that answers briefs, whatever method made its style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erastyle.train.model import examples, loading
from erastyle.train.model.folder import TRAINED, describe
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.strength import mix, set_strength


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes.

    Attributes:
        model: A causal language model in evaluation mode.
        tokenizer: Its tokenizer.
        prompt: A brief -> the token ids that the model goes on from.
    """

    model: Any
    tokenizer: Any
    prompt: Callable[[str], list[int]]


def of_base(name: str, device: str, *, own_prompt: bool = False) -> Writer:
    """Return a base model that gets the bare brief.

    Args:
        name: A known base, a GGUF file, a folder, or a hub name.
        device: `cpu`, `cuda`, or `cuda:1`.
        own_prompt: Whether the base's own system prompt stands before the brief.

    Raises:
        ModelError: It cannot be loaded, or its tokenizer belongs to another model.
    """
    tokenizer = loading.load_tokenizer(name, own_prompt=own_prompt)
    model = loading.load_base(name, device)
    loading.check_vocabulary(name, model, tokenizer)
    return Writer(model, tokenizer, Encoder(tokenizer).prompt)


def of_mix(folders: Sequence[tuple[Path, float]], device: str) -> Writer:
    """Return several LoRA styles of one base at once, each at its own strength.

    Raises:
        ModelError: They cannot be mixed.
    """
    model = mix(folders, device)
    tokenizer = loading.load_tokenizer(describe(folders[0][0]).base)
    return Writer(model, tokenizer, Encoder(tokenizer).prompt)


class Both:
    """The style model in a folder and its base, sharing weights where they can.

    Raises:
        ModelError: The folder or the base cannot be loaded.
    """

    def __init__(self, folder: Path, device: str, new_tokens: int) -> None:
        """Load the style model; `new_tokens` is the room that an answer needs."""
        self.description = describe(folder)
        self._model = loading.load_style(folder, device)
        self._tokenizer = loading.load_tokenizer(self.description.base)
        encoder = Encoder(self._tokenizer)
        self._bare = encoder.prompt
        self._prompt: Callable[[str], list[int]] = encoder.prompt
        if self.description.method not in TRAINED:
            limit = getattr(self._model.config, "max_position_embeddings", 1 << 20)
            room = max(1, limit - new_tokens)
            self._prompt = examples.prompts(folder, self.description, encoder, room)
        self._base: Any = None
        if self.description.method in ("full", "blend"):
            self._base = loading.load_base(self.description.base, device)

    def base(self) -> tuple[Writer, Any]:
        """Return the base with the bare brief, and the context to use it in."""
        if self.description.method == "lora":
            return Writer(self._model, self._tokenizer, self._bare), self._model.disable_adapter()
        model = self._model if self._base is None else self._base
        return Writer(model, self._tokenizer, self._bare), nullcontext()

    def style(self, strength: float = 1.0) -> Writer:
        """Return the style model. For methods full and blend, ask for one strength only.

        Raises:
            ModelError: The method has no strength, and another than 1 is wanted.
        """
        set_strength(self._model, strength, self._base)
        return Writer(self._model, self._tokenizer, self._prompt)
