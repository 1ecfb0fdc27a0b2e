"""Distinguishability: how well a fresh classifier tells generated texts from real documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erastyle.corpus.errors import ErastyleError
from erastyle.eval.statistics.intervals import Estimate
from erastyle.eval.statistics.ranking import auc
from erastyle.eval.style.features import HEADS, Text, extract
from erastyle.eval.style.fitting import LabelledFeatures, fit_head


@dataclass(frozen=True, slots=True)
class Distinguishability:
    """Distinguishability of generated texts from real documents, or why it was not measured.

    Attributes:
        estimate: AUC with its interval; None with a `problem`.
        problem: Why there is no estimate, or empty.
    """

    estimate: Estimate | None
    problem: str = ""


def measure(
    generated: Sequence[Text], real: Sequence[Text], groups: Sequence[str], seed: int
) -> Distinguishability:
    """Return the distinguishability of generated texts; too few texts give a problem."""
    try:
        return Distinguishability(distinguishability(generated, real, groups, seed))
    except ErastyleError as error:
        return Distinguishability(None, str(error))


def distinguishability(
    generated: Sequence[Text],
    real: Sequence[Text],
    groups: Sequence[str] | None = None,
    seed: int = 1,
) -> Estimate:
    """Return the AUC of a fresh classifier between generated and real documents, with its interval.

    0.5 means that it cannot tell them apart. It is cross-validated and judges the whole page, both
    heads together.

    Args:
        generated: Texts of a model.
        real: Documents that the model was not trained on.
        groups: Site or brief of each text, generated then real; a fold never splits a group.
            Without it every text is a group of its own.
        seed: Same texts and seed, same result.

    Raises:
        ModelError: Too few texts.
    """
    texts = [*generated, *real]
    names = list(groups) if groups is not None else [f"{i:06d}" for i in range(len(texts))]
    labels = [1] * len(generated) + [0] * len(real)
    documents = LabelledFeatures.of(extract(texts, english=False), labels, names)
    judged = documents.judged()
    total = np.zeros(len(texts))
    for head in HEADS:
        have = documents.with_head(head, judged)
        if len(have) < len(judged):
            continue  # texts without markup: the prose decides
        _, crossed = fit_head(documents, head, have, seed)
        total[have] += crossed[have]
    known = judged[~np.isnan(total[judged])]
    sites = documents.sites[known] if groups is not None else None
    return auc(total[known], documents.labels[known], groups=sites, seed=seed)
