"""Fits the learnt dating model on documents whose dates are certain, and keeps it beside a run.

A model of one run has mostly one age to learn from: then it tells the year within that age and
nothing else, and `age_of` says which age that is.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.document import Document
from erastyle.corpus.errors import ModelError
from erastyle.eval.dating.learned import VERSION, DatingModel
from erastyle.eval.dating.lexical import FIRST, LAST
from erastyle.eval.style.features import Text

CERTAIN = 0.8
"""Confidence in a document's date from which a model learns from it."""
MOST = 1500
"""Most documents that a model learns from."""
MIN_YEARS = 2
"""Fewest different years: with one there is nothing to tell apart."""
FOLDER = "cache"
"""Folder of a run for what can be computed again."""


def certain_year(document: Document) -> int | None:
    """Return the year of a document whose dates name one with confidence, or None.

    >>> dates = {"date_from": "1995-03-01", "date_to": "1995-04-01", "date_confidence": 0.9}
    >>> certain_year(Document("a", "b", "c", "html", "", "", **dates))
    1995
    """
    first, last = document.date_from[:4], document.date_to[:4]
    if first != last or not first.isdigit() or document.date_confidence < CERTAIN:
        return None
    year = int(first)
    return year if FIRST <= year <= LAST else None


def learn(documents: Sequence[Document], english: bool = True, seed: int = 1) -> DatingModel:
    """Return a dating model of the documents with certain dates.

    Raises:
        ModelError: They are generated, or too few, of too few sites, or all of one year.
    """
    real = [document for document in documents if document.origin != "synthetic"]
    if not real:
        raise ModelError("the documents are generated sample pages, whose years are made up")
    dated = [(d, year) for d in real if (year := certain_year(d)) is not None]
    if len({year for _, year in dated}) < MIN_YEARS:
        raise ModelError(
            f"{len(dated):,} of {len(real):,} documents have certain dates, of fewer than "
            f"{MIN_YEARS} different years"
        )
    if len(dated) > MOST:
        dated = random.Random(seed).sample(dated, MOST)  # noqa: S311
    texts = [Text(d.body, d.prose, d.format) for d, _ in dated]
    years = [year for _, year in dated]
    return DatingModel.fit(texts, years, [d.site for d, _ in dated], seed, english)


def cached(folder: Path, documents: Sequence[Document], english: bool = True) -> DatingModel:
    """Return the dating model of documents, from the cache in a run's folder where it is there.

    Args:
        folder: Folder of the run. Where it cannot be written to, nothing is kept.
        documents: Documents to learn from; their ids and dates decide which model fits.
        english: Whether texts with hardly an English function word are refused.

    Raises:
        ModelError: Nothing can be learnt from the documents.
    """
    marks = sorted(f"{d.id} {d.date_from} {d.date_to} {d.date_confidence}" for d in documents)
    identity = "\n".join([str(VERSION), str(english), *marks])
    key = hashlib.sha256(identity.encode()).hexdigest()[:12]
    path = folder / FOLDER / f"dating-{key}.skops"
    note = path.with_suffix(".json")
    try:
        return DatingModel.load(path, str(json.loads(note.read_text("utf-8"))["sha256"]))
    except (OSError, ValueError, KeyError, TypeError, ModelError):
        pass  # absent or damaged: it is learnt again
    model = learn(documents, english)
    try:
        path.parent.mkdir(exist_ok=True)
        digest = model.save(path)
        write_atomically(note, json.dumps({"sha256": digest}).encode())
    except OSError:
        pass  # a folder that cannot be written to costs time and nothing else
    return model


def age_of(model: DatingModel) -> str:
    """Return the only age that a model learnt, in words, or nothing where it learnt several.

    Its years hold if a text is of that age; the model knows no other.
    """
    ages = model.report.ages
    return f"{ages[0][0]} to {ages[0][1]}" if len(ages) == 1 else ""
