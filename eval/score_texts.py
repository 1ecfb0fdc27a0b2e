"""Score texts of any origin: style, date, anachronisms, period references, copies.

This needs neither torch nor a run. The style score needs a style classifier: one that a run learnt,
or one learnt from period and modern documents. Without it the other scores are still given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from erastyle.corpus.copying.matches import Overlap
from erastyle.corpus.copying.search import Index
from erastyle.corpus.dates import interval
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import SourceError
from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.registry import open_source
from erastyle.eval import text_metrics, text_verdicts
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.dating import fit_on_documents
from erastyle.eval.learnt_of_era import Learnt, is_english
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import Text, masked_prose, why_not_judged
from erastyle.eval.text_metrics import TextMetrics
from erastyle.eval.text_verdicts import TextVerdict
from erastyle.pipeline.ingest import MACHINE, machine_written, read

MAX_CHARS = 1_000_000
"""First characters of a document that are scored."""
NO_CLASSIFIER = (
    "no style score: it needs a classifier; name a finished run with --run, or period documents "
    "with --source and modern ones with --contrast"
)


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one text.

    Attributes:
        source: File or record that the text comes from.
        format: `html` or `text`.
        words: Words of the text, without markup.
        style: Probability of being of the era by view; None where it could not be judged.
        passes: Whether the score reaches the threshold that 90 % of real documents reach; None
            where it could not be judged.
        verdict: `passes`, `fails`, `cannot judge`, or `not judged` without a classifier.
        sentence: The verdict and its reason, for a person.
        judged_by: `reporting judge`, `style classifier`, `later words`, or empty.
        question: The judge's question that failed the text (form, voice, sense, time), or empty.
        verdict_score: Score that the verdict rests on, or None.
        threshold: Score from which a text passes, or None.
        date_from: First possible date, or empty.
        date_to: Last possible date, or empty.
        date_best: Most probable year, or None.
        date_confidence: Probability that the true date lies in between.
        date_evidence: Evidence for the date.
        style_year: Year by style, from the learnt dating model; None where nothing was learnt.
        style_year_low: First year of its 80 % interval, or None.
        style_year_high: Last year of its 80 % interval, or None.
        style_dating: What the year by style rests on, or why there is none.
        anachronisms: Words and markup later than the era, by position.
        references: Names and words of the era's own time.
        dialect: Share of the markup that is of the era's dialect; None without markup.
        too_new: Elements and attributes that are not of the dialect.
        copies: Length and document of each passage of 50 tokens or more that `against` holds.
        longest_copy: Tokens of the longest passage in common; None where nothing was compared.
        machine_like: Whether it reads like an assistant's answer; None where it is too short.
        problem: Why a value is missing, or empty.
    """

    source: str
    format: str
    words: int
    style: Mapping[str, float | None] = field(default_factory=dict)
    passes: bool | None = None
    verdict: str = "not judged"
    sentence: str = ""
    judged_by: str = ""
    question: str = ""
    verdict_score: float | None = None
    threshold: float | None = None
    date_from: str = ""
    date_to: str = ""
    date_best: int | None = None
    date_confidence: float = 0.0
    date_evidence: str = ""
    style_year: int | None = None
    style_year_low: int | None = None
    style_year_high: int | None = None
    style_dating: str = ""
    anachronisms: Sequence[Hit] = ()
    references: Sequence[str] = ()
    dialect: float | None = None
    too_new: Sequence[str] = ()
    copies: Sequence[tuple[int, str]] = ()
    longest_copy: int | None = None
    machine_like: bool | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = asdict(self)
        plain["anachronisms"] = [hit._asdict() for hit in self.anachronisms]
        plain["copies"] = [{"tokens": n, "document": name} for n, name in self.copies]
        return plain


def documents(
    specs: Iterable[str | Record], era: Era, *, to_learn: bool = False
) -> tuple[list[Document], list[str]]:
    """Return the decoded documents of `specs`, and what could not be read, one line each.

    The label of a text that a machine wrote is left out: what is judged is the text.

    Args:
        specs: Files, folders, tables, archives: everything that `--source` takes; or a text itself.
        era: Era profile, whose encodings are tried.
        to_learn: Whether something is learnt from them: labelled texts of machines are left out.

    Raises:
        SourceError: A path does not exist.
    """
    decoded: list[Document] = []
    problems: list[str] = []
    for spec in specs:
        for record in [spec] if isinstance(spec, Record) else open_source(spec).read():
            if isinstance(record, Skipped) and record.source.endswith(sidecar.ENDING):
                continue
            if isinstance(record, Skipped):
                problems.append(f"{record.source}: {record.reason}")
                continue
            document = read(record, era) if isinstance(record, Record) else record
            if isinstance(document, Unreadable):
                problems.append(f"{document.source}: {document.error}")
            elif to_learn and (machine := machine_written(record, document)):
                problems.append(f"{document.source}: {MACHINE}: {machine}")
            else:
                body = label.strip(document.body)
                decoded.append(replace(document, body=body[:MAX_CHARS]))
    return decoded, problems


