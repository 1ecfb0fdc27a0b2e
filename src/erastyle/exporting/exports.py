"""Exports of a run: what is exported, with its cards, licences and provenance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle import planned_run, strength_curve
from erastyle.corpus.document import Document
from erastyle.corpus.errors import ErastyleError, ModelError, RunError
from erastyle.eval.cards.model_card import model_card
from erastyle.eval.report.details import corpus_of
from erastyle.eval.report.report import Report
from erastyle.exporting.export_request import ExportRequest
from erastyle.exporting.learnt_documents import LearntDocuments, learnt_documents
from erastyle.pipeline.runtime import manifest
from erastyle.train.bases import known
from erastyle.train.export import export_card
from erastyle.train.export.export_folder import new_folder
from erastyle.train.export.job import ExportJob, portable_base
from erastyle.train.export.provenance import (
    MADE_BY_MACHINE,
    CheckResult,
    Kind,
    ModelSource,
    Provenance,
    licence_shares,
    write_about,
)
from erastyle.train.model.folder import StyleModelInfo, describe

if TYPE_CHECKING:
    from erastyle.corpus.era import Era

TEXTS, LONGEST = 2000, 3000  # texts whose token ids are compared, and their characters


def export(request: ExportRequest) -> tuple[Path, Provenance]:
    """Export a run, and return the folder with what it says of itself.

    Raises:
        ErastyleError: It cannot be exported; nothing is left at its place.
    """
    if request.kind == "corpus":
        from erastyle.exporting import export_corpus

        return export_corpus.export(request)
    out = request.place()
    job, trained_on, era = _job(request)
    with new_folder(out, _needed(job, request), replace=request.replace) as folder:
        checks = _write(request.kind, job, folder)
        payload = tuple(
            sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        )
        provenance = _provenance(request, job, trained_on, checks, payload)
        card = _card(request, era, trained_on, provenance)
        write_about(folder, provenance, card)
    return out, provenance


def _write(kind: Kind, job: ExportJob, folder: Path) -> list[CheckResult]:
    from erastyle.train.export import adapter, gguf_lora, gguf_model, llama_cpp, merged, ollama

    if kind == "gguf" and job.converter is not None:
        return llama_cpp.write(job, folder)
    writers = {
        "adapter": adapter.write,
        "merged": merged.write,
        "gguf": gguf_model.write,
        "gguf-lora": gguf_lora.write,
        "ollama": ollama.write,
    }
    return writers[kind](job, folder)


def _job(request: ExportRequest) -> tuple[ExportJob, LearntDocuments, Era | None]:
    """Return what is exported, the documents behind it, and the era where it is known."""
    from erastyle.corpus import era as eras

    run = request.run
    model = request.target if run is None else run / "model"
    if run is not None and not model.exists():
        raise RunError(f"{run} has no model yet. Train one: `erastyle train --run {run}`.")
    description = describe(model)
    behind = learnt_documents(run) if run is not None else LearntDocuments([], [], {})
    era = None
    if run is not None:
        era = planned_run.load_saved(run).config.era
    elif description.era in eras.names():
        era = eras.load(description.era)
    job = ExportJob(
        model=model,
        description=description,
        name=run.name if run is not None else description.era,
        strengths=request.strengths,
        texts=list(islice(_texts(behind.documents), TEXTS)),
        licence=base_licence(description),
        types=request.types or (("q8_0",) if request.kind == "ollama" else ("f16", "q8_0")),
        converter=request.converter,
        say=request.say,
    )
    return job, behind, era


def _texts(documents: Sequence[Document]) -> Iterator[str]:
    """Yield beginnings of the run's documents, or of generated pages where there is no run."""
    if documents:
        yield from (d.body[:LONGEST].replace("\0", "") for d in documents)
        return
    from erastyle.corpus.sources.synthetic import records

    for record in records(TEXTS // 10, 1995):
        yield record.raw.decode("utf-8", "replace")[:LONGEST].replace("\0", "")


def base_licence(description: StyleModelInfo) -> str:
    """Return the licence of a base; empty where it is not known here."""
    name = description.base
    for base in known.known():
        if base.name == name:
            return base.licence
    if known.is_gguf(name) and Path(name).is_file():
        from erastyle.train.bases.gguf_file import GgufFile

        return GgufFile(Path(name)).text("general.license")
    return ""


def _needed(job: ExportJob, request: ExportRequest) -> int:
    """Return the bytes that an export takes, about."""
    weights = 0
    try:
        folder = Path(known.resolve(job.description.base))
    except ModelError:
        return 0  # loading the base says it better
    for path in folder.glob("*.safetensors") if folder.is_dir() else ():
        weights += known.count_parameters(path)
    each = {"f16": 2.0, "q8_0": 34 / 32}
    of_types = sum(each[kind] for kind in job.types)
    bytes_each = {
        "merged": 4.0,
        "gguf": of_types + (4.0 if job.converter else 0.0),
        "ollama": of_types,
    }.get(request.kind, 0.5)
    return int(weights * bytes_each * len(job.strengths)) + 20_000_000


def _provenance(
    request: ExportRequest,
    job: ExportJob,
    behind: LearntDocuments,
    checks: Sequence[CheckResult],
    payload: tuple[str, ...],
) -> Provenance:
    from erastyle.train.export import llama_cpp, ollama

    description = job.description
    source = ModelSource(
        method=description.method,
        base=portable_base(description.base),
        base_digest=description.base_digest,
        base_licence=job.licence,
        strengths=tuple(job.strengths),
        weights_sha256=strength_curve.digest(job.model),
    )
    not_checked = []
    if request.kind == "ollama":
        not_checked.append(ollama.NOT_RUN)
    if job.converter is not None:
        not_checked.append(llama_cpp.NOT_CHECKED)
    if request.kind in ("gguf", "gguf-lora", "ollama"):
        not_checked.append("llama.cpp was not run: the files were read again by erastyle.")
    if not behind.documents:
        not_checked.append("Token ids were compared on generated texts, not on real ones.")
    return Provenance(
        kind=request.kind,
        name=job.name,
        era=description.era,
        created=manifest.now(),
        notice=MADE_BY_MACHINE,
        payload=payload,
        versions=manifest.versions(),
        model=source,
        stages=behind.stages,
        documents=len(behind.licences),
        licences=licence_shares(behind.licences),
        checks=tuple(checks),
        not_checked=tuple(not_checked),
    )


def _card(
    request: ExportRequest, era: Era | None, behind: LearntDocuments, provenance: Provenance
) -> str:
    """Return README.md: the model card, and how this kind of export is used."""
    use = export_card.usage(provenance)
    if era is None:
        return export_card.plain_card(provenance) + use
    report = report_of(request.run, era, behind, provenance)
    return model_card(report, era) + use


def report_of(
    run: Path | None, era: Era, behind: LearntDocuments, provenance: Provenance
) -> Report:
    """Return the report of the run's score, or a short one where the run was not scored.

    A score of another training than the one that is exported is not taken.
    """
    if run is not None and (scored := _scored(run, behind.stages.get("train", ""))):
        return scored
    model = provenance.model
    environment = {f"{name} stage": key for name, key in behind.stages.items()}
    caveats = ["This run was not scored: nothing is known of what the training cost."]
    if model is not None:
        environment["base model"] = f"{model.base} {model.base_digest}"
        environment["method"] = model.method
    return Report(
        title=f"{era.title}: a fine-tuned model",
        era_title=era.title,
        run=provenance.name,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        environment=environment | provenance.versions,
        corpus=corpus_of(behind.documents, behind.learnt) if behind.documents else None,
        caveats=caveats if model is not None else [],
    )


def _scored(run: Path, train: str) -> Report | None:
    path = run / "score.json"
    try:
        report = Report.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, ErastyleError):
        return None
    return report if report.environment.get("train stage") == train else None


def as_json(out: Path, provenance: Provenance) -> dict[str, Any]:
    """Return what the command prints with --json."""
    files = {
        path.relative_to(out).as_posix(): path.stat().st_size
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }
    return {"export": str(out), "files": files, **provenance.model_dump(mode="json")}
