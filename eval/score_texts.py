"""Score any text, wherever it comes from: style, date, anachronisms, references, copies.

Needs neither torch nor a run. Style needs a classifier: one that a run learnt, or period and modern
documents to learn one from; without it everything else is still said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from erastyle.corpus.dates import interval
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import RunError, SourceError
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.registry import open_source
from erastyle.eval import classifier_stage, text_metrics
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.copying.search import Index
from erastyle.eval.metric import Metric
from erastyle.eval.report.build import describe
from erastyle.eval.report.parts import Sample, TextMark
from erastyle.eval.report.report import Report
from erastyle.eval.style.classifier import StyleModel
from erastyle.eval.style.features import Text
from erastyle.pipeline.ingest import read
from erastyle.pipeline.runtime import ledger, manifest

MAX_CHARS = 1_000_000
"""Characters of a document that are looked at; of a longer one the beginning."""
NO_CLASSIFIER = (
    "no style score: it needs a classifier; name a finished run with --run, or period documents "
    "with --source and modern ones with --contrast"
)


@dataclass(frozen=True, slots=True)
class Score:
    """What can be said of one text.

    Attributes:
        source: Where it comes from.
        format: `html` or `text`.
        words: Words of it, markup aside.
        style: Probability of being of the era by view; None where it could not be judged.
        passes: Whether the lower view reaches what 90 % of real documents do; None: not judged.
        date_from: First possible date, or empty.
        date_to: Last possible date, or empty.
        date_best: Most probable year, or None.
        date_confidence: How surely the true date lies between, 0 to 1.
        date_evidence: What the date rests on.
        style_year: Most probable year by dated words and tags, stated dates aside, or None.
        style_year_low: Where its 80 % interval begins, or None.
        style_year_high: Where it ends, or None.
        anachronisms: What is later than the era, by position.
        references: Names and words of the era's own time.
        dialect: Share of the markup that is of the era's dialect; None without markup.
        too_new: Elements and attributes that are not.
        copies: Passages of 50 tokens and more that stand in `against`: length and document.
        longest_copy: Tokens of the longest passage in common; None where nothing was compared.
        machine_like: Whether it reads like an assistant's answer; None where it is too short.
        problem: Why something is missing, or empty.
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
    """Return what `specs` hold, decoded, and what could not be read, one line each.

    Args:
        specs: Files, folders, tables, archives: all that `--source` takes.
        era: Its encodings are tried.

    Raises:
        SourceError: A path is not there.
    """
    found: list[Document] = []
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
                found.append(replace(document, body=document.body[:MAX_CHARS]))
    return found, problems


def classifier(run: Path) -> StyleModel:
    """Return the classifier that a finished run learnt.

    Raises:
        RunError: The run has no score, or the file is not the one that it wrote.
    """
    score = (run / "score.json").resolve().parent
    done = manifest.read(score)
    digest = done.stats.get("classifier") if done else None
    if done is None or not digest:
        raise RunError(f"{run} holds no finished score. Run `erastyle run --run {run}` first.")
    # Runs of before the stage `classifier` kept the file beside the score.
    key = done.identity["needs"].get("classifier")
    folder = score.parents[1] / "classifier" / key if key else score
    return StyleModel.load(folder / classifier_stage.FILE, str(digest))


