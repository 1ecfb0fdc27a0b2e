"""The gate: from measurements and limits to a verdict that says what is proven and what is not.

A line passes when its one-sided 95 % bound keeps the limit. All lines must pass, so passing needs
no correction for their number (intersection-union test: Berger, "Multiparameter hypothesis testing
and acceptance sampling", 1982). One failing line fails the gate, so failing does: a line fails when
the opposite is proven at 5 % after Holm's correction across lines. Between the two it is
INCONCLUSIVE, and the line says how many items it would take. What cannot show anything whatever the
number of items, such as a task that the base model answers by guessing, is NOT INFORMATIVE.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ConfigError
from erastyle.eval.measures import Answers, Cost, Measure, Paired, Rate, Share
from erastyle.eval.statistics import (
    MIN_UNITS,
    Estimate,
    bootstrap_means,
    clopper_pearson,
    holm,
    interval_of,
    mean_interval,
    noninferiority,
    p_above,
    wilson,
)

Word = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT INFORMATIVE"]
EXIT_CODES: Mapping[Word, int] = {"PASS": 0, "FAIL": 3, "INCONCLUSIVE": 4, "NOT INFORMATIVE": 4}
LEVEL = 0.95
BOTH = 2 * LEVEL - 1  # the two-sided interval whose ends are the one-sided bounds
CAPABILITY = "capability"
COUNTERFACTUAL = "counterfactual"
CHECKS = (
    "style gain: markup",
    "style gain: prose",
    "style pass",
    "general loss",
    CAPABILITY,
    "anachronisms",
    "copied",
)
"""Checks of a complete verdict. `capability: TASK` is one line a task, `capability` their mean."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the gate.

    Attributes:
        name: Name of the check.
        measured: What was measured, in words.
        value: The estimate, or None.
        low: Lower one-sided 95 % bound, or None.
        high: Upper one-sided 95 % bound, or None.
        limit: What it must reach, in words.
        verdict: PASS, FAIL, INCONCLUSIVE or NOT INFORMATIVE.
        explanation: Why, in one sentence.
        n: Independent items it rests on.
        needed: Items at which a verdict can be expected, where it is INCONCLUSIVE and known.
        p_fail: One-sided p-value that the limit is kept, before correction; small proves a failure.
    """

    name: str
    measured: str
    value: float | None
    low: float | None
    high: float | None
    limit: str
    verdict: Word
    explanation: str
    n: int = 0
    needed: int | None = None
    p_fail: float = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes:
        verdict: Of all lines together.
        sentence: The verdict in plain words.
        lines: One a check.
    """

    verdict: Word
    sentence: str
    lines: tuple[Line, ...]

    @property
    def exit_code(self) -> int:
        """0 passed, 3 failed, 4 cannot tell."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON: `verdict`, `verdict_sentence`, `exit_code` and `gate`."""
        lines = [{k: _finite(v) for k, v in asdict(line).items()} for line in self.lines]
        return {
            "verdict": self.verdict,
            "verdict_sentence": self.sentence,
            "exit_code": self.exit_code,
            "gate": lines,
        }


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def judge(
    measures: Mapping[str, Measure],
    limits: Gate,
    expected: Sequence[str] = CHECKS,
    seed: int = 1,
) -> Verdict:
    """Return the verdict over `measures`.

    Args:
        measures: By check. `style gain: VIEW` and `counterfactual`: `Paired`; `style pass` and
            `copied`: `Share`; `general loss`: `Cost`; `capability: TASK`: `Answers`, one a task;
            `anachronisms`: `Rate`.
        limits: Of the era.
        expected: Checks without which the verdict cannot be PASS. A text era has no
            `style gain: markup`.
        seed: Same measures and seed, same verdict.

    Raises:
        ConfigError: A check of an unknown name, or of the wrong kind.
    """
    lines: list[Line] = []
    for name in sorted(measures, key=_order):
        lines.append(_line(name, measures[name], limits, seed))
    tasks = [line for line in lines if line.name.startswith(f"{CAPABILITY}: ")]
    if tasks:
        lines.append(_macro(tasks, limits))
    have = {line.name for line in lines}
    lines += [_missing(name) for name in expected if name not in have]
    lines = _failures(sorted(lines, key=lambda line: _order(line.name)))
    return _overall(tuple(lines))


