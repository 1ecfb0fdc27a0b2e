"""The folder of a fine-tuned model: its description, and how it is read and written.

It is the same for every method, so that generating, scoring and serving need not know how the model
was made:

    style.json        method, base, era, notes for prompting
    adapter/          LoRA weights (method lora)
    weights/          all weights (methods full and blend)
    examples.jsonl    documents to show (methods few-shot and retrieve)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options

Method = Literal["lora", "full", "blend", "prompt", "few-shot", "retrieve"]
TRAINED = ("lora", "full", "blend")


class StyleModelInfo(Options):
    """What `style.json` says."""

    method: Method
    """How it was made."""
    base: str
    """Name or path of the base model, as the person gave it."""
    base_digest: str
    """Digest of the base's files, or its hub name; a style model fits no other base."""
    era: str
    """Name of the era."""
    max_length: int
    """Longest prompt and answer in tokens that it was trained on."""
    notes: str = ""
    """What stands before each brief (methods that train nothing)."""
    shots: int = 0
    """Documents shown before each brief."""
    context_tokens: int = 0
    """Most tokens of notes and documents before a brief."""


def describe(folder: Path) -> StyleModelInfo:
    """Return what a style-model folder says of itself.

    Raises:
        ModelError: It is not a style-model folder.
    """
    try:
        return StyleModelInfo.model_validate_json(
            (folder / "style.json").read_text(encoding="utf-8")
        )
    except FileNotFoundError:
        why = "there is no style.json in it" if folder.exists() else "it does not exist"
    except (OSError, ValidationError) as error:
        why = str(error).splitlines()[0]
    raise ModelError(
        f"{folder} is not a style model: {why}. Name another folder, or train one: "
        "`erastyle run ERA --run DIR` leaves it in DIR/model."
    )


def write_description(folder: Path, description: StyleModelInfo) -> None:
    """Write `style.json`."""
    text = json.dumps(description.model_dump(mode="json"), indent=2)
    (folder / "style.json").write_text(text + "\n", encoding="utf-8")
