"""How a judge is learnt: gates are calibrated on sites that their models did not learn.

Documents are parted by site into folds. The questions learn from all other folds and measure the
fold that is kept aside; what is kept of the judge has learnt from all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erastyle.corpus.era import Era
from erastyle.eval.judge.ending_rules import why_broken, why_not_judged
from erastyle.eval.judge.gates import RealRange, real_threshold, site_weights, weakest
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.percentiles import gate_percentiles, real_ranges
from erastyle.eval.judge.questions import time as time_question
from erastyle.eval.judge.questions import voice as voice_question
from erastyle.eval.judge.questions.learnt import LearntQuestions, neighbour_lessons
from erastyle.eval.judge.questions.voice import ContrastView
from erastyle.eval.judge.views import Measured, TextView
from erastyle.eval.style.linear import folds

FEW_SITES = 10
"""Below so many sites of real documents the share of others that pass is uncertain."""


@dataclass(frozen=True, slots=True)
class FittedJudge:
    """What a judge has learnt.

    Attributes:
        questions: The four questions, learnt from all documents.
        ranges: Where real documents lie in each measure and gate.
        threshold: The score from which a text passes.
        notes: What there is to say about how the judge was made.
        sites: Number of sites of real documents.
    """

    questions: LearntQuestions
    ranges: dict[str, RealRange]
    threshold: float
    notes: tuple[str, ...]
    sites: int


def fitted(
    seen: list[TextView],
    sites: list[str],
    contrast: list[ContrastView],
    era: Era,
    recipe: JudgeRecipe,
) -> FittedJudge:
    """Return what a judge learns from documents of the era and from contrast.

    Args:
        seen: Documents of the era.
        sites: Site of each document.
        contrast: Everything that must not pass.
        era: The era's profile.
        recipe: What the judge is made with.
    """
    names = sorted(set(sites))
    count = min(recipe.folds, len(names))
    fold = folds(np.ones(len(seen), np.int64), np.asarray(sites), count, recipe.seed)
    models = voice_question.contrast_ngrams(contrast, recipe.features)
    lessons = neighbour_lessons(contrast)
    measured: Measured = {}
    later = np.zeros(len(seen))
    broken = np.zeros(len(seen), bool)
    for number in np.unique(fold):
        held = np.flatnonzero(fold == number)
        rest = np.flatnonzero(fold != number)
        part = LearntQuestions.fit(
            [seen[i] for i in rest],
            [sites[i] for i in rest],
            contrast,
            era,
            recipe,
            models=models,
            lessons=lessons,
        )
        mine = [seen[i] for i in held]
        for name, values in part.measure(mine).items():
            measured.setdefault(name, np.full(len(seen), np.nan))[held] = values
        for at, view in zip(held, mine, strict=True):
            hits = part.time.later(view)
            later[at] = time_question.amount(hits)
            broken[at] = bool(why_broken(view, hits, era.formats, None))
    weights = site_weights(sites)
    ranges = real_ranges(measured, weights, seen)
    time_range = RealRange.of(later, weights)
    if time_range is not None:
        ranges["time"] = time_range
    scores, _ = weakest(gate_percentiles(measured, ranges, seen), len(seen))
    unjudged = np.array([bool(why_not_judged(v, era.language)) for v in seen], bool)
    scores[broken] = 0.0
    known = np.flatnonzero(~unjudged)
    limit = real_threshold(scores[known], [sites[i] for i in known], recipe.pass_share)
    questions = LearntQuestions.fit(
        seen, sites, contrast, era, recipe, models=models, lessons=lessons
    )
    notes = _notes(seen, names, contrast, limit)
    return FittedJudge(questions, ranges, limit, notes, len(names))


def _notes(
    seen: Sequence[TextView],
    sites: Sequence[str],
    contrast: Sequence[ContrastView],
    limit: float,
) -> tuple[str, ...]:
    kinds = sorted({c.kind for c in contrast})
    notes = [
        f"Learnt from {len(seen)} real documents of {len(sites)} sites against "
        f"{len(contrast)} texts of {len(kinds)} kinds: {', '.join(kinds)}."
    ]
    if len(sites) < FEW_SITES:
        notes.append(
            f"With {len(sites)} sites the share of other sites' documents that pass may differ "
            "from what was aimed at; more sites make it sure."
        )
    if limit <= 0:
        notes.append(
            "Rules alone fail more real documents than may fail: the threshold is 0. Look at the "
            "documents: are they of the era?"
        )
    return tuple(notes)
