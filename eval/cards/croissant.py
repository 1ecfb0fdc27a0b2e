"""Croissant metadata of a corpus: what its files and columns are, as JSON-LD.

Source: MLCommons, "Croissant Format Specification", version 1.1 (2025),
https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. Fields that a run cannot know,
such as a web address, are left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle.corpus.era import Era
from erastyle.eval.report.numbers import capital
from erastyle.eval.report.report import Report
from erastyle.pipeline.runtime import manifest
from erastyle.pipeline.runtime.manifest import File, Manifest

CONFORMS = "http://mlcommons.org/croissant/1.1"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {"string": "sc:Text", "double": "sc:Float", "int64": "sc:Integer", "bool": "sc:Boolean"}
MEANINGS = {
    "id": "16 hex digits of the sha256 over source and raw bytes",
    "source": "URL, path or record offset where the document is found again",
    "site": "host, author or newsgroup; all its documents are in one split",
    "format": "html or text",
    "body": "the document as the era wrote it, markup included",
    "raw_sha256": "hash of the raw bytes",
    "title": "title as the document gives it",
    "prose": "its text without markup",
    "encoding": "encoding that the bytes were read with",
    "language": "ISO 639-1 code",
    "date_from": "first possible date, YYYY-MM-DD",
    "date_to": "last possible date, YYYY-MM-DD",
    "date_evidence": "what the dates rest on",
    "date_confidence": "0 (nothing known) to 1",
    "licence": "as the source states it",
    "origin": "period, synthetic, rewritten or modern: who wrote it",
    "split": "train, dev or test",
    "signals": "measurements of the document, pairs of a name and a value",
}
PERSONAL = "Documents may name people and hold addresses, as their authors published them."


def describe(report: Report, era: Era, documents: Path, out: Path) -> str:
    """Return the description of the documents in `documents`, as JSON text.

    Args:
        report: The report of the run, which describes the corpus.
        era: The era profile.
        documents: Folder of a finished stage; its manifest gives the hashes.
        out: Folder of the description; paths are relative to it.
    """
    done = manifest.read(documents)
    shards = [f for f in done.files if f.path.startswith("kept/")] if done else []
    to = Path(os.path.relpath(documents, out)).as_posix()
    return of_files(report, era, documents, shards, to=to, done=done)


def of_files(
    report: Report,
    era: Era,
    folder: Path,
    shards: Sequence[File],
    *,
    to: str = "",
    done: Manifest | None = None,
) -> str:
    """Return the description of Parquet files of documents, as JSON text.

    Args:
        report: The report of the run, which describes the corpus.
        era: The era profile.
        folder: The folder that the paths of the files begin at.
        shards: The files.
        to: Path from the description to that folder; empty where they are the same.
        done: Record of the stage that made the documents; None: not known.
    """
    corpus = report.corpus
    description: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": f"{era.name}-documents",
        "description": f"{capital(era.title)}: documents, dated, cleaned and without duplicates, "
        "with modern ones for contrast. The column `origin` says who wrote each.",
        "version": "1.0.0",
        "inLanguage": era.language,
        "license": sorted(filter(None, corpus.licences)) if corpus else [],
        "creator": {"@type": "sc:Organization", "name": "the sources named in the column `source`"},
        "temporalCoverage": f"{era.period.first}/{era.period.last}",
        "rai:dataCollection": "Read from the sources named in the column `source`.",
        "rai:personalSensitiveInformation": PERSONAL,
        "rai:dataBiases": "Archives kept only a part of what there was.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": Path(file.path).name,
                "name": Path(file.path).name,
                "contentUrl": f"{to}/{file.path}" if to else file.path,
                "contentSize": f"{file.bytes} B",
                "encodingFormat": "application/x-parquet",
                "sha256": file.sha256,
            }
            for file in shards
        ],
        "recordSet": [_records(folder, file.path, len(shards)) for file in shards],
    }
    if done:
        description["datePublished"] = done.finished.date().isoformat()
        description["version"] = f"1.0.0+{done.key}"
        description["citeAs"] = (
            f"{description['name']}, made with erastyle from the sources named in it, "
            f"{description['datePublished']}, key {done.key}"
        )
    if not description["license"]:
        description["license"] = ["not stated by the sources"]
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def _records(documents: Path, path: str, shards: int) -> dict[str, Any]:
    import pyarrow.parquet as pq

    file = Path(path).name
    name = "documents" if shards == 1 else f"documents-{Path(path).stem}"
    fields = []
    for column in pq.read_schema(documents / path):
        kind, ident = str(column.type), f"{name}/{column.name}"
        field: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": ident,
            "name": column.name,
            "description": MEANINGS.get(column.name, column.name),
        }
        if kind in TYPES:
            field |= {"dataType": TYPES[kind], "source": _source(file, column.name)}
        else:  # a list of pairs, `signals`
            field["repeated"] = True
            field["subField"] = [
                {
                    "@type": "cr:Field",
                    "@id": f"{ident}/{part.name}",
                    "name": part.name,
                    "dataType": TYPES[str(part.type)],
                    "repeated": True,
                    "source": _source(file, column.name)
                    | {"transform": {"jsonPath": f"$[*].{part.name}"}},
                }
                for part in column.type.value_type
            ]
        fields.append(field)
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"One row a document, {file}.",
        "key": {"@id": f"{name}/id"},
        "field": fields,
    }


def _source(file: str, column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": file}, "extract": {"column": column}}
