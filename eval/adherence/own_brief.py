"""Does a text belong to its own brief rather than to another one, the brief's words masked?

A text that repeats the words of its brief proves nothing, so these are left out of it. What is left
is compared with what documents say that have the brief's words: each brief is expanded by the
documents nearest to it (pseudo-relevance feedback).

Source:
    Expansion: Lavrenko and Croft, "Relevance-based language models", 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.prompts.taken_up import STEM, words

NEAREST = 100
"""Documents that expand a brief, weighted by their squared similarity to it."""
MOST_WORDS = 500
"""Words of a text that are looked at, from its start."""
LEAST_LEFT = 12
"""Different words besides those of the brief that a text is compared by, at least."""
MIN_BRIEFS = 5


@dataclass(frozen=True, slots=True)
class OwnBrief:
    """How texts rank their own brief among all briefs.

    Attributes:
        above: Of each text, the share of the other briefs that its own ranks above; a tie counts
            half. A text with few words besides those of its brief has 0.5. Shape: (texts,).
        first: Whether its own ranks first. Shape: (texts,).
    """

    above: NDArray[np.float64]
    first: NDArray[np.bool_]


class BriefRanking:
    """Briefs, and what documents near each of them say: made once, asked for any texts."""

    def __init__(self, briefs: Sequence[str], documents: Sequence[str]) -> None:
        """Learn the words around each brief.

        Args:
            briefs: The briefs.
            documents: Prose to learn from which words go together: training documents and others.

        Raises:
            ValueError: Fewer than `MIN_BRIEFS` different briefs, or documents without words.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer

        if len(set(briefs)) < MIN_BRIEFS:
            raise ValueError(f"{len(set(briefs))} different briefs are too few to rank among.")
        self._vectors = TfidfVectorizer(
            tokenizer=words,
            token_pattern=None,
            lowercase=False,
            min_df=2,
            max_df=0.3,
            sublinear_tf=True,
        )
        read = [" ".join(words(d)[: 10 * MOST_WORDS]) for d in documents]
        known = self._vectors.fit_transform(read)
        near = (self._vectors.transform(briefs) @ known.T).toarray()
        stems = np.array([word[:STEM] for word in self._vectors.get_feature_names_out()])
        asked = [{word[:STEM] for word in words(brief)} for brief in briefs]
        self._masks = np.array([~np.isin(stems, sorted(own)) for own in asked])
        topics = _unit(np.array([_expanded(row, known) for row in near]))
        topics = topics - topics.mean(axis=0)  # what all briefs have in common says nothing
        self._topics = _unit(topics * self._masks)
        self._others = ~np.array([[a == b for b in briefs] for a in briefs])

    def rank(self, texts: Sequence[str]) -> OwnBrief:
        """Return how each text ranks its own brief among all briefs.

        Args:
            texts: Prose of the text for each brief, in the order of the briefs.
        """
        read = [" ".join(words(text)[:MOST_WORDS]) for text in texts]
        given, masks, others = self._vectors.transform(read).toarray(), self._masks, self._others
        likeness = np.array([(_unit(row * masks) * self._topics).sum(axis=1) for row in given])
        own = np.diagonal(likeness)[:, None]
        below, equal = (likeness < own) & others, (likeness == own) & others
        above = (below.sum(axis=1) + 0.5 * equal.sum(axis=1)) / others.sum(axis=1)
        # A text of its brief's words alone has nothing left to be compared by.
        left = ((given > 0) & masks).sum(axis=1)
        above = np.where(left < LEAST_LEFT, 0.5, above)
        return OwnBrief(above, above == 1.0)


def _expanded(near: NDArray[np.float64], known: object) -> NDArray[np.float64]:
    top = np.argsort(-near, kind="stable")[:NEAREST]
    weights: NDArray[np.float64] = near[top] ** 2
    return np.asarray(known[top].T @ weights, np.float64)  # type: ignore[index]


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), np.float64)
