"""The corpus of a run as a dataset: Parquet, card, Croissant; forbidden documents left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from erastyle import planned_run
from erastyle.config import RunConfig
from erastyle.corpus import document as documents
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import RunError
from erastyle.corpus.licence import why_not_passed_on
from erastyle.eval.cards import croissant
from erastyle.eval.cards.dataset_card import dataset_card
from erastyle.eval.report import build
from erastyle.eval.report.details import corpus_of
from erastyle.eval.report.report import Report
from erastyle.exporting.export_request import ExportRequest
from erastyle.exporting.learnt_documents import learnt_documents
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.shards import Shards
from erastyle.train.export.export_folder import new_folder
from erastyle.train.export.provenance import (
    CheckResult,
    Provenance,
    licence_shares,
    write_about,
)

CROISSANT = "croissant.json"
LEFT_OUT = "left-out.jsonl"
NOTICE = (
    "Documents may hold names, addresses and opinions of living people. Licences are what the "
    "sources state; the rights of documents without a statement are not known."
)
NOT_STATED = "it states no licence"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A document that a corpus does not hold.

    Attributes:
        document: The document.
        why: Why it may not be passed on.
    """

    document: Document
    why: str


def export(request: ExportRequest) -> tuple[Path, Provenance]:
    """Export the documents of a run, after duplicates were removed and sites were split.

    Raises:
        RunError: There is no run, or no documents in it yet.
    """
    planned = planned_run.load_saved(request.target)
    split = split_folder(planned)
    chosen, left_out = choose(list(ledger.read(split)), stated_only=request.stated_only)
    if not chosen:
        raise RunError(
            f"{request.target}: the licences forbid to pass on any of its {len(left_out):,} "
            "documents, so there is no corpus to export."
        )
    chosen = [replace(d, source=portable_source(d.source, planned.config)) for d in chosen]
    needed = 2 * sum(path.stat().st_size for path in split.rglob("*.parquet")) + 1_000_000
    with new_folder(request.place(), needed, replace=request.replace) as folder:
        write_documents(chosen, folder / "data")
        write_left_out(left_out, folder / LEFT_OUT, planned.config)
        checks = check(chosen, folder / "data")
        provenance = _provenance(planned, chosen, len(left_out), checks, folder)
        report = report_of(planned, chosen)
        era = planned.config.era
        files = [f for f in manifest.describe(folder) if f.path.startswith("data/")]
        description = croissant.of_files(report, era, folder, files, done=manifest.read(split))
        (folder / CROISSANT).write_text(description, encoding="utf-8")
        card = _card(report, era, left_out)
        write_about(folder, provenance, card)
    return request.place(), provenance


def split_folder(planned: planned_run.PlannedRun) -> Path:
    """Return the folder of the split documents that the model learnt from, or of today's plan.

    Raises:
        RunError: There are none yet.
    """
    behind = learnt_documents(planned.root).stages.get("split")
    folder = planned.root / "split" / behind if behind else planned.step("split").folder
    if manifest.read(folder) is None:
        raise RunError(
            f"{planned.root} has no corpus yet. Make one: `erastyle split --run {planned.root}`."
        )
    return folder


def choose(every: Sequence[Document], *, stated_only: bool) -> tuple[list[Document], list[LeftOut]]:
    """Return the documents that may be passed on, and the others with the reason."""
    chosen: list[Document] = []
    left_out: list[LeftOut] = []
    for document in every:
        why = why_not_passed_on(document.licence)
        if not why and stated_only and not document.licence.strip():
            why = NOT_STATED
        if why:
            left_out.append(LeftOut(document, why))
        else:
            chosen.append(document)
    return chosen, left_out


def portable_source(source: str, config: RunConfig) -> str:
    """Return where a document is from without the folders of this machine."""
    for spec in config.ingest.sources:
        location = spec if Path(spec).is_absolute() else spec.partition(":")[2] or spec
        if source.startswith(location) and Path(location).name:
            return Path(location).name + source[len(location) :]
    return Path(source).name if source.startswith(("/", "~")) else source


def write_documents(chosen: Sequence[Document], folder: Path) -> None:
    """Write the documents as Parquet files."""
    shards = Shards(folder, documents.schema())
    for document in chosen:
        shards.write(documents.to_row(document))
    shards.close()


def write_left_out(left_out: Sequence[LeftOut], path: Path, config: RunConfig) -> None:
    """List what was left out, a JSON line each, without the documents themselves."""
    with path.open("w", encoding="utf-8") as stream:
        for one in left_out:
            line = {
                "id": one.document.id,
                "source": portable_source(one.document.source, config),
                "site": one.document.site,
                "licence": one.document.licence,
                "why": one.why,
            }
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def check(chosen: Sequence[Document], folder: Path) -> list[CheckResult]:
    """Read the written files again and compare each document.

    Raises:
        RunError: One is not as it was.
    """
    stored = (documents.from_row(row) for row in ledger.rows(folder))
    differing = sum(a != b for a, b in zip(stored, chosen, strict=True))
    if differing:
        raise RunError(f"{folder}: {differing} documents are not as they were. Export again.")
    what = f"documents of {len(chosen):,} that differ as they are read again"
    return [CheckResult(check=what, value=0, limit="<= 0 documents")]


def report_of(planned: planned_run.PlannedRun, chosen: Sequence[Document]) -> Report:
    """Return what the dataset card is made of."""
    era = planned.config.era
    done = {
        name: record
        for name in build.OF_DOCUMENTS[:4]
        if (record := manifest.read(planned.step(name).folder)) is not None
    }
    environment = {"seed": str(planned.config.seed), "era": era.name}
    environment |= {f"{name} stage": record.key for name, record in done.items()}
    return Report(
        title=era.title,
        era_title=era.title,
        run=planned.root.name,
        stages=[build.stage_row(name, record) for name, record in done.items()],
        commands=[f"erastyle export {planned.root} --to corpus", f"erastyle verify {planned.root}"],
        environment=environment | manifest.versions(),
        corpus=corpus_of(chosen),
    )


def _provenance(
    planned: planned_run.PlannedRun,
    chosen: Sequence[Document],
    left_out: int,
    checks: Sequence[CheckResult],
    folder: Path,
) -> Provenance:
    payload = [f.path for f in manifest.describe(folder)]
    return Provenance(
        kind="corpus",
        name=planned.root.name,
        era=planned.config.era.name,
        created=manifest.now(),
        notice=NOTICE,
        payload=(*payload, CROISSANT),
        versions=manifest.versions(),
        stages={"split": split_folder(planned).name},
        documents=len(chosen),
        licences=licence_shares(d.licence for d in chosen),
        left_out=left_out,
        checks=tuple(checks),
    )


def _card(report: Report, era: Era, left_out: Sequence[LeftOut]) -> str:
    from collections import Counter

    reasons = Counter(one.why for one in left_out)
    lines = ["## Left out because of the licence", ""]
    if left_out:
        lines += [f"{len(left_out):,} documents, listed in `{LEFT_OUT}`:", ""]
        lines += [f"- {count:,}: {why}" for why, count in reasons.most_common()]
    else:
        lines += ["None: no licence that a source states forbids to pass its document on."]
    files = "## Files\n\n- `data/*.parquet`: a row for each document\n- `croissant.json`: columns"
    return dataset_card(report, era) + "\n" + "\n".join(lines) + f"\n\n{files}\n"
