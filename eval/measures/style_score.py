"""Style: does the style classifier take the outputs for documents of the era?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.era import Gate
from erastyle.eval.gate import checks
from erastyle.eval.gate.check import Check
from erastyle.eval.gate.line import GateLine
from erastyle.eval.material import Material
from erastyle.eval.measurement import Measurement, Paired
from erastyle.eval.metric import OUTPUT_ROWS, Metric, finite, mean_of_known
from erastyle.eval.statistics.bootstrap import mean_interval, paired_bootstrap
from erastyle.eval.style.features import HEADS


def _gain(view: str) -> Check:
    return Check(
        f"style_gain.{view}",
        f"style gain: {view}",
        f"gain in the probability of being of the era, {view}, same briefs; a text of the "
        "fine-tuned model that cannot be judged counts 0",
        "min_style_gain",
        Paired,
        checks.gain,
        on_briefs=True,
        of_texts=True,
    )


CHECKS = tuple(_gain(view) for view in HEADS)


@dataclass(frozen=True, slots=True)
class StyleResult:
    """Style scores of all texts.

    Attributes:
        views: Heads of the style classifier that the era has.
        base: Scores of the base model's texts by head. Shape of each: (texts,).
        style: Scores of the fine-tuned model's texts by head.
        real: Scores of real documents by head.
        sites: Site of each brief.
        threshold: Score that 90 % of real held-out documents reach.
    """

    views: tuple[str, ...]
    base: Mapping[str, NDArray[np.float64]]
    style: Mapping[str, NDArray[np.float64]]
    real: Mapping[str, NDArray[np.float64]]
    sites: Sequence[str]
    threshold: float


def measure(material: Material) -> StyleResult:
    """Measure the style of all texts."""
    return StyleResult(
        tuple(head for head in HEADS if material.html or head != "markup"),
        material.base.scores.scores,
        material.style.scores.scores,
        material.real.scores.scores,
        material.style.sites,
        material.classifier.threshold,
    )


def metrics(result: StyleResult) -> list[Metric]:
    """Return the style scores and the share above the threshold."""
    scores = [_score(result, view) for view in (*result.views, "era")]
    return [*scores, _passing(result)]


def _score(result: StyleResult, view: str) -> Metric:
    before, after = (np.asarray(s[view], float) for s in (result.base, result.style))
    known = ~np.isnan(before) & ~np.isnan(after)
    difference = low = high = alone_low = alone_high = None
    if known.sum() >= 2:
        estimate = paired_bootstrap(
            before[known].tolist(), after[known].tolist(), _chosen(result.sites, known)
        )
        difference, low, high = map(finite, (estimate.value, estimate.low, estimate.high))
    judged = ~np.isnan(after)
    if judged.sum() >= 2:
        own = mean_interval(after[judged].tolist(), None, _chosen(result.sites, judged))
        # A mean of probabilities is one; the end that is moved out for skewness may not be.
        alone_low, alone_high = finite(max(0.0, own.low)), finite(min(1.0, own.high))
    unjudged = int(np.isnan(before).sum()), int(np.isnan(after).sum())
    note = "The probability that people of the era wrote the text."
    if any(unjudged):
        note += f" Not judged: {unjudged[0]} of the base, {unjudged[1]} of the fine-tuned model."
    whole = view == "era"
    return Metric(
        id="style_score" if whole else f"style_score.{view}",
        name="style, the lower of the two" if whole else f"style of the {view}",
        unit="probability",
        base=mean_of_known(before),
        style=mean_of_known(after),
        real=mean_of_known(result.real[view]),
        difference=difference,
        low=low,
        high=high,
        better="higher",
        note=note,
        group="style",
        rows=OUTPUT_ROWS,
        style_low=alone_low,
        style_high=alone_high,
    )


def _chosen(sites: Sequence[str], chosen: NDArray[np.bool_]) -> list[str]:
    return [site for site, yes in zip(sites, chosen, strict=True) if yes]


def _passing(result: StyleResult) -> Metric:
    plain, styled, period = (
        float(passes(scores["era"], result.threshold).mean())
        for scores in (result.base, result.style, result.real)
    )
    return Metric(
        id="style_score.above",
        name="texts above the threshold of the style classifier",
        unit="share",
        base=plain,
        style=styled,
        real=period,
        difference=styled - plain,
        better="higher",
        note=f"Above {result.threshold:.2f}, which 90 % of real held-out documents reach. It sees "
        "neither word order nor loops: those are for the four questions.",
        group="style",
        rows=OUTPUT_ROWS,
    )


def passes(scores: Any, threshold: float) -> NDArray[np.bool_]:
    """Return which texts pass; one that cannot be judged does not. Shape: (texts,)."""
    return np.asarray(np.nan_to_num(scores, nan=0.0) >= threshold, dtype=np.bool_)


def items(result: StyleResult) -> dict[str, Measurement]:
    """Return the scores of each brief's texts, by view."""
    return {
        f"style_gain.{view}": Paired(
            result.base[view].tolist(), result.style[view].tolist(), tuple(result.sites)
        )
        for view in result.views
    }


def check(result: StyleResult, limits: Gate, seed: int) -> list[GateLine]:
    """Return the line of the gain in each view."""
    measured = items(result)
    return [one.line(measured[one.id], limits, seed) for one in CHECKS if one.id in measured]
