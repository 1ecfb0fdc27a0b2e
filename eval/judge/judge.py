"""The judge of an era: four questions, each gate learnt from real documents, one verdict.

`EraJudge.fit` learns from documents of the era by site and from texts of other kinds. Every gate
is calibrated on documents of sites that its models did not learn (folds by site); the judge that is
kept has learnt from all. The score of a text is its weakest gate, percentile over budget, and the
threshold lies where most real documents pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.judge import ending_rules, neutral_models
from erastyle.eval.judge.gates import GATE, QUESTIONS, RealRange, weakest
from erastyle.eval.judge.judge_fitting import fitted
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.judgement import Judgement, QuestionAnswer, Verdict_
from erastyle.eval.judge.learning_texts import ContrastText, check, chosen_contrast, chosen_real
from erastyle.eval.judge.percentiles import gate_percentiles
from erastyle.eval.judge.questions import form as form_question
from erastyle.eval.judge.questions import time as time_question
from erastyle.eval.judge.questions import voice as voice_question
from erastyle.eval.judge.questions.learnt import LearntQuestions
from erastyle.eval.judge.questions.neutral import NeutralModel
from erastyle.eval.judge.questions.voice import FAMILIES, ContrastView
from erastyle.eval.judge.views import Measured, TextView, views
from erastyle.eval.style import storage
from erastyle.eval.style.features import Text

VERSION = 4
HEARD = 100
"""Texts of each kind of contrast that a neutral model hears: half a second each."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Percentiles of texts by gate, and of each text the score and the gate that it is of."""

    percentiles: Measured
    scores: NDArray[np.float64]
    gates: list[str]


@dataclass(frozen=True, slots=True)
class _End:
    """What a rule says of a text: no reason, and the gates are asked."""

    outcome: Verdict_
    reason: str
    later: Sequence[Hit]


