"""Stage `dedupe`: keep one of each group of copies, and say which one stands for the others."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from erastyle.corpus.era import Era
from erastyle.pipeline import duplicates, engine, ledger
from erastyle.pipeline.duplicates import DuplicateOptions
from erastyle.pipeline.engine import Engine
from erastyle.pipeline.ledger import Ledger
from erastyle.pipeline.stage import Context, Stage, Stats

CLUSTERS = "clusters.parquet"
REASONS = {"exact": "exact copy", "normalised": "same words", "near": "near copy"}
FOLLOWS = ("which_copy", "ocr", "shingle", "threshold", "short_threshold", "bands")


class DedupeOptions(DuplicateOptions):
    """Options of `dedupe`. What is not given follows the era: its rule, and OCR mode for scans.

    In a run file and in the key such a value is null. A default in its place would look like
    somebody's choice when the file is read again, and the era would not be followed any more.
    """

    engine: Engine = Field(default="native", exclude=True)
    """`native` uses this machine, `ray` a cluster (extra `[ray]`)."""
    address: str | None = Field(default=None, exclude=True)
    """Address of a running Ray cluster, host:port."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            name: value for name, value in data.items() if value is not None or name not in FOLLOWS
        }

    @model_serializer(mode="wrap")
    def _only_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        open_ = set(FOLLOWS) - self.model_fields_set
        return {name: None if name in open_ else value for name, value in handler(self).items()}


def for_era(options: DedupeOptions, era: Era) -> DuplicateOptions:
    """Return what counts as a copy: the given options over the era's defaults."""
    names = DuplicateOptions.model_fields
    given = {n: getattr(options, n) for n in options.model_fields_set if n in names}
    given.setdefault("which_copy", era.which_copy)
    return duplicates.ocr_options(**given) if era.ocr else DuplicateOptions.model_validate(given)


def _run(context: Context[DedupeOptions]) -> Stats:
    import pyarrow.parquet as pq

    source = context.inputs["clean"]
    total = ledger.count(source)
    engine.configure(context.options.engine, context.options.address)
    context.progress.start("dedupe", total)
    with tempfile.TemporaryDirectory(dir=context.root, prefix=".dedupe-") as workspace:
        options = for_era(context.options, context.era)
        table = duplicates.clusters(ledger.files(source / "kept"), options, Path(workspace))
    # The split must keep together what is similar, also where both were kept.
    pq.write_table(table.select(["id", "cluster"]), context.out / CLUSTERS, compression="zstd")
    twins = {row["id"]: row for row in table.to_pylist() if row["kind"] != "kept"}
    stand_for = {twin["kept_id"] for twin in twins.values()}
    rows = ledger.rows(source / "kept", ["id", "source"])
    sources = {row["id"]: row["source"] for row in rows if row["id"] in stand_for}
    with Ledger(context.out) as book:
        for document in ledger.read(source):
            context.progress.advance()
            if twin := twins.get(document.id):
                kept = twin["kept_id"]
                detail = f"of {kept} {sources[kept]} (similarity {twin['similarity']:.2f})"
                book.drop(document, REASONS[twin["kind"]], detail)
            else:
                book.keep(document)
        stats = book.stats(total)
    return stats | {"clusters": len(set(table.column("cluster").to_pylist()))}


DEDUPE = Stage(
    "dedupe",
    "Find exact and near duplicates and keep one of each.",
    DedupeOptions,
    _run,
    needs=("clean",),
    era=("ocr", "which_copy"),
)
