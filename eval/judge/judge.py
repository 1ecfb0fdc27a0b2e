"""The judge of an era: four questions, each gate learnt from real documents, one verdict.

`EraJudge.fit` learns from documents of the era by site and from texts of other kinds. Every gate
is calibrated on documents of sites that its models did not learn (folds by site); the judge that is
kept has learnt from all. The score of a text is its weakest gate, percentile over budget, and the
threshold lies where most real documents pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.cleaning import language
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.judge import form as form_question
from erastyle.eval.judge import sense as sense_question
from erastyle.eval.judge import time as time_question
from erastyle.eval.judge import voice as voice_question
from erastyle.eval.judge.form import FormQuestion
from erastyle.eval.judge.gates import (
    GATE,
    QUESTIONS,
    Question,
    RealRange,
    probit_mean,
    real_threshold,
    site_weights,
    weakest,
)
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.neutral import LONG_ENOUGH, NeutralModel, NeutralReading
from erastyle.eval.judge.ngrams import NgramModel
from erastyle.eval.judge.sense import SenseQuestion
from erastyle.eval.judge.time import TimeQuestion
from erastyle.eval.judge.views import Measured, TextView, views
from erastyle.eval.judge.voice import FAMILIES, ContrastView, VoiceQuestion
from erastyle.eval.style import storage
from erastyle.eval.style.features import Text, prose_of
from erastyle.eval.style.linear import folds
from erastyle.eval.style.prose_features import words_of

VERSION = 1
MIN_WORDS = 20
"""Fewest words that are judged."""
MIN_FUNCTION_SHARE = 0.04
"""Share of English sentence words below which a text is code, a list or in another language."""
SURE_LANGUAGE = 0.9
"""Probability from which a text counts as of another language."""
MIN_DOCUMENTS = 20
"""Fewest real documents that a judge is learnt from."""
MIN_SITES = 2
COPIED_TOKENS = 50
"""Tokens in a row of a source that fail a text."""
FEW_SITES = 10
"""Below so many sites of real documents the share of others that pass is uncertain."""
PLACEHOLDER = re.compile(
    r"lorem ipsum|dolor sit amet|\{\{ ?\w+ ?\}\}"
    r"|\[(?:your|insert|add|name|title|topic)\b[^\]]{0,30}\]"
    r"|\b(?:your|insert|type|put|add) (?:\w+ ){0,2}(?:text|name|title|story|address) here\b"
    r"|\b\w+ goes here\b|\bplaceholder\b|\bsample text\b",
    re.IGNORECASE,
)
PLACEHOLDERS = 2
"""Placeholders that make a text a template."""

Verdict_ = Literal["passes", "fails", "cannot judge"]


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


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """What a judge says of one question.

    Attributes:
        question: form, voice, sense or time.
        percentile: Share of real documents that are as bad or worse at the question's weakest gate
            (for its budget); None: not asked.
        evidence: What speaks against the text, in words; empty: nothing does.
        gates: Percentile of each gate of the question.
    """

    question: Question
    percentile: float | None
    evidence: str
    gates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says of one text.

    Attributes:
        outcome: `passes`, `fails` or `cannot judge`, which does not pass.
        score: The weakest gate over its budget; 0 where a rule failed the text or it could not be
            judged.
        threshold: The score from which a text passes.
        answers: By question, in the order form, voice, sense, time.
        sentence: The outcome and why, for a person.
        note: A word on how the text was judged; empty: as a document of the era.
        figures: What is reported beside style and no part of it: `smooth` is the percentile of
            real documents that a neutral model finds as unsurprising (distinguishability).
    """

    outcome: Verdict_
    score: float
    threshold: float
    answers: tuple[QuestionAnswer, ...]
    sentence: str
    note: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether the text passes; what cannot be judged does not."""
        return self.outcome == "passes"

    def answer(self, question: Question) -> QuestionAnswer:
        """Return the answer to one question."""
        return next(a for a in self.answers if a.question == question)


@dataclass(frozen=True, slots=True)
class _Questions:
    """The learnt part of a judge: what each fold has its own of."""

    form: FormQuestion
    voice: VoiceQuestion
    sense: SenseQuestion
    time: TimeQuestion

    def measure(self, seen: Sequence[TextView]) -> Measured:
        measured = self.form.measure(seen) | self.voice.measure(seen) | self.sense.measure(seen)
        if any(v.reading is not None for v in seen):
            measured["rough.all.bits"] = -np.array([_bits(v.reading) for v in seen])
            measured["rough.all.share"] = -np.array([_rough(v.reading) for v in seen])
        return measured


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Percentiles of texts by gate, and of each text the score and the gate that it is of."""

    percentiles: Measured
    scores: NDArray[np.float64]
    gates: list[str]