@dataclass(slots=True)
class EraJudge:
    """The judge of one era. `fit` makes one, `save` and `load` keep it.

    Attributes:
        era: Name of the era profile.
        formats: Formats of the era's documents.
        language: Language of the era's documents.
        recipe: What the judge was made with.
        threshold: The score from which a text passes.
        neutral: Name and digest of the language model that it reads with; empty: none.
        notes: What there is to say about how the judge was made.
        sites: Number of sites of real documents.
    """

    era: str
    formats: tuple[str, ...]
    language: str
    recipe: JudgeRecipe
    threshold: float
    neutral: str
    notes: tuple[str, ...]
    sites: int
    _questions: LearntQuestions
    _ranges: dict[str, RealRange]
    _model: NeutralModel | None = field(default=None, repr=False)

    @classmethod
    def fit(
        cls,
        real: Sequence[Text],
        sites: Sequence[str],
        contrast: Sequence[ContrastText],
        era: Era,
        recipe: JudgeRecipe | None = None,
        *,
        neutral: NeutralModel | None = None,
    ) -> EraJudge:
        """Return a judge of `era`.

        Args:
            real: Documents of the era.
            sites: Site of each document.
            contrast: Everything else: modern pages, modern texts, general texts, machine text,
                other eras. Never the output of a model tuned on the era.
            era: The era's profile.
            recipe: What to make the judge with.
            neutral: A neutral language model to read with; None: the judge reads without one.

        Raises:
            ModelError: Too few documents, sites or comparison texts.
        """
        recipe = recipe or JudgeRecipe()
        check(real, sites, contrast, era)
        seen, groups = chosen_real(views(list(real)), sites, recipe)
        other = chosen_contrast(
            [ContrastView(TextView(c.text), c.kind, c.family) for c in contrast], recipe
        )
        if neutral is not None:
            read_views(seen, neutral)
            order_views(seen, neutral)
            hear_views(other, neutral)
        made = fitted(seen, groups, other, era, recipe)
        return cls(
            era.name,
            tuple(era.formats),
            era.language,
            recipe,
            made.threshold,
            neutral.name if neutral else "",
            made.notes,
            made.sites,
            made.questions,
            made.ranges,
            neutral,
        )

    @property
    def mode(self) -> str:
        """Whether the judge reads with a language model; scores of two modes are not compared."""
        return f"with {self.neutral}" if self.neutral else "without a language model"

    def judge(
        self,
        texts: Sequence[Text],
        briefs: Sequence[str] | None = None,
        *,
        copied: Callable[[Text], int] | None = None,
    ) -> list[Judgement]:
        """Return a judgement of each text.

        Args:
            texts: Texts to judge.
            briefs: The request of each: what it names is not held against the text.
            copied: Returns the longest run of tokens that a text shares with a source.

        Raises:
            ModelError: The judge reads with a language model that is not on this machine.
        """
        return self.judge_views(views(list(texts)), briefs, copied=copied)

    def judge_views(
        self,
        seen: Sequence[TextView],
        briefs: Sequence[str] | None = None,
        *,
        copied: Callable[[Text], int] | None = None,
    ) -> list[Judgement]:
        """Return a judgement of each text as `judge` does, of views that were made before.

        A language model reads what no rule ends, and looks at the order of sentences only where
        nothing but that order can fail the text: what the threshold was set by was looked at too.
        """
        if not seen:
            return []
        asked = briefs or [""] * len(seen)
        ends = [self._end(v, brief, copied) for v, brief in zip(seen, asked, strict=True)]
        if self.neutral:
            model = self._reader()
            left = [v for v, end in zip(seen, ends, strict=True) if not end.reason]
            read_views(left, model)
            percentiles = self._weighed(seen).percentiles
            percentiles.pop("sequence", None)
            scores, _ = weakest(percentiles, len(seen))
            asked_for = [
                view
                for view, score, end in zip(seen, scores, ends, strict=True)
                if score >= self.threshold and not end.reason
            ]
            order_views(asked_for, model)
        weighed = self._weighed(seen)
        return [self._one(n, view, ends[n], weighed) for n, view in enumerate(seen)]

    def _weighed(self, seen: Sequence[TextView]) -> _Weighed:
        percentiles = gate_percentiles(self._questions.measure(seen), self._ranges, seen)
        return _Weighed(percentiles, *weakest(percentiles, len(seen)))

    def voice(self, texts: Sequence[Text]) -> NDArray[np.float64]:
        """Return the calibrated voice of texts: the percentile of real documents. Shape: (n,)."""
        seen = views(list(texts))
        if self.neutral:
            read_views(seen, self._reader())
        return self._weighed(seen).percentiles["voice"]

    def save(self, path: Path) -> str:
        """Write the judge to one file, atomically, and return the sha256 of the file."""
        return storage.write(
            path,
            {
                "version": VERSION,
                "era": self.era,
                "formats": list(self.formats),
                "language": self.language,
                "recipe": [getattr(self.recipe, f) for f in JudgeRecipe.__slots__],
                "threshold": self.threshold,
                "neutral": self.neutral,
                "notes": list(self.notes),
                "sites": self.sites,
                **self._questions.plain(),
                "ranges": {name: r.plain() for name, r in self._ranges.items()},
            },
        )

    @classmethod
    def load(cls, path: Path, sha256: str, neutral: NeutralModel | None = None) -> EraJudge:
        """Return the judge of a file that `save` wrote.

        Args:
            path: The file.
            sha256: What `save` returned.
            neutral: The language model that the judge reads with; None: it is loaded by its name
                when it is first needed.

        Raises:
            ModelError: The file is missing, is not the one that was written, is of another version,
                or holds anything but numbers and text.
        """
        state = storage.read(path, sha256, VERSION, "judge")
        judge = cls(
            state["era"],
            tuple(state["formats"]),
            state["language"],
            JudgeRecipe(*state["recipe"]),
            state["threshold"],
            state["neutral"],
            tuple(state["notes"]),
            state["sites"],
            LearntQuestions.of_plain(state),
            {name: RealRange.of_plain(r) for name, r in state["ranges"].items()},
        )
        if neutral is not None:
            judge._model = judge._same(neutral)
        return judge

    def _reader(self) -> NeutralModel:
        """Return the language model that the judge reads with, loaded when it is first needed."""
        if self._model is None:
            self._model = neutral_models.load(self.neutral.partition(" ")[0])
        return self._same(self._model)

    def _same(self, model: NeutralModel) -> NeutralModel:
        if model.name != self.neutral:
            raise ModelError(
                f"The judge was made {self.mode} and is asked with {model.name}: their scores "
                "cannot be compared. Give the same one, or learn the judge again."
            )
        return model

    def _end(self, view: TextView, brief: str, copied: Callable[[Text], int] | None) -> _End:
        """Return what a rule says of a text before any gate is asked."""
        if reason := ending_rules.why_not_judged(view, self.language):
            return _End("cannot judge", f"Cannot be judged: {reason}.", [])
        later = self._questions.time.later(view, brief)
        broken = ending_rules.why_broken(view, later, self.formats, copied, brief)
        return _End("fails", f"Fails: {broken}." if broken else "", later)

    def _one(self, at: int, view: TextView, end: _End, weighed: _Weighed) -> Judgement:
        percentiles = weighed.percentiles
        score, gate = float(weighed.scores[at]), weighed.gates[at]
        smooth = percentiles.get("smooth")
        figures = {} if smooth is None or np.isnan(smooth[at]) else {"smooth": float(smooth[at])}
        note, limit = self._note(view), self.threshold
        if end.outcome == "cannot judge":
            return Judgement("cannot judge", 0.0, limit, (), end.reason, note, figures)
        answers = self._answers(at, view, percentiles, end.later)
        if end.reason:
            return Judgement("fails", 0.0, limit, answers, end.reason, note, figures)
        if score < limit:
            why = next(a.evidence for a in answers if a.question == GATE[gate].question)
            sentence = f"Fails: {why or GATE[gate].words}."
            return Judgement("fails", score, limit, answers, sentence, note, figures)
        shares = {a.question: a.percentile for a in answers if a.percentile is not None}
        weak = min(shares, key=lambda question: shares[question])  # as the answers show it
        sentence = (
            f"Passes: at its weakest, {weak}, {100 * shares[weak]:.0f} of 100 real documents are "
            "no better."
        )
        return Judgement("passes", score, limit, answers, sentence, note, figures)

    def _note(self, view: TextView) -> str:
        if view.text.format in self.formats:
            return ""
        mine, era = ("page", "plain text") if view.page else ("plain text", "page")
        return f"A {mine} where the era has {era}s: judged for voice and sense, not for form."

    def _answers(
        self, at: int, view: TextView, percentiles: Measured, later: Sequence[Hit]
    ) -> tuple[QuestionAnswer, ...]:
        answers = []
        for question in QUESTIONS:
            gates = {
                name: float(values[at])
                for name, values in percentiles.items()
                if name in GATE and GATE[name].question == question and not np.isnan(values[at])
            }
            if question == "time":
                weight = np.array([time_question.amount(later)])
                share = float(self._ranges["time"].percentile(weight)[0])
                said = ending_rules.later_words(later) if later else ""
                answers.append(QuestionAnswer(question, share, said, {"later": share}))
                continue
            if not gates:
                answers.append(QuestionAnswer(question, None, "", gates))
                continue
            low = min(gates, key=lambda name: gates[name] / GATE[name].budget)
            fails = gates[low] / GATE[low].budget < self.threshold
            said = self._evidence(low, view, _closest(percentiles, at)) if fails else ""
            answers.append(QuestionAnswer(question, gates[low], said, gates))
        return tuple(answers)

    def _evidence(self, gate: str, view: TextView, family: str) -> str:
        words = GATE[gate].words
        if gate == "voice" and family:
            against = self._questions.voice.unlike(view, family)
            said = FAMILIES.get(family.partition(":")[0], words)
            return f"{said}: {', '.join(f'“{w}”' for w in against)}" if against else said
        if gate == "dialect":
            return f"{words}: {form_question.strange_tags(view, self._questions.form.markup)}"
        if gate == "cliches":
            phrases = list(dict.fromkeys(voice_question.cliches(view)))
            return f"{words}: {', '.join(f'“{w}”' for w in phrases[:5])}"
        if gate == "amount":
            return f"{words}: {view.count} words"
        return words


