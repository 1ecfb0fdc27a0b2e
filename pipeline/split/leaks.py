"""Passages on both sides of a split, and the guard that lets none pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from erastyle.corpus.errors import StageFailedError

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

    The answer is exact. Memory holds only about one word run in twenty, of the test side alone:
    winnowing guarantees that a shared passage shares a kept run. The documents of such runs are
    then compared run by run.

    Args:
        train_files: Parquet shards of the training side.
        test_files: Parquet shards of the test (or development) side.
        tokens: Words, as `corpus.text.normalise` sees them.

    Returns:
        Leaks, sorted by test id, then training id. A document of fewer words leaks nothing.
    """
    import numpy as np

    from erastyle.corpus.text.shingles import word_hashes

    if not train_files or not test_files:
        return []
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


def guard(
    sides: Mapping[str, Sequence[Path]], clusters: Mapping[str, str], tokens: int = 50
) -> None:
    """Refuse a split in which a cluster of copies, or a passage, stands on two sides.

    The split stage checks the files that it wrote with this, whatever assigned the documents.

    Args:
        sides: Parquet shards of each side, by name.
        clusters: The cluster of each document that is in one.
        tokens: Words of the shortest passage that counts.

    Raises:
        StageFailedError: Names the documents and what they share.
    """
    import pyarrow.parquet as pq

    home: dict[str, tuple[str, str]] = {}
    for side in sorted(sides):
        for file in sides[side]:
            for id_ in pq.read_table(file, columns=["id"])["id"].to_pylist():
                if not (cluster := clusters.get(id_)):
                    continue
                other_side, other = home.setdefault(cluster, (side, id_))
                if other_side != side:
                    raise StageFailedError(
                        f"split: copies on two sides: {other} in {other_side} and {id_} in {side} "
                        "are of one cluster. This is a bug in the stage; please report it."
                    )
    for one, other in combinations(sorted(sides), 2):
        # The shorter side is the one that is kept in memory.
        long, short = sorted((one, other), key=lambda s: (-_size(sides[s]), s))
        for leak in leaks(sides[long], sides[short], tokens):
            raise StageFailedError(
                f"split: {leak.train_id} in {long} and {leak.test_id} in {short} share {tokens} "
                f"words in a row: {leak.passage[:80]}… This is a bug; please report it."
            )


def _size(files: Sequence[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def _texts(files: Sequence[Path], tokens: int) -> Iterator[tuple[str, str]]:
    """Yield id and normalised prose of each document of at least `tokens` words."""
    import pyarrow.parquet as pq

    from erastyle.corpus.text.normalise import normalise_all

    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(256, columns=["id", "prose"]):
            texts, words = normalise_all(batch["prose"])
            rows = zip(batch["id"].to_pylist(), texts.to_pylist(), words.tolist(), strict=True)
            yield from ((id_, text) for id_, text, count in rows if count >= tokens)


def _winnowed(text: str, width: int, tokens: int) -> Hashes:
    from erastyle.corpus.text.shingles import winnow, word_hashes

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
