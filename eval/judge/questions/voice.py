"""Voice: does the prose sound like the era rather than like anything else?

The era is told from each family of contrast (modern prose, machine text, other eras and media) by a
linear head, by how much likelier the text is under an n-gram model of the era, and by its manner
(function words and marks, not subjects); with a neutral language model also by its hidden states.
The percentiles of real documents are averaged as normal deviates within a family, and the family
that the text is closest to counts: one head for all had to find a line between the era and
everything, and let through twice as much. Stock phrases and shouting count against a text where
real documents hardly ever have so many: style is not overdone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.judge.gates import site_weights
from erastyle.eval.judge.judge_recipe import FeatureSet
from erastyle.eval.judge.questions.dense_head import DenseHead
from erastyle.eval.judge.questions.ngrams import NgramModel, Tokens
from erastyle.eval.judge.views import Measured, TextView
from erastyle.eval.style import prose_features as style_features
from erastyle.eval.style import storage
from erastyle.eval.style.hashed_rows import Row
from erastyle.eval.style.linear import Linear, fit_linear

BUCKETS = 12
"""A kind of contrast counts as so many sites, however many texts it has."""
CHAR_ORDER = 5
CLASS_ORDER = 4
MOST_TOKENS = 1_000_000
"""Tokens that an n-gram model is learnt from, at most."""
MIN_TEXTS = 10
"""Fewest texts of a family that the era's voice is told from."""

FAMILIES: dict[str, str] = {
    "modern": "sounds like today",
    "machine": "sounds like a language model's answer",
    "other era": "sounds like another time or medium",
}
"""Families of contrast, and what a text that is too close to one is told. A family may be parted,
`other era: newspapers`: each part has a head of its own."""

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

LETTER = re.compile(
    r"\b(?:writes|wrote|in article|thanks(?: in advance)?|does any(?:one|body)|"
    r"any(?:one|body) (?:know|have|else|out there|has|seen|tried)|"
    r"please (?:e-?mail|reply|post|respond)|in my|my (?:opinion|question)|"
    r"i (?:think|guess|believe|don'?t|am|have|was|would|just|had|can'?t|know)|"
    r"i'?(?:m|d|ve|ll)|you(?:'re| are)? (?:wrong|right)|imho|btw|fwiw|newsgroup|this group|"
    r"post(?:s|ed|ing)?|asking price|for sale|obo|shipping|netters)\b|\?|>|:-\)|;-\)|--+",
    re.IGNORECASE,
)
"""What letters and postings have and pages, articles and books hardly have: somebody who speaks for
himself, asks, answers and quotes. Written for this project, not learnt."""
LETTERS = 0.025
"""Such marks a word; where half of the real documents have more, they are letters themselves."""


@dataclass(frozen=True, slots=True)
class ContrastView:
    """A text that must not pass, to learn from.

    Attributes:
        view: The text.
        kind: What it is, in a word or two; all kinds have as much to say.
        family: What the era's voice is told from: each family has a head of its own.
    """

    view: TextView
    kind: str
    family: str


@dataclass(frozen=True, slots=True)
class FamilyVoice:
    """What tells the era's prose from one family of contrast.

    Attributes:
        head: Linear classifier of the prose.
        contrast: N-gram model of the family's prose.
        manner: Classifier of the manner, whatever the subject is; None: it is not looked at.
        hidden: Classifier of hidden states, where a neutral model has read the texts.
    """

    head: Linear
    contrast: NgramModel
    manner: DenseHead | None
    hidden: DenseHead | None


