"""Passages that several documents share: paragraphs across sites, and leaks between splits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.pipeline.duplicates import DuplicateOptions

    Hashes = NDArray[np.uint64]


def repeated_passages(
    files: Sequence[Path], options: DuplicateOptions, workspace: Path
) -> pa.Table:
    """Return the paragraphs that stand on several sites: quotations, licences, boilerplate.

    Args:
        files: Parquet shards of documents.
        options: `passage_words` that a paragraph must have, `passage_sites` on which it must stand.
        workspace: Folder for intermediate files, about 60 bytes a paragraph.

    Returns:
        A row for each place where such a paragraph stands, sorted by digest, then by the order in
        which the copies appeared:

        `digest` (64 bits, as `corpus.similarity.paragraphs` gives it), `words`, `sites` (how many
        hold it), `documents` (how many hold it), `id` (a document that holds it), `kept_id` (the
        earliest dated one, then the smallest id: where it may stay).
    """
    import daft
    import pyarrow as pa
    from daft import DataType, col

    if not files:
        return _with_kept([])
    min_words = options.passage_words
    folder = workspace / "passages"
    shutil.rmtree(folder, ignore_errors=True)
    place = DataType.struct({"digest": DataType.uint64(), "words": DataType.int32()})

    def found(prose: daft.Series) -> Any:
        from erastyle.corpus.similarity import paragraphs

        rows = []
        for text in prose.to_arrow().to_pylist():
            once = {p.digest: p.words for p in paragraphs(text or "", min_words)}
            rows.append([{"digest": d, "words": w} for d, w in once.items()])
        kind = pa.struct([("digest", pa.uint64()), ("words", pa.int32())])
        return pa.array(rows, pa.large_list(kind))

    split = daft.func.batch(return_dtype=DataType.list(place), use_process=False)(found)
    daft.read_parquet([str(file) for file in files]).select(
        "id", "site", "date_from", split(col("prose")).alias("place")
    ).explode("place", ignore_empty_and_null=True).select(
        "id", "site", "date_from", col("place").unnest()
    ).write_parquet(str(folder), write_mode="overwrite")
    rows = daft.read_parquet(f"{folder}/*.parquet")
    many = (
        rows.groupby("digest")
        .agg(
            col("site").count_distinct().alias("sites"),
            col("id").count_distinct().alias("documents"),
        )
        .where(col("sites") >= options.passage_sites)
    )
    table = rows.join(many, on="digest").to_arrow()
    shutil.rmtree(folder)
    return _with_kept(table.to_pylist())


def _with_kept(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    names = ("digest", "words", "sites", "documents", "id", "kept_id")
    # ISO dates sort as text; an unknown date, which is empty, comes last.
    rows.sort(key=lambda r: (r["digest"], not r["date_from"], r["date_from"] or "", r["id"]))
    kept: dict[int, str] = {}
    for row in rows:
        row["kept_id"] = kept.setdefault(row["digest"], row["id"])
    types = (pa.uint64(), pa.int32(), pa.int64(), pa.int64(), pa.string(), pa.string())
    columns = [pa.array([row[n] for row in rows], t) for n, t in zip(names, types, strict=True)]
    return pa.table(columns, names=list(names))


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
