"""A text of the studio: what was ordered, what a model wrote, what was checked, who approved it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from erastyle.corpus.options import Options
from erastyle.corpus.prompts.asked_length import LEAST, MOST
from erastyle.corpus.provenance.label import GENERATED, RESTYLED, SourceType
from erastyle.corpus.provenance.sidecar import Approval, Model, TrainedOn, Watermark
from erastyle.writing.brief import Brief

State = Literal["writing", "done", "stopped", "failed", "interrupted", "unstored"]
"""How far a text is; `unstored` is an end that the disk did not take, and never in the history."""
LONGEST_DRAFT = 200_000
"""Most characters of a draft."""
LONGEST_TEXT = 1_000_000
"""Most characters of a text that a person edits."""


class WritingOrder(Options):
    """What is to be written: a brief to answer, or a draft to restyle."""

    style: str = Field(min_length=1, max_length=200)
    """Name of the style that writes."""
    brief: str = Field(default="", max_length=20_000)
    """The request in the person's own words."""
    draft: str = Field(default="", max_length=LONGEST_DRAFT)
    """A draft to restyle; empty: the brief is answered."""
    title: str = Field(default="", max_length=500)
    """Title of the document."""
    kind: str = Field(default="", max_length=200)
    """What kind of document; empty: what the era calls its own."""
    length: int | None = Field(default=None, ge=LEAST, le=MOST)
    """About how many words."""
    year: int | None = Field(default=None, ge=1, le=9999)
    """Year of the document."""
    strength: float = Field(default=1.0, ge=0, le=1.5, allow_inf_nan=False)
    """How much of the style; 0 is the base."""
    seed: int = Field(default=1995, ge=0, lt=2**31)
    """Seed of the chances."""

    @model_validator(mode="after")
    def _says_something(self) -> WritingOrder:
        if not (self.brief + self.title + self.draft).strip():
            raise ValueError("the brief is empty: say what is to be written")
        return self

    @property
    def subject(self) -> str:
        """What a list calls the text: its title, its brief or the begin of its draft, one line."""
        return " ".join((self.title or self.brief or self.draft).split())[:120]

    def as_brief(self) -> Brief:
        """Return what is asked for, without the draft.

        Raises:
            ConfigError: It holds characters that no text has, or is too long.
        """
        return Brief(
            text=self.brief,
            kind=self.kind,
            title=self.title,
            length=self.length,
            year=self.year,
        )

    @property
    def source_type(self) -> SourceType:
        """Whether a model writes, or rewrites what a person wrote."""
        return RESTYLED if self.draft else GENERATED


class FactRow(Options):
    """A fact of a draft and what became of it."""

    state: Literal["kept", "changed", "lost", "added"]
    """What became of it."""
    kind: str
    """What the fact is: a number, a date, a name."""
    text: str
    """As the draft has it; empty where it was added."""
    now: str = ""
    """As the text has it."""
    repaired: bool = False
    """Whether the draft's sentence was copied back for it."""


class Written(Options):
    """What a model wrote, and with what."""

    text: str
    """The text without a label."""
    request: str
    """What the model was asked."""
    model: Model
    """What wrote it."""
    corpus: TrainedOn | None = None
    """What that was trained on; None: not known."""
    decoding: dict[str, Any] = Field(default_factory=dict)
    """How tokens were chosen."""
    watermark: Watermark | None = None
    """The watermark of its words; None: it bears none."""
    guards: dict[str, Any] = Field(default_factory=dict)
    """What the guards refused, and what they let stand."""
    facts: tuple[FactRow, ...] = ()
    """Facts of a restyled draft."""
    copied_back: tuple[str, ...] = ()
    """Sentences that were copied back from the draft."""


class CheckMark(Options):
    """A stretch of a text and what speaks against it."""

    start: int
    """First character."""
    end: int
    """Character behind the last one."""
    kind: Literal["anachronism", "copied", "guard"]
    """What it is."""
    note: str
    """What to say of it."""


class CheckedQuestion(Options):
    """One of the judge's four questions and its answer."""

    question: str
    """form, voice, sense or time."""
    meaning: str
    """The question in plain words."""
    percentile: float | None = None
    """Share of real documents that do no better; None: not asked."""
    evidence: str = ""
    """What speaks against the text; empty: nothing does."""


class Checked(Options):
    """What can be said of a text by machine."""

    outcome: str = "not judged"
    """passes, fails, cannot judge or not judged."""
    sentence: str = ""
    """The outcome and why."""
    score: float | None = None
    """Score that the outcome rests on."""
    threshold: float | None = None
    """Score from which a text passes."""
    words: int = 0
    """Words of its prose."""
    questions: tuple[CheckedQuestion, ...] = ()
    """The four questions; empty without a judge."""
    marks: tuple[CheckMark, ...] = ()
    """Anachronisms and copied passages, and what the guards let stand."""
    compared: bool = False
    """Whether copies were looked for in the training documents."""
    problem: str = ""
    """Why something was not checked."""


class TextRecord(Options):
    """A text of the history."""

    id: str
    """12 hexadecimal digits; its URL ends with them."""
    created: str
    """When it was ordered, in UTC."""
    order: WritingOrder
    """What was ordered."""
    state: State
    """How far it is."""
    text: str = ""
    """The text as it is now, without a label."""
    revision: int = 0
    """How often a person changed it."""
    edited: str | None = None
    """When a person changed it last, in UTC; None: nobody did."""
    facts_now: tuple[FactRow, ...] | None = None
    """Facts of the draft in the text as a person changed it; None: nobody did."""
    written: Written | None = None
    """What the model wrote; None: it did not finish."""
    checked: Checked | None = None
    """What was said of the text as it is now; None: not checked."""
    approved: Approval | None = None
    """Who approved the text as it is now; None: nobody."""
    problem: str = ""
    """Why there is no text."""
    beside: str = ""
    """Text that was ordered with it for comparison; empty: none."""

    @property
    def facts(self) -> tuple[FactRow, ...]:
        """What became of the facts of a restyled draft in the text as it is now."""
        if self.facts_now is not None:
            return self.facts_now
        return self.written.facts if self.written else ()
