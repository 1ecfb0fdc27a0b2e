"""Find the training document that a text resembles most, by TF-IDF of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BITS = 18
MOST = 20_000
"""Most training documents that are compared; of more, evenly spaced ones are taken."""
MAX_CHARS = 20_000
"""Characters of a document's prose that are compared."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """An index of documents.

    Attributes:
        places: Position of each compared document among those given to `build`.
        vectors: One row of length 1 for each compared document.
        weigh: Function that turns texts into such rows.
    """

    places: list[int]
    vectors: Any
    weigh: Any

    @classmethod
    def build(cls, proses: Sequence[str]) -> Nearest:
        """Return the index of documents given by their prose.

        Words are weighted by the logarithm of their count and by inverse document frequency. The
        same texts give the same index.
        """
        import numpy as np
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        step = max(1.0, len(proses) / MOST)
        places = [int(n * step) for n in range(min(len(proses), MOST))]
        counter = HashingVectorizer(
            n_features=1 << BITS, alternate_sign=False, norm=None, dtype=np.float32
        )
        weights = TfidfTransformer(sublinear_tf=True)

        def weigh(texts: Sequence[str]) -> Any:
            return weights.transform(counter.transform(t[:MAX_CHARS] for t in texts))

        if not places:
            return cls([], None, weigh)
        counts = counter.transform(proses[n][:MAX_CHARS] for n in places)
        return cls(places, weights.fit_transform(counts), weigh)

    def find(self, texts: Sequence[str]) -> list[tuple[int, float] | None]:
        """Return the position of the nearest document of each text, and how near, 0 to 1.

        `None` where a text has no word in common with any document. Of equally near documents the
        first one is returned.
        """
        if self.vectors is None or not texts:
            return [None] * len(texts)
        near = (self.weigh(texts) @ self.vectors.T).toarray()
        best = near.argmax(axis=1)
        return [
            (self.places[at], float(row[at])) if row[at] > 0 else None
            for at, row in zip(best, near, strict=True)
        ]
