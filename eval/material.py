"""What a run gives its measures: texts of both models and of real documents, and the models.

Everything that several measures look at is read and computed once, here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from erastyle.corpus.copying.matches import Overlap
from erastyle.corpus.copying.search import Index
from erastyle.corpus.document import Document, Format
from erastyle.corpus.errors import ModelError
from erastyle.eval import baseline_stage, classifier_stage
from erastyle.eval.judge.judge import EraJudge
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.judge.views import views
from erastyle.eval.memorization.document_rows import LearntRows, Row
from erastyle.eval.model_answers import ModelAnswers, ask
from erastyle.eval.model_answers import read as read_answers
from erastyle.eval.options import ScoreOptions
from erastyle.eval.style.features import Text
from erastyle.eval.text_metrics import TextMetrics, measure_texts, text_of
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data.learnt import LearntIds, learnt
from erastyle.train.data.rows import OVER
from erastyle.train.model.devices import best_device
from erastyle.train.model.folder import TRAINED, describe
from erastyle.train.model.pair import ModelPair

ROOM = 64  # tokens that an answer to a question needs beside the request


@dataclass(frozen=True, slots=True)
class Side:
    """Texts of one origin and what was measured on each.

    Attributes:
        texts: The texts.
        scores: What was measured on them without asking a model.
        sites: Site of each text.
    """

    texts: list[Text]
    scores: TextMetrics
    sites: list[str]


@dataclass(frozen=True, slots=True)
class Judgements:
    """What two judges say of the base's texts, the fine-tuned model's texts and real documents.

    Attributes:
        reporting: Of the judge that only reports, by origin of the texts; empty: there are no
            judges.
        choosing: Of the judge that may choose.
        note: How the two judges differ; without judges, why there are none.
    """

    reporting: tuple[Sequence[Judgement], ...] = ()
    choosing: tuple[Sequence[Judgement], ...] = ()
    note: str = ""


class Material:
    """Everything a measure may look at.

    Attributes:
        options: Options of the score stage.
        era: The era.
        seed: Seed of the run.
        outputs: Rows of the generate stage.
        documents: All documents of the run, the comparison corpus included.
        inputs: Folder of each stage that was done before, by name.
        classifier: The style classifier.
        classifier_digest: The sha256 of its file.
        format: Format that the briefs ask for.
        briefs: The request of each output.
        tests: Real documents of the test sites that outputs are compared with.
        base: Texts of the base model.
        style: Texts of the fine-tuned model for the same briefs.
        real: The real documents of `tests`.
        seconds: Seconds that the fine-tuned model took for each part of the questions.
        problems: What could not be measured.
    """

    def __init__(self, context: Context[ScoreOptions]) -> None:
        """Read the inputs of the score stage, and score all texts.

        Raises:
            ModelError: The generate stage wrote nothing, or an input is damaged.
        """
        self._context = context
        self.inputs = context.inputs
        self.options, self.era, self.seed = context.options, context.era, context.seed
        self.outputs: list[dict[str, Any]] = list(ledger.rows(context.inputs["generate"] / "kept"))
        if not self.outputs:
            raise ModelError("There are no outputs to score. Run `erastyle generate` again.")
        self.documents = classifier_stage.documents_of(context.inputs)
        self.classifier, self.classifier_digest = classifier_stage.load(
            context.inputs["classifier"]
        )
        self.format: Format = self.era.format
        self.briefs = [str(row["brief"]) for row in self.outputs]
        self.tests = self._tests()
        self.base, self.style = self._side("base"), self._side("style")
        real = [text_of(document) for document in self.tests]
        scores = measure_texts(self.classifier, real, [""] * len(real), self.era)
        self.real = Side(real, scores, [document.site for document in self.tests])
        self.seconds: dict[str, float] = {}
        self.problems: list[str] = []

    def _tests(self) -> list[Document]:
        tests = [d for d in self.documents if d.split == "test" and d.origin != "modern"]
        order = np.random.default_rng(self.seed).permutation(len(tests))[: self.options.real]
        return [tests[i] for i in sorted(order)]

    def _side(self, who: str) -> Side:
        texts = [Text(row[who], "", self.format) for row in self.outputs]
        scores = measure_texts(self.classifier, texts, self.briefs, self.era)
        return Side(texts, scores, [str(row["site"]) for row in self.outputs])

    @property
    def html(self) -> bool:
        """Whether the era writes HTML."""
        return self.format == "html"

    @cached_property
    def training(self) -> list[Document]:
        """The period's documents of the training sites."""
        return [d for d in self.documents if d.split == "train" and d.origin != "modern"]

    @cached_property
    def _judges(self) -> tuple[JudgePair | None, str]:
        return classifier_stage.load_judges(self.inputs["classifier"])

    @cached_property
    def judgements(self) -> Judgements:
        """What both judges say of all texts. A copy of a training document does not pass."""
        pair, why = self._judges
        if pair is None:
            why = why or "classifier.judges is off"
            self.problems.append(f"four questions: {why}")
            return Judgements(note=why)
        sides = (
            (views(self.base.texts), self.briefs),
            (views(self.style.texts), self.briefs),
            (views(self.real.texts), None),
        )

        def judged(judge: EraJudge) -> tuple[Sequence[Judgement], ...]:
            return tuple(
                judge.judge_views(seen, briefs, copied=self._copied) for seen, briefs in sides
            )

        return Judgements(judged(pair.reporting), judged(pair.choosing), pair.note)

    def _copied(self, text: Text) -> int:
        """Return the longest run of tokens that `text` shares with one training site."""
        return self.index.longest_copy(text.body)

    @cached_property
    def index(self) -> Index:
        """Index of the training documents, for verbatim copies."""
        return Index.build((d.id, d.body, d.site) for d in self.training)

    @cached_property
    def overlaps(self) -> list[Overlap]:
        """What each output has in common with the training documents."""
        return [self.index.check(row["style"]) for row in self.outputs]

    def is_common(self, text: str) -> bool:
        """Return whether most of `text` is a phrase that many training sites have."""
        longest = self.index.longest(text)
        return longest is not None and longest.common

    @cached_property
    def rows(self) -> LearntRows:
        """The rows that the fine-tuned model learnt, and others to compare them with."""
        return rows_of(self._context.inputs["pairs"], self._context.inputs["train"])

    @cached_property
    def learnt(self) -> LearntIds:
        """The training documents that the model learnt from, or is shown."""
        return learnt(self.inputs["pairs"], self.inputs["train"])

    # --- the models -------------------------------------------------------------------------

    @property
    def asked(self) -> bool:
        """Whether the models themselves are asked."""
        return bool(self.options.capability)

    @cached_property
    def trained(self) -> bool:
        """Whether the method changed the weights of the base."""
        return describe(self._folder).method in TRAINED

    @property
    def _folder(self) -> Path:
        return self._context.inputs["train"] / "model"

    @cached_property
    def pair(self) -> ModelPair:
        """The fine-tuned model and its base."""
        return ModelPair(self._folder, self.options.device or best_device(), ROOM)

    @cached_property
    def strength(self) -> float:
        """Strength at which the outputs were written."""
        done = manifest.read(self._context.inputs["generate"])
        return float(done.identity["options"]["strength"]) if done else 1.0

    @cached_property
    def before(self) -> ModelAnswers:
        """Answers of the base model, as the baseline stage asked for them."""
        if not self.asked:
            return ModelAnswers(problems=["the models were not asked (score.capability is off)"])
        answers = self._context.inputs["baseline"] / baseline_stage.ANSWERS
        return read_answers(answers)

    @cached_property
    def after(self) -> ModelAnswers:
        """Answers of the fine-tuned model to the same questions."""
        if not self.asked:
            return ModelAnswers()
        writer = self.pair.fine_tuned(self.strength)
        questions = baseline_stage.questions_of(self.options)
        replies = ask(writer, questions, weights=self.trained, threads=self.options.threads)
        self.seconds.update(replies.seconds)
        return replies

    @cached_property
    def length_limit(self) -> int:
        """Most tokens of an output."""
        done = manifest.read(self._context.inputs["generate"])
        return int(done.identity["options"]["max_new_tokens"]) if done else ROOM

    def timed(self, name: str, begun: float) -> None:
        """Note the seconds since `begun` (from `time.monotonic`) as those of the part `name`."""
        self.seconds[name] = round(time.monotonic() - begun, 2)


