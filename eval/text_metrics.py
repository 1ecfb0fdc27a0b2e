"""What is measured on any set of texts without a model: style, anachronisms, references, dialect.

Needs no torch. The score stage looks at the texts of the base model, of the style model and of real
documents in the same way.
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
from erastyle.eval.style.classifier import MIN_WORDS, StyleModel
from erastyle.eval.style.features import Text

GENERAL_SITES = 10  # the general texts count as so many sites, so that folds can part them
_TAG = re.compile(r"<[A-Za-z!][^<>]*>")


@dataclass(frozen=True, slots=True)
class Scored:
    """What was measured on one set of texts.

    Attributes:
        scores: By head: probability of being of the era, NaN where nothing could be judged.
            Shape: (texts,).
        hits: Anachronisms of each text that the brief did not ask for.
        words: Words of each text.
        asked: Anachronisms of each text that the brief asked for: no slips.
        references: Names, products and words of its own time in each text.
        validity: How far each text's markup is of the era's dialect; None for plain text.
        slurs: Slurs and outdated names in all texts.
        regard: How the texts speak of groups of people.
        machine: Whether each text reads like an assistant's answer; None where it is too short.
        dated: When each text was written, by its dated words and tags, stated dates aside.
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
        """Share of the texts with markup in which all of it is of the era's dialect."""
        known = [v for v in self.validity if v is not None and v.used]
        return sum(not v.too_new for v in known) / len(known) if known else None

    def talk(self, most: int = 12) -> list[tuple[str, int]]:
        """Return what the texts talk about, and in how many of them, the commonest first."""
        counts = Counter(name for names in self.references for name in set(names))
        return sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:most]


def text_of(document: Document) -> Text:
    """Return a document as the style score reads it."""
    return Text(document.body, document.prose, document.format)


def learn(documents: Sequence[Document], most: int, seed: int) -> StyleModel:
    """Return a style model that tells the period's documents from the modern ones.

    Args:
        documents: Documents of the train and dev sites, both sides.
        most: Most documents of each side; a seeded choice.
        seed: Same documents and seed, same model.

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
    # A base model answers in neutral prose that neither side holds. Without such texts on the
    # modern side the classifier would have no opinion of it, and say so with any number.
    plain = list(islice(_general(seed), labels.count(0) // 2))
    texts += [Text(text, text, "text") for text in plain]
    labels += [0] * len(plain)
    sites += [f"general {n % GENERAL_SITES}" for n in range(len(plain))]
    return StyleModel.fit(texts, labels, sites, seed)


def _general(seed: int) -> Iterator[str]:
    """Yield general modern prose: texts, then answers long enough to be judged."""
    yield from general_texts.texts("train")
    for _, answer in general_texts.rows(100_000, seed):
        if len(answer.split()) >= MIN_WORDS + 10:
            yield answer


def style_scores(style: StyleModel, texts: Sequence[Text]) -> dict[str, Any]:
    """Return the style scores of `texts` by head; a page without a single tag is of no era."""
    scores: dict[str, Any] = dict(style.scores(texts))
    bare = [n for n, t in enumerate(texts) if t.format == "html" and not _TAG.search(t.body)]
    for head in ("markup", "whole", "era"):
        # The classifier only knows pages; a text without a single tag is none, of no era.
        scores[head][bare] = 0.0
    return scores


def no_scores(count: int) -> dict[str, Any]:
    """Return scores that say that nothing was judged, for where there is no classifier."""
    return {head: np.full(count, np.nan) for head in ("markup", "prose", "whole", "era")}


def prose_of(body: str, format: Format) -> str:  # noqa: A002
    """Return what a reader sees of a text: tags, comments and scripts blanked."""
    return anachronism.visible(body) if format == "html" else body


def look(
    style: StyleModel | None, texts: Sequence[Text], briefs: Sequence[str], era: Era
) -> Scored:
    """Return what can be said of `texts` without a model.

    Args:
        style: The fitted style model; None: no style score.
        texts: What to judge.
        briefs: The request of each text, or empty strings: what a brief asks for is no slip.
        era: The era they should be of.
    """
    found = [
        anachronism.find(t.body, t.format, era.lexicon_cutoff, brief)
        for t, brief in zip(texts, briefs, strict=True)
    ]
    proses = [prose_of(t.body, t.format) for t in texts]
    first, last = era.period.first.year, era.period.last.year
    return Scored(
        scores=style_scores(style, texts) if style and texts else no_scores(len(texts)),
        hits=[[h for h in hits if not h.in_brief] for hits in found],
        words=[len(prose.split()) for prose in proses],
        asked=[[h for h in hits if h.in_brief] for hits in found],
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
