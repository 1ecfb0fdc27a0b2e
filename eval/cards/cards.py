"""Write the model card, the dataset card and the Croissant description of a run.

They are made from a `Report` alone, so they agree with the report. Numbers stand with their
intervals, and missing values read "not measured".
"""

from __future__ import annotations

from pathlib import Path

from erastyle.corpus.era import Era
from erastyle.eval.cards import croissant
from erastyle.eval.cards.dataset_card import dataset_card
from erastyle.eval.cards.model_card import model_card
from erastyle.eval.report.report import Report

MODEL, DATASET, CROISSANT = "model-card.md", "dataset-card.md", "croissant.json"


def write(report: Report, out: Path, era: Era, documents: Path) -> None:
    """Write both cards and the Croissant description into `out`.

    Args:
        report: The report of the run.
        out: Folder of the score stage.
        era: The era profile.
        documents: Folder of the stage that holds the documents of the dataset.
    """
    (out / MODEL).write_text(model_card(report, era), encoding="utf-8")
    (out / DATASET).write_text(dataset_card(report, era), encoding="utf-8")
    (out / CROISSANT).write_text(croissant.describe(report, era, documents, out), encoding="utf-8")
