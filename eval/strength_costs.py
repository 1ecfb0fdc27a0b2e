"""What each strength of the style costs: general text and accuracy (option `score.strengths`)."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from erastyle.corpus.errors import ErastyleError
from erastyle.eval.baseline_stage import questions_of
from erastyle.eval.capability import scoring
from erastyle.eval.material import Material
from erastyle.eval.model_answers import general

EVERY = 4
"""Of the capability items, one in so many is asked at each strength."""

Costs = Mapping[float, tuple[float | None, float | None]]


def measure(material: Material) -> Costs:
    """Return, by strength, bits per byte of general text and the mean accuracy over the tasks.

    Nothing where no strengths are named, the models are not asked, or the method trains nothing.
    """
    if not (material.options.strengths and material.asked and material.trained):
        return {}
    begun, threads = time.monotonic(), material.options.threads
    texts = general(questions_of(material.options))
    tasks = scoring.shipped(every=material.options.every * EVERY)
    costs: dict[float, tuple[float | None, float | None]] = {}
    try:
        for strength in material.options.strengths:
            writer = material.pair.fine_tuned(strength)
            answered = scoring.score(writer.model, writer.tokenizer, tasks, threads=threads)
            cost = scoring.perplexity(writer.model, writer.tokenizer, texts, threads=threads)
            right = [t.accuracy for t in answered.tasks.values() if t.accuracy is not None]
            costs[strength] = cost.bits_per_byte, float(np.mean(right)) if right else None
        material.pair.fine_tuned(material.strength)
    except ErastyleError as error:
        material.problems.append(f"strengths: {error}")
    material.timed("strengths", begun)
    return costs