def _order(name: str) -> tuple[int, str]:
    known = {check: number for number, check in enumerate(CHECKS)}
    head = CAPABILITY if name.startswith(f"{CAPABILITY}: ") else name
    return known.get(head, len(CHECKS)), name


def _line(name: str, measure: Measure, limits: Gate, seed: int) -> Line:
    if name.startswith("style gain: ") and isinstance(measure, Paired):
        return _gain(name, measure, limits.min_style_gain, seed)
    if name == COUNTERFACTUAL and isinstance(measure, Paired):
        return _counterfactual(name, measure, limits.max_counterfactual, seed)
    if name == "style pass" and isinstance(measure, Share):
        return _passing(name, measure, limits.min_style_pass)
    if name == "copied" and isinstance(measure, Share):
        return _copied(name, measure, limits.max_copied)
    if name == "general loss" and isinstance(measure, Cost):
        return _general(name, measure, limits.max_general_loss, seed)
    if name == "anachronisms" and isinstance(measure, Rate):
        return _anachronisms(name, measure, limits.max_anachronisms, seed)
    if name.startswith(f"{CAPABILITY}: ") and isinstance(measure, Answers):
        return _task(name, measure, limits.max_task_loss, seed)
    raise ConfigError(
        f"The gate has no check {name!r} for a {type(measure).__name__}. "
        f"Known: {', '.join(CHECKS)}, {CAPABILITY}: TASK, {COUNTERFACTUAL}."
    )


def _missing(name: str) -> Line:
    return Line(name, "not measured", None, None, None, "", "INCONCLUSIVE",
                "It was not measured, so nothing is known.")  # fmt: skip


# --- from an estimate to a line -------------------------------------------------------------


def _needed(estimate: Estimate, limit: float, fallback: int | None = None) -> int | None:
    """Return the items at which the bound would reach the limit in four of five runs.

    The half-width shrinks with the square root of the items; 80 % power takes half as much again
    as reaching the limit on average (1.645 + 0.842 standard errors instead of 1.645).
    """
    half = (estimate.high - estimate.low) / 2
    distance = abs(estimate.value - limit)
    if not math.isfinite(half) or distance <= 0 or half <= 0:
        return fallback
    factor = (half * (1.645 + 0.842) / 1.645 / distance) ** 2
    items = math.ceil(estimate.n * factor)
    return items if items <= 100_000 else None


def _settle(
    line: Line, estimate: Estimate, limit: float, *, above: bool, say: Callable[[float], str]
) -> Line:
    """Return `line` with PASS or INCONCLUSIVE; `_failures` turns what is proven bad into FAIL."""
    bound = estimate.low if above else estimate.high
    good = bound >= limit if above else bound <= limit
    right = estimate.value >= limit if above else estimate.value <= limit
    side = "lower" if above else "upper"
    line = replace(line, value=estimate.value, low=estimate.low, high=estimate.high, n=estimate.n)
    if estimate.n < MIN_UNITS:
        least = max(MIN_UNITS, line.needed or _needed(estimate, limit) or 0)
        return replace(
            line, verdict="INCONCLUSIVE", needed=least, p_fail=1.0,
            explanation=f"{estimate.n} independent items are too few to conclude anything; "
            f"about {least:,} are needed.",
        )  # fmt: skip
    if good:
        return replace(
            line, verdict="PASS", needed=None,
            explanation=f"The {side} bound, {say(bound)}, keeps the limit.",
        )  # fmt: skip
    known = line.needed if line.needed and line.needed > estimate.n else None
    needed = known or _needed(estimate, limit)
    more = f"; about {needed:,} items are needed" if needed and needed > estimate.n else ""
    where = "keeps the limit" if right else "misses the limit"
    return replace(
        line, verdict="INCONCLUSIVE", needed=needed,
        explanation=f"The estimate {where}, but with {estimate.n:,} items the {side} bound is "
        f"{say(bound)}{more}.",
    )  # fmt: skip


