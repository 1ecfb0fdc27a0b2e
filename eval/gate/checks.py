"""How each kind of measurement is held against a limit: one function a kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import (
    BOTH,
    LEVEL,
    GateLine,
    percent,
    plain_percent,
    points,
    settle,
)
from erastyle.eval.measurement import Answers, Cost, Gap, Mean, Paired, Ranking, Rate, Ratio, Share
from erastyle.eval.statistics.bootstrap import bootstrap_means, interval_of, mean_interval, p_above
from erastyle.eval.statistics.hypothesis_tests import MIN_UNITS, noninferiority
from erastyle.eval.statistics.intervals import Estimate, clopper_pearson, wilson
from erastyle.eval.statistics.ranking import auc


def gain(check: Check, measure: Paired, limit: float, seed: int) -> GateLine:
    """Return the line of the gain in style of one view."""
    before, after = np.asarray(measure.before, float), np.asarray(measure.after, float)
    line = check.empty(limit=f"lower bound at least {points(limit)}")
    # A base text that cannot be judged proves no gain; a style text that cannot be judged scores 0.
    known = ~np.isnan(before)
    if not len(before) or known.sum() < max(1, len(before) / 2):
        why = (
            f"Of the base model's {len(before)} texts {int(known.sum())} could be judged, so there "
            "is nothing to compare with."
        )
        return replace(line, verdict="NOT INFORMATIVE", explanation=why)
    first, second = before[known], np.nan_to_num(after[known], nan=0.0)
    if first.mean() > 1 - limit:
        why = (
            f"The base model already scores {first.mean():.2f}: a gain of {limit:.2f} is out of "
            "reach."
        )
        gained = float((second - first).mean())
        return replace(line, verdict="NOT INFORMATIVE", value=gained, explanation=why)
    groups = _groups(measure.groups, known)
    return _mean_line(line, second - first, None, groups, limit, seed, above=True, say=points)


def _groups(groups: Sequence[str], known: Any) -> list[str] | None:
    return [g for g, k in zip(groups, known, strict=True) if k] if len(groups) else None


def _mean_line(
    line: GateLine,
    values: Any,
    weights: Any,
    groups: Sequence[str] | None,
    limit: float,
    seed: int,
    *,
    above: bool,
    say: Callable[[float], str],
    hoped: float | None = None,
) -> GateLine:
    value, means, n = bootstrap_means(values, weights, groups, seed=seed)
    estimate = interval_of(value, means, n, BOTH)
    p_fail = p_above(-means[::-1], -limit, n) if above else p_above(means, limit, n)
    line = replace(line, p_fail=p_fail, unit="sites" if groups else line.unit)
    return settle(line, estimate, limit, above=above, say=say, hoped=hoped)


def counterfactual(check: Check, measure: Paired, limit: float, seed: int) -> GateLine:
    """Return the line of how far the score moves by words that only name the era."""
    change = np.abs(np.asarray(measure.after, float) - np.asarray(measure.before, float))
    known = ~np.isnan(change)
    line = check.empty(limit=f"upper bound at most {points(limit)}")
    if not known.any():
        return replace(line, verdict="NOT INFORMATIVE", explanation="No text could be judged.")
    groups = _groups(measure.groups, known)
    return _mean_line(
        line, change[known], None, groups, limit, seed, above=False, say=points, hoped=0.0
    )


def passing(check: Check, measure: Share, limit: float, _seed: int) -> GateLine:
    """Return the line of the share of outputs that pass as documents of the era."""
    line = check.empty(limit=f"lower bound at least {plain_percent(limit)}")
    if measure.total < 1:
        return replace(line, explanation="There is no output.", needed=MIN_UNITS)
    estimate = wilson(measure.count, measure.total, BOTH)
    z = (estimate.value - limit) / math.sqrt(limit * (1 - limit) / measure.total)
    line = replace(line, p_fail=0.5 * math.erfc(-z / math.sqrt(2)))
    return settle(line, estimate, limit, above=True, say=plain_percent)


def mean_above(check: Check, measure: Mean, limit: float, seed: int) -> GateLine:
    """Return the line of a mean over the outputs that must lie above `limit`."""
    line = check.empty(limit=f"lower bound at least {limit:.2f}")
    values = np.asarray(measure.values, float)
    if not len(values):
        return replace(line, explanation="There is no output.", needed=MIN_UNITS)
    groups = list(measure.groups) or None
    return _mean_line(line, values, None, groups, limit, seed, above=True, say=lambda v: f"{v:.2f}")


def rare(check: Check, measure: Share, limit: float, _seed: int) -> GateLine:
    """Return the line of something that must hardly ever happen; `limit` per 1,000."""
    line = check.empty(limit=f"upper bound at most {per_1000(limit)}")
    # Tries without a single case from which the bound keeps the limit (rule of three, exact).
    least = math.ceil(math.log(1 - LEVEL) / math.log1p(-limit / 1000)) if limit > 0 else None
    if measure.total < 1:
        return replace(line, explanation="There is nothing to look at.", needed=least)
    from scipy.stats import binom

    exact = clopper_pearson(measure.count, measure.total, BOTH)
    estimate = Estimate(1000 * exact.value, 1000 * exact.low, 1000 * exact.high, exact.n)
    p_fail = float(binom.sf(measure.count - 1, measure.total, limit / 1000))
    needed = least if measure.count == 0 else None
    power = 1.0 if least is not None and measure.total >= least else 0.0
    line = replace(line, p_fail=p_fail, needed=needed, power=power)
    return settle(line, estimate, limit, above=False, say=per_1000)


def per_1000(value: float) -> str:
    """Return a rate as it is written."""
    return f"{value:.1f} per 1,000"


def general(check: Check, measure: Cost, limit: float, seed: int) -> GateLine:
    """Return the line of what general text costs more than before."""
    before, after = np.asarray(measure.before, float), np.asarray(measure.after, float)
    line = check.empty(limit=f"upper bound at most {percent(limit)}")
    if not len(before):
        return replace(line, explanation="There is no general text.", needed=MIN_UNITS)
    if not (np.isfinite(before).all() and (before > 0).all()):
        why = "A text has no finite cost under the base model."
        return replace(line, verdict="NOT INFORMATIVE", explanation=why)
    if not np.isfinite(after).all():
        why = "A text has no finite cost under the fine-tuned model: it is damaged."
        return replace(line, verdict="FAIL", p_fail=0.0, explanation=why)
    # The mean of the ratios, weighted by what they are ratios of, is the ratio of the sums.
    groups = list(measure.groups) or None
    return _mean_line(
        line,
        after / before - 1,
        before,
        groups,
        limit,
        seed,
        above=False,
        say=percent,
        hoped=0.0,
    )


def anachronisms(check: Check, measure: Rate, limit: float, seed: int) -> GateLine:
    """Return the line of anachronisms above those in real text."""
    line = check.empty(limit=f"upper bound at most {per_1000_words(limit)}")
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
    return settle(line, estimate, limit, above=False, say=per_1000_words, hoped=0.0)


def per_1000_words(value: float) -> str:
    """Return a rate as it is written."""
    return f"{value:+.2f} per 1,000 words"


def _rate(hits: Any, words: Any, seed: int) -> Estimate:
    """Return hits per 1,000 words: the wider of the bootstrap over texts and Garwood's bounds.

    Without a single hit the bootstrap would be certain of zero.

    Source:
        Garwood, "Fiducial limits for the Poisson distribution", 1936.
    """
    from scipy.stats import chi2

    rate = mean_interval(1000 * hits / words, words, None, BOTH, seed=seed)
    total, thousands = float(hits.sum()), float(words.sum()) / 1000
    low = float(chi2.ppf(1 - LEVEL, 2 * total)) / 2 / thousands if total else 0.0
    high = float(chi2.ppf(LEVEL, 2 * total + 2)) / 2 / thousands
    return Estimate(rate.value, max(0.0, min(low, rate.low)), max(high, rate.high), rate.n)


def task(check: Check, measure: Answers, limit: float, seed: int) -> GateLine:
    """Return the line of one capability task."""
    total = len(measure.before)
    line = check.empty(limit=f"lower bound above {points(-limit)}")
    if not total:
        return replace(line, explanation="The task has no items.", needed=MIN_UNITS)
    right = int(np.asarray(measure.before, bool).sum())
    groups = list(measure.groups) or None
    result = noninferiority(measure.before, measure.after, limit, groups, LEVEL, seed)
    if wilson(right, total, BOTH).low <= measure.chance:
        why = (
            f"The base model is right in {right} of {total}, no better than guessing "
            f"({plain_percent(measure.chance)}), so there is nothing to lose."
        )
        change = result.change
        line = replace(line, value=change.value, low=change.low, high=change.high, n=change.n)
        return replace(line, verdict="NOT INFORMATIVE", explanation=why)
    unit = "clusters" if groups else "items"
    line = replace(line, p_fail=result.p_loss, needed=result.needed, power=result.power, unit=unit)
    settled = settle(line, result.change, -limit, above=True, say=points, hoped=0.0)
    return replace(settled, explanation=f"{settled.explanation} McNemar p = {result.mcnemar:.2g}.")


def macro(check: Check, tasks: Sequence[GateLine], limit: float) -> GateLine:
    """Return the line of the mean over the capability tasks.

    Args:
        check: The check of the mean.
        tasks: Lines of the tasks.
        limit: Largest mean loss of accuracy, as a share of 1.
    """
    used = [t for t in tasks if t.verdict != "NOT INFORMATIVE" and t.value is not None]
    line = check.empty(limit=f"lower bound above {points(-limit)}")
    measured = f"mean change of accuracy over {len(used)} of {len(tasks)} tasks, same items"
    line = replace(line, measured=measured)
    if not used:
        why = (
            "The base model is no better than guessing on any task, so nothing can be lost or kept."
        )
        return replace(line, verdict="NOT INFORMATIVE", explanation=why)
    values = np.array([t.value for t in used], float)
    lows, highs = np.array([t.low for t in used], float), np.array([t.high for t in used], float)
    value = float(values.mean())
    # MOVER again, for a mean of independent differences.
    low = value - float(np.sqrt(((values - lows) ** 2).sum())) / len(used)
    high = value + float(np.sqrt(((highs - values) ** 2).sum())) / len(used)
    spread = (high - value) / 1.645
    p_fail = 0.5 * math.erfc(-(value + limit) / spread / math.sqrt(2)) if spread > 0 else 1.0
    estimate = Estimate(value, low, high, sum(t.n for t in used))
    line = replace(line, p_fail=p_fail, unit="items")
    return settle(line, estimate, -limit, above=True, say=points, hoped=0.0)


def ratio(check: Check, measure: Ratio, limit: float, _seed: int) -> GateLine:
    """Return the line of a sign of collapse: a jackknife over parts of the texts, on a log scale.

    Source:
        Jackknife of a ratio: Efron and Tibshirani, "An introduction to the bootstrap", 1993,
        chapter 11.
    """
    above = check.limit.startswith("min_")
    side = "lower bound at least" if above else "upper bound at most"
    line = check.empty(limit=f"{side} {limit:.2f} x real text")
    parts = np.asarray(measure.without, float)
    n = len(parts)
    if n < 2 or not measure.value > 0 or not (parts > 0).all():
        why = "There are too few texts to say how far single ones decide the figure."
        return replace(line, explanation=why, needed=MIN_UNITS)
    from scipy.special import stdtr, stdtrit

    logs = np.log(parts)
    error = math.sqrt((n - 1) / n * float(((logs - logs.mean()) ** 2).sum()))
    reach = float(stdtrit(n - 1, LEVEL)) * error
    middle = math.log(measure.value)
    estimate = Estimate(measure.value, math.exp(middle - reach), math.exp(middle + reach), n)
    distance = middle - math.log(limit)
    if error <= 0:
        p_fail = 0.0 if (distance < 0) == above and distance else 1.0
    else:
        p_fail = float(stdtr(n - 1, (distance if above else -distance) / error))
    line = replace(line, p_fail=p_fail, unit="parts of the texts")
    return settle(line, estimate, limit, above=above, say=lambda v: f"{v:.2f} x", hoped=1.0)


def _p_of_excess(excess: float, spread: float) -> float:
    """Return the one-sided p-value that a limit is kept which the estimate exceeds by `excess`."""
    if spread <= 0:  # nothing varies: no document differs from another
        return 0.0 if excess > 0 else 1.0
    return 0.5 * math.erfc(excess / spread / math.sqrt(2))


def overfit(check: Check, measure: Gap, limit: float, seed: int) -> GateLine:
    """Return the line of how much more training gained on its own documents than on others."""
    line = check.empty(limit=f"upper bound at most {nats(limit)}")
    sides = []
    pairs = ((measure.seen, measure.seen_groups), (measure.unseen, measure.unseen_groups))
    for number, (values, groups) in enumerate(pairs):
        data = np.asarray(values, float)
        known = np.isfinite(data)
        if not known.any():
            which = "held-out" if number else "training"
            return replace(line, explanation=f"No {which} document could be measured.")
        names = _groups(groups, known)
        sides.append(mean_interval(data[known], None, names, BOTH, seed=seed + number))
    seen, unseen = sides
    value = seen.value - unseen.value
    # MOVER for a difference of two independent means.
    low = value - math.hypot(seen.value - seen.low, unseen.high - unseen.value)
    high = value + math.hypot(seen.high - seen.value, unseen.value - unseen.low)
    estimate = Estimate(value, low, high, min(seen.n, unseen.n))
    spread = (value - low) / 1.645
    unit = "sites" if measure.seen_groups else line.unit
    line = replace(line, p_fail=_p_of_excess(value - limit, spread), unit=unit)
    return settle(line, estimate, limit, above=False, say=nats, hoped=0.0)


def nats(value: float) -> str:
    """Return a difference of losses as it is written."""
    return f"{value:+.3f} nats"


def auc_below(check: Check, measure: Ranking, limit: float, seed: int) -> GateLine:
    """Return the line of how well a score tells two classes apart that it should not."""
    line = check.empty(limit=f"upper bound at most {limit:.2f}")
    scores, labels = np.asarray(measure.scores, float), np.asarray(measure.labels, bool)
    known = np.isfinite(scores)
    if not labels[known].any() or labels[known].all():
        return replace(line, explanation="There are not texts of both kinds.")
    groups = _groups(measure.groups, known)
    estimate = auc(scores[known], labels[known], groups, BOTH, seed=seed)
    spread = (estimate.value - estimate.low) / 1.645
    unit = "sites" if groups else line.unit
    line = replace(line, p_fail=_p_of_excess(estimate.value - limit, spread), unit=unit)
    return settle(line, estimate, limit, above=False, say=lambda v: f"{v:.2f}", hoped=0.5)
