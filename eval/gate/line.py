"""One line of the gate: from an estimate and a limit to PASS or INCONCLUSIVE, and what it takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from erastyle.eval.statistics.hypothesis_tests import MIN_UNITS
from erastyle.eval.statistics.intervals import Estimate

Word = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT INFORMATIVE"]
LEVEL = 0.95
BOTH = 2 * LEVEL - 1  # the two-sided interval whose ends are the one-sided bounds
MOST_ITEMS = 100_000
MOST_SITES = 1_000
"""More of them nobody collects to decide one line: advice has to be such as can be followed."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One line of the gate.

    Attributes:
        id: What programs look it up by: `style_pass`, `capability.grammar`.
        name: What a person calls the check.
        measured: What was measured, in words.
        value: The estimate, or None.
        low: Lower one-sided 95 % bound, or None.
        high: Upper one-sided 95 % bound, or None.
        limit: What it must reach, in words.
        verdict: PASS, FAIL, INCONCLUSIVE or NOT INFORMATIVE.
        explanation: Why, in one sentence.
        rows: Path of the rows behind it, relative to the report, or empty.
        n: Independent items it rests on.
        needed: Items at which a verdict can be expected, where it is INCONCLUSIVE and known.
        p_fail: One-sided p-value that the limit is kept, before correction; small proves a failure.
        power: Probability that so many items show the limit kept if nothing was lost (for a gain:
            if the truth is the estimate); None where it cannot be said.
        on_briefs: Whether more briefs would decide the line.
        of_texts: Whether the line says how good the texts are; the others say what they cost.
        unit: What `n` counts: texts, sites, items.
        bound: The bound that is held against the limit, as the limit is written; or empty.
        shown: The value as the limit is written; or empty.
    """

    id: str
    name: str
    measured: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: str = ""
    verdict: Word = "INCONCLUSIVE"
    explanation: str = ""
    rows: str = ""
    n: int = 0
    needed: int | None = None
    p_fail: float = 1.0
    power: float | None = None
    on_briefs: bool = False
    of_texts: bool = False
    unit: str = "items"
    bound: str = ""
    shown: str = ""


def needed_items(
    estimate: Estimate, limit: float, fallback: int | None = None, most: int = MOST_ITEMS
) -> int | None:
    """Return the items at which the bound would reach the limit in four of five runs.

    None if these are more than `most`. The half-width shrinks with the square root of the items;
    80 % power takes half as much again as reaching the limit on average (1.645 + 0.842 standard
    errors instead of 1.645).
    """
    half = (estimate.high - estimate.low) / 2
    distance = abs(estimate.value - limit)
    if not math.isfinite(half) or distance <= 0 or half <= 0:
        return fallback
    factor = (half * (1.645 + 0.842) / 1.645 / distance) ** 2
    items = math.ceil(estimate.n * factor)
    return items if items <= most else None


def power_of(estimate: Estimate, limit: float, hoped: float, *, above: bool) -> float | None:
    """Return how probably the bound keeps `limit` if the truth is `hoped`, with these items.

    Normal approximation: the bound is 1.645 standard errors from the estimate.
    """
    half = (estimate.high - estimate.low) / 2
    if not math.isfinite(half):
        return None
    distance = hoped - limit if above else limit - hoped
    if half <= 0:
        return 1.0 if distance >= 0 else 0.0
    return 0.5 * math.erfc(-(distance / half * 1.645 - 1.645) / math.sqrt(2))


def settle(
    line: GateLine,
    estimate: Estimate,
    limit: float,
    *,
    above: bool,
    say: Callable[[float], str],
    hoped: float | None = None,
) -> GateLine:
    """Return `line` with PASS or INCONCLUSIVE; the gate turns what is proven bad into FAIL.

    Args:
        line: The line so far; what it knows of `needed` and `power` stays.
        estimate: The estimate with its one-sided bounds.
        limit: What the bound must reach.
        above: Whether the value must lie above the limit.
        say: How a value is written.
        hoped: The value if nothing was lost, for the power; the estimate by default.
    """
    bound = estimate.low if above else estimate.high
    good = bound >= limit if above else bound <= limit
    right = estimate.value >= limit if above else estimate.value <= limit
    side = "lower" if above else "upper"
    power = line.power
    if power is None:
        truth = estimate.value if hoped is None else hoped
        power = power_of(estimate, limit, truth, above=above)
    line = replace(
        line,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        power=power,
        bound=say(bound) if math.isfinite(bound) else "",
        shown=say(estimate.value) if math.isfinite(estimate.value) else "",
    )
    most = MOST_SITES if line.unit == "sites" else MOST_ITEMS
    if estimate.n < MIN_UNITS:
        few = f"{estimate.n} independent {line.unit} are too few to conclude anything"
        least = line.needed or needed_items(estimate, limit, MIN_UNITS, most)
        why = f"{few}, and no number of {line.unit} that can be had would: the limit is so near."
        if least is not None:
            least = max(MIN_UNITS, least)
            why = f"{few}; about {least:,} are needed."
        return replace(
            line, verdict="INCONCLUSIVE", needed=least, p_fail=1.0, power=0.0, explanation=why
        )
    if good:
        why = f"The {side} bound, {say(bound)}, keeps the limit."
        return replace(line, verdict="PASS", needed=None, explanation=why)
    known = line.needed if line.needed and line.needed > estimate.n else None
    needed = known or needed_items(estimate, limit, most=most)
    more = f"; about {needed:,} {line.unit} are needed" if needed and needed > estimate.n else ""
    if needed is None:
        more = f"; no number of {line.unit} that can be had would decide it"
    where = "keeps the limit" if right else "misses the limit"
    chance = ""
    if power is not None and hoped is not None:
        chance = (
            f" With {estimate.n:,} {line.unit} a model that lost nothing passes in "
            f"{100 * power:.0f} % of runs."
        )
    why = (
        f"The estimate {where}, but with {estimate.n:,} {line.unit} the {side} bound is "
        f"{say(bound)}{more}.{chance}"
    )
    return replace(line, verdict="INCONCLUSIVE", needed=needed, explanation=why)


def points(value: float) -> str:
    """Return `value` with a sign and three decimals."""
    return f"{value:+.3f}"


def percent(value: float) -> str:
    """Return `value` as a signed percentage."""
    return f"{100 * value:+.1f} %"


def plain_percent(value: float) -> str:
    """Return `value` as a percentage."""
    return f"{100 * value:.1f} %"
