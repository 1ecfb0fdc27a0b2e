"""What is known of the documents behind a model that is exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from erastyle import planned_run
from erastyle.corpus.document import Document
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.train.data.learnt import LearntIds, learnt


@dataclass(frozen=True, slots=True)
class LearntDocuments:
    """What is known of the documents behind a model.

    Attributes:
        documents: All documents of the split; empty where the run is not there.
        licences: Licence of each document that the model learnt from.
        learnt: Which documents these are; None where the run is not there.
        stages: Keys of the stages by name.
    """

    documents: list[Document]
    licences: list[str]
    stages: dict[str, str]
    learnt: LearntIds | None = None


def learnt_documents(run: Path) -> LearntDocuments:
    """Return the documents behind the model of a run, as far as the run still holds them."""
    made = manifest.read((run / "model").resolve().parent)
    pairs = planned_run.pairs_behind(run)
    if made is None or pairs is None:
        return LearntDocuments([], [], {})
    stages = {"train": made.key, "pairs": pairs.name}
    of = learnt(pairs, (run / "model").resolve().parent)
    recorded = manifest.read(pairs)
    key = recorded.identity["needs"].get("split") if recorded else None
    split = run / "split" / str(key)
    if key is None or manifest.read(split) is None:
        return LearntDocuments([], [], stages)
    documents = list(ledger.read(split))
    licences = [d.licence for d in documents if d.id in of.documents]
    return LearntDocuments(documents, licences, stages | {"split": key}, of)
