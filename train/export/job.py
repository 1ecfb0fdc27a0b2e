"""What an export of a model is told, and what all kinds of export share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from erastyle.corpus.errors import ModelError
from erastyle.train.model import loading
from erastyle.train.model.folder import TRAINED, StyleModelInfo
from erastyle.train.model.strength import set_strength

WeightType = Literal["f16", "q8_0"]
HUB_NAMES = {"smollm2": "HuggingFaceTB/SmolLM2-135M-Instruct"}
"""Where the model behind a known base is published."""


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What an export of a model is made of.

    Attributes:
        model: The style-model folder.
        description: What it says of itself.
        name: Name of the run, for file names and cards.
        strengths: Strengths to export; 1 is as trained.
        texts: Texts whose token ids are compared, real ones where there are any.
        licence: Licence of the base; empty: not known.
        types: Number types of GGUF files.
        converter: Folder of llama.cpp, whose own converter is run; None: ours.
        say: Called with what a person who waits wants to know.
    """

    model: Path
    description: StyleModelInfo
    name: str
    strengths: Sequence[float] = (1.0,)
    texts: Sequence[str] = ()
    licence: str = ""
    types: Sequence[WeightType] = ("f16", "q8_0")
    converter: Path | None = None
    say: Callable[[str], None] = field(default=lambda _: None)

    @property
    def base_name(self) -> str:
        """Name of the base, without the path of a folder or file on this machine."""
        return portable_base(self.description.base)

    def stem(self, strength: float) -> str:
        """Return the beginning of a file's name for one strength."""
        shown = "" if strength == 1 else f"-strength-{strength:g}"
        return f"{slug(self.name)}-{slug(Path(self.base_name).stem)}{shown}"


def slug(name: str) -> str:
    """Return a name for files.

    >>> slug("Runs/My Web (1995)")
    'runs-my-web-1995'
    """
    return re.sub(r"[^a-z0-9._]+", "-", name.casefold()).strip("-.") or "model"


def portable_base(base: str) -> str:
    """Return a base's name as it means something elsewhere.

    >>> portable_base("smollm2"), portable_base("/home/somebody/models/tiny")
    ('HuggingFaceTB/SmolLM2-135M-Instruct', 'tiny')
    """
    if base in HUB_NAMES:
        return HUB_NAMES[base]
    path = Path(base)
    local = path.is_absolute() or base.startswith((".", "~")) or path.exists()
    return path.name if local else base


def check_trained(job: ExportJob) -> None:
    """Refuse a method that has no weights of its own.

    Raises:
        ModelError: Nothing was trained.
    """
    if job.description.method not in TRAINED:
        raise ModelError(
            f"{job.model}: the method {job.description.method} trains nothing, so there are no "
            "weights to export. Use the base itself, or train with --set train.method=lora."
        )


def check_lora(job: ExportJob, kind: str) -> None:
    """Refuse a model that has no adapter.

    Raises:
        ModelError: It has none.
    """
    check_trained(job)
    if job.description.method != "lora":
        raise ModelError(
            f"{job.model}: the method {job.description.method} trains all weights and has no "
            f"adapter to export as {kind}. Export it with --to merged or --to gguf."
        )


def model_at(job: ExportJob, strength: float) -> Any:
    """Return the fine-tuned model at a strength, not merged, in float32 on the CPU."""
    model = loading.load_style(job.model, "cpu")
    base = None
    if job.description.method != "lora" and strength != 1:
        base = loading.load_base(job.description.base, "cpu")
    set_strength(model, strength, base)
    return model
