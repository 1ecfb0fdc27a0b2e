"""Stage `classifier`: learn the style classifier from the training and dev sites, once for a split.

style.skops    the classifier
style.json     its report, the sha256 of the file, and the threshold
judges/        two judges of four questions; not there where they could not be learnt
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.corpus.options import Options
from erastyle.eval import judge_contrast
from erastyle.eval.judge import neutral_models
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.questions.neutral import NeutralModel
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.text_metrics import learn, text_of
from erastyle.pipeline.comparison import shared
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

FILE, REPORT, JUDGES = "style.skops", "style.json", "judges"
JUDGES_SEE_MORE = "the judges see order of sentences, letters and postings, kinds of stray tags"
PASSAGE_WORDS = 50
"""A modern document that has so many words in a row from a document of the period is left out."""


class ClassifierOptions(Options):
    """Options of `classifier`."""

    most: int = Field(default=3000, ge=50)
    """Most documents of each side that the style classifier learns from."""
    judges: bool | Literal["smollm2"] = True
    """Whether two judges of four questions (form, voice, sense, time) are learnt too. They notice
    shuffled words, modern prose in old tags and loops, which the style classifier passes. Without
    them nothing passes as a document of the era, and the gate stays open. With `smollm2` the
    reporting judge reads with this language model, a second a text."""


def _run(context: Context[ClassifierOptions]) -> Stats:
    split, comparison = context.inputs["split"], context.inputs["comparison"]
    modern = list(ledger.read(comparison))
    passages = shared(split, comparison, PASSAGE_WORDS)
    with Ledger(context.out) as book:
        for document in modern:
            if leak := passages.get(document.id):
                detail = f"shares with {leak.train_id}: {leak.passage[:120]}"
                book.drop(document, "passage of the period", detail)
    documents = [*ledger.read(split), *(d for d in modern if d.id not in passages)]
    documents = [d for d in documents if d.split != "test"]
    style = learn(documents, context.options.most, context.seed)
    digest = style.save(context.out / FILE)
    report = style.report.to_json() | {"sha256": digest, "threshold": style.threshold}
    if context.options.judges:
        try:
            report["judges"] = _judges(documents, context)
        except ModelError as error:
            context.progress.say(f"no judges: {error}")
            report["no_judges"] = str(error)
    (context.out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return {
        "read": len(documents) + len(passages),
        "kept": len(documents),
        "dropped": len(passages),
        "quarantined": 0,
        "reasons": {"passage of the period": len(passages)} if passages else {},
        "classifier": digest,
    }


def documents_of(inputs: Mapping[str, Path]) -> list[Document]:
    """Return the documents of the period and those of the comparison corpus that are used.

    Args:
        inputs: Finished folders of `split`, `comparison` and `classifier`.
    """
    dropped = {row["id"] for row in ledger.rows(inputs["classifier"] / "dropped", ["id"])}
    modern = (d for d in ledger.read(inputs["comparison"]) if d.id not in dropped)
    return [*ledger.read(inputs["split"]), *modern]


def load(folder: Path) -> tuple[StyleClassifier, str]:
    """Return the classifier in a folder of this stage, and the sha256 of its file.

    Raises:
        ModelError: The folder holds none, or it is not the one that was written.
    """
    digest = str(_report(folder)["sha256"])
    return StyleClassifier.load(folder / FILE, digest), digest


def _report(folder: Path) -> dict[str, Any]:
    """Return what the stage wrote of the classifier.

    Raises:
        ModelError: The file is missing or damaged.
    """
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        report["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder / REPORT}: cannot be read ({error}). Do the classifier stage again."
        ) from None
    return report


def learn_judges(
    documents: Sequence[Document], era: Era, seed: int, neutral: NeutralModel | None = None
) -> JudgePair:
    """Return two judges of an era.

    Args:
        documents: Documents of the period that are not held out, and those of the comparison
            corpus.
        era: The era.
        seed: Same documents and seed, same judges.
        neutral: A language model that the reporting judge reads with.

    Raises:
        ModelError: Too few documents, sites or comparison texts.
    """
    ours = [d for d in documents if d.origin != "modern"]
    modern = [text_of(d) for d in documents if d.origin == "modern"]
    real = [text_of(d) for d in ours]
    texts = judge_contrast.contrast(real, modern, seed)
    sites = [d.site for d in ours]
    return JudgePair.fit(real, sites, texts, era, JudgeRecipe(seed=seed), neutral=neutral)


def _judges(documents: Sequence[Document], context: Context[ClassifierOptions]) -> dict[str, Any]:
    """Learn both judges, and return the hashes of their files.

    Raises:
        ModelError: Too few documents, sites or comparison texts.
    """
    asked = context.options.judges
    neutral = neutral_models.load(asked) if isinstance(asked, str) else None
    pair = learn_judges(documents, context.era, context.seed, neutral)
    known = {"sha256": pair.save(context.out / JUDGES), "parted": pair.parted}
    return known | ({"mode": pair.reporting.mode} if neutral else {})


def load_judges(folder: Path) -> tuple[JudgePair | None, str]:
    """Return the judges in a folder of this stage, or None and why; empty: not asked for.

    Raises:
        ModelError: A file is missing, changed, or of another version.
    """
    report = _report(folder)
    if not (known := report.get("judges")):
        return None, report.get("no_judges", "")
    choosing, reporting = known["sha256"]
    return JudgePair.load(folder / JUDGES, (choosing, reporting), known["parted"]), ""


CLASSIFIER = Stage(
    "classifier",
    "Learn to tell documents of the era from modern ones.",
    ClassifierOptions,
    _run,
    needs=("split", "comparison"),
    era=("formats", "language", "lexicon_cutoff", "markup"),
    version=3,
    changed=JUDGES_SEE_MORE,
    seeded=True,
)
