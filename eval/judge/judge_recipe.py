"""What a judge is made with: features, budgets, and how many documents it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FeatureSet = Literal["characters", "words", "all"]
"""`characters`: character n-grams, word trigrams, tag trigrams. `words`: words and pairs of words,
word classes, kinds of attribute values. `all`: both."""


@dataclass(frozen=True, slots=True)
class JudgeRecipe:
    """What a judge is made with.

    Attributes:
        features: What the judge sees of a text.
        seed: Same documents and seed, same judge.
        folds: Parts of the sites that gates are calibrated on in turn.
        per_site: Most real documents of one site.
        per_kind: Most texts of one kind of contrast.
        pass_share: Share of real documents of calibration that pass.
    """

    features: FeatureSet = "characters"
    seed: int = 1
    folds: int = 8
    per_site: int = 40
    per_kind: int = 500
    pass_share: float = 0.92
