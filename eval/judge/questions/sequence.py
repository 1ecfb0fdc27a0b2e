"""Sequence: do sentences stand in the order in which they were written?

Three measures, all of a text against its own shuffles, so that topic and style play no part.
Shapes: how much better tags and lines foretell the texts between them (their length, first letter,
last mark) in their order than shuffled; learnt from real documents alone. Cohesion: how many words
neighbouring sentences share, against all pairs of sentences of the text. Neighbours: what else
tells them from pairs that are none (`neighbours.py`). A neutral language model adds a fourth
(`NeutralModel.order`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.judge.questions.neighbours import NeighbourLessons, NeighbourModel
from erastyle.eval.judge.questions.ngrams import NgramModel, Tokens
from erastyle.eval.judge.views import Measured, TextView, token_id

ORDER = 4
SHUFFLES = 4
MIN_PIECES = 8
"""Fewest texts between tags, or lines, whose order is looked at."""
MIN_SENTENCES = 6
"""Fewest sentences whose neighbours are compared."""


@dataclass(frozen=True, slots=True)
class SequenceQuestion:
    """What was learnt of the order of texts between tags, and of lines.

    Attributes:
        shapes: N-gram model of tags and shapes of the texts between them.
        neighbours: What tells neighbours from pairs that are none; None: too little to learn from.
    """

    shapes: NgramModel
    neighbours: NeighbourModel | None

    @classmethod
    def fit(
        cls, real: Sequence[TextView], sites: Sequence[str], lessons: NeighbourLessons
    ) -> SequenceQuestion:
        """Return what the order of real documents looks like.

        Args:
            real: Documents of the era.
            sites: Site of each.
            lessons: What prose of other times teaches of neighbours.
        """
        shapes = NgramModel.fit([_ids(v.pieces[0]) for v in real], ORDER)
        return cls(shapes, NeighbourModel.fit(real, sites, lessons))

    def measure(self, views: Sequence[TextView]) -> Measured:
        """Return what is measured of the order of texts; NaN: too little to have an order."""
        measured = {
            "sequence.all.shapes": self._shapes(views),
            "sequence.all.cohesion": np.array([cohesion(v.sentences) for v in views]),
        }
        if self.neighbours is not None:
            measured["sequence.all.neighbours"] = self.neighbours.measure(views)
        return measured

    def _shapes(self, views: Sequence[TextView]) -> NDArray[np.float64]:
        rows: list[Tokens] = []
        for view in views:
            row, places = view.pieces
            ids, at = _ids(row), np.asarray(places, np.int64)
            rows.append(ids)
            rng = np.random.default_rng(view.seed)
            for _ in range(SHUFFLES):
                mixed = ids.copy()
                mixed[at] = ids[rng.permutation(at)]
                rows.append(mixed)
        logs = self.shapes.logs(rows)[-1].reshape(len(views), SHUFFLES + 1)
        lengths = np.array([len(v.pieces[0]) for v in views], np.float64)
        texts = np.array([len(v.pieces[1]) for v in views], np.float64)
        better = (logs[:, 0] - logs[:, 1:].mean(axis=1)) * lengths
        better = better / np.sqrt(np.maximum(texts, 1.0))
        return np.where(texts >= MIN_PIECES, better, np.nan)

    def plain(self) -> dict[str, Any]:
        """Return the question as arrays and numbers."""
        neighbours = {} if self.neighbours is None else self.neighbours.plain()
        return {"shapes": self.shapes.plain(), "neighbours": neighbours}

    @classmethod
    def of_plain(cls, state: Mapping[str, Any]) -> SequenceQuestion:
        """Return the question that `plain` took apart."""
        kept = state["neighbours"]
        return cls(
            NgramModel.of_plain(state["shapes"]), NeighbourModel.of_plain(kept) if kept else None
        )


def cohesion(sentences: Sequence[frozenset[str]]) -> float:
    """Return how far neighbouring sentences share more words than any two, in standard errors.

    Rare words of the text weigh more. NaN: fewer sentences than `MIN_SENTENCES`.

    >>> said = [frozenset(s) for s in ("ab", "bc", "cd", "de", "ef", "fg")]
    >>> cohesion(said) > cohesion([said[n] for n in (0, 3, 1, 4, 2, 5)])
    True
    """
    if len(sentences) < MIN_SENTENCES:
        return float("nan")
    words = sorted(set().union(*sentences))
    place = {word: n for n, word in enumerate(words)}
    table = np.zeros((len(sentences), len(words)))
    for n, sentence in enumerate(sentences):
        table[n, [place[w] for w in sentence]] = 1.0
    table *= np.sqrt(np.log(1 + len(sentences) / table.sum(axis=0)))
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    shared = table @ table.T
    pairs = shared[np.triu_indices(len(sentences), 1)]
    spread = float(pairs.std())
    if spread == 0:
        return 0.0
    near = np.diagonal(shared, 1)
    return float((near.mean() - pairs.mean()) / spread * np.sqrt(len(near)))


def _ids(tokens: Sequence[str]) -> Tokens:
    return np.fromiter(map(token_id, tokens), np.uint64, len(tokens))
