"""Explain a style score: the words and tags that moved it, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from erastyle.eval.style.features import Head, Text, masked_prose, prose_of
from erastyle.eval.style.hashed_rows import TOKEN_BITS, Row, column
from erastyle.eval.style.linear import Linear
from erastyle.eval.style.markup_features import MAX_MARKUP, markup_tokens
from erastyle.eval.style.prose_features import (
    NAMED_FROM,
    WORDS_FROM,
    layout_tokens,
    leading_part,
    ngram_columns,
    one_line,
    prose_tokens,
    word_columns,
)

MOST_PLACES = 200
"""Most places that are marked in one text."""


@dataclass(frozen=True, slots=True)
class FeatureMark:
    """A place in a text that moved its score.

    Attributes:
        where: `prose` or `body`: what `start` and `end` count in. Tags stand in the body.
        start: First character.
        end: Behind the last character.
        weight: By how much the word or tag moved the log odds, all its places together.
    """

    where: Literal["prose", "body"]
    start: int
    end: int
    weight: float


def marks(moved: Sequence[tuple[str, float]], text: Text) -> list[FeatureMark]:
    """Return where the words and tags stand that `explain` named, in order, without overlaps.

    Neighbouring words that moved the score the same way become one phrase, with their weights
    added. Features without a place, such as upper-case tags in general, are left out.
    """
    prose = leading_part(prose_of(text))
    words = {w: v for w, v in moved if re.fullmatch(r"[^\W\d_][^\s:]*", w)}
    words |= {w.split(":", 1)[1]: v for w, v in moved if w.startswith("word:")}
    places: list[FeatureMark] = []
    for match in re.finditer(r"\S+", prose):
        word = match.group().lower()
        value = words.get(word, words.get(word.strip(".,;:!?()")))
        if value is None:
            continue
        last = places[-1] if places else None
        if last and last.weight * value > 0 and not prose[last.end : match.start()].strip():
            weight = round(last.weight + value, 4)
            places[-1] = FeatureMark("prose", last.start, match.end(), weight)
        else:
            places.append(FeatureMark("prose", match.start(), match.end(), value))
    if text.format == "html":
        tags = {n.split(":", 1)[1]: v for n, v in moved if n.startswith("tag:")}
        body = text.body[:MAX_MARKUP]
        for match in re.finditer(r"<(/?[A-Za-z][\w:-]{0,30})[^<>]{0,4000}>", body):
            if (value := tags.get(match.group(1).lower())) is not None:
                places.append(FeatureMark("body", match.start(), match.end(), value))
    return places[:MOST_PLACES]


def explain(
    heads: Mapping[Head, Linear], rows: Mapping[Head, Row | None], text: Text, most: int
) -> list[tuple[str, float]]:
    """Return the words and tags that moved the log odds most, each with its weight.

    Args:
        heads: Linear classifiers of the heads.
        rows: Features of the text by head; None where there is nothing to judge.
        text: The text.
        most: Most words and tags to name.
    """
    moved: dict[str, float] = {}
    for head, model in heads.items():
        row = rows[head]
        if row is None:
            continue
        by_column = _by_column(model, row)
        if head == "markup":
            tokens, base = markup_tokens(text.body), 0
        else:
            masked, base = masked_prose(text), NAMED_FROM
            tokens = prose_tokens(masked)
            if text.format == "text":
                tokens += layout_tokens(prose_of(text))
            for word, value in _by_word(masked, by_column).items():
                moved[word] = moved.get(word, 0.0) + model.slope * value
        for token in tokens:
            value = by_column.get(base + column(token, TOKEN_BITS), 0.0)
            moved[token] = moved.get(token, 0.0) + model.slope * value
    ordered = sorted(moved.items(), key=lambda item: (-abs(item[1]), item[0]))
    return [(name, round(value, 4)) for name, value in ordered[:most]]


def _by_column(model: Linear, row: Row) -> dict[int, float]:
    """Return how much each column of a row adds to the decision value."""
    at, values = row
    weighted = values * model.weight[at].astype(np.float64)
    length = float(np.sqrt(weighted @ weighted)) or 1.0
    return dict(zip(at.tolist(), (weighted * model.coef[at] / length).tolist(), strict=True))


def _by_word(masked: str, by_column: Mapping[int, float]) -> dict[str, float]:
    """Return the weight of each word; the places of a column share its weight."""
    line = one_line(masked)
    columns, starts = ngram_columns(line)
    words, word_starts = word_columns(line)
    columns = np.concatenate([columns, words + np.int32(WORDS_FROM)])
    starts = np.concatenate([starts, word_starts])
    _, inverse, counts = np.unique(columns, return_inverse=True, return_counts=True)
    value = np.array([by_column.get(c, 0.0) for c in columns.tolist()]) / counts[inverse]
    per_char = np.bincount(starts, weights=value, minlength=len(line))
    # The space before a word belongs to it, as do the n-grams that begin there.
    word_of = np.cumsum(np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32) == 32)
    sums = np.bincount(word_of, weights=per_char)
    by_word: dict[str, float] = {}
    for number, word in enumerate(line.split(), start=1):
        if number < len(sums):
            by_word[word] = by_word.get(word, 0.0) + float(sums[number])
    return by_word
