"""A run for tests of the studio: its configuration, a model's description, a few documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.eval.report.page import write
from erastyle.eval.report.parts import Sample
from erastyle.eval.report.report import Report
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.ledger import Ledger

DOCUMENTS = 9


def document(number: int, split: str = "test") -> Document:
    """A document of 1995 with a title of its own."""
    prose = f"Kite number {number} flies above the pier. " * (3 + number)
    return Document(
        id=f"{number:016x}",
        source=f"http://pier.example/kite{number}.html",
        site="pier.example",
        format="html",
        body=f"<TITLE>Kite {number}</TITLE><H1>Kite {number}</H1><P>{prose}",
        raw_sha256=f"{number:064x}",
        title=f"Kite {number}",
        prose=prose,
        date_from="1995-01-01",
        date_to="1995-12-31",
        date_evidence="date written in the document",
        date_confidence=0.9,
        split=split,
    )


def make_run(root: Path, *, model: bool = True) -> Path:
    """Write the files of a run of which the studio reads; none of them is a real model."""
    root.mkdir(parents=True)
    era = eras.load("web-1995").model_dump(mode="json", by_alias=True)
    (root / "run.yaml").write_text(yaml.safe_dump({"era": era}), encoding="utf-8")
    if model:
        (root / "model").mkdir()
        about = {
            "method": "lora",
            "base": "starter",
            "base_digest": "0" * 16,
            "era": "web-1995",
            "max_length": 512,
        }
        (root / "model" / "style.json").write_text(json.dumps(about), encoding="utf-8")
    documents = [document(n) for n in range(1, DOCUMENTS + 1)]
    with _stage(root, "clean", {}) as ledger:
        for one in documents:
            ledger.keep(one)
        ledger.drop(document(10), "too short", "11 words of 30")
        ledger.drop(document(11), "not English", "de, 0.99")
    with _stage(root, "dedupe", {"clean": "c" * 12}) as ledger:
        for one in documents[:-1]:
            ledger.keep(one)
        ledger.drop(documents[-1], "near copy", "0.93 alike to Kite 1")
    _clusters(root / "dedupe" / ("d" * 12), documents)
    with _stage(root, "split", {"dedupe": "d" * 12}) as ledger:
        for one in documents[:-1]:
            ledger.keep(one)
    samples = [Sample("A page", "sample", "html", "", "<H1>Hello from 1995</H1>", "")]
    write(Report("The report of the run", samples=samples), root / "report.html")
    return root


@contextmanager
def _stage(root: Path, name: str, needs: dict[str, str]) -> Iterator[Ledger]:
    """Give the ledger of a stage, and finish its output."""
    out = root / name / (name[0] * 12)
    out.mkdir(parents=True)
    with Ledger(out) as ledger:
        yield ledger
        counts = ledger.stats(sum(ledger._counts.values()))
    done = manifest.Manifest(
        key=out.name,
        identity={"stage": name, "needs": needs},
        files=(),
        stats=counts,
        seconds=0,
        cpu_seconds=0,
        peak_memory_mb=0,
        finished=manifest.now(),
        versions={},
    )
    manifest.write(out, done)


def _clusters(folder: Path, documents: list[Document]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first, last = documents[0].id, documents[-1].id
    rows = [
        {"id": first, "cluster": first, "kept_id": first, "kind": "kept", "similarity": 1.0},
        {"id": last, "cluster": first, "kept_id": first, "kind": "near", "similarity": 0.93},
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "clusters.parquet")
