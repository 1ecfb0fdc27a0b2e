"""Stage `classifier`: learn the style classifier from the training and dev sites, once for a split.

style.skops    the classifier
style.json     its report, the sha256 of the file, and the threshold
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import Field

from erastyle.corpus.document import Document
from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options
from erastyle.eval.style.classifier import StyleModel
from erastyle.eval.text_metrics import learn
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

FILE, REPORT = "style.skops", "style.json"


class ClassifierOptions(Options):
    """Options of `classifier`."""

    most: int = Field(default=3000, ge=50)
    """Most documents of each side that the style classifier learns from."""


def _run(context: Context[ClassifierOptions]) -> Stats:
    documents = [d for d in documents_of(context.inputs["split"]) if d.split != "test"]
    style = learn(documents, context.options.most, context.seed)
    digest = style.save(context.out / FILE)
    report = style.report.to_json() | {"sha256": digest, "threshold": style.threshold}
    (context.out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return {
        "read": len(documents),
        "kept": len(documents),
        "dropped": 0,
        "quarantined": 0,
        "reasons": {},
        "classifier": digest,
    }


def documents_of(split: Path) -> list[Document]:
    """Return the documents of the period and of the comparison corpus."""
    return list(ledger.read(split))


def load(folder: Path) -> tuple[StyleModel, str]:
    """Return the classifier in a folder of this stage, and the sha256 of its file.

    Raises:
        ModelError: The folder holds none, or it is not the one that was written.
    """
    try:
        digest = str(json.loads((folder / REPORT).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{folder / REPORT}: cannot be read ({error}). Do the classifier stage again."
        ) from None
    return StyleModel.load(folder / FILE, digest), digest


CLASSIFIER = Stage(
    "classifier",
    "Learn to tell documents of the era from modern ones.",
    ClassifierOptions,
    _run,
    needs=("split",),
    seeded=True,
)