def _failures(lines: list[Line]) -> list[Line]:
    """Return lines with FAIL where the limit is proven broken after Holm's correction."""
    judged = [i for i, line in enumerate(lines) if line.verdict in ("PASS", "INCONCLUSIVE")]
    judged = [i for i in judged if lines[i].n >= MIN_UNITS]
    corrected = holm([lines[i].p_fail for i in judged])
    for i, p in zip(judged, corrected, strict=True):
        if p <= 1 - LEVEL and lines[i].verdict != "PASS":
            why = f"The limit is broken (p = {p:.2g} after Holm's correction across the checks)."
            lines[i] = replace(lines[i], verdict="FAIL", needed=None, explanation=why)
    return lines


def _points(value: float) -> str:
    return f"{value:+.3f}"


def _percent(value: float) -> str:
    return f"{100 * value:+.1f} %"


def _plain_percent(value: float) -> str:
    return f"{100 * value:.1f} %"


# --- the checks -----------------------------------------------------------------------------


def _gain(name: str, measure: Paired, limit: float, seed: int) -> Line:
    before, after = np.asarray(measure.before, float), np.asarray(measure.after, float)
    view = name.partition(": ")[2]
    line = Line(
        name, f"gain in the probability of being of the era, {view}, same briefs; "
        "a style text that cannot be judged counts 0",
        None, None, None, f"lower bound at least {_points(limit)}", "INCONCLUSIVE", "",
    )  # fmt: skip
    # A base text that cannot be judged proves no gain; a style text that cannot be judged scores 0.
    known = ~np.isnan(before)
    if not len(before) or known.sum() < max(1, len(before) / 2):
        return replace(
            line, verdict="NOT INFORMATIVE",
            explanation=f"Of the base model's {len(before)} texts {int(known.sum())} could be "
            "judged, so there is nothing to compare with.",
        )  # fmt: skip
    first, second = before[known], np.nan_to_num(after[known], nan=0.0)
    if first.mean() > 1 - limit:
        return replace(
            line, verdict="NOT INFORMATIVE", value=float((second - first).mean()),
            explanation=f"The base model already scores {first.mean():.2f}: a gain of {limit:.2f} "
            "is out of reach.",
        )  # fmt: skip
    groups = _groups(measure.groups, known)
    return _mean_line(line, second - first, None, groups, limit, seed, above=True, say=_points)


def _groups(groups: Sequence[str], known: Any) -> list[str] | None:
    return [g for g, k in zip(groups, known, strict=True) if k] if len(groups) else None


def _mean_line(
    line: Line,
    values: Any,
    weights: Any,
    groups: Sequence[str] | None,
    limit: float,
    seed: int,
    *,
    above: bool,
    say: Callable[[float], str],
) -> Line:
    value, means, n = bootstrap_means(values, weights, groups, seed=seed)
    estimate = interval_of(value, means, n, BOTH)
    p_fail = p_above(-means[::-1], -limit, n) if above else p_above(means, limit, n)
    return _settle(replace(line, p_fail=p_fail), estimate, limit, above=above, say=say)


def _counterfactual(name: str, measure: Paired, limit: float, seed: int) -> Line:
    change = np.abs(np.asarray(measure.after, float) - np.asarray(measure.before, float))
    known = ~np.isnan(change)
    line = Line(
        name, "change of the score by words that only name the era",
        None, None, None, f"upper bound at most {limit:.2f}", "INCONCLUSIVE", "",
    )  # fmt: skip
    if not known.any():
        return replace(line, verdict="NOT INFORMATIVE", explanation="No text could be judged.")
    groups = _groups(measure.groups, known)
    return _mean_line(line, change[known], None, groups, limit, seed, above=False, say=_points)


def _passing(name: str, measure: Share, limit: float) -> Line:
    line = Line(
        name, "share of outputs above the threshold that 90 % of real held-out documents reach",
        None, None, None, f"lower bound at least {_plain_percent(limit)}", "INCONCLUSIVE", "",
    )  # fmt: skip
    if measure.total < 1:
        return replace(line, explanation="There is no output.", needed=MIN_UNITS)
    estimate = wilson(measure.count, measure.total, BOTH)
    z = (estimate.value - limit) / math.sqrt(limit * (1 - limit) / measure.total)
    line = replace(line, p_fail=0.5 * math.erfc(-z / math.sqrt(2)))
    return _settle(line, estimate, limit, above=True, say=_plain_percent)


