"""Diversity of texts against real documents of equal length; low diversity shows model collapse.

Every measure depends on the amount of text. Texts and reference are therefore cut to documents of
the same number of words, and a figure has no meaning without its reference.

Sources: Li et al., "A Diversity-Promoting Objective Function", 2016 (distinct-n); Shaib et al.,
"Standardizing the Measurement of Text Diversity", 2024 (compression ratio); Friedman and Dieng,
"The Vendi Score", 2023.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.copying.tokens import spans, words

MIN_TEXTS = 10
"""Fewest texts that give a diversity."""

MIN_WORDS = 20
"""Shortest text that is compared, in tokens."""

COLUMNS = 1 << 15
MOST = 1000  # texts in one matrix of similarities
MANY = 200  # more texts than this are left out by tenths, fewer by twentieths


@dataclass(frozen=True, slots=True)
class Diversity:
    """Diversity of some texts.

    Attributes:
        texts: Texts measured.
        tokens: Tokens measured.
        distinct: Share of different n-grams among all, by n (1, 2, 3).
        compression: Bytes over bytes after zlib: higher is more repetitive.
        similarity: Mean cosine of two texts' TF-IDF: higher is more alike.
        vendi: Effective number of different texts over `texts`, from 1/texts to 1.
    """

    texts: int
    tokens: int
    distinct: dict[int, float]
    compression: float
    similarity: float
    vendi: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Diversity of texts beside that of a reference, both cut to the same lengths.

    Attributes:
        texts: Diversity of the texts, or None with a `problem`.
        reference: Diversity of the reference, or None with a `problem`.
        ratios: Texts over reference by measure: `distinct-3`, `compression`, `similarity`, `vendi`.
            A measure that is 0 for the reference is left out.
        without: Ratios with one part of the texts left out in turn, for a jackknife interval.
        problem: Why nothing could be compared, or empty.
    """

    texts: Diversity | None
    reference: Diversity | None
    ratios: dict[str, float]
    without: dict[str, list[float]] = field(default_factory=dict)
    problem: str = ""


def distinct(tokens: Sequence[Sequence[str]], n: int) -> float:
    """Return the share of different n-grams among all n-grams of `tokens`.

    >>> distinct([["a", "b", "a", "b"]], 2)
    0.6666666666666666

    Raises:
        ValueError: No text has `n` tokens.
    """
    seen: set[tuple[str, ...]] = set()
    total = 0
    for row in tokens:
        grams = [tuple(row[at : at + n]) for at in range(len(row) - n + 1)]
        seen.update(grams)
        total += len(grams)
    if not total:
        raise ValueError(f"no text has {n} tokens")
    return len(seen) / total


def compression(texts: Sequence[str]) -> float:
    """Return how many times smaller zlib makes `texts`, joined by line ends.

    Raises:
        ValueError: There is no character.
    """
    raw = "\n".join(texts).encode("utf-8", "surrogatepass")
    if not raw.strip():
        raise ValueError("there is no text to compress")
    return len(raw) / len(zlib.compress(raw, 9))


