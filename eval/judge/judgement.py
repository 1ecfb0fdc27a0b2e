"""What a judge says of one text: a verdict, four answers, and a sentence for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from erastyle.eval.judge.gates import Question

Verdict_ = Literal["passes", "fails", "cannot judge"]


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """What a judge says of one question.

    Attributes:
        question: form, voice, sense or time.
        percentile: Share of real documents that are as bad or worse at the question's weakest gate
            (for its budget); None: not asked.
        evidence: What speaks against the text, in words; empty: nothing does.
        gates: Percentile of each gate of the question.
    """

    question: Question
    percentile: float | None
    evidence: str
    gates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says of one text.

    Attributes:
        outcome: `passes`, `fails` or `cannot judge`, which does not pass.
        score: The weakest gate over its budget; 0 where a rule failed the text or it could not be
            judged.
        threshold: The score from which a text passes.
        answers: By question, in the order form, voice, sense, time.
        sentence: The outcome and why, for a person.
        note: A word on how the text was judged; empty: as a document of the era.
        figures: What is reported beside style and no part of it: `smooth` is the percentile of
            real documents that a neutral model finds as unsurprising (distinguishability).
    """

    outcome: Verdict_
    score: float
    threshold: float
    answers: tuple[QuestionAnswer, ...]
    sentence: str
    note: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether the text passes; what cannot be judged does not."""
        return self.outcome == "passes"

    def answer(self, question: Question) -> QuestionAnswer:
        """Return the answer to one question."""
        return next(a for a in self.answers if a.question == question)
