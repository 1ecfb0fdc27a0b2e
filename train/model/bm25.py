"""Finds the documents nearest to a brief with BM25: exact, offline, and without a second model.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1, B = 1.2, 0.75  # the usual saturation of a word's count, and weight of a document's length
_WORDS = r"(?u)\b[^\W_]{2,}\b"


class Bm25:
    """An index over texts.

    Raises:
        ValueError: There are no texts, or no words in them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Count the words of `texts`."""
        import numpy as np
        from sklearn.feature_extraction.text import CountVectorizer

        self._words: Any = CountVectorizer(token_pattern=_WORDS, dtype=np.float32)
        counts = self._words.fit_transform(texts).tocsr()
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        holding = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log1p((len(texts) - holding + 0.5) / (holding + 0.5))
        norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1e-9))
        of_row = np.repeat(norm, np.diff(counts.indptr))
        counts.data = counts.data * (K1 + 1) / (counts.data + of_row) * rarity[counts.indices]
        self._weights: Any = counts.astype(np.float32)

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the score of each text for `query`. Shape: (texts,)."""
        import numpy as np

        wanted = self._words.transform([query])
        wanted.data = np.ones_like(wanted.data)
        return np.asarray((self._weights @ wanted.T).todense(), dtype=np.float32).ravel()

    def nearest(self, query: str, count: int) -> list[int]:
        """Return the positions of the best texts, the best first; ties by position.

        >>> Bm25(["a red fox", "the blue whale", "red whale song"]).nearest("whale", 2)
        [1, 2]
        """
        import numpy as np

        return [int(i) for i in np.argsort(-self.scores(query), kind="stable")[:count]]