def learnt(period: Sequence[Document], modern: Sequence[Document], seed: int = 1995) -> StyleModel:
    """Return a classifier of period against modern documents.

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
    found: Sequence[Document],
    era: Era,
    style: StyleModel | None = None,
    against: Index | None = None,
) -> list[Score]:
    """Return what can be said of each document.

    Args:
        found: Documents, of any origin; `Document` asks for little more than a body.
        era: The era that they should be of.
        style: A classifier, or None: no style score.
        against: Documents to look for copies of, or None: copies are not looked for.
    """
    texts = [Text(d.body, d.prose, d.format) for d in found]
    seen = text_metrics.look(style, texts, [""] * len(texts), era)
    reasons = style.reasons(texts) if style else [NO_CLASSIFIER] * len(texts)
    return [_one(document, n, seen, style, reasons[n], against) for n, document in enumerate(found)]


def _one(
    document: Document,
    n: int,
    seen: text_metrics.Scored,
    style: StyleModel | None,
    reason: str,
    against: Index | None,
) -> Score:
    empty = not document.body.strip()
    when = interval.date(document)
    overlap = against.check(document.body) if against and not empty else None
    valid = seen.validity[n]
    found = {head: _finite(values[n]) for head, values in seen.scores.items()}
    problem = "empty: nothing to judge" if empty else reason
    judged = style is not None and not empty and found["era"] is not None
    return Score(
        source=document.source,
        format=document.format,
        words=seen.words[n],
        style=found if style and not empty else {},
        passes=bool((found["era"] or 0.0) >= style.threshold) if judged and style else None,
        date_from=when.date_from,
        date_to=when.date_to,
        date_best=when.best,
        date_confidence=when.confidence,
        date_evidence=when.evidence,
        style_year=_finite(seen.dated[n].year),
        style_year_low=_finite(seen.dated[n].low),
        style_year_high=_finite(seen.dated[n].high),
        anachronisms=seen.hits[n],
        references=seen.references[n],
        dialect=valid.share if valid and valid.used else None,
        too_new=valid.too_new if valid else (),
        copies=[(m.length, m.document) for m in overlap.copies] if overlap else (),
        longest_copy=_longest(overlap),
        machine_like=seen.machine[n],
        problem=problem,
    )


def _longest(overlap: Any) -> int | None:
    if overlap is None or not overlap.grams:
        return None
    return overlap.longest.length if overlap.longest else 0


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def page(
    scores: Sequence[Score], found: Sequence[Document], era: Era, problems: Sequence[str]
) -> Report:
    """Return the report of some files, for `erastyle.eval.report.page.write`."""
    rows = []
    judged = [s for s in scores if s.style.get("era") is not None]
    for view in ("markup", "prose", "era"):
        values = [v for s in judged if (v := s.style.get(view)) is not None]
        if values:
            name = "style, the lower of the two" if view == "era" else f"style of the {view}"
            rows.append(
                Metric(
                    id="style_score" if view == "era" else f"style_score.{view}",
                    name=name,
                    unit="probability",
                    style=sum(values) / len(values),
                    better="higher",
                    note=f"{len(values)} of {len(scores)} texts could be judged.",
                    group="style",
                )
            )
    words = sum(s.words for s in scores)
    if words:
        for id_, name, total in (
            ("anachronisms", "anachronisms", sum(len(s.anachronisms) for s in scores)),
            (
                "references",
                "references to things of the period",
                sum(len(s.references) for s in scores),
            ),
        ):
            rows.append(
                Metric(
                    id=id_,
                    name=name,
                    unit="per 1,000 words",
                    style=1000 * total / words,
                    better="lower" if id_ == "anachronisms" else "",
                    group="anachronism",
                )
            )
    compared = [s for s in scores if s.longest_copy is not None]
    if compared:
        rows.append(
            Metric(
                id="copied",
                name="texts with 50 tokens of a source",
                unit="share",
                style=sum(bool(s.copies) for s in compared) / len(compared),
                better="lower",
                group="copying",
            )
        )
    samples = [
        Sample(
            brief=s.source, kind="sample", format=d.format, base="", style=d.body,
            scores={f"{view} score": value for view, value in s.style.items()},
            anachronisms=[describe(hit) for hit in s.anachronisms[:40]],
            marks=[TextMark(h.start, h.end, "anachronism", describe(h)) for h in s.anachronisms],
            facts=_facts(s),
        )
        for s, d in zip(scores, found, strict=True)
    ]  # fmt: skip
    return Report(
        title=f"{len(scores)} {'text' if len(scores) == 1 else 'texts'}, held against {era.title}",
        era_title=era.title,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        given=True,
        verdict_sentence="These texts were not made by a run, so no gate was evaluated.",
        measures=rows,
        samples=samples,
        distributions={"era": {"style": [s.style.get("era") for s in judged]}} if judged else {},
        caveats=[
            *problems,
            *sorted({f"{s.source}: {s.problem}" for s in scores if s.problem})[:40],
            "Anachronisms are found from lists of dated words and markup: what is not listed is "
            "not found.",
        ],
    )


def _facts(score: Score) -> dict[str, str]:
    """Return what else the page says of a text, in words."""
    when = f"about {score.date_best}" if score.date_best else "cannot tell"
    if score.date_from and score.date_to:
        when += f", {score.date_from[:4]} to {score.date_to[:4]}"
    found = {"dated": f"{when} ({score.date_evidence})" if score.date_evidence else when}
    found["words"] = f"{score.words:,}"
    if score.references:
        found["of its time"] = ", ".join(list(dict.fromkeys(score.references))[:8])
    if score.copies:
        found["copied"] = "; ".join(f"{n} tokens of {name}" for n, name in score.copies[:4])
    if score.problem:
        found["not judged"] = score.problem
    return found


def need_something(found: Sequence[Document], problems: Sequence[str]) -> None:
    """Refuse to go on without a single text.

    Raises:
        SourceError: Nothing could be read; says what was found instead.
    """
    if not found:
        said = "; ".join(problems[:3]) or "no text file in it"
        raise SourceError(f"Nothing to score: {said}. Name HTML or text files, folders or tables.")
