"""Four questions: form, voice, sense and time, asked by two judges of which one only reports.

They are asked where the stage `classifier` learnt the judges (`classifier.judges`). The gate does
not judge them yet; see docs/scores.md for what passes them that should not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erastyle.corpus.era import Gate
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.judge.judge import EraJudge
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.judge.views import views
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement
from erastyle.eval.metric import OUTPUT_ROWS, Metric
from erastyle.eval.style.features import Text

CHECKS: tuple[Check, ...] = ()
QUESTIONS = ("form", "voice", "sense", "time")
LOW = 0.05  # a question speaks against a text whose percentile of real documents is below this


@dataclass(frozen=True, slots=True)
class FourQuestionsResult:
    """Judgements of the base's texts, the fine-tuned model's texts and real documents, by judge.

    Attributes:
        reporting: Of the judge that only reports; empty: there are no judges.
        choosing: Of the judge that may choose.
        note: How the two judges differ.
    """

    reporting: tuple[Sequence[Judgement], ...] = ()
    choosing: tuple[Sequence[Judgement], ...] = ()
    note: str = ""


def measure(material: Material) -> FourQuestionsResult:
    """Let both judges judge all texts. A copy of a training document does not pass."""
    pair = material.judges
    if pair is None:
        return FourQuestionsResult()

    def copied(text: Text) -> int:
        return max((match.length for match in material.index.check(text.body).copies), default=0)

    sides = (
        (views(material.base.texts), material.briefs),
        (views(material.style.texts), material.briefs),
        (views(material.real.texts), None),
    )

    def judged(judge: EraJudge) -> tuple[Sequence[Judgement], ...]:
        return tuple(judge.judge_views(seen, briefs, copied=copied) for seen, briefs in sides)

    return FourQuestionsResult(judged(pair.reporting), judged(pair.choosing), pair.note)


def metrics(result: FourQuestionsResult) -> list[Metric]:
    """Return the share that passes by both judges, and what speaks against the texts."""
    if not result.reporting:
        return []
    unjudged = [sum(j.outcome == "cannot judge" for j in side) for side in result.reporting]
    totals = [len(side) for side in result.reporting]
    counts = ", ".join(
        f"{total - lost} of {total} {name}"
        for total, lost, name in zip(
            totals, unjudged, ("of the base", "of the fine-tuned model", "real"), strict=True
        )
    )
    note = f"A text that cannot be judged does not pass. Could be judged: {counts}. {result.note}"
    return [
        _passing(
            "four_questions",
            "passes the four questions (reporting judge)",
            result.reporting,
            note,
            compared=True,
        ),
        _passing(
            "four_questions.choosing",
            "passes the four questions (choosing judge)",
            result.choosing,
            "The judge that may choose among texts.",
        ),
        *(_against(question, result.reporting) for question in QUESTIONS),
    ]


def _passing(
    id_: str,
    name: str,
    sides: tuple[Sequence[Judgement], ...],
    note: str,
    *,
    compared: bool = False,
) -> Metric:
    base, style, real = (sum(j.passes for j in side) / max(1, len(side)) for side in sides)
    return Metric(
        id=id_,
        name=name,
        unit="share",
        base=base,
        style=style,
        real=real,
        difference=style - base,
        better="higher",
        note=note,
        group="style",
        rows=OUTPUT_ROWS,
        compared=compared,
    )


def _against(question: str, sides: tuple[Sequence[Judgement], ...]) -> Metric:
    def low(judgement: Judgement) -> bool:
        answer = next((a for a in judgement.answers if a.question == question), None)
        return answer is not None and answer.percentile is not None and answer.percentile < LOW

    base, style, real = (sum(map(low, side)) / max(1, len(side)) for side in sides)
    reasons = [
        answer.evidence
        for judgement in sides[1]
        for answer in judgement.answers
        if answer.question == question and answer.evidence and low(judgement)
    ]
    said = "; ".join(list(dict.fromkeys(reasons))[:3]) or "nothing"
    return Metric(
        id=f"four_questions.{question}",
        name=f"texts whose {question} is unlike real documents",
        unit="share",
        base=base,
        style=style,
        real=real,
        better="lower",
        note=f"Below the {100 * LOW:.0f}th percentile of real documents. Outputs: {said}.",
        group="style",
        rows=OUTPUT_ROWS,
    )


def items(_result: FourQuestionsResult) -> Mapping[str, Measurement]:
    """Return nothing: the rows of the outputs are the items."""
    return {}


def check(_result: FourQuestionsResult, _limits: Gate, _seed: int) -> list[GateLine]:
    """Return nothing: the gate does not judge the four questions yet."""
    return []
