"""The file of a restyled draft: its form, its label, and the file beside it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.era import Era
from erastyle.corpus.errors import RunError
from erastyle.corpus.period_file import PeriodFile, Posting, day_of
from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.provenance.sidecar import Sidecar
from erastyle.pipeline.runtime import manifest
from erastyle.writing import engine, text_file
from erastyle.writing.engine import Named

if TYPE_CHECKING:
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.restyle.restyle import Restyled


@dataclass(frozen=True, slots=True)
class RestyleOrigin:
    """What restyled drafts are made with.

    Attributes:
        run: The run whose model writes.
        era: Its era.
        options: How it writes.
        seed: Seed of the chances.
        title: Title of the documents, or empty.
        labelled: Whether the files bear a label.
    """

    run: Path
    era: Era
    options: GenerateOptions
    seed: int
    title: str = ""
    labelled: bool = True

    @property
    def model(self) -> sidecar.Model:
        """What writes."""
        return engine.model_of(Named(run=self.run), self.options.strength, self.era)


def file_of(one: Restyled, origin: RestyleOrigin) -> PeriodFile:
    """Return a restyled draft as it stands in a file."""
    era, said = origin.era, None
    if origin.labelled:
        sentence = era.files.label
        said = sidecar.notice(origin.model, label.RESTYLED, origin.seed, sentence=sentence)
    key = _sha256(one.text)[:12]
    posting = Posting(origin.title, day_of(era, key), key)
    return text_file.encoded(one.text, era, said, text_file.Form(origin.labelled), posting)


def paths(drafts: Sequence[Path], era: Era, folder: Path) -> list[Path]:
    """Return where the file of each draft goes: letters and digits of its name, and a number.

    Args:
        drafts: The drafts.
        era: The era.
        folder: The folder of the files.

    Raises:
        RunError: There is such a file already.
    """
    named = []
    for number, draft in enumerate(drafts, 1):
        stem = re.sub(r"[^a-z0-9]+", "-", draft.stem.lower()).strip("-")[: text_file.SLUG]
        named.append(folder / f"{number:04d}-{stem or 'draft'}{text_file.ending(era, '')}")
    if there := next((path for path in named if path.exists()), None):
        raise RunError(f"{there} is there already. Name another folder with --out.")
    return named


def store(one: Restyled, origin: RestyleOrigin, path: Path) -> None:
    """Write the file of a restyled draft, and the file beside it.

    Args:
        one: The restyled draft.
        origin: What it was made with.
        path: Where it goes; its folder is made where it is not there.

    Raises:
        OSError: It cannot be written.
    """
    file = file_of(one, origin)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _sidecar(one, origin, file, path.name)
    write_atomically(path, file.raw, sync=True)
    sidecar.write(beside, sidecar.beside(path))


def _sidecar(one: Restyled, origin: RestyleOrigin, file: PeriodFile, name: str) -> Sidecar:
    from erastyle import __version__

    refused = Counter[str]()
    for part in one.parts:
        refused.update(part.refused)
    decoding = asdict(origin.options.decoding)
    return Sidecar(
        made_by=f"erastyle {__version__}",
        digitalSourceType=label.uri(label.RESTYLED),
        labelled=origin.labelled,
        file=name,
        sha256=hashlib.sha256(file.raw).hexdigest(),
        text_sha256=_sha256(label.strip(file.body) if origin.labelled else file.body),
        written=manifest.now().isoformat(timespec="seconds"),
        model=origin.model,
        corpus=engine.corpus_of(origin.run),
        brief=f"a draft of {len(one.draft.split()):,} words, sha256 {_sha256(one.draft)}",
        seed=origin.seed,
        decoding={name: decoding[name] for name in decoding if name not in ("batch", "watermark")},
        watermark=engine.mark_of(origin.model.base, origin.options),
        guards={
            "refused": dict(refused),
            "refused_tokens": sum(part.spent for part in one.parts),
            "let_stand": [mark._asdict() for part in one.parts for mark in part.marks],
        },
        scores={
            "facts_kept_as_written": one.raw.kept_share,
            "facts_kept": one.facts.kept_share,
            "sentences_copied_back": len(one.copied_back),
            "changed_4grams": one.changed,
        },
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
