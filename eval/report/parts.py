"""Parts of a `Report` besides its rows: samples and their marks, charts, the corpus, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

MarkKind = Literal["copied", "anachronism", "era", "contrast", "guard"]


@dataclass(frozen=True, slots=True)
class TextMark:
    """A stretch of a text and what there is to say about it.

    Attributes:
        start: First character.
        end: Character behind the last one.
        kind: `copied` from a training document, an `anachronism`, or a phrase that moved the style
            score towards the `era` or towards the `contrast`.
        note: What to say, one sentence.
    """

    start: int
    end: int
    kind: MarkKind
    note: str = ""


@dataclass(frozen=True, slots=True)
class Influence:
    """A word or tag that moved a style score.

    Attributes:
        what: The word or tag.
        by: Change of the log odds; above 0 towards the era.
    """

    what: str
    by: float


@dataclass(frozen=True, slots=True)
class NearestDocument:
    """A real document that resembles a generated one, and what is known of it.

    Attributes:
        id: Its id in the run.
        source: Where it is found.
        dated: Year or years it is dated to; empty: not known.
        licence: As its source states it; empty: not stated.
        similarity: Cosine of the TF-IDF vectors, 0 to 1.
        searched: Training documents that were compared.
        origin: `period`, `synthetic`, …
    """

    id: str
    source: str
    dated: str = ""
    licence: str = ""
    similarity: float = 0.0
    searched: int = 0
    origin: str = "period"


@dataclass(frozen=True, slots=True)
class Sample:
    """A brief, what the models made of it, and the nearest real document.

    Attributes:
        brief: The request, the same for both models.
        kind: `worst` where it is among the lowest scores of the run.
        format: Format that was asked for: `html` or `text`.
        base: Answer of the base model.
        style: Answer of the fine-tuned model.
        real: Nearest real document.
        real_source: Where that is found.
        scores: name -> value.
        copied: (start, end, source) of verbatim copies, in characters of `style`.
        anachronisms: One line a hit, as a person should read it.
        document_id: Document that the brief was made from; names the row behind the scores.
        marks: Stretches of `style` to be marked, besides the copied ones.
        moved: Words and tags that moved its style score most.
        near: What is known of the document in `real`, where it was found by resemblance.
        facts: What else to say of it, name -> words.
    """

    brief: str
    kind: Literal["worst", "sample"]
    format: Literal["html", "text"]
    base: str
    style: str
    real: str = ""
    real_source: str = ""
    scores: Mapping[str, float | None] = field(default_factory=dict)
    copied: Sequence[tuple[int, int, str]] = ()
    anachronisms: Sequence[str] = ()
    document_id: str = ""
    marks: Sequence[TextMark] = ()
    moved: Sequence[Influence] = ()
    near: NearestDocument | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves of any kind: a strength curve, a calibration diagram.

    Attributes:
        title: What they are.
        note: How to read them, one sentence.
        across: What the axis counts.
        curves: name -> (x, y) points.
        kind: `lines`, or `calibration`: both axes 0 to 1, with the diagonal of a perfect one, or
            `against`: one named point a curve, what it costs across and what it gains upwards.
        weights: name -> items behind each point; a calibration draws them as the size of a point.
        spans: name -> ends of the intervals of its point, of x and of y: (low, high, low, high).
        up: What the upright axis counts, where the title does not say it.
    """

    title: str
    note: str
    across: str
    curves: Mapping[str, Sequence[tuple[float, float]]]
    kind: Literal["lines", "calibration", "against"] = "lines"
    weights: Mapping[str, Sequence[float]] = field(default_factory=dict)
    spans: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    up: str = ""