def _vectors(tokens: Sequence[Sequence[str]], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return hashed TF-IDF vectors of length 1. Shape: (texts, COLUMNS)."""
    rows = np.zeros((len(tokens), COLUMNS), dtype=np.float32)
    for at, row in enumerate(tokens):
        for column, count in Counter(map(_column, row)).items():
            rows[at, column] = (1 + np.log(count)) * weights[column]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _column(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "surrogatepass")) % COLUMNS


def _weights(*groups: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Return the inverse document frequency of each column over all groups."""
    counts = np.zeros(COLUMNS)
    documents = 0
    for tokens in groups:
        documents += len(tokens)
        for row in tokens:
            counts[list({_column(token) for token in row})] += 1
    return np.asarray(np.log((1 + documents) / (1 + counts)) + 1)


def vendi(vectors: NDArray[Any]) -> float:
    """Return the effective number of different texts, from 1 to len(vectors).

    Args:
        vectors: Rows of length 1. Shape: (texts, columns).
    """
    values = np.linalg.eigvalsh((vectors @ vectors.T).astype(np.float64) / len(vectors))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def self_similarity(vectors: NDArray[Any]) -> float:
    """Return the mean cosine of two different rows of `vectors` (at least two)."""
    total = vectors.sum(axis=0, dtype=np.float64)
    n = len(vectors)
    return float((total @ total - (vectors.astype(np.float64) ** 2).sum()) / (n * (n - 1)))


@dataclass(frozen=True, slots=True)
class _Side:
    """Texts with their tokens and vectors, which are computed once."""

    texts: Sequence[str]
    tokens: Sequence[Sequence[str]]
    vectors: NDArray[np.float32]

    def measure(self, at: NDArray[np.int64]) -> Diversity:
        """Return the diversity of the texts at `at`."""
        texts = [self.texts[n] for n in at]
        tokens = [self.tokens[n] for n in at]
        vectors = self.vectors[at]
        return Diversity(
            texts=len(texts),
            tokens=sum(map(len, tokens)),
            distinct={n: distinct(tokens, n) for n in (1, 2, 3)},
            compression=compression(texts),
            similarity=self_similarity(vectors),
            vendi=vendi(vectors) / len(texts),
        )


def _ratios(one: Diversity, two: Diversity) -> dict[str, float]:
    pairs = {
        "distinct-3": (one.distinct[3], two.distinct[3]),
        "compression": (one.compression, two.compression),
        "similarity": (one.similarity, two.similarity),
        "vendi": (one.vendi, two.vendi),
    }
    return {name: a / b for name, (a, b) in pairs.items() if b}


def _equal(texts: Sequence[str], lengths: Sequence[int]) -> list[str]:
    """Return each text cut after as many tokens as `lengths` says."""
    return [text[: spans(text)[length - 1][1]] for text, length in zip(texts, lengths, strict=True)]


def compare(texts: Sequence[str], reference: Sequence[str], seed: int = 1) -> Comparison:
    """Return the diversity of `texts` beside that of `reference`, at equal number and length.

    Texts of both sides are paired by length, and the longer text of each pair is cut. Both sides
    then have the same number of texts and of tokens, at most 1,000 texts each.

    Args:
        texts: Generated texts; those of fewer than 20 tokens are left out.
        reference: Real documents of the era, likewise.
        seed: Seed of the draw where there are more texts than needed.
    """
    long_texts = [text for text in texts if len(words(text)) >= MIN_WORDS]
    long_reference = [text for text in reference if len(words(text)) >= MIN_WORDS]
    count = min(len(long_texts), len(long_reference), MOST)
    if count < MIN_TEXTS:
        problem = (
            f"{len(long_texts)} texts and {len(long_reference)} documents of at least {MIN_WORDS} "
            f"words are too few to compare; at least {MIN_TEXTS} of each"
        )
        return Comparison(None, None, {}, problem=problem)
    sides = []
    for side in (long_texts, long_reference):
        chosen = np.random.default_rng(seed).permutation(len(side))[:count]
        sides.append(sorted((side[at] for at in chosen), key=lambda t: (-len(words(t)), t)))
    lengths = [min(len(words(a)), len(words(b))) for a, b in zip(*sides, strict=True)]
    cut = [_equal(side, lengths) for side in sides]
    tokens = [[words(text) for text in side] for side in cut]
    weights = _weights(*tokens)
    one, two = (
        _Side(side, of_side, _vectors(of_side, weights))
        for side, of_side in zip(cut, tokens, strict=True)
    )
    everything = np.arange(count)
    whole = one.measure(everything), two.measure(everything)
    parts = min(count, 20 if count <= MANY else 10)
    without: dict[str, list[float]] = {}
    for part in range(parts):
        rest = everything[everything % parts != part]
        for name, value in _ratios(one.measure(rest), two.measure(rest)).items():
            without.setdefault(name, []).append(value)
    return Comparison(*whole, _ratios(*whole), without)
