"""The file beside a text that a machine wrote: what it was made with, and what became of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.options import Options
from erastyle.corpus.provenance.label import Notice, SourceType

ENDING = ".provenance.json"
"""What the name of a text's file is followed by in the name of the file beside it."""


class Model(Options):
    """A fine-tuned model, or a base alone."""

    name: str
    """Run, folder or base as the person named it."""
    sha256: str = ""
    """Hash of the fine-tuned model's description and weights; empty for a base alone."""
    method: str = ""
    """How it was fine-tuned; empty for a base alone."""
    base: str
    """Name of the base."""
    base_digest: str = ""
    """Digest of the base's files, or its hub name."""
    strength: float = 1.0
    """How much of the style: 0 is the base."""
    era: str = ""
    """Name of the era."""
    era_title: str = ""
    """What a person calls the era."""


class TrainedOn(Options):
    """What a fine-tuned model learnt from."""

    stage: str
    """Stage whose output it is."""
    key: str
    """Key of that output."""
    manifest_sha256: str
    """Hash of its manifest, which holds the hash of every file."""
    documents: int
    """Documents, or pairs, in it."""
    learnt: int | None = None
    """Training documents that the model learnt from, or is shown."""
    of: int | None = None
    """Training documents that it could have learnt from."""


class Watermark(Options):
    """The statistical mark of a text, which `erastyle detect` finds."""

    method: str
    """Published name of the method."""
    key: str
    """The key, as 16 hexadecimal digits; it is public."""
    context: int
    """Tokens before a token that decide its mark with it."""
    layers: int
    """Layers of the tournament."""
    tokenizer: str
    """Base whose tokenizer the mark is made of."""


class Approval(Options):
    """Who answers for a text."""

    by: str = Field(min_length=1)
    """Name of the person."""
    note: str = ""
    """What the person says of it."""
    at: str
    """When, in UTC."""


class Sidecar(Options):
    """What the file beside a text holds."""

    made_by: str
    """Program and version."""
    digital_source_type: str = Field(alias="digitalSourceType")
    """Who wrote the text, as the URI of IPTC's list."""
    labelled: bool = True
    """Whether the file bears a label; where it does not, the run's log says so."""
    file: str
    """Name of the text's file."""
    sha256: str
    """Hash of the bytes of the file."""
    text_sha256: str
    """Hash of the text without its label, in UTF-8."""
    written: str
    """When, in UTC."""
    model: Model
    """What wrote it."""
    corpus: TrainedOn | None = None
    """What that was trained on; None: not known."""
    brief: str
    """What was asked for."""
    seed: int
    """Seed of the chances."""
    number: int = 0
    """How often the same brief was asked for before with this seed."""
    decoding: dict[str, Any] = Field(default_factory=dict)
    """How tokens were chosen."""
    watermark: Watermark | None = None
    """The mark that its tokens bear; None: none."""
    guards: dict[str, Any] = Field(default_factory=dict)
    """What the guards refused, and what they let stand."""
    scores: dict[str, Any] | None = None
    """What the judges say of it; None: not scored."""
    period_file: dict[str, Any] | None = None
    """Character set, and what was replaced to fit it; None: a file of today."""
    edited: str | None = None
    """When a person changed the text after it was written, in UTC; None: nobody did."""
    approved: Approval | None = None
    """Who approved it; None: nobody."""


def beside(file: Path) -> Path:
    """Return the path of the file beside a text.

    >>> beside(Path("out/0001.html")).name
    '0001.html.provenance.json'
    """
    return file.with_name(file.name + ENDING)


def write(sidecar: Sidecar, path: Path) -> None:
    """Write the file beside a text.

    Raises:
        OSError: It cannot be written.
    """
    plain = sidecar.model_dump(mode="json", by_alias=True)
    write_atomically(path, json.dumps(plain, indent=1, ensure_ascii=False) + "\n")


def read(path: Path) -> Sidecar:
    """Return what the file beside a text holds.

    Raises:
        SourceError: It is missing or damaged.
    """
    try:
        return Sidecar.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from None
    except (ValidationError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise SourceError(f"{path}: not what erastyle writes beside a text ({why}).") from None


def approve(file: Path, by: str, note: str, at: str) -> Sidecar:
    """Record who answers for a text, and return what stands beside it now.

    Args:
        file: The text's file.
        by: Name of the person.
        note: What the person says of it.
        at: When, in UTC.

    Raises:
        ConfigError: No name is given.
        SourceError: The file beside the text cannot be read, or the text was changed since.
    """
    if not by.strip():
        raise ConfigError("An approval needs the name of the person who approves.")
    path = beside(file)
    known = read(path)
    if hashlib.sha256(file.read_bytes()).hexdigest() != known.sha256:
        raise SourceError(f"{file}: it was changed after it was written. Score it again first.")
    approved = known.model_copy(update={"approved": Approval(by=by.strip(), note=note, at=at)})
    write(approved, path)
    return approved


def notice(
    model: Model,
    source_type: SourceType,
    seed: int,
    *,
    sentence: str = "",
    charset: str = "",
) -> Notice:
    """Return what the label of a text says: the models by their hashes, seed and strength.

    Args:
        model: What wrote it.
        source_type: Whether it wrote or rewrote.
        seed: Seed of the chances.
        sentence: The label in the era's manner.
        charset: Character set that a page declares, or empty.
    """
    facts: dict[str, str | int | float] = {"base": model.base, "baseDigest": model.base_digest}
    if model.sha256:
        facts |= {"model": model.sha256, "strength": model.strength}
    facts["seed"] = seed
    facts = {name: _short(value) for name, value in facts.items()}
    return Notice(source_type, model.era_title, sentence, facts, charset)


def _short(value: str | float) -> str | int | float:
    return value[-120:] if isinstance(value, str) else value
