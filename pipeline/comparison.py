"""Stage `comparison`: the modern documents that the style classifier tells the period's ones from.

They pass the same code and rules as the documents of the period (ingest, clean, dedupe, split):
what a classifier learns from must differ in style, not in cleanliness. The stage needs no other one
and no stage before `classifier` needs it, so other modern documents leave training as it is.

    kept/*.parquet         documents of origin `modern`, with their split
    dropped/, quarantine/  those of all four steps
    clusters.parquet       copies among the modern documents
    passages/              repeated paragraphs among them
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from erastyle.corpus.era import Era
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.options import Options
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.generated import GeneratedSource
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline import clean, ingest
from erastyle.pipeline.clean import CleanOptions
from erastyle.pipeline.dedupe import stage as dedupe
from erastyle.pipeline.dedupe.passage_notes import PASSAGES
from erastyle.pipeline.dedupe.stage import DedupeOptions
from erastyle.pipeline.ingest import IngestOptions
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.pipeline.split import stage as split
from erastyle.pipeline.split.leaks import Leak, leaks
from erastyle.pipeline.split.stage import SplitOptions

NAME = "comparison"
SAMPLE = "synthetic-modern:240@1995"
STEPS = ("ingest", "clean", "dedupe", "split")
OptionsT = TypeVar("OptionsT", bound=Options)


class ComparisonOptions(Options):
    """Options of `comparison`. Its rules are those of `ingest`, `clean`, `dedupe` and `split`."""

    contrast: tuple[str, ...] = Field(default=(SAMPLE,), exclude=True)
    """Modern documents of the same kind: paths, or `KIND:LOCATION`. The style classifier learns the
    difference from them. Their content decides the key."""


class ComparisonRules(ComparisonOptions):
    """What the stage follows: its own options and those of the four steps that it repeats."""

    max_chars: int = IngestOptions.model_fields["max_chars"].default
    """Longest document to read, in characters."""
    clean: CleanOptions = CleanOptions()
    """Rules of cleaning."""
    dedupe: DedupeOptions = DedupeOptions()
    """What counts as a copy."""
    split: SplitOptions = SplitOptions()
    """Shares of train, dev and test."""


def options_of(
    own: ComparisonOptions,
    ingest: IngestOptions,
    clean: CleanOptions,
    dedupe: DedupeOptions,
    split: SplitOptions,
) -> ComparisonRules:
    """Return the rules of the stage from the options of a run.

    The weight of copies, which only training follows, is set to its default: it must not change the
    key.
    """
    plain = {name: DedupeOptions.model_fields[name].default for name in ("weight", "weight_cap")}
    return ComparisonRules(
        contrast=own.contrast,
        max_chars=ingest.max_chars,
        clean=clean,
        dedupe=dedupe.model_copy(update=plain),
        split=split,
    )


def ready(rules: ComparisonRules, era: Era) -> None:
    """Refuse a run that would have nothing to compare the era with.

    Raises:
        ConfigError: No modern documents are named, or generated pages for an era of plain text.
        StageFailedError: The cluster for the search of copies does not answer.
    """
    kind = "HTML pages" if era.format == "html" else "plain texts"
    if not rules.contrast:
        raise ConfigError(
            f"{era.name} has nothing to be compared with; give modern {kind} with --contrast."
        )
    generated = [isinstance(open_source(spec), GeneratedSource) for spec in rules.contrast]
    if all(generated) and "html" not in era.formats:
        raise ConfigError(
            f"{era.name} has no generated comparison texts; give modern {kind} with --contrast."
        )
    dedupe.ready(rules.dedupe, era)


def shared(split: Path, comparison: Path, words: int) -> dict[str, Leak]:
    """Return the modern documents that share a passage with a document of the period, by id.

    A classifier must not learn the same text as period and as modern, nor be tested on it.

    Args:
        split: Finished folder of the stage `split`.
        comparison: Finished folder of this stage.
        words: Words in a row that make a passage.
    """
    period, modern = ledger.files(split / "kept"), ledger.files(comparison / "kept")
    return {leak.test_id: leak for leak in leaks(period, modern, words)}


class _Named(Progress):
    """Shows the four steps under the name of this stage."""

    def __init__(self, progress: Progress) -> None:
        """Pass everything on to `progress`."""
        self._progress = progress
        self.advance, self.say = progress.advance, progress.say  # type: ignore[method-assign]

    def start(self, stage: str, total: int | None = None, unit: str = "documents") -> None:
        """Begin to count a step."""
        del stage
        self._progress.start(NAME, total, unit)


def _records(specs: Sequence[str]) -> Iterator[Record | Unreadable | Skipped]:
    for spec in specs:
        for record in open_source(spec).read():
            yield replace(record, origin="modern") if isinstance(record, Record) else record


def _run(context: Context[ComparisonRules]) -> Stats:
    rules = context.options
    drafts = {name: context.out / "draft" / name for name in STEPS}
    progress = _Named(context.progress)

    def step(name: str, options: OptionsT) -> Context[OptionsT]:
        drafts[name].mkdir(parents=True)
        era, seed, root = context.era, context.seed, context.root
        return Context(options, era, seed, drafts, drafts[name], progress, root)

    read = ingest.ingest(
        step("ingest", IngestOptions(max_chars=rules.max_chars)), _records(rules.contrast)
    )
    if not read["kept"]:
        raise SourceError(ingest.nothing(rules.contrast, read["reasons"]))
    clean.clean(step("clean", rules.clean))
    copies = dedupe.deduplicate(step("dedupe", rules.dedupe))
    parted = split.split(step("split", rules.split), "modern")
    stats = _joined(context.out, drafts, read["read"])
    if not stats["kept"]:
        reasons = ", ".join(f"{count} {reason}" for reason, count in stats["reasons"].items())
        raise SourceError(
            f"No modern document is left to compare with ({reasons}). Give others with --contrast."
        )
    for name in (dedupe.CLUSTERS, PASSAGES):
        if (drafts["dedupe"] / name).exists():
            shutil.move(drafts["dedupe"] / name, context.out / name)
    shutil.rmtree(context.out / "draft")
    return {
        **stats,
        "formats": read["formats"],
        **{name: copies[name] for name in ("clusters", "passages", "passage_characters")},
        **{name: parted[name] for name in ("splits", "sites", "notes")},
        **ingest.pinned(rules.contrast),
    }


def _joined(out: Path, drafts: Mapping[str, Path], read: int) -> dict[str, Any]:
    """Write what the last step kept and what all of them dropped to `out`; return the counts."""
    with Ledger(out) as book:
        for name in STEPS:
            for row in ledger.rows(drafts[name] / "dropped"):
                book.drop_row(**row)
            for row in ledger.rows(drafts[name] / "quarantine"):
                book.quarantine(Unreadable(**row))
        for row in ledger.rows(drafts["split"] / "kept"):
            book.keep_row(row)
        return book.stats(read)


def _reads(rules: ComparisonRules) -> Mapping[str, str]:
    return ingest.digests("contrast", rules.contrast)


COMPARISON = Stage(
    NAME,
    "Read, clean and split the modern documents that the era is compared with.",
    ComparisonRules,
    _run,
    era=(
        *("formats", "encodings", "language", "ocr", "quality"),
        *("which_copy", "passages", "frame_pages"),
    ),
    version=3,
    changed=ingest.READS_MORE,
    seeded=True,
    reads=_reads,
    ready=ready,
)