def _copied(name: str, measure: Share, limit: float) -> Line:
    line = Line(
        name, "outputs per 1,000 that hold 50 consecutive tokens of a training document",
        None, None, None, f"upper bound at most {limit:g}", "INCONCLUSIVE", "",
    )  # fmt: skip
    # Outputs without a single copy from which the bound keeps the limit (rule of three, exact).
    least = math.ceil(math.log(1 - LEVEL) / math.log1p(-limit / 1000)) if limit > 0 else None
    if measure.total < 1:
        return replace(line, explanation="There is no output.", needed=least)
    from scipy.stats import binom

    exact = clopper_pearson(measure.count, measure.total, BOTH)
    estimate = Estimate(1000 * exact.value, 1000 * exact.low, 1000 * exact.high, exact.n)
    p_fail = float(binom.sf(measure.count - 1, measure.total, limit / 1000))
    needed = least if measure.count == 0 else None
    line = replace(line, p_fail=p_fail, needed=needed)
    return _settle(line, estimate, limit, above=False, say=lambda v: f"{v:.1f} per 1,000")


def _general(name: str, measure: Cost, limit: float, seed: int) -> Line:
    before, after = np.asarray(measure.before, float), np.asarray(measure.after, float)
    line = Line(
        name, "relative rise of bits per byte of general text",
        None, None, None, f"upper bound at most {_percent(limit)}", "INCONCLUSIVE", "",
    )  # fmt: skip
    if not len(before):
        return replace(line, explanation="There is no general text.", needed=MIN_UNITS)
    if not (np.isfinite(before).all() and (before > 0).all()):
        return replace(
            line, verdict="NOT INFORMATIVE",
            explanation="A text has no finite cost under the base model.",
        )  # fmt: skip
    if not np.isfinite(after).all():
        return replace(
            line, verdict="FAIL", p_fail=0.0,
            explanation="A text has no finite cost under the style model: it is damaged.",
        )  # fmt: skip
    # The mean of the ratios, weighted by what they are ratios of, is the ratio of the sums.
    groups = list(measure.groups) or None
    return _mean_line(
        line, after / before - 1, before, groups, limit, seed, above=False, say=_percent
    )


def _anachronisms(name: str, measure: Rate, limit: float, seed: int) -> Line:
    line = Line(
        name, "anachronisms per 1,000 words above those in real text of the period",
        None, None, None, f"upper bound at most {limit:g}", "INCONCLUSIVE", "",
    )  # fmt: skip
    words, real_words = np.asarray(measure.words, float), np.asarray(measure.real_words, float)
    hits, real_hits = np.asarray(measure.hits, float), np.asarray(measure.real_hits, float)
    if words.sum() < 1 or real_words.sum() < 1:
        which = "generated" if words.sum() < 1 else "real"
        return replace(line, explanation=f"There are no words of {which} text.")
    kept, real = words > 0, real_words > 0
    ours = _rate(hits[kept], words[kept], seed)
    theirs = _rate(real_hits[real], real_words[real], seed + 1)
    value = ours.value - theirs.value
    # Bounds of a difference from bounds of its parts: Zou, Donner, "Construction of confidence
    # limits about effect measures", 2008 (MOVER).
    low = value - math.hypot(ours.value - ours.low, theirs.high - theirs.value)
    high = value + math.hypot(ours.high - ours.value, theirs.value - theirs.low)
    estimate = Estimate(value, low, high, ours.n)
    spread = (value - low) / 1.645
    p_fail = 0.5 * math.erfc((value - limit) / spread / math.sqrt(2)) if spread > 0 else 1.0
    line = replace(line, p_fail=p_fail)
    return _settle(line, estimate, limit, above=False, say=lambda v: f"{v:+.2f} per 1,000 words")


def _rate(hits: Any, words: Any, seed: int) -> Estimate:
    """Return hits per 1,000 words: the wider of the bootstrap over texts and Garwood's bounds.

    Without a single hit the bootstrap would be certain of zero.

    Source:
        Garwood, "Fiducial limits for the Poisson distribution", 1936.
    """
    from scipy.stats import chi2

    found = mean_interval(1000 * hits / words, words, None, BOTH, seed=seed)
    total, thousands = float(hits.sum()), float(words.sum()) / 1000
    low = float(chi2.ppf(1 - LEVEL, 2 * total)) / 2 / thousands if total else 0.0
    high = float(chi2.ppf(LEVEL, 2 * total + 2)) / 2 / thousands
    return Estimate(found.value, max(0.0, min(low, found.low)), max(high, found.high), found.n)


