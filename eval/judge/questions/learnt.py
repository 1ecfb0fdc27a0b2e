"""The four questions of a judge together: learnt, measured, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from erastyle.corpus.era import Era
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.questions.form import FormQuestion
from erastyle.eval.judge.questions.neighbours import NeighbourLessons
from erastyle.eval.judge.questions.neutral import LONG_ENOUGH, NeutralReading
from erastyle.eval.judge.questions.ngrams import NgramModel
from erastyle.eval.judge.questions.sense import SenseQuestion
from erastyle.eval.judge.questions.sequence import SequenceQuestion
from erastyle.eval.judge.questions.time import TimeQuestion
from erastyle.eval.judge.questions.voice import ContrastView, VoiceQuestion
from erastyle.eval.judge.views import Measured, TextView


@dataclass(frozen=True, slots=True)
class LearntQuestions:
    """What was learnt of each question.

    Attributes:
        form: Tags, dialect, headers and layout.
        voice: The era's prose against other prose.
        sense: Word order.
        sequence: Order of sentences and of texts between tags, a part of sense.
        time: What is later than the era.
    """

    form: FormQuestion
    voice: VoiceQuestion
    sense: SenseQuestion
    sequence: SequenceQuestion
    time: TimeQuestion

    @classmethod
    def fit(
        cls,
        seen: Sequence[TextView],
        sites: Sequence[str],
        contrast: Sequence[ContrastView],
        era: Era,
        recipe: JudgeRecipe,
        *,
        models: Mapping[str, NgramModel],
        lessons: NeighbourLessons,
    ) -> LearntQuestions:
        """Return the questions as documents of the era and contrast teach them.

        Args:
            seen: Documents of the era.
            sites: Site of each document.
            contrast: Everything that must not pass.
            era: The era's profile.
            recipe: What the judge is made with.
            models: N-gram model of each family of contrast (`contrast_ngrams`).
            lessons: What contrast teaches of the order of sentences (`neighbour_lessons`).
        """
        features = recipe.features
        return cls(
            FormQuestion.fit(seen, features, era.markup),
            VoiceQuestion.fit(seen, sites, contrast, features, seed=recipe.seed, models=models),
            SenseQuestion.fit([*seen, *(c.view for c in contrast)], features),
            SequenceQuestion.fit(seen, sites, lessons),
            TimeQuestion.fit(seen, sites, era.lexicon_cutoff),
        )

    def measure(self, seen: Sequence[TextView]) -> Measured:
        """Return what is measured of texts, by gate and part."""
        measured = self.form.measure(seen) | self.voice.measure(seen) | self.sense.measure(seen)
        measured |= self.sequence.measure(seen)
        if any(v.reading is not None for v in seen):
            measured["rough.all.bits"] = -np.array([_bits(v.reading) for v in seen])
            measured["rough.all.share"] = -np.array([_rough(v.reading) for v in seen])
            measured["sequence.all.neutral"] = np.array([v.order for v in seen])
        return measured

    def plain(self) -> dict[str, Any]:
        """Return the questions as arrays, numbers and text."""
        return {
            "form": self.form.plain(),
            "voice": self.voice.plain(),
            "sense": self.sense.plain(),
            "sequence": self.sequence.plain(),
            "time": self.time.plain(),
        }

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> LearntQuestions:
        """Return the questions that `plain` took apart."""
        return cls(
            FormQuestion.of_plain(state["form"]),
            VoiceQuestion.of_plain(state["voice"]),
            SenseQuestion.of_plain(state["sense"]),
            SequenceQuestion.of_plain(state["sequence"]),
            TimeQuestion.of_plain(state["time"]),
        )


def neighbour_lessons(contrast: Sequence[ContrastView]) -> NeighbourLessons:
    """Return what contrast teaches of the order of sentences.

    Prose that was poured into the tags of another page is left out: its units are no sentences.
    """
    return NeighbourLessons.of([c.view for c in contrast if not c.kind.endswith(" in form")])


def _bits(reading: NeutralReading | None) -> float:
    enough = reading is not None and reading.tokens >= LONG_ENOUGH
    return reading.bits_per_byte if enough and reading else np.nan


def _rough(reading: NeutralReading | None) -> float:
    enough = reading is not None and reading.tokens >= LONG_ENOUGH
    return reading.rough_share if enough and reading else np.nan