def _closest(percentiles: Measured, at: int) -> str:
    """Return the family of contrast that a text is closest to, or nothing."""
    values = {
        name.removeprefix("voice "): float(v[at])
        for name, v in percentiles.items()
        if name.startswith("voice ") and not np.isnan(v[at])
    }
    return min(values, key=lambda name: values[name]) if values else ""


def read_views(seen: Sequence[TextView], neutral: NeutralModel) -> None:
    """Let a neutral model read every text that it has not read yet."""
    new = [v for v in seen if v.reading is None]
    for view, reading in zip(new, neutral.read([v.prose for v in new]), strict=True):
        view.reading = reading


def order_views(seen: Sequence[TextView], neutral: NeutralModel) -> None:
    """Let a neutral model look at the order of sentences of texts."""
    new = [v for v in seen if np.isnan(v.order)]
    for view, gain in zip(new, neutral.order([v.prose for v in new]), strict=True):
        view.order = gain


def hear_views(contrast: Sequence[ContrastView], neutral: NeutralModel) -> None:
    """Let a neutral model hear the first `HEARD` texts of each kind of contrast."""
    counts: Counter[str] = Counter()
    kept = []
    for row in contrast:
        counts[row.kind] += 1
        if counts[row.kind] <= HEARD and row.view.reading is None:
            kept.append(row.view)
    for view, reading in zip(kept, neutral.hear([v.prose for v in kept]), strict=True):
        view.reading = reading