def score(
    texts: Sequence[Document],
    era: Era,
    known: Learnt | StyleClassifier | None = None,
    against: Index | None = None,
) -> list[Score]:
    """Return the scores of each document.

    Args:
        texts: Documents of any origin; only the body of each is needed.
        era: Era profile that the documents should match.
        known: What was learnt of the era, or a style classifier alone; None leaves style out.
        against: Index of documents that copies are searched in; None leaves copies out.
    """
    if not isinstance(known, Learnt):
        known = Learnt(known)
    style = known.style
    judged = [Text(d.body, d.prose, d.format) for d in texts]
    metrics = text_metrics.measure_texts(style, judged, [""] * len(judged), era)
    reasons = style.reasons(judged) if style else [NO_CLASSIFIER] * len(judged)
    copies = {d.body: against.check(d.body) for d in texts} if against else {}
    verdicts = _verdicts(judged, metrics, known, era, reasons, copies)
    years = _years(judged, known)
    scores = []
    for n, document in enumerate(texts):
        values = _measured(document, n, metrics) | _dated(document) | years[n]
        if not document.body.strip():
            values["problem"] = "empty: nothing to judge"
            values |= {"verdict": "cannot judge", "sentence": "cannot be judged: it is empty"}
        else:
            values["problem"] = reasons[n]
            values |= _said(verdicts[n])
            if style:
                values |= _styled(n, metrics, style.threshold)
            if against:
                values |= _copied(copies[document.body])
        scores.append(Score(**values))
    return scores


def _verdicts(
    judged: Sequence[Text],
    metrics: TextMetrics,
    known: Learnt,
    era: Era,
    reasons: Sequence[str],
    copies: Mapping[str, Overlap],
) -> list[TextVerdict]:
    if known.judge is not None:
        judgements = known.judge.judge(judged, copied=_longest(copies) if copies else None)
        return [
            text_verdicts.of_judgement(judgement, words)
            for judgement, words in zip(judgements, metrics.words, strict=True)
        ]
    return [
        text_verdicts.of_scores(
            metrics.words[n],
            metrics.hits[n],
            era.lexicon_cutoff,
            style=_finite(metrics.scores["era"][n]) if known.style else None,
            threshold=known.style.threshold if known.style else None,
            problem=reasons[n] if known.style else "",
            too_short=why_not_judged(masked_prose(text), is_english(era)),
        )
        for n, text in enumerate(judged)
    ]


def _longest(copies: Mapping[str, Overlap]) -> Callable[[Text], int]:
    def tokens(text: Text) -> int:
        longest = copies[text.body].longest
        return longest.length if longest else 0

    return tokens


def _said(verdict: TextVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.outcome,
        "sentence": verdict.sentence,
        "judged_by": verdict.by,
        "question": verdict.question,
        "verdict_score": verdict.score,
        "threshold": verdict.threshold,
    }


def _years(judged: Sequence[Text], known: Learnt) -> list[dict[str, Any]]:
    """Return the year of each text by style, in whole years, or why there is none."""
    if known.dating is None:
        return [{"style_dating": known.no_dating} for _ in judged]
    age = fit_on_documents.age_of(known.dating)
    within = f"if it is of {age}: the model learnt no other age" if age else "80 % interval"
    years: list[dict[str, Any]] = []
    for dated in known.dating.date(judged):
        if dated.reason:
            years.append({"style_dating": f"cannot be dated by style: {dated.reason}"})
            continue
        whole = {
            "style_year": round(dated.year),
            "style_year_low": round(dated.low),
            "style_year_high": round(dated.high),
        }
        years.append({**whole, "style_dating": within})
    return years


def _measured(document: Document, n: int, metrics: TextMetrics) -> dict[str, Any]:
    valid = metrics.validity[n]
    return {
        "source": document.source,
        "format": document.format,
        "words": metrics.words[n],
        "anachronisms": metrics.hits[n],
        "references": metrics.references[n],
        "dialect": valid.share if valid and valid.used else None,
        "too_new": valid.too_new if valid else (),
        "machine_like": metrics.machine[n],
    }


def _dated(document: Document) -> dict[str, Any]:
    stated = interval.date(document)
    return {
        "date_from": stated.date_from,
        "date_to": stated.date_to,
        "date_best": stated.best,
        "date_confidence": stated.confidence,
        "date_evidence": stated.evidence,
    }


def _styled(n: int, metrics: TextMetrics, threshold: float) -> dict[str, Any]:
    style = {head: _finite(values[n]) for head, values in metrics.scores.items()}
    era = style["era"]
    return {"style": style, "passes": None if era is None else era >= threshold}


def _copied(overlap: Overlap) -> dict[str, Any]:
    longest = overlap.longest.length if overlap.longest else 0
    return {
        "copies": [(match.length, match.document) for match in overlap.copies],
        "longest_copy": longest if overlap.grams else None,
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def need_something(texts: Sequence[Document], problems: Sequence[str]) -> None:
    """Refuse to go on without a single text.

    Raises:
        SourceError: There is no text; the message names what could not be read.
    """
    if not texts:
        said = "; ".join(problems[:3]) or "no text file in it"
        raise SourceError(f"Nothing to score: {said}. Name HTML or text files, folders or tables.")
