"""Why a text has its style score: the words and tags that moved it, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from erastyle.eval.style import features
from erastyle.eval.style.features import Head, Text
from erastyle.eval.style.linear import Linear
from erastyle.eval.style.markup_features import MAX_MARKUP, markup_tokens

MOST_PLACES = 200
"""Places that are marked in one text."""


@dataclass(frozen=True, slots=True)
class Mark:
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


def marks(moved: Sequence[tuple[str, float]], text: Text) -> list[Mark]:
    """Return where the words and tags that `explain` named stand, in order, none twice.

    Words next to each other that moved the score the same way are one phrase, with their weights
    added. What has no place, such as upper-case tags in general, is left out.
    """
    prose = features.looked_at(features.prose_of(text))
    body = text.body[:MAX_MARKUP]
    words = {w: v for w, v in moved if re.fullmatch(r"[^\W\d_][^\s:]*", w)}
    words |= {w.split(":", 1)[1]: v for w, v in moved if w.startswith("word:")}
    found: list[Mark] = []
    for match in re.finditer(r"\S+", prose):
        value = words.get(match.group().lower(), words.get(match.group().lower().strip(".,;:!?()")))
        if value is None:
            continue
        if (
            found
            and found[-1].weight * value > 0
            and not prose[found[-1].end : match.start()].strip()
        ):
            before = found.pop()
            found.append(Mark("prose", before.start, match.end(), round(before.weight + value, 4)))
        else:
            found.append(Mark("prose", match.start(), match.end(), value))
    if text.format == "html":
        tags = {n.split(":", 1)[1]: v for n, v in moved if n.startswith("tag:")}
        for match in re.finditer(r"<(/?[A-Za-z][\w:-]{0,30})[^<>]{0,4000}>", body):
            if (value := tags.get(match.group(1).lower())) is not None:
                found.append(Mark("body", match.start(), match.end(), value))
    return found[:MOST_PLACES]


def explain(
    heads: Mapping[Head, Linear], rows: Mapping[Head, features.Row | None], text: Text, most: int
) -> list[tuple[str, float]]:
    """Return the words and tags that moved the log odds most, with by how much."""
    moved: dict[str, float] = {}
    for head, model in heads.items():
        row = rows[head]
        if row is None:
            continue
        at, values = row
        weighted = values * model.weight[at].astype(np.float64)
        length = float(np.sqrt(weighted @ weighted)) or 1.0
        by_column = dict(
            zip(at.tolist(), (weighted * model.coef[at] / length).tolist(), strict=True)
        )
        if head == "markup":
            tokens = markup_tokens(text.body)
            bits, base = features.MARKUP_BITS, 0
        else:
            prose = features.prose_of(text)
            masked = features.mask(features.looked_at(prose))
            tokens = features.prose_tokens(masked)
            if text.format == "text":
                tokens += features.layout_tokens(prose)
            bits, base = features.MARKUP_BITS, features.NAMED_FROM
            for word, value in _by_word(masked, by_column).items():
                moved[word] = moved.get(word, 0.0) + model.slope * value
        for token in tokens:
            value = by_column.get(base + features.column(token, bits), 0.0)
            moved[token] = moved.get(token, 0.0) + model.slope * value
    ordered = sorted(moved.items(), key=lambda item: (-abs(item[1]), item[0]))
    return [(name, round(value, 4)) for name, value in ordered[:most]]


def _by_word(masked: str, by_column: Mapping[int, float]) -> dict[str, float]:
    """Return the weight of each word: a column's weight is shared by the places it occurs in."""
    line = features.one_line(masked)
    columns, starts = features.ngram_columns(line)
    words, word_starts = features.word_columns(line)
    columns = np.concatenate([columns, words + np.int32(features.WORDS_FROM)])
    starts = np.concatenate([starts, word_starts])
    _, inverse, counts = np.unique(columns, return_inverse=True, return_counts=True)
    value = np.array([by_column.get(c, 0.0) for c in columns.tolist()]) / counts[inverse]
    per_char = np.bincount(starts, weights=value, minlength=len(line))
    # A word owns the space before it: n-grams that begin there are its own.
    word_of = np.cumsum(np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32) == 32)
    sums = np.bincount(word_of, weights=per_char)
    found: dict[str, float] = {}
    for number, word in enumerate(line.split(), start=1):
        if number < len(sums):
            found[word] = found.get(word, 0.0) + float(sums[number])
    return found