@dataclass(frozen=True, slots=True)
class SampledAnswer:
    """What the model answered to a brief while it was trained.

    Attributes:
        brief: The request, the same after each epoch.
        text: The answer.
        style: Its style score; None: it cannot be judged.
        verdict: What the choosing judge said of it then; empty: it was not asked.
    """

    brief: str
    text: str
    style: float | None = None
    verdict: str = ""

    @property
    def first_line(self) -> str:
        """The first line that is not blank."""
        return next((line.strip() for line in self.text.splitlines() if line.strip()), "")


@dataclass(frozen=True, slots=True)
class EpochSamples:
    """How far the model was after an epoch of training, or at a checkpoint within one.

    Attributes:
        epoch: Passes over the rows; 0 is before the first update.
        update: Updates until then.
        style_loss: On rows of dev sites, nats a token.
        general_loss: On general dev rows; None: not looked at.
        style: Mean style score of the answers that can be judged; None: none can.
        kept: Whether these are the weights of the fine-tuned model.
        answers: To the same few briefs.
        passing: Share of the pages of this checkpoint that passed the choosing judge; None: none
            were judged.
    """

    epoch: float
    update: int
    style_loss: float | None
    general_loss: float | None = None
    style: float | None = None
    kept: bool = False
    answers: Sequence[SampledAnswer] = ()
    passing: float | None = None


@dataclass(frozen=True, slots=True)
class FurtherTable:
    """Any other table.

    Attributes:
        title: Heading and caption.
        columns: Headings of the columns; the first column names the row.
        cells: Rows; `None` reads `not measured`; a second line of a cell is its interval.
        note: How to read it, one sentence.
        rows: Path of the rows behind it, relative to the report, or empty.
        drawn: The same numbers as a figure, above the table.
    """

    title: str
    columns: Sequence[str]
    cells: Sequence[Sequence[str | float | None]]
    note: str = ""
    rows: str = ""
    drawn: Chart | None = None


@dataclass(frozen=True, slots=True)
class RowsFile:
    """A Parquet file of this score.

    Attributes:
        path: Relative to the report.
        what: What a row is.
        count: Rows.
        columns: Name of each column and its Arrow type.
    """

    path: str
    what: str
    count: int
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the documents are that the model could learn from, with the held-out ones.

    Attributes:
        documents: Documents of the era's side.
        contrast: Documents of the modern side, from which only the style classifier learnt.
        sites: Sites of the era's side.
        words: Words of its prose.
        splits: Split -> documents.
        learnt: Documents of the training split that the model learnt from, or is shown; None: not
            recorded, as in scores of earlier versions.
        learnt_at_most: Whether the training ended, or was chosen, before each of them was read.
        licences: Licence as stated -> documents; empty: not stated.
        origins: Origin -> documents.
        languages: Language -> documents; empty: not known.
        formats: Format -> documents.
        years: Year -> documents dated to that year alone.
        dated: Documents with some date.
        first: First possible date of the oldest document.
        last: Last possible date of the newest one.
    """

    documents: int
    contrast: int
    sites: int
    words: int
    splits: Mapping[str, int] = field(default_factory=dict)
    learnt: int | None = None
    learnt_at_most: bool = False
    licences: Mapping[str, int] = field(default_factory=dict)
    origins: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    formats: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[str, int] = field(default_factory=dict)
    dated: int = 0
    first: str = ""
    last: str = ""

    def learnt_of(self, what: str = "documents") -> str:
        """Return in words how many training documents the model learnt from.

        Args:
            what: What the documents are called.

        >>> Corpus(9, 0, 3, 99, {"train": 7}, learnt=2).learnt_of("pages")
        '2 of 7 pages'
        >>> Corpus(9, 0, 3, 99, {"train": 7}, learnt=7).learnt_of()
        '7 documents'
        """
        trained = self.splits.get("train", 0)
        most = "at most " if self.learnt_at_most else ""
        if self.learnt is None or self.learnt == trained:
            return f"{most}{trained:,} {what}"
        return f"{most}{f'{self.learnt:,}' if self.learnt else 'none'} of {trained:,} {what}"
