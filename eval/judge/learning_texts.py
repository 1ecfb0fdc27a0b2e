"""The texts that a judge learns from: enough of them, and no site or kind with too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.eval.judge.ending_rules import MIN_WORDS
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.questions.voice import ContrastView
from erastyle.eval.judge.views import TextView
from erastyle.eval.style.features import Text, prose_of
from erastyle.eval.style.prose_features import words_of

MIN_DOCUMENTS = 20
"""Fewest real documents that a judge is learnt from."""
MIN_SITES = 2


@dataclass(frozen=True, slots=True)
class ContrastText:
    """A text that must not pass, to learn from.

    Attributes:
        text: The text.
        kind: What it is, in a word or two.
        family: What the era's voice is told from by it.
    """

    text: Text
    kind: str
    family: str


def check(
    real: Sequence[Text], sites: Sequence[str], contrast: Sequence[ContrastText], era: Era
) -> None:
    """Make sure that a judge can be made, before anything is learnt.

    Raises:
        ModelError: Too few documents, sites or comparison texts; says what to add.
    """
    if len(real) != len(sites):
        raise ModelError(f"The judge got {len(real)} documents and {len(sites)} sites.")
    usable = [s for t, s in zip(real, sites, strict=True)
              if len(words_of(prose_of(t))) >= MIN_WORDS]  # fmt: skip
    if len(usable) < MIN_DOCUMENTS:
        raise ModelError(
            f"The judge of {era.name} needs {MIN_DOCUMENTS} real documents of {MIN_WORDS} words, "
            f"and there are {len(usable)}: nothing can be judged. Add documents of the era."
        )
    if len(set(usable)) < MIN_SITES:
        raise ModelError(
            f"All {len(usable)} documents are of the site {usable[0]!r}: what holds for the era "
            "cannot be told from what holds for the site. Add documents of another site."
        )
    if len(contrast) < MIN_DOCUMENTS:
        raise ModelError(
            f"The judge of {era.name} needs {MIN_DOCUMENTS} comparison texts to tell the era's "
            f"voice from others, and there are {len(contrast)}. Give some with --contrast."
        )


def chosen_real(
    seen: Sequence[TextView], sites: Sequence[str], recipe: JudgeRecipe
) -> tuple[list[TextView], list[str]]:
    """Return the real documents that a judge learns from, with their sites."""
    kept = _sample(seen, sites, recipe.per_site, recipe.seed)
    return [seen[at] for at in kept], [sites[at] for at in kept]


def chosen_contrast(contrast: Sequence[ContrastView], recipe: JudgeRecipe) -> list[ContrastView]:
    """Return the texts of contrast that a judge learns from."""
    kinds = [row.kind for row in contrast]
    kept = _sample([row.view for row in contrast], kinds, recipe.per_kind, recipe.seed)
    return [contrast[at] for at in kept]


def _sample(seen: Sequence[TextView], groups: Sequence[str], most: int, seed: int) -> list[int]:
    """Return places of texts that are long enough, `most` of each group, in their order."""
    taken: dict[str, int] = {}
    kept: list[int] = []
    for at in np.random.default_rng(seed).permutation(len(seen)):
        group = groups[at]
        if taken.get(group, 0) < most and seen[at].count >= MIN_WORDS:
            taken[group] = taken.get(group, 0) + 1
            kept.append(int(at))
    return sorted(kept)
