"""Anachronisms: what texts say too early, what of their own time they name, and their dialect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from erastyle.corpus.era import Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Rate
from erastyle.eval.metric import OUTPUT_ROWS, Metric
from erastyle.eval.text_metrics import TextMetrics

LATER = Check(
    "anachronisms",
    "anachronisms",
    "anachronisms per 1,000 words above those in real text of the period",
    "max_anachronisms",
    Rate,
    checks.anachronisms,
    on_briefs=True,
)
CHECKS = (LATER,)


@dataclass(frozen=True, slots=True)
class AnachronismResult:
    """What was found in the texts of the base model, the fine-tuned model and real documents."""

    base: TextMetrics
    style: TextMetrics
    real: TextMetrics


def measure(material: Material) -> AnachronismResult:
    """Return what was found in all texts."""
    return AnachronismResult(material.base.scores, material.style.scores, material.real.scores)


def metrics(result: AnachronismResult) -> list[Metric]:
    """Return the rates of anachronisms and of references, and the share of valid markup."""
    rows = [_later(result), _references(result)]
    if result.style.valid_share is not None:
        rows.append(_dialect(result))
    return rows


def _rate(scored: TextMetrics, counts: list[int]) -> float | None:
    words = sum(scored.words)
    return 1000 * sum(counts) / words if words else None


def _later(result: AnachronismResult) -> Metric:
    base, style, real = (
        _rate(side, [len(hits) for hits in side.hits])
        for side in (result.base, result.style, result.real)
    )
    asked = [hit.term for hits in result.style.asked for hit in hits]
    by_briefs = ". No brief asked for one."
    if asked:
        terms = ", ".join(sorted(set(asked))[:6])
        by_briefs = f": {len(asked)} that briefs asked for ({terms})."
    note = "Words, names and markup that came later; what the brief asks for is left out"
    return Metric(
        id="anachronisms",
        name="anachronisms",
        unit="per 1,000 words",
        base=base,
        style=style,
        real=real,
        better="lower",
        note=note + by_briefs,
        group="anachronism",
        rows=OUTPUT_ROWS,
        compared=True,
    )


def _references(result: AnachronismResult) -> Metric:
    base, style, real = (
        _rate(side, [len(names) for names in side.references])
        for side in (result.base, result.style, result.real)
    )
    ours, theirs = (
        ", ".join(f"{name} ({count})" for name, count in side.talk(8)) or "nothing listed"
        for side in (result.style, result.real)
    )
    return Metric(
        id="references",
        name="references to things of the period",
        unit="per 1,000 words",
        base=base,
        style=style,
        real=real,
        note=f"Outputs name {ours}; real documents {theirs}.",
        group="anachronism",
        rows=OUTPUT_ROWS,
    )


def _dialect(result: AnachronismResult) -> Metric:
    newer = Counter(
        name for v in result.style.validity if v is not None for name in v.too_new
    ).most_common(5)
    which = ", ".join(f"{name} ({count})" for name, count in newer) or "none"
    return Metric(
        id="dialect_valid",
        name="texts whose markup is all of the era's dialect",
        unit="share",
        base=result.base.valid_share,
        style=result.style.valid_share,
        real=result.real.valid_share,
        better="higher",
        note=f"Newer elements and attributes in outputs: {which}.",
        group="anachronism",
        rows=OUTPUT_ROWS,
    )


def items(result: AnachronismResult) -> dict[str, Measurement]:
    """Return the anachronisms and words of each text."""
    style, real = result.style, result.real
    return {
        LATER.id: Rate(
            [len(hits) for hits in style.hits],
            style.words,
            [len(hits) for hits in real.hits],
            real.words,
        )
    }


def check(result: AnachronismResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of anachronisms above those in real text."""
    return [LATER.line(items(result)[LATER.id], limits, seed)]
