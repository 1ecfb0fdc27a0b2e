"""Voice: does the prose sound like the era rather than like anything else?

A linear head tells the era from modern prose, general texts, machine text, other eras and media;
two n-gram models say how much likelier a text is as prose of the era than as contrast. With a
neutral language model its hidden states are a third voice. The percentiles of real documents of
each are averaged as normal deviates. Stock phrases and shouting count against a text where real
documents hardly ever have so many: style is not overdone either.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval import features as style_features
from erastyle.eval import modelfile
from erastyle.eval.judge.hidden import HiddenHead
from erastyle.eval.judge.ngrams import NgramModel, Tokens
from erastyle.eval.judge.recipe import FeatureSet
from erastyle.eval.judge.views import Measured, TextView
from erastyle.eval.linear import Linear, fit_linear

BUCKETS = 12
"""A kind of contrast counts as so many sites, however many texts it has."""
CHAR_ORDER = 5
CLASS_ORDER = 4
MOST_TOKENS = 1_500_000
"""Tokens that an n-gram model is learnt from, at most."""

CLICHES = re.compile(
    r"\b(?:under construction|home ?page|web ?page|welcome to|guest ?book|best viewed|netscape|"
    r"internet explorer|information super ?highway|cyber ?\w+|surf(?:ing|ers?|'?s up)?|web ?ring|"
    r"webmaster|web ?surf\w*|hit counter|visitors? number|you are visitor|check (?:it|them) out|"
    r"cool (?:links?|sites?|stuff|page)|totally|rad|awesome|way cool|groovy|dial-?up|modems?|"
    r"floppy|dude|geocities|animated gifs?|midi|e-?mail me|last updated|sign my|my cat|world wide "
    r"web|netiquette|newbies?|imho|btw|rtfm|flames?|flame ?wars?|faq|followups?|cross-?post\w*|"
    r"lurk\w*|killfile|asbestos|ymmv|afaik|\.sig|usenet|net\.god|ftp site|anonymous ftp)\b",
    re.IGNORECASE,
)
"""Stock phrases by which people imitate the early web and Usenet; written for this project."""
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class VoiceQuestion:
    """What was learnt of the voice of the era.

    Attributes:
        head: Linear classifier of the prose, era against contrast.
        era: N-gram model of the era's prose.
        contrast: The same of contrast.
        features: What is seen of the prose.
        hidden: Classifier of hidden states, where a neutral model is at hand.
    """

    head: Linear
    era: NgramModel
    contrast: NgramModel
    features: FeatureSet
    hidden: HiddenHead | None = None

    @classmethod
    def fit(
        cls,
        real: Sequence[TextView],
        sites: Sequence[str],
        contrast: Sequence[tuple[str, TextView]],
        features: FeatureSet,
        *,
        seed: int,
        contrast_model: NgramModel | None = None,
    ) -> VoiceQuestion:
        """Return what tells the era's prose from contrast.

        Args:
            real: Real documents.
            sites: Site of each.
            contrast: Kind and text of everything that must not pass.
            features: What is seen of the prose.
            seed: Same texts and seed, same question.
            contrast_model: N-gram model of `contrast`, where it is known already.
        """
        rows = [_columns(v, features) for v in real]
        rows += [_columns(v, features) for _, v in contrast]
        labels = np.array([1] * len(real) + [0] * len(contrast), np.int64)
        groups = [f"era {site}" for site in sites]
        groups += [f"{kind} {v.seed % BUCKETS}" for kind, v in contrast]
        head = fit_linear(rows, style_features.PROSE_COLUMNS, labels, np.asarray(groups), seed)
        return cls(
            head,
            _model([_tokens(v, features) for v in real], features),
            contrast_model or contrast_ngrams(contrast, features),
            features,
        )

    def measure(self, views: Sequence[TextView]) -> Measured:
        """Return what is measured of the voice of texts."""
        rows = [_columns(v, self.features) for v in views]
        tokens = [_tokens(v, self.features) for v in views]
        ratio = self.era.logs(tokens)[-1] - self.contrast.logs(tokens)[-1]
        return {
            "voice.prose": self.head.raw(rows),
            "voice.ratio": ratio,
            "cliches": -np.array([_rate(len(cliches(v)), v) for v in views]),
            "loud": -np.array([_rate(_shouts(v), v) for v in views]),
        }

    def unlike(self, view: TextView, most: int = 3) -> list[str]:
        """Return the words of a text that speak most against the era."""
        line = style_features.one_line(view.masked)
        columns, starts = style_features.word_columns(line)
        at = columns + np.int32(style_features.WORDS_FROM)
        weights = self.head.coef[at].astype(np.float64) * self.head.weight[at].astype(np.float64)
        words: dict[str, float] = {}
        for start, weight in zip(starts[: len(starts) // 2 + 1], weights, strict=False):
            match = _WORD.match(line, int(start))
            if match:
                words[match[0]] = float(weight)
        return [w for w, v in sorted(words.items(), key=lambda row: row[1]) if v < 0][:most]

    def plain(self) -> dict[str, Any]:
        """Return the question as arrays and numbers."""
        state: dict[str, Any] = {
            "head": modelfile.plain(self.head),
            "era": self.era.plain(),
            "contrast": self.contrast.plain(),
            "features": self.features,
        }
        if self.hidden is not None:
            state["hidden"] = self.hidden.plain()
        return state

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> VoiceQuestion:
        """Return the question that `plain` took apart."""
        hidden = HiddenHead.of_plain(state["hidden"]) if "hidden" in state else None
        return cls(
            modelfile.linear(state["head"]),
            NgramModel.of_plain(state["era"]),
            NgramModel.of_plain(state["contrast"]),
            state["features"],
            hidden,
        )


def contrast_ngrams(
    contrast: Sequence[tuple[str, TextView]], features: FeatureSet
) -> NgramModel:
    """Return an n-gram model of contrast, in which all kinds have as much to say."""
    by_kind: dict[str, list[Tokens]] = {}
    for kind, view in contrast:
        by_kind.setdefault(kind, []).append(_tokens(view, features))
    share = MOST_TOKENS // max(len(by_kind), 1)
    kept: list[Tokens] = []
    for _, sequences in sorted(by_kind.items()):
        kept += _first(sequences, share)
    return _model(kept, features)


def cliches(view: TextView) -> list[str]:
    """Return the stock phrases of a text, in lower case, the commonest first."""
    counts = Counter(m[0].lower() for m in CLICHES.finditer(view.prose[:20_000]))
    # A subject may be one of them: what is said again and again counts twice at most.
    return [phrase for phrase, count in counts.most_common() for _ in range(min(count, 2))]


def _shouts(view: TextView) -> int:
    prose = view.prose[:20_000]
    return prose.count("!") + len(re.findall(r"[A-Z]{4,} [A-Z]{4,}", prose)) // 4


def _rate(count: int, view: TextView) -> float:
    """Return events in a hundred words, a short text with no more than a hundred words' weight."""
    return 100.0 * count / max(min(view.count, 3_000), 100)


def _columns(view: TextView, features: FeatureSet) -> style_features.Row:
    at, values = view.row
    if features == "all":
        return at, values
    word = (at >= style_features.WORDS_FROM) & (at < style_features.NAMED_FROM)
    kept = word if features == "words" else ~word
    return at[kept], values[kept]


def _tokens(view: TextView, features: FeatureSet) -> Tokens:
    return view.classes if features == "words" else view.chars


def _first(sequences: list[Tokens], most: int) -> list[Tokens]:
    """Return the sequences cut to an equal length, so that all together are `most` at most."""
    each = max(most // max(len(sequences), 1), 200)
    return [s[:each] for s in sequences]


def _model(sequences: list[Tokens], features: FeatureSet) -> NgramModel:
    order = CLASS_ORDER if features == "words" else CHAR_ORDER
    return NgramModel.fit(_first(sequences, MOST_TOKENS), order)


def voice_percentile(percentile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the calibrated voice of texts: the percentile of real documents, 0 where unknown."""
    return np.nan_to_num(percentile, nan=0.0)
