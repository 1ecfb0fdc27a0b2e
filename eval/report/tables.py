"""Rows of the tables of a `Report`: the gate, measures, stages and their reasons, sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class GateLine:
    """One line of the gate.

    Attributes:
        name: What a person calls the check.
        measured: What was measured, in words: `gain in style probability, markup, 240 briefs`.
        value: The estimate; `None` or not a number: not measured.
        low: Lower end of its interval.
        high: Upper end of its interval.
        limit: What it must reach: `lower bound at least +0.10`.
        verdict: PASS, FAIL, INCONCLUSIVE or NOT INFORMATIVE.
        explanation: Why, in one sentence.
        rows: Path of the rows behind it, relative to the report, or empty.
        power: Probability that so many items show the limit kept if nothing was lost.
        n: Independent items it rests on.
        needed: Items at which a verdict can be expected, where it is open and known.
    """

    name: str
    measured: str
    value: float | None
    low: float | None
    high: float | None
    limit: str
    verdict: str
    explanation: str = ""
    rows: str = ""
    power: float | None = None
    n: int = 0
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class ControlRow:
    """Something known to be bad, judged by the lines of the gate. It must fail.

    Attributes:
        name: What it is: `a damaged model`.
        how: What was done to it.
        verdict: What the gate says of it.
        as_it_should: Whether it failed.
        sentence: What became of it.
        gate: The lines that were judged.
    """

    name: str
    how: str
    verdict: str
    as_it_should: bool
    sentence: str
    gate: Sequence[GateLine] = ()


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of the base model, the style model and real text.

    Attributes:
        name: What a person calls it.
        unit: `probability`, `per 1,000 words`, `bits per byte`.
        base: Value of the base model; `None` or not a number: not measured.
        style: Value of the style model.
        real: Value of real, held-out text.
        difference: Style less base, paired.
        low: Lower end of the interval of the difference.
        high: Upper end of it.
        better: Which way is better; empty where neither is.
        note: A remark, one sentence.
        group: One of `GROUPS`, or empty.
        rows: Path of the rows behind it, relative to the report, or empty.
        style_low: Lower end of the interval of `style`, where that is measured by itself.
        style_high: Upper end of it.
    """

    name: str
    unit: str
    base: float | None
    style: float | None
    real: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "lower", ""] = ""
    note: str = ""
    group: str = ""
    rows: str = ""
    style_low: float | None = None
    style_high: float | None = None


@dataclass(frozen=True, slots=True)
class StageRow:
    """What a stage did. `seconds` is its work; `skipped` says that its output was there already."""

    name: str
    key: str
    read: int
    kept: int
    dropped: int
    quarantined: int
    seconds: float | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A document that was dropped: where it is, the particulars, and how it begins."""

    source: str
    detail: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a stage dropped `count` documents, with a few of them."""

    stage: str
    reason: str
    count: int
    examples: Sequence[Example] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source: how many documents it gave, under which licence, and who wrote them."""

    source: str
    documents: int
    licence: str
    origin: str
