"""Score texts of any origin: style, date, anachronisms, period references, copies.

This needs neither torch nor a run. The style score needs a style classifier: one that a run learnt,
or one learnt from period and modern documents. Without it the other scores are still given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from erastyle.corpus.copying.search import Index
from erastyle.corpus.dates import interval
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import RunError, SourceError
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.registry import open_source
from erastyle.eval import classifier_stage, text_metrics
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.metric import Metric
from erastyle.eval.report.build import describe
from erastyle.eval.report.parts import Sample, TextMark
from erastyle.eval.report.report import Report
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import TextMetrics
from erastyle.pipeline.ingest import read
from erastyle.pipeline.runtime import ledger, manifest

MAX_CHARS = 1_000_000
"""First characters of a document that are scored."""
NO_CLASSIFIER = (
    "no style score: it needs a classifier; name a finished run with --run, or period documents "
    "with --source and modern ones with --contrast"
)

Better = Literal["higher", "lower", ""]


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
        date_from: First possible date, or empty.
        date_to: Last possible date, or empty.
        date_best: Most probable year, or None.
        date_confidence: Probability that the true date lies in between.
        date_evidence: Evidence for the date.
        style_year: Most probable year by dated words and tags without stated dates, or None.
        style_year_low: Begin of its 80 % interval, or None.
        style_year_high: End of its 80 % interval, or None.
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
    date_from: str = ""
    date_to: str = ""
    date_best: int | None = None
    date_confidence: float = 0.0
    date_evidence: str = ""
    style_year: float | None = None
    style_year_low: float | None = None
    style_year_high: float | None = None
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


def documents(specs: Iterable[str], era: Era) -> tuple[list[Document], list[str]]:
    """Return the decoded documents of `specs`, and what could not be read, one line each.

    Args:
        specs: Files, folders, tables, archives: everything that `--source` takes.
        era: Era profile, whose encodings are tried.

    Raises:
        SourceError: A path does not exist.
    """
    decoded: list[Document] = []
    problems: list[str] = []
    for spec in specs:
        for record in open_source(spec).read():
            if isinstance(record, Skipped):
                problems.append(f"{record.source}: {record.reason}")
                continue
            document = read(record, era) if isinstance(record, Record) else record
            if isinstance(document, Unreadable):
                problems.append(f"{document.source}: {document.error}")
            else:
                decoded.append(replace(document, body=document.body[:MAX_CHARS]))
    return decoded, problems


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


def trained_on(run: Path) -> list[tuple[str, str, str]]:
    """Return (source, text, site) of a run's training documents.

    Raises:
        RunError: The run has no finished split.
    """
    done = manifest.read((run / "score.json").resolve().parent)
    key = done.identity["needs"].get("split") if done else None
    if not key:
        raise RunError(f"{run} holds no finished score. Run `erastyle run --run {run}` first.")
    return [
        (d.source, d.body, d.site)
        for d in ledger.read(run / "split" / key)
        if d.split == "train" and d.origin != "modern"
    ]


def score(
    texts: Sequence[Document],
    era: Era,
    style: StyleClassifier | None = None,
    against: Index | None = None,
) -> list[Score]:
    """Return the scores of each document.

    Args:
        texts: Documents of any origin; only the body of each is needed.
        era: Era profile that the documents should match.
        style: A style classifier; None leaves the style scores out.
        against: Index of documents that copies are searched in; None leaves copies out.
    """
    judged = [Text(d.body, d.prose, d.format) for d in texts]
    metrics = text_metrics.measure_texts(style, judged, [""] * len(judged), era)
    reasons = style.reasons(judged) if style else [NO_CLASSIFIER] * len(judged)
    scores = []
    for n, document in enumerate(texts):
        values = _measured(document, n, metrics) | _dated(document, n, metrics)
        if not document.body.strip():
            values["problem"] = "empty: nothing to judge"
        else:
            values["problem"] = reasons[n]
            if style:
                values |= _styled(n, metrics, style.threshold)
            if against:
                values |= _copied(document, against)
        scores.append(Score(**values))
    return scores


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


def _dated(document: Document, n: int, metrics: TextMetrics) -> dict[str, Any]:
    stated, by_style = interval.date(document), metrics.dated[n]
    return {
        "date_from": stated.date_from,
        "date_to": stated.date_to,
        "date_best": stated.best,
        "date_confidence": stated.confidence,
        "date_evidence": stated.evidence,
        "style_year": _finite(by_style.year),
        "style_year_low": _finite(by_style.low),
        "style_year_high": _finite(by_style.high),
    }


def _styled(n: int, metrics: TextMetrics, threshold: float) -> dict[str, Any]:
    style = {head: _finite(values[n]) for head, values in metrics.scores.items()}
    era = style["era"]
    return {"style": style, "passes": None if era is None else era >= threshold}


def _copied(document: Document, against: Index) -> dict[str, Any]:
    overlap = against.check(document.body)
    longest = overlap.longest.length if overlap.longest else 0
    return {
        "copies": [(match.length, match.document) for match in overlap.copies],
        "longest_copy": longest if overlap.grams else None,
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def page(
    scores: Sequence[Score], texts: Sequence[Document], era: Era, problems: Sequence[str]
) -> Report:
    """Return the report of some files, for `erastyle.eval.report.page.write`."""
    styles = [s.style.get("era") for s in scores if s.style.get("era") is not None]
    return Report(
        title=f"{len(scores)} {'text' if len(scores) == 1 else 'texts'}, held against {era.title}",
        era_title=era.title,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        given=True,
        verdict_sentence="These texts were not made by a run, so no gate was evaluated.",
        measures=_rows(scores),
        samples=[_sample(s, d) for s, d in zip(scores, texts, strict=True)],
        distributions={"era": {"style": styles}} if styles else {},
        caveats=[
            *problems,
            *sorted({f"{s.source}: {s.problem}" for s in scores if s.problem})[:40],
            "Anachronisms are found from lists of dated words and markup. Words and markup that "
            "are not listed are not found.",
        ],
    )


def _rows(scores: Sequence[Score]) -> list[Metric]:
    """Return one row for each measure that has a value, over all texts."""
    rows = []
    for view in ("markup", "prose", "era"):
        values = [v for s in scores if (v := s.style.get(view)) is not None]
        if values:
            name = "style, the lower of the two" if view == "era" else f"style of the {view}"
            id_ = "style_score" if view == "era" else f"style_score.{view}"
            note = f"{len(values)} of {len(scores)} texts could be judged."
            mean = sum(values) / len(values)
            rows.append(_row(id_, name, "probability", mean, "style", better="higher", note=note))
    words = sum(s.words for s in scores)
    if words:
        late = 1000 * sum(len(s.anachronisms) for s in scores) / words
        own = 1000 * sum(len(s.references) for s in scores) / words
        unit, group = "per 1,000 words", "anachronism"
        rows.append(_row("anachronisms", "anachronisms", unit, late, group, better="lower"))
        name = "references to things of the period"
        rows.append(_row("references", name, unit, own, group))
    compared = [bool(s.copies) for s in scores if s.longest_copy is not None]
    if compared:
        name, share = "texts with 50 tokens of a source", sum(compared) / len(compared)
        rows.append(_row("copied", name, "share", share, "copying", better="lower"))
    return rows


def _row(
    id_: str,
    name: str,
    unit: str,
    value: float,
    group: str,
    *,
    better: Better = "",
    note: str = "",
) -> Metric:
    return Metric(id=id_, name=name, unit=unit, style=value, better=better, note=note, group=group)


def _sample(score: Score, document: Document) -> Sample:
    return Sample(
        brief=score.source,
        kind="sample",
        format=document.format,
        base="",
        style=document.body,
        scores={f"{view} score": value for view, value in score.style.items()},
        anachronisms=[describe(hit) for hit in score.anachronisms[:40]],
        marks=[TextMark(h.start, h.end, "anachronism", describe(h)) for h in score.anachronisms],
        facts=_facts(score),
    )


def _facts(score: Score) -> dict[str, str]:
    """Return the other facts of a text in words, for its sample."""
    when = f"about {score.date_best}" if score.date_best else "cannot tell"
    if score.date_from and score.date_to:
        when += f", {score.date_from[:4]} to {score.date_to[:4]}"
    facts = {"dated": f"{when} ({score.date_evidence})" if score.date_evidence else when}
    facts["words"] = f"{score.words:,}"
    if score.references:
        facts["of its time"] = ", ".join(list(dict.fromkeys(score.references))[:8])
    if score.copies:
        facts["copied"] = "; ".join(f"{n} tokens of {name}" for n, name in score.copies[:4])
    if score.problem:
        facts["not judged"] = score.problem
    return facts


def need_something(texts: Sequence[Document], problems: Sequence[str]) -> None:
    """Refuse to go on without a single text.

    Raises:
        SourceError: There is no text; the message names what could not be read.
    """
    if not texts:
        said = "; ".join(problems[:3]) or "no text file in it"
        raise SourceError(f"Nothing to score: {said}. Name HTML or text files, folders or tables.")