def _task(name: str, measure: Answers, limit: float, seed: int) -> Line:
    task = name.partition(": ")[2]
    total = len(measure.before)
    line = Line(
        name, f"change of accuracy on {task}, same items",
        None, None, None, f"lower bound above {_points(-limit)}", "INCONCLUSIVE", "",
    )  # fmt: skip
    if not total:
        return replace(line, explanation="The task has no items.", needed=MIN_UNITS)
    right = int(np.asarray(measure.before, bool).sum())
    groups = list(measure.groups) or None
    result = noninferiority(measure.before, measure.after, limit, groups, LEVEL, seed)
    if wilson(right, total, BOTH).low <= measure.chance:
        return replace(
            line, verdict="NOT INFORMATIVE", value=result.change.value, low=result.change.low,
            high=result.change.high, n=result.change.n,
            explanation=f"The base model is right in {right} of {total}, no better than guessing "
            f"({_plain_percent(measure.chance)}), so there is nothing to lose.",
        )  # fmt: skip
    line = replace(line, p_fail=result.p_loss, needed=result.needed)
    settled = _settle(line, result.change, -limit, above=True, say=_points)
    return replace(settled, explanation=f"{settled.explanation} McNemar p = {result.mcnemar:.2g}.")


def _macro(tasks: Sequence[Line], limits: Gate) -> Line:
    limit = limits.max_capability_loss
    used = [t for t in tasks if t.verdict != "NOT INFORMATIVE" and t.value is not None]
    line = Line(
        CAPABILITY, f"mean change of accuracy over {len(used)} of {len(tasks)} tasks, same items",
        None, None, None, f"lower bound above {_points(-limit)}", "INCONCLUSIVE", "",
    )  # fmt: skip
    if not used:
        return replace(
            line, verdict="NOT INFORMATIVE",
            explanation="The base model is no better than guessing on any task, so nothing can be "
            "lost or kept.",
        )  # fmt: skip
    values = np.array([t.value for t in used], float)
    lows, highs = np.array([t.low for t in used], float), np.array([t.high for t in used], float)
    value = float(values.mean())
    # MOVER again, for a mean of independent differences.
    low = value - float(np.sqrt(((values - lows) ** 2).sum())) / len(used)
    high = value + float(np.sqrt(((highs - values) ** 2).sum())) / len(used)
    spread = (high - value) / 1.645
    p_fail = 0.5 * math.erfc(-(value + limit) / spread / math.sqrt(2)) if spread > 0 else 1.0
    estimate = Estimate(value, low, high, sum(t.n for t in used))
    return _settle(replace(line, p_fail=p_fail), estimate, -limit, above=True, say=_points)


# --- all together ---------------------------------------------------------------------------


def _overall(lines: tuple[Line, ...]) -> Verdict:
    by_word: dict[Word, list[str]] = {word: [] for word in EXIT_CODES}
    for line in lines:
        by_word[line.verdict].append(line.name)
    blind = by_word["NOT INFORMATIVE"]
    note = f" {', '.join(blind)} can show nothing either way." if blind else ""
    if by_word["FAIL"]:
        names = ", ".join(by_word["FAIL"])
        return Verdict("FAIL", f"A limit is broken: {names}.{note}", lines)
    # A task at chance may be spared as long as another task speaks; a whole check may not.
    gaps = [*by_word["INCONCLUSIVE"], *(n for n in blind if not n.startswith(f"{CAPABILITY}: "))]
    if by_word["INCONCLUSIVE"]:
        names = ", ".join(by_word["INCONCLUSIVE"])
        return Verdict(
            "INCONCLUSIVE", f"No limit is broken, but these are not shown: {names}.{note}", lines
        )
    if gaps or not by_word["PASS"]:
        word: Word = "NOT INFORMATIVE"
        return Verdict(word, f"Nothing broken, but not everything could be shown.{note}", lines)
    return Verdict("PASS", f"All {len(by_word['PASS'])} limits are shown to be kept.{note}", lines)
