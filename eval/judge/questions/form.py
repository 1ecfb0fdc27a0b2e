"""Form: is the text made like documents of the era? Tags, dialect, headers and layout.

Learnt from real documents alone: a language model of their tags (with the names of attributes) or
of their kinds of lines. What no page of the era has is improbable whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.anachronism import hits as anachronism
from erastyle.eval.judge.judge_recipe import FeatureSet
from erastyle.eval.judge.questions.ngrams import NgramModel, Tokens
from erastyle.eval.judge.views import Measured, TextView

TAG_ORDER = 3
LINE_ORDER = 3
SHRINK = 5.0
"""Tags or lines of the average document that a short text is taken to have besides its own."""
MIN_TAGS = 2
"""Fewest tags of a page: a text without any is no page of any era."""


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """What was learnt of the form of real documents.

    Attributes:
        markup: The era's level of markup.
        tags: Language model of tags; None where the era has no pages.
        tag_mean: Mean log probability of a tag of real pages.
        lines: Language model of kinds of lines; None where the era has no plain texts.
        line_mean: Mean log probability of a line.
        features: Which view of tags is taken.
    """

    markup: str
    tags: NgramModel | None
    tag_mean: float
    lines: NgramModel | None
    line_mean: float
    features: FeatureSet

    @classmethod
    def fit(cls, real: Sequence[TextView], features: FeatureSet, markup: str) -> FormQuestion:
        """Return what real documents look like.

        Args:
            real: Real documents.
            features: Which view of tags is taken.
            markup: The era's level of markup.
        """
        tags, tag_mean = _learn([_tags(v, features) for v in real if v.page], _order(features))
        lines, line_mean = _learn([v.lines for v in real if not v.page], LINE_ORDER)
        return cls(markup, tags, tag_mean, lines, line_mean, features)

    def measure(self, views: Sequence[TextView]) -> Measured:
        """Return what is measured of the form of texts."""
        measured = {
            name: np.full(len(views), np.nan) for name in ("tags", "dialect", "nesting", "layout")
        }
        pages = [n for n, v in enumerate(views) if v.page]
        if self.tags is not None and pages:
            asked = [_tags(views[n], self.features) for n in pages]
            measured["tags"][pages] = _shrunk(self.tags, self.tag_mean, asked)
            measured["dialect"][pages] = [
                anachronism.dialect_validity(views[n].text.body, self.markup).share for n in pages
            ]
            measured["nesting"][pages] = [-views[n].strays for n in pages]
        texts = [n for n, v in enumerate(views) if not v.page]
        if self.lines is not None and texts:
            asked = [views[n].lines for n in texts]
            measured["layout"][texts] = _shrunk(self.lines, self.line_mean, asked)
        return measured

    def plain(self) -> dict[str, Any]:
        """Return the question as arrays and numbers."""
        state: dict[str, Any] = {
            "markup": self.markup,
            "features": self.features,
            "tag_mean": self.tag_mean,
            "line_mean": self.line_mean,
        }
        if self.tags is not None:
            state["tags"] = self.tags.plain()
        if self.lines is not None:
            state["lines"] = self.lines.plain()
        return state

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> FormQuestion:
        """Return the question that `plain` took apart."""
        tags = NgramModel.of_plain(state["tags"]) if "tags" in state else None
        lines = NgramModel.of_plain(state["lines"]) if "lines" in state else None
        return cls(
            state["markup"], tags, state["tag_mean"], lines, state["line_mean"], state["features"]
        )


def strange_tags(view: TextView, markup: str) -> str:
    """Return the tags of a page that are later than the era, the first three, or nothing."""
    return ", ".join(anachronism.dialect_validity(view.text.body, markup).too_new[:3])


def _order(features: FeatureSet) -> int:
    return 1 if features == "words" else TAG_ORDER


def _tags(view: TextView, features: FeatureSet) -> Tokens:
    return view.value_tokens if features == "words" else view.tag_tokens


def _learn(sequences: list[Tokens], order: int) -> tuple[NgramModel | None, float]:
    kept = [s for s in sequences if len(s)]
    if not kept:
        return None, 0.0
    model = NgramModel.fit(kept, order)
    return model, float(np.nanmean(model.logs(kept)[-1]))


def _shrunk(model: NgramModel, mean: float, asked: list[Tokens]) -> NDArray[np.float64]:
    """Return mean log probabilities, short texts drawn towards the average document."""
    logs = model.logs(asked)[-1]
    lengths = np.array([len(a) for a in asked], np.float64)
    total = np.where(lengths > 0, logs, 0.0) * lengths
    shrunk: NDArray[np.float64] = (total + SHRINK * mean) / (lengths + SHRINK)
    return np.where(lengths >= MIN_TAGS, shrunk, model.floor)
