"""Sense: is there something to read, in an order that words have, said once?

Word order: how much better words are foretold by the words before them than alone, and how much
better in their order than shuffled. The n-gram models are learnt from prose of any time; what is
ordinary is learnt from real documents alone, and no shuffled text is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from erastyle.eval.judge.judge_recipe import FeatureSet
from erastyle.eval.judge.questions.ngrams import NgramModel, Tokens
from erastyle.eval.judge.views import Measured, TextView
from erastyle.eval.style.prose_features import words_of

ORDER = {"words": 3, "classes": 4}
SHUFFLES = 3
LOOP = 4
"""A paragraph of `RUNNING_WORDS` words that stands this often is a loop, whatever the rest is."""
MOST_TOKENS = 1_500_000
SENTENCE_WORDS = frozenset(
    "the of and that it you was are have an my we they which there can "
    "will your has they would were been but what who he she his her their our".split()
)
"""English words that sentences have, and that program code and other languages hardly have."""


@dataclass(frozen=True, slots=True)
class SenseQuestion:
    """What was learnt of word order.

    Attributes:
        words: N-gram model of words; None where word classes alone are looked at.
        classes: N-gram model of word classes; None where words alone are looked at.
    """

    words: NgramModel | None
    classes: NgramModel | None

    @classmethod
    def fit(cls, prose: Sequence[TextView], features: FeatureSet) -> SenseQuestion:
        """Return what prose in its order looks like.

        Args:
            prose: Texts in their order, of the era and of any other time.
            features: `characters` looks at words, `words` at their classes.
        """
        each = max(MOST_TOKENS // max(len(prose), 1), 100)
        words = classes = None
        if features != "words":
            words = NgramModel.fit([v.words[:each] for v in prose], ORDER["words"])
        if features != "characters":
            classes = NgramModel.fit([v.classes[:each] for v in prose], ORDER["classes"])
        return cls(words, classes)

    def measure(self, views: Sequence[TextView]) -> Measured:
        """Return what is measured of the sense of texts."""
        measured: Measured = {
            "repetition.phrases.new": np.array([v.new_share for v in views]),
            "repetition.words.differ": np.array([v.variety[0] for v in views]),
            "repetition.words.apart": np.array([v.variety[1] for v in views]),
            "amount": np.log1p(np.array([v.count for v in views], np.float64)),
            "sentences": np.array([function_share(v) for v in views]),
            "letters": np.array([_letter_share(v) for v in views]),
        }
        if self.words is not None:
            measured |= _order("words", self.words, views, [v.words for v in views])
        if self.classes is not None:
            measured |= _order("classes", self.classes, views, [v.classes for v in views])
        return measured

    def plain(self) -> dict[str, Any]:
        """Return the question as arrays and numbers."""
        models = {"words": self.words, "classes": self.classes}
        return {name: model.plain() for name, model in models.items() if model is not None}

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> SenseQuestion:
        """Return the question that `plain` took apart."""
        words = NgramModel.of_plain(state["words"]) if "words" in state else None
        classes = NgramModel.of_plain(state["classes"]) if "classes" in state else None
        return cls(words, classes)


def loop(view: TextView) -> str:
    """Return what makes a text a loop, in words, or nothing."""
    count, paragraph = view.repeated
    if count < LOOP:
        return ""
    start = " ".join(paragraph.split()[:6])
    return f"the paragraph “{start} …” stands there {count} times"


def _order(
    name: str, model: NgramModel, views: Sequence[TextView], sequences: list[Tokens]
) -> Measured:
    """Return the gain of the longest n-grams over single tokens, and over the text shuffled.

    Texts without running text (lists, tables) are compared among each other.
    """
    logs = model.logs(sequences)
    mixed: list[Tokens] = []
    for view, tokens in zip(views, sequences, strict=True):
        rng = np.random.default_rng(view.seed)
        mixed += [rng.permutation(tokens) for _ in range(SHUFFLES)]
    shuffled = model.logs(mixed)[-1].reshape(len(sequences), SHUFFLES).mean(axis=1)
    runs = np.array([view.runs for view in views], bool)
    gain, better = logs[-1] - logs[0], logs[-1] - shuffled
    # Of a shuffled text this is noise of the same size at any length; real ones grow with it.
    better = better * np.sqrt([len(tokens) for tokens in sequences])
    return {
        f"order.running.{name}": np.where(runs, gain, np.nan),
        f"order.running.{name} shuffled": np.where(runs, better, np.nan),
        f"order.lists.{name}": np.where(runs, np.nan, gain),
        f"order.lists.{name} shuffled": np.where(runs, np.nan, better),
    }


def function_share(view: TextView) -> float:
    """Return the share of `SENTENCE_WORDS` among the first words of a text."""
    words = words_of(view.prose, most=600)
    return sum(w.lower() in SENTENCE_WORDS for w in words) / len(words) if words else 0.0


def _letter_share(view: TextView) -> float:
    shown = [c for c in view.prose[:6_000] if not c.isspace()]
    return sum(c.isalpha() for c in shown) / len(shown) if shown else 0.0
