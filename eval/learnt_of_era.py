"""What was learnt of an era, to score texts with: classifier, reporting judge, dating model.

It comes from a finished run, or is learnt from period and modern documents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from erastyle.corpus.dates import interval
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError, RunError
from erastyle.eval import classifier_stage, text_metrics
from erastyle.eval.dating import fit_on_documents
from erastyle.eval.dating.learned import DatingModel
from erastyle.eval.judge.judge import EraJudge
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.pipeline.runtime import ledger, manifest


def classifier(run: Path) -> StyleClassifier:
    """Return the style classifier that a finished run learnt.

    Raises:
        RunError: The run has no finished score.
        ModelError: The classifier's file is missing or has changed.
    """
    score = (run / "score.json").resolve().parent
    done = manifest.read(score)
    digest = done.stats.get("classifier") if done else None
    if done is None or not digest:
        raise RunError(f"{run} holds no finished score. Run `erastyle run --run {run}` first.")
    # Runs of before the stage `classifier` kept the file beside the score.
    key = done.identity["needs"].get("classifier")
    folder = score.parents[1] / "classifier" / key if key else score
    return StyleClassifier.load(folder / classifier_stage.FILE, str(digest))


def learnt(
    period: Sequence[Document], modern: Sequence[Document], seed: int = 1995
) -> StyleClassifier:
    """Return a style classifier of period against modern documents.

    Raises:
        ModelError: Too few documents or sites of one side.
    """
    both = [*period, *(replace(d, origin="modern") for d in modern)]
    return text_metrics.learn(both, most=3000, seed=seed)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt of an era, to score texts with.

    Attributes:
        style: The style classifier; None leaves the style scores out.
        judge: The reporting judge; None where there is none.
        dating: The learnt dating model; None where nothing could be learnt.
        no_dating: Why there is none.
        generated: Whether classifier and judge learnt from generated sample pages.
    """

    style: StyleClassifier | None = None
    judge: EraJudge | None = None
    dating: DatingModel | None = None
    no_dating: str = "no dated documents: name a run with --run, or documents with --source"
    generated: bool = False


GENERATED = (
    "The classifier was learnt from generated sample pages, not from documents of the period. Of "
    "texts from elsewhere its verdicts say nothing; they show that the program works."
)


def warning(known: Learnt, texts: Sequence[Document]) -> str:
    """Return what a reader must know before any verdict, or nothing."""
    elsewhere = any(document.origin != "synthetic" for document in texts)
    judged = known.style is not None or known.judge is not None
    return GENERATED if known.generated and judged and elsewhere else ""


def of_run(run: Path, era: Era) -> Learnt:
    """Return what a finished run learnt: classifier, reporting judge, and a dating model.

    The dating model is fitted on the run's training documents with certain dates and on its dated
    comparison documents, and is kept in the run's folder `cache`.

    Raises:
        RunError: The run has no finished score.
        ModelError: A file is missing or has changed.
    """
    style, needs = classifier(run), _needs(run)
    judge = None
    if key := needs.get("classifier"):
        pair, _ = classifier_stage.load_judges(run / "classifier" / key)
        judge = pair.reporting if pair else None
    ours = [d for d in ledger.read(run / "split" / needs["split"]) if d.split == "train"]
    compared = run / "comparison" / needs.get("comparison", "")
    modern = list(ledger.read(compared)) if needs.get("comparison") else []
    known = Learnt(style, judge, generated=_generated(ours))
    dated = ours if known.generated else [*ours, *modern]
    return _with_dating(known, lambda: fit_on_documents.cached(run, dated, is_english(era)))


def of_documents(period: Sequence[Document], modern: Sequence[Document], era: Era) -> Learnt:
    """Return what is learnt from period and modern documents: a classifier and a dating model.

    Raises:
        ModelError: Too few documents or sites of one side.
    """
    known = Learnt(learnt(period, modern), generated=_generated(period))
    both = period if known.generated else [*period, *modern]
    dated = [_redated(document) for document in both]
    return _with_dating(known, lambda: fit_on_documents.learn(dated, is_english(era)))


def _with_dating(known: Learnt, fit: Callable[[], DatingModel]) -> Learnt:
    try:
        return replace(known, dating=fit(), no_dating="")
    except ModelError as error:
        return replace(known, no_dating=f"nothing was learnt: {error}")


def _generated(documents: Sequence[Document]) -> bool:
    ours = [d for d in documents if d.origin != "modern"]
    return bool(ours) and all(d.origin == "synthetic" for d in ours)


def is_english(era: Era) -> bool:
    """Return whether an era writes English."""
    return era.language == "en"


def _redated(document: Document) -> Document:
    stated = interval.date(document)
    return replace(
        document,
        date_from=stated.date_from,
        date_to=stated.date_to,
        date_confidence=stated.confidence,
    )


def _needs(run: Path) -> Mapping[str, str]:
    """Return the keys of the stages that a run's score rests on.

    Raises:
        RunError: The run has no finished split.
    """
    done = manifest.read((run / "score.json").resolve().parent)
    needs: Mapping[str, str] = done.identity["needs"] if done else {}
    if not needs.get("split"):
        raise RunError(f"{run} holds no finished score. Run `erastyle run --run {run}` first.")
    return needs


def trained_on(run: Path) -> list[tuple[str, str, str]]:
    """Return (source, text, site) of a run's training documents.

    Raises:
        RunError: The run has no finished split.
    """
    return [
        (d.source, d.body, d.site)
        for d in ledger.read(run / "split" / _needs(run)["split"])
        if d.split == "train" and d.origin != "modern"
    ]
