"""Passages on both sides of a split, and the guard that lets none pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Leak:
    """A passage on both sides of a split.

    Attributes:
        train_id: Document of the training side.
        test_id: Document of the other side.
        passage: Its first words, normalised, as many as `leaks` was asked for.
        passages: How many runs of that many words the two documents share.
    """

    train_id: str
    test_id: str
    passage: str
    passages: int


def leaks(train_files: Sequence[Path], test_files: Sequence[Path], tokens: int = 50) -> list[Leak]:
    """Return every pair of a training and a test document that share `tokens` words in a row.

    Exact: nothing is missed and nothing is alleged. Only about one word run in twenty is kept in
    memory, and of the test side alone; winnowing guarantees that a shared passage shares a kept
    run. What they name is then compared word run by word run.

    Args:
        train_files: Parquet shards of the training side.
        test_files: Parquet shards of the test (or development) side.
        tokens: Words, as `corpus.similarity.normalise` sees them.

    Returns:
        Leaks, sorted by test id, then training id. A document of fewer words leaks nothing.
    """
    import numpy as np

    from erastyle.corpus.similarity import word_hashes

    width = max(1, tokens // 3)
    chosen, owner, ids = _chosen(test_files, width, tokens)
    suspects: dict[str, set[str]] = {}
    for id_, text in _texts(train_files, tokens):
        own = _winnowed(text, width, tokens)
        low = np.searchsorted(chosen, own, side="left")
        high = np.searchsorted(chosen, own, side="right")
        for start, end in zip(low[low < high], high[low < high], strict=True):
            suspects.setdefault(id_, set()).update(ids[i] for i in owner[start:end])
    if not suspects:
        return []
    wanted = set().union(*suspects.values())
    tests = {id_: text for id_, text in _texts(test_files, tokens) if id_ in wanted}
    hashes = {id_: np.unique(word_hashes(text, tokens)) for id_, text in tests.items()}
    out = []
    for id_, text in _texts(train_files, tokens):
        if id_ not in suspects:
            continue
        runs = word_hashes(text, tokens)
        words = text.split(" ")
        for test_id in sorted(suspects[id_]):
            same = np.isin(runs, hashes[test_id])
            if same.any():
                at = int(np.argmax(same))
                passage = " ".join(words[at : at + tokens])
                out.append(Leak(id_, test_id, passage, len(np.unique(runs[same]))))
    return sorted(out, key=lambda leak: (leak.test_id, leak.train_id))


def _texts(files: Sequence[Path], tokens: int) -> Iterator[tuple[str, str]]:
    """Yield id and normalised prose of each document of at least `tokens` words."""
    import pyarrow.parquet as pq

    from erastyle.corpus.similarity import normalise_all

    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(256, columns=["id", "prose"]):
            texts, words = normalise_all(batch["prose"])
            rows = zip(batch["id"].to_pylist(), texts.to_pylist(), words.tolist(), strict=True)
            yield from ((id_, text) for id_, text, count in rows if count >= tokens)


def _winnowed(text: str, width: int, tokens: int) -> Hashes:
    from erastyle.corpus.similarity import winnow, word_hashes

    return winnow(word_hashes(text, width), tokens - width + 1)


def _chosen(
    files: Sequence[Path], width: int, tokens: int
) -> tuple[Hashes, NDArray[np.int64], list[str]]:
    """Return the kept runs of all documents, ascending, the document of each, and the ids."""
    import numpy as np

    ids: list[str] = []
    parts = [np.zeros(0, np.uint64)]
    owners = [np.zeros(0, np.int64)]
    for id_, text in _texts(files, tokens):
        own = _winnowed(text, width, tokens)
        parts.append(own)
        owners.append(np.full(len(own), len(ids), np.int64))
        ids.append(id_)
    runs, owner = np.concatenate(parts), np.concatenate(owners)
    order = np.argsort(runs, kind="stable")
    return runs[order], owner[order], ids