def _bits(reading: NeutralReading | None) -> float:
    enough = reading is not None and reading.tokens >= LONG_ENOUGH
    return reading.bits_per_byte if enough and reading else np.nan


def _rough(reading: NeutralReading | None) -> float:
    enough = reading is not None and reading.tokens >= LONG_ENOUGH
    return reading.rough_share if enough and reading else np.nan


@dataclass(slots=True)
class EraJudge:
    """The judge of one era. `fit` makes one, `save` and `load` keep it.

    Attributes:
        era: Name of the era profile.
        formats: Formats of the era's documents.
        language: Language of the era's documents.
        recipe: What the judge was made with.
        threshold: The score from which a text passes.
        neutral: Name of the neutral model; empty: none, and scores with one are not compared.
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
    _questions: _Questions
    _ranges: dict[str, RealRange]

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
            neutral: A neutral language model, .8 s a text.

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
            read_views([*seen, *(c.view for c in other)], neutral)
        return _fit(seen, groups, other, era, recipe, neutral.name if neutral else "")

    def judge(
        self,
        texts: Sequence[Text],
        briefs: Sequence[str] | None = None,
        *,
        neutral: NeutralModel | None = None,
        copied: Callable[[Text], int] | None = None,
    ) -> list[Judgement]:
        """Return a judgement of each text.

        Args:
            texts: Texts to judge.
            briefs: The request of each: what it names is not held against the text.
            neutral: The neutral model that the judge was made with.
            copied: Returns the longest run of tokens that a text shares with a source.

        Raises:
            ModelError: The judge was made with another neutral model than is given.
        """
        seen = views(list(texts))
        self._same_neutral(neutral)
        if neutral is not None:
            read_views(seen, neutral)
        return self.judge_views(seen, briefs, copied=copied)

    def judge_views(
        self,
        seen: Sequence[TextView],
        briefs: Sequence[str] | None = None,
        *,
        copied: Callable[[Text], int] | None = None,
    ) -> list[Judgement]:
        """Return a judgement of each text as `judge` does, of views that were made before."""
        if not seen:
            return []
        percentiles = _percentiles(self._questions.measure(seen), self._ranges, seen)
        weighed = _Weighed(percentiles, *weakest(percentiles, len(seen)))
        asked = briefs or [""] * len(seen)
        return [
            self._one(n, view, brief, weighed, copied)
            for n, (view, brief) in enumerate(zip(seen, asked, strict=True))
        ]

    def voice(self, texts: Sequence[Text]) -> NDArray[np.float64]:
        """Return the calibrated voice of texts: the percentile of real documents. Shape: (n,)."""
        seen = views(list(texts))
        return _percentiles(self._questions.measure(seen), self._ranges, seen)["voice"]

    def save(self, path: Path) -> str:
        """Write the judge to one file, atomically, and return the sha256 of the file."""
        q = self._questions
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
                "form": q.form.plain(),
                "voice": q.voice.plain(),
                "sense": q.sense.plain(),
                "time": q.time.plain(),
                "ranges": {name: r.plain() for name, r in self._ranges.items()},
            },
        )

    @classmethod
    def load(cls, path: Path, sha256: str) -> EraJudge:
        """Return the judge of a file that `save` wrote.

        Raises:
            ModelError: The file is missing, is not the one that was written, is of another version,
                or holds anything but numbers and text.
        """
        state = storage.read(path, sha256, VERSION, "judge")
        return cls(
            state["era"],
            tuple(state["formats"]),
            state["language"],
            JudgeRecipe(*state["recipe"]),
            state["threshold"],
            state["neutral"],
            tuple(state["notes"]),
            state["sites"],
            _Questions(
                FormQuestion.of_plain(state["form"]),
                VoiceQuestion.of_plain(state["voice"]),
                SenseQuestion.of_plain(state["sense"]),
                TimeQuestion.of_plain(state["time"]),
            ),
            {name: RealRange.of_plain(r) for name, r in state["ranges"].items()},
        )

    def _same_neutral(self, neutral: NeutralModel | None) -> None:
        given = neutral.name if neutral is not None else ""
        if given != self.neutral:
            raise ModelError(
                f"The judge was made with {self.neutral or 'no language model'} and is asked with "
                f"{given or 'none'}: their scores cannot be compared. Give the same one."
            )

    def _one(
        self,
        at: int,
        view: TextView,
        brief: str,
        weighed: _Weighed,
        copied: Callable[[Text], int] | None,
    ) -> Judgement:
        percentiles = weighed.percentiles
        score, gate = float(weighed.scores[at]), weighed.gates[at]
        smooth = percentiles.get("smooth")
        figures = {} if smooth is None or np.isnan(smooth[at]) else {"smooth": float(smooth[at])}
        note = self._note(view)
        if reason := why_not_judged(view, self.language):
            return Judgement("cannot judge", 0.0, self.threshold, (),
                             f"Cannot be judged: {reason}.", note, figures)  # fmt: skip
        later = self._questions.time.later(view, brief)
        broken = self._rules(view, later, copied)
        answers = self._answers(at, view, percentiles, later)
        if broken:
            return Judgement("fails", 0.0, self.threshold, answers,
                             f"Fails: {broken}.", note, figures)  # fmt: skip
        if score < self.threshold:
            why = next(a.evidence for a in answers if a.question == GATE[gate].question)
            sentence = f"Fails: {why or GATE[gate].words}."
            return Judgement("fails", score, self.threshold, answers, sentence, note, figures)
        weak = GATE[gate].question
        share = 100 * float(percentiles[gate][at])
        sentence = (
            f"Passes: at its weakest, {weak}, {share:.0f} of 100 real documents are no better."
        )
        return Judgement("passes", score, self.threshold, answers, sentence, note, figures)

    def _note(self, view: TextView) -> str:
        if view.text.format in self.formats:
            return ""
        mine, era = ("page", "plain text") if view.page else ("plain text", "page")
        return f"A {mine} where the era has {era}s: judged for voice and sense, not for form."

    def _rules(
        self,
        view: TextView,
        later: Sequence[Hit],
        copied: Callable[[Text], int] | None,
    ) -> str:
        """Return why a rule fails a text, or nothing."""
        if time_question.fails(later):
            return _later_words(later)
        if loop := sense_question.loop(view):
            return f"repeats itself: {loop}"
        if marks := placeholders(view):
            return f"a template, not filled in: “{marks[0]}”"
        if view.page and "html" in self.formats and len(view.tags) < form_question.MIN_TAGS:
            return "no tags: a page of the era has some"
        if copied is not None and (run := copied(view.text)) >= COPIED_TOKENS:
            return f"copied: {run} tokens in a row are a source's"
        return ""

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
                said = _later_words(later) if later else ""
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
    """Return the real documents that a judge learns from: long enough, no site with too many."""
    order = np.random.default_rng(recipe.seed).permutation(len(seen))
    taken: dict[str, int] = {}
    kept: list[int] = []
    for at in order:
        site = sites[at]
        if taken.get(site, 0) < recipe.per_site and seen[at].count >= MIN_WORDS:
            taken[site] = taken.get(site, 0) + 1
            kept.append(int(at))
    kept.sort()
    return [seen[at] for at in kept], [sites[at] for at in kept]


def chosen_contrast(contrast: Sequence[ContrastView], recipe: JudgeRecipe) -> list[ContrastView]:
    """Return the texts of contrast that a judge learns from: no kind with too many."""
    order = np.random.default_rng(recipe.seed).permutation(len(contrast))
    taken: dict[str, int] = {}
    kept: list[int] = []
    for at in order:
        kind = contrast[at].kind
        if taken.get(kind, 0) < recipe.per_kind and contrast[at].view.count >= MIN_WORDS:
            taken[kind] = taken.get(kind, 0) + 1
            kept.append(int(at))
    return [contrast[at] for at in sorted(kept)]


def why_not_judged(view: TextView, era_language: str) -> str:
    """Return why a text cannot be judged, or nothing."""
    if view.count < MIN_WORDS:
        return f"too short ({view.count} words, {MIN_WORDS} are needed)"
    prose = view.prose[:8_000]
    if prose.count("\0") + prose.count("\ufffd") > 0.05 * len(prose):
        return "not text"
    code, sure = language.detect(prose)
    if code not in ("", era_language) and sure >= SURE_LANGUAGE:
        return f"its language is {code!r}, the era's is {era_language!r}"
    if era_language == "en" and sense_question.function_share(view) < MIN_FUNCTION_SHARE:
        return "hardly an English function word: program code or a list of names"
    return ""


def placeholders(view: TextView) -> list[str]:
    """Return placeholders of a text that is a template; empty where there are hardly any."""
    marks = [m[0] for m in PLACEHOLDER.finditer(view.prose[:20_000])]
    return marks if len(marks) >= PLACEHOLDERS else []


def read_views(seen: Sequence[TextView], neutral: NeutralModel) -> None:
    """Let a neutral model read every text that it has not read yet."""
    new = [v for v in seen if v.reading is None]
    for view, reading in zip(new, neutral.read([v.prose for v in new]), strict=True):
        view.reading = reading


def _later_words(later: Sequence[Hit]) -> str:
    shown = ", ".join(f"{h.term} ({h.first_year})" for h in later[:3])
    return f"not of the period: {shown}"


def _lengths(seen: Sequence[TextView], name: str) -> NDArray[np.float64] | None:
    """Return the lengths of texts that a measure depends on; None: it does not."""
    if name == "tags":
        return np.array([len(v.tags) for v in seen], np.float64)
    if name == "layout":
        return np.array([len(v.lines) for v in seen], np.float64)
    if name.endswith("shuffled"):
        return None
    if name.startswith(("voice.", "order", "rough.")) or name in ("sentences", "repetition"):
        return np.array([v.count for v in seen], np.float64)
    return None


def _percentiles(
    measured: Measured, ranges: Mapping[str, RealRange], seen: Sequence[TextView]
) -> Measured:
    """Return the percentile of each gate; parts of a gate (`voice.prose`) are averaged."""
    result: Measured = {}
    parts: Parts = {}
    for name, values in measured.items():
        if name not in ranges:
            continue
        share = ranges[name].percentile(values, _lengths(seen, name))
        gate, *rest = name.split(".")
        if rest:
            parts.setdefault(gate, {}).setdefault(rest[0], []).append(share)
        else:
            result[gate] = share
    for gate, groups in parts.items():
        if gate in ranges:
            result[gate] = ranges[gate].percentile(_combined(groups))
    for family, shares in parts.get("voice", {}).items():
        result[f"voice {family}"] = probit_mean(shares)
    if "rough.all.bits" in measured and "smooth" in ranges:
        result["smooth"] = ranges["smooth"].percentile(-measured["rough.all.bits"])
    return result


Parts = dict[str, dict[str, list[NDArray[np.float64]]]]
"""Percentiles of the parts of a gate, by gate and group: `voice.modern.prose`."""


def _combined(groups: Mapping[str, list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    """Return the weakest group of a gate, the parts of a group averaged; NaN: nothing is known."""
    deviates = np.array([probit_mean(shares) for shares in groups.values()])
    known = ~np.isnan(deviates)
    lowest = np.where(known, deviates, np.inf).min(axis=0)
    return np.where(known.any(axis=0), lowest, np.nan)


def _ranges(
    measured: Measured, weights: NDArray[np.float64], seen: Sequence[TextView]
) -> dict[str, RealRange]:
    """Return the range of real documents of each measure, then of each gate of several parts."""
    ranges: dict[str, RealRange] = {}
    for name, values in measured.items():
        made = RealRange.of(values, weights, _lengths(seen, name))
        if made is not None:
            ranges[name] = made
    parts: Parts = {}
    for name in ranges:
        gate, *rest = name.split(".")
        if rest:
            share = ranges[name].percentile(measured[name], _lengths(seen, name))
            parts.setdefault(gate, {}).setdefault(rest[0], []).append(share)
    for gate, groups in parts.items():
        made = RealRange.of(_combined(groups), weights)
        if made is not None:
            ranges[gate] = made
    if "rough.all.bits" in measured:
        smooth = RealRange.of(-measured["rough.all.bits"], weights)
        if smooth is not None:
            ranges["smooth"] = smooth
    return ranges


def _learn(
    seen: Sequence[TextView],
    sites: Sequence[str],
    contrast: Sequence[ContrastView],
    era: Era,
    recipe: JudgeRecipe,
    models: Mapping[str, NgramModel],
) -> _Questions:
    return _Questions(
        FormQuestion.fit(seen, recipe.features, era.markup),
        VoiceQuestion.fit(seen, sites, contrast, recipe.features, seed=recipe.seed, models=models),
        SenseQuestion.fit([*seen, *(c.view for c in contrast)], recipe.features),
        TimeQuestion.fit(seen, sites, era.lexicon_cutoff),
    )


def _fit(
    seen: list[TextView],
    sites: list[str],
    contrast: list[ContrastView],
    era: Era,
    recipe: JudgeRecipe,
    neutral: str,
) -> EraJudge:
    names = sorted(set(sites))
    count = min(recipe.folds, len(names))
    fold = folds(np.ones(len(seen), np.int64), np.asarray(sites), count, recipe.seed)
    models = voice_question.contrast_ngrams(contrast, recipe.features)
    measured: Measured = {}
    later = np.zeros(len(seen))
    broken = np.zeros(len(seen), bool)
    for number in np.unique(fold):
        held = np.flatnonzero(fold == number)
        rest = np.flatnonzero(fold != number)
        part = _learn([seen[i] for i in rest], [sites[i] for i in rest], contrast, era, recipe,
                      models)  # fmt: skip
        mine = [seen[i] for i in held]
        for name, values in part.measure(mine).items():
            measured.setdefault(name, np.full(len(seen), np.nan))[held] = values
        for at, view in zip(held, mine, strict=True):
            hits = part.time.later(view)
            later[at] = time_question.amount(hits)
            broken[at] = time_question.fails(hits) or bool(
                sense_question.loop(view) or placeholders(view)
            )
    weights = site_weights(sites)
    ranges = _ranges(measured, weights, seen)
    time_range = RealRange.of(later, weights)
    if time_range is not None:
        ranges["time"] = time_range
    scores, _ = weakest(_percentiles(measured, ranges, seen), len(seen))
    unjudged = np.array([bool(why_not_judged(v, era.language)) for v in seen], bool)
    scores[broken] = 0.0
    known = np.flatnonzero(~unjudged)
    limit = real_threshold(scores[known], [sites[i] for i in known], recipe.pass_share)
    questions = _learn(seen, sites, contrast, era, recipe, models)
    notes = _notes(seen, names, contrast, limit)
    return EraJudge(era.name, tuple(era.formats), era.language, recipe, limit, neutral, notes,
                    len(names), questions, ranges)  # fmt: skip


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
