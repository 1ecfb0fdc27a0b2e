"""Distinguishability: how well a fresh classifier tells generated texts from real documents.

The classifier is always the same: the style classifier's features, both heads together, learnt on
these texts alone and tested on sites that it did not learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ErastyleError
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.statistics.ranking import auc
from erastyle.eval.style.features import HEADS, Text, extract
from erastyle.eval.style.fitting import MIN_DOCUMENTS, LabelledFeatures, fit_head

CROPPED = 0.8
"""Share of the shorter of two texts that is left of both, so that neither shows how it ends."""


@dataclass(frozen=True, slots=True)
class Separation:
    """How generated texts and real documents were told apart.

    Attributes:
        scores: Higher means generated. Shape: (texts,).
        labels: Whether the text was generated. Shape: (texts,).
        sites: Site of each text. Shape: (texts,).
        estimate: AUC with its interval, over sites.
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.int64]
    sites: NDArray[np.str_]
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Distinguishability:
    """Distinguishability of generated texts from real documents, or why it was not measured.

    Attributes:
        separation: Of generated texts from real ones; None with a `problem`.
        control: AUC of real documents against others of the same sites, measured the same way: 0.5
            but for chance. None where there are too few.
        problem: Why there is no separation, or empty.
    """

    separation: Separation | None
    control: Estimate | None = None
    problem: str = ""


def measure(
    generated: Sequence[Text], real: Sequence[Text], sites: Sequence[str], seed: int
) -> Distinguishability:
    """Return the distinguishability of generated texts; too few texts give a problem.

    Args:
        generated: Texts of a model.
        real: The document that each brief was made from, so that topics are the same.
        sites: Site of each brief.
        seed: Same texts and seed, same result.
    """
    pairs = [of_one_length(*pair) for pair in zip(generated, real, strict=True)]
    ours, theirs = [list(side) for side in zip(*pairs, strict=True)] if pairs else ([], [])
    try:
        separation = separate(ours, theirs, [*sites, *sites], seed)
    except ErastyleError as error:
        return Distinguishability(None, None, str(error))
    return Distinguishability(separation, _real_against_real(theirs, sites, seed))


def of_one_length(one: Text, other: Text) -> tuple[Text, Text]:
    """Return the beginnings of two texts, equally long and without the end of either."""
    size = int(CROPPED * min(len(one.body), len(other.body)))
    return (
        Text(_beginning(one.body, size), "", one.format),
        Text(_beginning(other.body, size), "", other.format),
    )


def _beginning(body: str, size: int) -> str:
    """Return the first `size` characters at most, without half a tag or half a word."""
    part = body[:size]
    if part.rfind("<") > part.rfind(">"):
        return part[: part.rfind("<")]
    return (
        part
        if len(body) <= size or not body[size : size + 1].isalnum()
        else (part[: max(part.rfind(" "), part.rfind("\n"), part.rfind(">")) + 1])
    )


def _real_against_real(real: Sequence[Text], sites: Sequence[str], seed: int) -> Estimate | None:
    """Return the AUC of one half of the documents of each site against the other half."""
    order = np.random.default_rng(seed).permutation(len(real))
    seen: dict[str, int] = {}
    halves: tuple[list[int], list[int]] = ([], [])
    for n in order.tolist():
        turn = seen[sites[n]] = seen.get(sites[n], len(seen)) + 1
        halves[turn % 2].append(n)
    one, other = halves
    try:
        texts = [real[n] for n in one], [real[n] for n in other]
        return separate(*texts, [sites[n] for n in (*one, *other)], seed).estimate
    except ErastyleError:
        return None


def distinguishability(
    generated: Sequence[Text],
    real: Sequence[Text],
    groups: Sequence[str] | None = None,
    seed: int = 1,
) -> Estimate:
    """Return the AUC of a fresh classifier between generated and real documents, with its interval.

    0.5 means that it cannot tell them apart. It is cross-validated and judges the whole page, both
    heads together. A generated text counts as told where it is too short to judge, or has no markup
    and all real ones have.

    Args:
        generated: Texts of a model.
        real: Documents that the model was not trained on.
        groups: Site or brief of each text, generated then real; a fold never splits a group.
            Without it every text is a group of its own.
        seed: Same texts and seed, same result.

    Raises:
        ModelError: Too few texts.
    """
    names = groups or [f"{i:06d}" for i in range(len(generated) + len(real))]
    separation = separate(generated, real, names, seed)
    if groups is not None:
        return separation.estimate
    return auc(separation.scores, separation.labels, seed=seed)


def separate(
    generated: Sequence[Text], real: Sequence[Text], groups: Sequence[str], seed: int
) -> Separation:
    """Return how a fresh classifier tells generated texts from real ones; see `distinguishability`.

    Raises:
        ModelError: Too few texts.
    """
    texts = [*generated, *real]
    labels = [1] * len(generated) + [0] * len(real)
    documents = LabelledFeatures.of(extract(texts, english=False), labels, groups)
    judged = documents.judged()
    total = np.full(len(texts), np.nan)
    total[judged] = 0.0
    without: list[int] = []
    for head in HEADS:
        have = documents.with_head(head, judged)
        lacking = np.setdiff1d(judged, have)
        if (documents.labels[lacking] == 0).any():
            continue  # real texts without markup: the prose decides
        without += lacking.tolist()
        if (documents.labels[have] == 1).sum() >= MIN_DOCUMENTS:
            _, crossed = fit_head(documents, head, have, seed)
            total[have] += crossed[have]
    # Nobody takes three words for a document, or a text without a tag for a page: neither is a way
    # to be unnoticed.
    total[without] = np.nan
    told = np.isnan(total) & (documents.labels == 1)
    total[told] = (np.nanmax(total) if np.isfinite(total).any() else 0.0) + 1
    known = np.flatnonzero(~np.isnan(total))
    scores, truth, sites = total[known], documents.labels[known], documents.sites[known]
    return Separation(scores, truth, sites, auc(scores, truth, groups=sites, seed=seed))
