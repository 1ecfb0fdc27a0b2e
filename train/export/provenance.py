"""What an export says of itself: `provenance.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from erastyle.corpus.options import Options

PROVENANCE = "provenance.json"
MADE_BY_MACHINE = (
    "Texts of this model are written by a machine. They are no documents of the period and no "
    "source: mark them wherever they are shown, and check every fact in them."
)
Kind = Literal["adapter", "merged", "gguf", "gguf-lora", "ollama", "corpus"]


class LicenceShare(Options):
    """How many documents state a licence."""

    licence: str
    """As the sources state it; empty: not stated."""
    documents: int
    """Documents with it."""
    share: float
    """Their part of all documents, 0 to 1."""


class CheckResult(Options):
    """One check of an export that was made before it was put in its place."""

    check: str
    """What was compared."""
    value: float
    """What came out."""
    limit: str
    """What had to hold; empty: nothing, the value is told."""


class ModelSource(Options):
    """The fine-tuned model that was exported."""

    method: str
    """How it was trained."""
    base: str
    """Name of its base, without a path."""
    base_digest: str
    """Digest of the base's files, or its hub name."""
    base_licence: str
    """Licence of the base; empty: not known."""
    strengths: tuple[float, ...]
    """Strengths that were exported; 1 is as trained."""
    weights_sha256: str
    """Hash over the trained weights in the run."""


class Provenance(Options):
    """What an export was made of, with what, and how it was checked."""

    format: Literal["erastyle-export/1"] = "erastyle-export/1"
    """Version of this file."""
    kind: Kind
    """Kind of the export."""
    name: str
    """Name of the run or model folder."""
    era: str
    """Name of the era."""
    created: datetime
    """When."""
    notice: str
    """What whoever uses it must know."""
    payload: tuple[str, ...]
    """The files without which it is of no use."""
    versions: dict[str, str]
    """Versions of Python, erastyle and the libraries."""
    model: ModelSource | None = None
    """The model; None in an export of a corpus."""
    stages: dict[str, str] = Field(default_factory=dict)
    """Keys of the stages of the run that led to it; empty where only a model's folder was given."""
    documents: int = 0
    """Documents that the model learnt from, or that the corpus holds."""
    licences: tuple[LicenceShare, ...] = ()
    """Licences of these documents."""
    left_out: int = 0
    """Documents that a corpus does not hold because of their licence."""
    checks: tuple[CheckResult, ...] = ()
    """Checks that were made, all of which held."""
    not_checked: tuple[str, ...] = ()
    """What was not checked or not run here, one sentence each."""


def licence_shares(licences: Iterable[str]) -> tuple[LicenceShare, ...]:
    """Return the licences of documents by share, the commonest first.

    >>> [(s.licence, s.share) for s in licence_shares(["MIT", "", "MIT", "MIT"])]
    [('MIT', 0.75), ('', 0.25)]
    """
    counts = Counter(licences)
    total = sum(counts.values())
    return tuple(
        LicenceShare(licence=name, documents=count, share=round(count / total, 6))
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def licence_page(shares: Sequence[LicenceShare], model: ModelSource | None) -> str:
    """Return LICENCES.md: the base's licence, and those of the documents by share."""
    lines = ["# Licences", ""]
    if model is not None:
        stated = model.base_licence or "not known here: see where the base is published"
        lines += [f"Base model {model.base}: {stated}.", ""]
        lines += ["Documents that the fine-tuned model learnt from, by the licence they state:", ""]
    else:
        lines += ["Documents in this corpus, by the licence they state:", ""]
    if not shares:
        lines.append("not recorded: only the model's folder was given, without its run.")
        return "\n".join(lines) + "\n"
    lines += ["| Licence | Documents | Share |", "| --- | --- | --- |"]
    for share in shares:
        stated = " ".join(share.licence.split()).replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| {stated or 'not stated'} | {share.documents:,} | {share.share:.1%} |")
    lines += [
        "",
        "Licences are what the sources state. Of documents without a statement the rights are not "
        "known: check them before you pass any of them on.",
    ]
    return "\n".join(lines) + "\n"


def write_about(folder: Path, provenance: Provenance, card: str) -> None:
    """Write the card, the licences and the provenance into a folder with its payload."""
    (folder / "README.md").write_text(card, encoding="utf-8")
    page = licence_page(provenance.licences, provenance.model)
    (folder / "LICENCES.md").write_text(page, encoding="utf-8")
    text = provenance.model_dump_json(indent=1) + "\n"
    (folder / PROVENANCE).write_text(text, encoding="utf-8")
