"""Manner: how a text is written whatever it is about.

Shares of function words and marks, lengths of sentences and words, contractions, capitals: another
medium of the same decade has the same subjects and words, and another manner.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.style.prose_features import FUNCTION_WORDS

MAX_CHARS = 6_000
"""Characters of the prose that are looked at."""
FEWEST_WORDS = 30
"""Words that a shorter text is taken to have."""
MARKS = "?!;:()\"'>-,.*/&_=|"
WORDS = tuple(sorted(FUNCTION_WORDS))
_PLACE = {word: n for n, word in enumerate(WORDS)}
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_END = re.compile(r"[.!?]\s")
COLUMNS = len(WORDS) + len(MARKS) + 8


def manner(prose: str) -> NDArray[np.float32]:
    """Return the manner of a text.

    Args:
        prose: What a reader sees of the text.

    Returns:
        Square roots of shares, then means.

        Shape: (COLUMNS,).
    """
    shown = prose[:MAX_CHARS]
    words = _WORD.findall(shown)
    count = max(len(words), FEWEST_WORDS)
    row = np.zeros(COLUMNS)
    for word, times in Counter(w.lower() for w in words).items():
        if word in _PLACE:
            row[_PLACE[word]] = times
    marks = Counter(shown)
    start = len(WORDS)
    row[start : start + len(MARKS)] = [marks[mark] for mark in MARKS]
    start += len(MARKS)
    row[:start] = np.sqrt(row[:start] / count)
    lengths = [len(sentence.split()) for sentence in _END.split(shown)]
    row[start:] = [
        np.log1p(np.mean(lengths)),
        np.log1p(np.std(lengths)),
        np.mean([len(w) for w in words]) if words else 4.0,
        sum("'" in w for w in words) / count,
        sum(w[0].isupper() for w in words) / count,
        sum(len(w) > 1 and w.isupper() for w in words) / count,
        sum(c.isdigit() for c in shown) / max(len(shown), 1),
        sum(w.endswith("ly") for w in words) / count,
    ]
    return row.astype(np.float32)
