"""A run's dated documents give a dating model, which is fitted once; without them it says why."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from erastyle.corpus.document import Document
from erastyle.corpus.errors import ModelError
from erastyle.eval.dating import fit_on_documents
from erastyle.eval.dating.learned import DatingModel

PLAIN = "we met the family and they told us of the house and the garden that he had".split()
EARLY = "gopher telnet ftp terminal modem".split()
LATE = "browser frames java plugin homepage".split()


def documents(count: int = 48) -> list[Document]:
    draw = random.Random(3)
    made = []
    for number in range(count):
        year = 1993 + number % 5
        share = (year - 1993) / 4
        own = [draw.choice(LATE if draw.random() < share else EARLY) for _ in range(30)]
        words = [*(draw.choice(PLAIN) for _ in range(90)), *own]
        draw.shuffle(words)
        made.append(
            Document(
                id=f"d{number}", source=f"s{number}", site=f"site{number % 8}", format="text",
                body=" ".join(words), raw_sha256="", date_from=f"{year}-02-01",
                date_to=f"{year}-03-01", date_confidence=0.95,
            )
        )  # fmt: skip
    return made


def test_a_document_with_an_uncertain_date_teaches_nothing() -> None:
    (document,) = documents(1)
    assert fit_on_documents.certain_year(document) == 1993
    assert fit_on_documents.certain_year(replace(document, date_confidence=0.5)) is None
    assert fit_on_documents.certain_year(replace(document, date_to="1994-01-01")) is None
    assert fit_on_documents.certain_year(replace(document, date_from="", date_to="")) is None


def test_where_nothing_can_be_learnt_it_says_why() -> None:
    generated = [replace(d, origin="synthetic") for d in documents(8)]
    with pytest.raises(ModelError, match="generated sample pages"):
        fit_on_documents.learn(generated)
    undated = [replace(d, date_confidence=0.1) for d in documents(8)]
    with pytest.raises(ModelError, match="0 of 8 documents have certain dates"):
        fit_on_documents.learn(undated)


def test_a_model_is_fitted_once_and_again_when_its_file_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = []
    learn = fit_on_documents.learn

    def counted(*arguments: object) -> DatingModel:
        fits.append(1)
        return learn(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fit_on_documents, "learn", counted)
    first = fit_on_documents.cached(tmp_path, documents())
    again = fit_on_documents.cached(tmp_path, documents())
    assert len(fits) == 1
    assert again.report == first.report
    assert fit_on_documents.age_of(again) == "1980 to 2004"
    (path,) = (tmp_path / "cache").glob("*.skops")
    path.write_bytes(b"damaged")
    fit_on_documents.cached(tmp_path, documents())
    assert len(fits) == 2
    fit_on_documents.cached(tmp_path, documents()[:-1])
    assert len(fits) == 3


def test_later_documents_get_later_years() -> None:
    from erastyle.eval.style.features import Text

    model = fit_on_documents.learn(documents(80))
    early, late = (Text(" ".join([*PLAIN * 6, *own * 6]), format="text") for own in (EARLY, LATE))
    dated = model.date([early, late])
    assert dated[0].year < dated[1].year