def rows_of(pairs: Path, train: Path) -> LearntRows:
    """Return the rows that the fine-tuned model was trained on, and others beside them."""
    # A document may be asked for several times, and some of its rows be left out.
    left_out = {
        (row["id"], row["excerpt"]): row["reason"] for row in ledger.rows(train / "dropped")
    }
    seen, unlearnt, unseen = [], [], []
    for pair in ledger.rows(pairs / "kept"):
        if pair["role"] != "style":
            continue
        row = Row(
            pair["document_id"],
            pair["site"],
            pair["prompt"][0]["content"],
            pair["completion"][0]["content"],
        )
        if pair["split"] == "test":
            unseen.append(row)
        elif pair["split"] == "train":
            reason = left_out.get((row.document, row.request))
            if reason is None:
                seen.append(row)
            elif reason == OVER:
                unlearnt.append(row)
    known = {row.document for row in seen}
    sites = {row.site for row in seen}
    beside = [row for row in unlearnt if row.document not in known and row.site in sites]
    return LearntRows(seen, beside, unseen)


def prose_of(documents: Sequence[Document]) -> list[str]:
    """Return the prose of documents, or their body where they have none."""
    return [d.prose or d.body for d in documents]


def by_id(documents: Sequence[Document]) -> Mapping[str, Document]:
    """Return documents by their id."""
    return {document.id: document for document in documents}
