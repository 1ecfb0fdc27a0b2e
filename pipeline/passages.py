"""Passages that several documents share: paragraphs across sites."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from erastyle.pipeline.duplicates import DuplicateOptions


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
