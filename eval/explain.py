"""Why a text has its style score: the words and tags that moved it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from erastyle.eval import features
from erastyle.eval.features import Head, Text
from erastyle.eval.linear import Linear
from erastyle.eval.markup_features import markup_tokens


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
            bits, base = features.MARKUP_BITS, 1 << features.PROSE_BITS
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