@dataclass(frozen=True, slots=True)
class VoiceQuestion:
    """What was learnt of the voice of the era.

    Attributes:
        era: N-gram model of the era's prose.
        families: What tells it from each family of contrast.
        features: What is seen of the prose.
        letters: Whether the era's documents are letters or postings.
    """

    era: NgramModel
    families: Mapping[str, FamilyVoice]
    features: FeatureSet
    letters: bool

    @classmethod
    def fit(
        cls,
        real: Sequence[TextView],
        sites: Sequence[str],
        contrast: Sequence[ContrastView],
        features: FeatureSet,
        *,
        seed: int,
        models: Mapping[str, NgramModel],
    ) -> VoiceQuestion:
        """Return what tells the era's prose from contrast.

        Args:
            real: Real documents.
            sites: Site of each.
            contrast: Everything that must not pass.
            features: What is seen of the prose.
            seed: Same texts and seed, same question.
            models: N-gram model of each family of contrast (`contrast_ngrams`).
        """
        families = {}
        for family, model in models.items():
            mine = [c for c in contrast if c.family == family]
            families[family] = FamilyVoice(
                _head(real, sites, mine, features, seed),
                model,
                _dense(real, sites, mine, _manner) if by_manner(family, features) else None,
                _dense(real, sites, mine, _states),
            )
        letters = bool(np.median([letter_rate(v) for v in real]) >= LETTERS)
        era = _model([_tokens(v, features) for v in real], features)
        return cls(era, families, features, letters)

    def measure(self, views: Sequence[TextView]) -> Measured:
        """Return what is measured of the voice of texts."""
        rows = [_columns(v, self.features) for v in views]
        tokens = [_tokens(v, self.features) for v in views]
        era = self.era.logs(tokens)[-1]
        empty = np.array([v.count == 0 for v in views], bool)
        measured: Measured = {}
        for family, voice in self.families.items():
            measured[f"voice.{family}.prose"] = voice.head.raw(rows)
            measured[f"voice.{family}.ratio"] = era - voice.contrast.logs(tokens)[-1]
            if voice.manner is not None:
                measured[f"voice.{family}.manner"] = _told(voice.manner, views, _manner)
            if voice.hidden is not None:
                measured[f"voice.{family}.hidden"] = _told(voice.hidden, views, _states)
        for values in measured.values():
            values[empty] = np.nan
        measured["cliches"] = -np.array([_rate(len(cliches(v)), v) for v in views])
        if not self.letters:
            measured["medium"] = -np.array([letter_rate(v) for v in views])
        measured["loud"] = -np.array([_rate(_shouts(v), v) for v in views])
        return measured

    def unlike(self, view: TextView, family: str, most: int = 3) -> list[str]:
        """Return the words of a text that speak most for `family` and against the era."""
        head = self.families[family].head
        line = style_features.one_line(view.masked)
        columns, starts = style_features.word_columns(line)
        at = columns + np.int32(style_features.WORDS_FROM)
        weights = head.coef[at].astype(np.float64) * head.weight[at].astype(np.float64)
        words: dict[str, float] = {}
        for start, weight in zip(starts[: len(starts) // 2 + 1], weights, strict=False):
            match = _WORD.match(line, int(start))
            if match:
                words[match[0]] = float(weight)
        return [w for w, v in sorted(words.items(), key=lambda row: row[1]) if v < 0][:most]

    def plain(self) -> dict[str, Any]:
        """Return the question as arrays and numbers."""
        families: dict[str, Any] = {}
        for family, voice in self.families.items():
            families[family] = {
                "head": storage.plain(voice.head),
                "contrast": voice.contrast.plain(),
                "manner": {} if voice.manner is None else voice.manner.plain(),
                "hidden": {} if voice.hidden is None else voice.hidden.plain(),
            }
        return {
            "era": self.era.plain(),
            "families": families,
            "features": self.features,
            "letters": self.letters,
        }

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> VoiceQuestion:
        """Return the question that `plain` took apart."""
        families = {
            family: FamilyVoice(
                storage.linear(kept["head"]),
                NgramModel.of_plain(kept["contrast"]),
                DenseHead.of_plain(kept["manner"]) if kept["manner"] else None,
                DenseHead.of_plain(kept["hidden"]) if kept["hidden"] else None,
            )
            for family, kept in state["families"].items()
        }
        era = NgramModel.of_plain(state["era"])
        return cls(era, families, state["features"], bool(state["letters"]))


def _head(
    real: Sequence[TextView],
    sites: Sequence[str],
    contrast: Sequence[ContrastView],
    features: FeatureSet,
    seed: int,
) -> Linear:
    rows = [_columns(v, features) for v in real]
    rows += [_columns(c.view, features) for c in contrast]
    labels = np.array([1] * len(real) + [0] * len(contrast), np.int64)
    groups = [f"era {site}" for site in sites]
    groups += [f"{c.kind} {c.view.seed % BUCKETS}" for c in contrast]
    return fit_linear(rows, style_features.PROSE_COLUMNS, labels, np.asarray(groups), seed)


def by_manner(family: str, features: FeatureSet) -> bool:
    """Say whether a family is told by its manner too: another era or medium, by one judge alone.

    Of modern and machine text the subjects tell more; their manner let more of it pass.
    """
    return family.startswith("other era") and features != "words"


Columns = Callable[[TextView], NDArray[np.float32] | None]


def _dense(
    real: Sequence[TextView],
    sites: Sequence[str],
    contrast: Sequence[ContrastView],
    columns: Columns,
) -> DenseHead | None:
    """Return a head over columns of the texts that have them, or None where too few have."""
    era = [(row, s) for v, s in zip(real, sites, strict=True) if (row := columns(v)) is not None]
    other = [(row, c.kind) for c in contrast if (row := columns(c.view)) is not None]
    if min(len(era), len(other)) < MIN_TEXTS:
        return None
    weights = [site_weights([group for _, group in rows]) for rows in (era, other)]
    labels = np.array([1] * len(era) + [0] * len(other), np.int64)
    table = np.array([row for row, _ in (*era, *other)])
    return DenseHead.fit(table, labels, np.concatenate(weights) * len(table) / 2)


def _manner(view: TextView) -> NDArray[np.float32] | None:
    return view.manner


def _states(view: TextView) -> NDArray[np.float32] | None:
    """Return the hidden states of a text, or None where no neutral model has read any of it."""
    known = view.reading is not None and view.reading.tokens > 1
    return view.reading.hidden if known and view.reading is not None else None


def _told(head: DenseHead, views: Sequence[TextView], columns: Columns) -> NDArray[np.float64]:
    values = np.full(len(views), np.nan)
    rows = {n: row for n, v in enumerate(views) if (row := columns(v)) is not None}
    if rows:
        values[list(rows)] = head.raw(np.array(list(rows.values())))
    return values


def contrast_ngrams(
    contrast: Sequence[ContrastView], features: FeatureSet
) -> dict[str, NgramModel]:
    """Return an n-gram model of each family of contrast with texts enough, by family."""
    by_family: dict[str, dict[str, list[Tokens]]] = {}
    for row in contrast:
        kinds = by_family.setdefault(row.family, {})
        kinds.setdefault(row.kind, []).append(_tokens(row.view, features))
    models = {}
    for family, kinds in sorted(by_family.items()):
        if sum(map(len, kinds.values())) < MIN_TEXTS:
            continue
        kept: list[Tokens] = []
        for _, sequences in sorted(kinds.items()):
            kept += _first(sequences, MOST_TOKENS // len(kinds))
        models[family] = _model(kept, features)
    return models


def cliches(view: TextView) -> list[str]:
    """Return the stock phrases of a text, in lower case, the commonest first."""
    counts = Counter(m[0].lower() for m in CLICHES.finditer(view.prose[:20_000]))
    # A subject may be one of them: what is said again and again counts twice at most.
    return [phrase for phrase, count in counts.most_common() for _ in range(min(count, 2))]


def letter_rate(view: TextView) -> float:
    """Return how many signs of a letter or posting a text has for each word."""
    return len(LETTER.findall(view.prose[:6_000])) / max(min(view.count, 1_000), 60)


def _shouts(view: TextView) -> int:
    prose = view.prose[:20_000]
    return prose.count("!") + len(re.findall(r"[A-Z]{4,} [A-Z]{4,}", prose)) // 4


def _rate(count: int, view: TextView) -> float:
    """Return events in a hundred words, a short text with no more than a hundred words' weight."""
    return 100.0 * count / max(min(view.count, 3_000), 100)


def _columns(view: TextView, features: FeatureSet) -> Row:
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
