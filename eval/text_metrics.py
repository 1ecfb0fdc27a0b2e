"""Metrics of any set of texts that need no language model: style, anachronisms, dialect and more.

They need no torch, and style needs a fitted style classifier. The score stage measures the texts of
the base model, those of the fine-tuned model, and real documents in the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from erastyle.corpus.cleaning import machine_text
from erastyle.corpus.document import Document, Format
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ModelError
from erastyle.corpus.prompts import general as general_texts
from erastyle.eval.anachronism import hits as anachronism
from erastyle.eval.bias import regard as regard_module
from erastyle.eval.bias import slurs as slurs_module
from erastyle.eval.dating import lexical
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import MIN_WORDS, Text

GENERAL_SITES = 10  # the general texts count as so many sites, so that every fold gets some
_TAG = re.compile(r"<[A-Za-z!][^<>]*>")


@dataclass(frozen=True, slots=True)
class TextMetrics:
    """Metrics of one set of texts.

    Attributes:
        scores: Probability of being of the era, by head; NaN where nothing could be judged.
            Shape: (texts,) each.
        hits: Anachronisms of each text that the brief did not ask for.
        words: Words of each text.
        asked: Anachronisms of each text that the brief asked for. They do not count.
        references: Names, products and words of its own time in each text.
        validity: Dialect validity of each text's markup; None for plain text.
        slurs: Slurs and outdated names in all texts.
        regard: Regard of the texts for groups of people.
        machine: Whether each text reads like an assistant's answer; None where it is too short.
        dated: Date of each text by its dated words and tags, without stated dates.
    """

    scores: dict[str, Any]
    hits: list[list[anachronism.Hit]]
    words: list[int]
    asked: list[list[anachronism.Hit]] = field(default_factory=list)
    references: list[list[str]] = field(default_factory=list)
    validity: list[anachronism.Validity | None] = field(default_factory=list)
    slurs: slurs_module.SlurCount = field(default_factory=lambda: slurs_module.SlurCount(0, ()))
    regard: list[regard_module.Regard] = field(default_factory=list)
    machine: list[bool | None] = field(default_factory=list)
    dated: list[lexical.Dated] = field(default_factory=list)

    @property
    def valid_share(self) -> float | None:
        """Share of the texts with markup whose markup is all of the era's dialect."""
        known = [v for v in self.validity if v is not None and v.used]
        return sum(not v.too_new for v in known) / len(known) if known else None

    def talk(self, most: int = 12) -> list[tuple[str, int]]:
        """Return the commonest period references and the number of texts that hold each."""
        counts = Counter(name for names in self.references for name in set(names))
        return sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:most]


def text_of(document: Document) -> Text:
    """Return a document as a text for the style classifier."""
    return Text(document.body, document.prose, document.format)


def learn(documents: Sequence[Document], most: int, seed: int) -> StyleClassifier:
    """Return a style classifier that tells the period's documents from the modern ones.

    Args:
        documents: Documents of the train and dev sites, both sides.
        most: Most documents of each side; a seeded choice.
        seed: Same documents and seed, same classifier.

    Raises:
        ModelError: Too few documents or sites of one side.
    """
    chosen: list[Document] = []
    for modern in (False, True):
        side = [d for d in documents if (d.origin == "modern") == modern]
        if len(side) > most:
            order = np.random.default_rng(seed).permutation(len(side))[:most]
            side = [side[i] for i in sorted(order)]
        chosen += side
    labels = [int(d.origin != "modern") for d in chosen]
    if not all(labels.count(label) for label in (0, 1)):
        raise ModelError(
            "There are no modern documents to learn the difference from. Give some with "
            "--contrast, or leave it out to use the generated ones."
        )
    texts, sites = [text_of(d) for d in chosen], [d.site for d in chosen]
    # A base model answers in neutral prose, which neither side holds. Without such texts on the
    # modern side its scores would be arbitrary.
    plain = list(islice(_general(seed), labels.count(0) // 2))
    texts += [Text(text, text, "text") for text in plain]
    labels += [0] * len(plain)
    sites += [f"general {n % GENERAL_SITES}" for n in range(len(plain))]
    return StyleClassifier.fit(texts, labels, sites, seed)


def _general(seed: int) -> Iterator[str]:
    """Yield general modern prose: texts, then answers long enough to be judged."""
    yield from general_texts.texts("train")
    for _, answer in general_texts.rows(100_000, seed):
        if len(answer.split()) >= MIN_WORDS + 10:
            yield answer


def style_scores(style: StyleClassifier, texts: Sequence[Text]) -> dict[str, Any]:
    """Return the style scores of `texts` by head; a page without a single tag scores 0."""
    scores: dict[str, Any] = dict(style.scores(texts))
    bare = [n for n, t in enumerate(texts) if t.format == "html" and not _TAG.search(t.body)]
    for head in ("markup", "whole", "era"):
        # The classifier learnt pages only. A text without a tag is no page of any era.
        scores[head][bare] = 0.0
    return scores


def no_scores(count: int) -> dict[str, Any]:
    """Return NaN for each text and head, for use without a classifier."""
    return {head: np.full(count, np.nan) for head in ("markup", "prose", "whole", "era")}


def prose_of(body: str, format: Format) -> str:  # noqa: A002
    """Return the visible prose of a text, with tags, comments and scripts blanked."""
    return anachronism.visible(body) if format == "html" else body


def measure_texts(
    style: StyleClassifier | None, texts: Sequence[Text], briefs: Sequence[str], era: Era
) -> TextMetrics:
    """Return the metrics of `texts`.

    Args:
        style: The fitted style classifier; None leaves the style scores out.
        texts: Texts to measure.
        briefs: Request of each text, or empty strings. What a brief asks for is no anachronism.
        era: Era profile that the texts should match.
    """
    matches = [
        anachronism.find(t.body, t.format, era.lexicon_cutoff, brief)
        for t, brief in zip(texts, briefs, strict=True)
    ]
    proses = [prose_of(t.body, t.format) for t in texts]
    first, last = era.period.first.year, era.period.last.year
    return TextMetrics(
        scores=style_scores(style, texts) if style and texts else no_scores(len(texts)),
        hits=[[h for h in hits if not h.in_brief] for hits in matches],
        words=[len(prose.split()) for prose in proses],
        asked=[[h for h in hits if h.in_brief] for hits in matches],
        references=[
            [f.term.text for f in anachronism.period_references(prose, first, last)]
            for prose in proses
        ],
        validity=[
            anachronism.dialect_validity(t.body, era.markup) if t.format == "html" else None
            for t in texts
        ],
        slurs=slurs_module.slurs(proses),
        regard=regard_module.regard(proses),
        machine=[
            None if machine_text.score(prose) is None else machine_text.machine_like(prose)
            for prose in proses
        ],
        dated=[lexical.prior(t, era.language == "en") for t in texts],
    )
