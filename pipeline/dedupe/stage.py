"""Stage `dedupe`: keep one of each group of copies, and of each passage that many documents share.

Whole documents first (`clusters.py`), then paragraphs of those that stay (`passages.py`). The
ledger names the document that stands for each one dropped; `passages/` names, for each paragraph
taken out, the document that keeps it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from erastyle.corpus.cleaning import quality
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.html import remove_passages
from erastyle.corpus.options import Options
from erastyle.pipeline import copy_weights
from erastyle.pipeline.copy_weights import Weight
from erastyle.pipeline.dedupe import clusters
from erastyle.pipeline.dedupe.options import DuplicateOptions, PassageRules, ocr_options
from erastyle.pipeline.dedupe.passage_notes import PASSAGES, PassageNotes
from erastyle.pipeline.dedupe.passages import Repeat, Repeats, repeated_passages
from erastyle.pipeline.runtime import daft_engine as engine
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.daft_engine import Engine
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

CLUSTERS = "clusters.parquet"
WORKSPACE = ".dedupe-"
REASONS = {"exact": "exact copy", "normalised": "same words", "near": "near copy"}
FOLLOWS = (
    "which_copy",
    "ocr",
    "shingle",
    "threshold",
    "short_threshold",
    "hashes",
    "bands",
    "rows",
    "passages",
    "frame_pages",
)
BATCH = 256  # documents whose paragraphs are looked up together

Passages = Literal["keep", "cut", "mask"]


class DedupeOptions(DuplicateOptions, PassageRules):
    """Options of `dedupe`. What is not given follows the era: its rules, and OCR mode for scans.

    In a run file and in the key such a value is null. A default in its place would look like a
    choice when the file is read again, and the era would not be followed any more.
    """

    passages: Passages = "cut"
    """What becomes of a paragraph that another document keeps: it stays, goes, or is masked by
    `[...]`, in body and prose alike."""
    own_words: int = Field(default=20, ge=0)
    """A document with fewer words left than this, all else being kept elsewhere, is dropped."""
    weight: Weight = "none"
    """How much more a document counts in training that stood on many sites: `log` or `sqrt` of
    their number."""
    weight_cap: float = Field(default=4.0, ge=1, le=16)
    """The most that one document counts."""
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
    given = {"which_copy": era.which_copy} | _given(options, DuplicateOptions)
    return ocr_options(**given) if era.ocr else DuplicateOptions.model_validate(given)


def _given(options: DedupeOptions, part: type[Options]) -> dict[str, Any]:
    """Return the options that were given, of those that `part` has."""
    names = options.model_fields_set & part.model_fields.keys()
    return {name: getattr(options, name) for name in names}


def passages_for_era(options: DedupeOptions, era: Era) -> tuple[Passages, PassageRules]:
    """Return what becomes of repeated passages and what counts as one, as `for_era` does."""
    action = options.passages if "passages" in options.model_fields_set else era.passages
    followed = {"frame_pages": era.frame_pages, "which_copy": era.which_copy}
    return action, PassageRules.model_validate(followed | _given(options, PassageRules))


def ready(options: DedupeOptions, era: Era) -> None:
    """Make sure that the engine can be reached, before hours go into the stages before this one.

    Raises:
        ConfigError: An address without `ray`, or one that is none.
        StageFailedError: Nobody answers at the address.
    """
    del era
    if options.address and options.engine == "native":
        raise ConfigError(f"--address {options.address} needs --engine ray.")
    if options.address:
        engine.reach(options.address)


@dataclass(frozen=True, slots=True)
class CorpusCopies:
    """What the search for copies says of a corpus.

    Attributes:
        clusters: Number of clusters of copies.
        duplicates: For each document that another one stands for, its row of `clusters.clusters`.
        repeats: Repeated paragraphs; None where they all stay.
        sources: Source of each document that stands for others or keeps a paragraph.
        sites: For each document that stands for others, the sites of those.
    """

    clusters: int
    duplicates: dict[str, dict[str, Any]]
    repeats: Repeats | None
    sources: dict[str, str]
    sites: dict[str, set[str]]

    def keeps_passages(self, id_: str) -> bool:
        """Return whether the document keeps a paragraph that others lose."""
        return self.repeats is not None and id_ in self.repeats.keepers

    def paragraphs(self, documents: Iterator[Document]) -> Iterator[tuple[Document, list[Repeat]]]:
        """Yield each document with its paragraphs that another one keeps; none for a duplicate."""
        while batch := list(islice(documents, BATCH)):
            texts = [(d.id, d.site, "" if d.id in self.duplicates else d.prose) for d in batch]
            repeated = self.repeats.of(texts) if self.repeats else ([] for _ in batch)
            yield from zip(batch, repeated, strict=True)


def _search(context: Context[DedupeOptions], action: Passages, rules: PassageRules) -> CorpusCopies:
    """Search the corpus for copies and repeated paragraphs, and write the clusters."""
    import pyarrow.parquet as pq

    kept = context.inputs["clean"] / "kept"
    files = ledger.files(kept)
    for stale in context.root.glob(f"{WORKSPACE}*"):  # of a process that was killed
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=context.root, prefix=WORKSPACE) as workspace:
        options = for_era(context.options, context.era)
        table = clusters.clusters(files, options, Path(workspace))
        # The split must keep together what is similar, also where both were kept.
        pq.write_table(table, context.out / CLUSTERS, compression="zstd")
        duplicates = {row["id"]: row for row in table.to_pylist() if row["kind"] != "kept"}
        repeats = None
        if action != "keep":
            passages = repeated_passages(files, rules, Path(workspace), duplicates)
            repeats = Repeats(passages, rules)
    stand_for = {row["kept_id"] for row in duplicates.values()}
    stand_for |= repeats.keepers if repeats else frozenset()
    sources: dict[str, str] = {}
    sites: dict[str, set[str]] = {}
    for row in ledger.rows(kept, ["id", "source", "site"]):
        if row["id"] in stand_for:
            sources[row["id"]] = row["source"]
        if duplicate := duplicates.get(row["id"]):
            sites.setdefault(duplicate["kept_id"], set()).add(row["site"])
    count = len(set(table.column("cluster").to_pylist()))
    return CorpusCopies(count, duplicates, repeats, sources, sites)


def deduplicate(context: Context[DedupeOptions]) -> Stats:
    """Keep one of each group of copies of `context.inputs["clean"]`, and return the counts."""
    source, options = context.inputs["clean"], context.options
    total = ledger.count(source)
    engine.configure(options.engine, options.address)
    context.progress.start("dedupe", total)
    action, rules = passages_for_era(options, context.era)
    corpus = _search(context, action, rules)
    copies = Counter(row["kept_id"] for row in corpus.duplicates.values())
    weighted = 0
    notes = PassageNotes(context.out / PASSAGES)
    with Ledger(context.out) as book:
        for document, repeated in corpus.paragraphs(ledger.read(source)):
            context.progress.advance()
            if duplicate := corpus.duplicates.get(document.id):
                kept, similarity = duplicate["kept_id"], duplicate["similarity"]
                detail = f"of {kept} {corpus.sources[kept]} (similarity {similarity:.2f})"
                book.drop(document, REASONS[duplicate["kind"]], detail)
                continue
            left, rows = take_out(document, repeated, action, corpus.sources)
            own = left.signals.get("words", 0.0)
            changed = left is not document
            if changed and own < options.own_words and not corpus.keeps_passages(document.id):
                keepers = " ".join(sorted({row["kept_id"] for row in rows}))
                book.drop(document, "nothing of its own", f"{own:.0f} words; rest in {keepers}")
                continue
            notes.write(rows)
            on = len(corpus.sites.get(document.id, set()) | {document.site})
            signals = copy_weights.signals(
                copies[document.id] + 1, on, options.weight, options.weight_cap
            )
            weighted += "weight" in signals
            book.keep(replace(left, signals=left.signals | signals) if signals else left)
        stats = book.stats(total)
    return stats | {"clusters": corpus.clusters, **notes.stats(), "weighted": weighted}


def take_out(
    document: Document, repeated: list[Repeat], action: Passages, sources: Mapping[str, str]
) -> tuple[Document, list[dict[str, Any]]]:
    """Return the document without its repeated paragraphs, and a row of `passages/` for each.

    Args:
        document: A document that is kept.
        repeated: Its paragraphs that another document keeps.
        action: `cut` or `mask`.
        sources: Source of each document that keeps one, by id.
    """
    if not repeated:
        return document, []
    spans = [(r.start, r.end) for r in repeated]
    html = document.format == "html"
    done = remove_passages.take_out(
        document.body, document.prose, spans, html=html, mask=action == "mask"
    )
    places = dict(done.spans)
    rows = []
    for r in repeated:
        start, end = places.get((r.start, r.end), (-1, -1))
        rows.append(
            {
                "id": document.id,
                "source": document.source,
                "site": document.site,
                "action": action if start >= 0 else "stays",
                "rule": r.rule,
                "excerpt": document.prose[r.start : min(r.end, r.start + ledger.EXCERPT)],
                "kept_id": r.kept_id,
                "kept_source": sources[r.kept_id],
                "start": r.start,
                "end": r.end,
                "body_start": start,
                "body_end": end,
                "words": r.words,
                "documents": r.documents,
                "sites": r.sites,
                "kept_start": r.kept_start,
            }
        )
    if not places:
        return document, rows
    share = document.signals.get("link_share", 0.0)
    measured = quality.signals(done.prose, done.body, share)
    signals = document.signals | {name: round(value, 4) for name, value in measured.items()}
    return replace(document, body=done.body, prose=done.prose, signals=signals), rows


DEDUPE = Stage(
    "dedupe",
    "Find exact and near duplicates and keep one of each, also of passages.",
    DedupeOptions,
    deduplicate,
    needs=("clean",),
    era=("ocr", "which_copy", "passages", "frame_pages"),
    version=2,
    ready=ready,
)
