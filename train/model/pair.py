"""The pair of models that a run compares: the fine-tuned model in a folder, and its base.

This is the one place that knows how each method writes: LoRA switches its adapter off to become the
base, `full` and `blend` have weights of their own, and the methods that train nothing put notes and
documents before each request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from erastyle.train.model import examples, loading
from erastyle.train.model.folder import TRAINED, describe
from erastyle.train.model.generation import Writer
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.strength import mix, set_strength


def from_base(name: str, device: str, *, own_prompt: bool = False) -> Writer:
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


def from_mix(folders: Sequence[tuple[Path, float]], device: str) -> Writer:
    """Return several LoRA styles of one base at once, each at its own strength.

    Raises:
        ModelError: They cannot be mixed.
    """
    model = mix(folders, device)
    tokenizer = loading.load_tokenizer(describe(folders[0][0]).base)
    return Writer(model, tokenizer, Encoder(tokenizer).prompt)


class ModelPair:
    """The fine-tuned model in a folder and its base, sharing weights where they can.

    Attributes:
        description: What the folder says of the fine-tuned model.

    Raises:
        ModelError: The folder or the base cannot be loaded.
    """

    def __init__(self, folder: Path, device: str, new_tokens: int) -> None:
        """Load the fine-tuned model.

        Args:
            folder: The style-model folder.
            device: `cpu`, `cuda`, or `cuda:1`.
            new_tokens: Room in tokens that notes and documents leave for an answer.
        """
        self.description = describe(folder)
        self._folder, self._device = folder, device
        self._model = loading.load_style(folder, device)
        self._strength = 1.0
        self._tokenizer = loading.load_tokenizer(self.description.base)
        encoder = Encoder(self._tokenizer)
        self._bare: Callable[[str], list[int]] = encoder.prompt
        self._prompt: Callable[[str], list[int]] = encoder.prompt
        if not self.trained:
            limit = getattr(self._model.config, "max_position_embeddings", 1 << 20)
            room = max(1, limit - new_tokens)
            self._prompt = examples.prompts(folder, self.description, encoder, room)

    @property
    def trained(self) -> bool:
        """Whether the two models differ in their weights; else only in their prompts.

        What depends on weights alone, such as a likelihood, is then not measured: it would be the
        base's own.
        """
        return self.description.method in TRAINED

    @cached_property
    def _separate_base(self) -> Any:
        """The base of a method that trains all weights; None where the weights are shared."""
        if self.description.method not in ("full", "blend"):
            return None
        return loading.load_base(self.description.base, self._device)

    @contextmanager
    def base(self) -> Iterator[Writer]:
        """Give the base, which gets the bare brief, for the time of a `with`."""
        model = self._model if self._separate_base is None else self._separate_base
        writer = Writer(model, self._tokenizer, self._bare)
        if self.description.method != "lora":
            yield writer
            return
        with model.disable_adapter():
            yield writer

    def fine_tuned(self, strength: float = 1.0) -> Writer:
        """Return the fine-tuned model at a strength, with its own way of building a prompt.

        It stays at this strength until another one is asked for.

        Raises:
            ModelError: The method has no strength, and another than 1 is wanted.
        """
        if self.description.method == "lora":
            set_strength(self._model, strength)
        elif strength != self._strength:
            if self._strength != 1:  # its weights were moved; they are read again
                self._model, self._strength = loading.load_style(self._folder, self._device), 1.0
            if strength != 1:
                set_strength(self._model, strength, self._separate_base)
            self._strength = strength
        return Writer(self._model, self._tokenizer, self._prompt)
