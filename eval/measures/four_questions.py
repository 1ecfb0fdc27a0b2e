"""Four questions: form, voice, sense and time, asked by two judges of which one only reports.

The share that passes the reporting judge is the headline of a run, and the gate judges it. A text
that cannot be judged does not pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from erastyle.corpus.era import Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.judge.gates import QUESTIONS
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.material import Judgements, Material
from erastyle.eval.measurement import Measurement, Share
from erastyle.eval.metric import OUTPUT_ROWS, Metric, share_of_texts

PASS = Check(
    "style_pass",
    "style pass",
    "share of outputs that pass as documents of the era: form, voice, sense and time, by the judge "
    "that only reports; what cannot be judged does not pass",
    "min_style_pass",
    Share,
    checks.passing,
    on_briefs=True,
    of_texts=True,
)
CHECKS = (PASS,)
LOW = 0.05  # a question speaks against a text whose percentile of real documents is below this


def measure(material: Material) -> Judgements:
    """Return what both judges say of all texts."""
    return material.judgements


def metrics(result: Judgements) -> list[Metric]:
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
        share_of_texts(
            PASS.id,
            name="texts that pass as documents of the era",
            sides=_passes(result.reporting),
            note=note,
            compared=True,
        ),
        share_of_texts(
            f"{PASS.id}.choosing",
            name="the same by the judge that may choose",
            sides=_passes(result.choosing),
            note="It may choose among texts, so it is no proof of what it chose.",
        ),
        *(_against(question, result.reporting) for question in QUESTIONS),
    ]


def _passes(sides: tuple[Sequence[Judgement], ...]) -> list[list[bool]]:
    return [[judgement.passes for judgement in side] for side in sides]


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


def items(result: Judgements) -> Mapping[str, Measurement]:
    """Return how many of the fine-tuned model's texts pass; nothing without judges."""
    if not result.reporting:
        return {}
    style = result.reporting[1]
    return {PASS.id: Share(sum(judgement.passes for judgement in style), len(style))}


def check(result: Judgements, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of the share that passes; without judges it is open, and says why."""
    measured = items(result)
    if not measured:
        return [PASS.empty(f"No judge of the era: {result.note}.")]
    return [PASS.line(measured[PASS.id], limits, seed)]
