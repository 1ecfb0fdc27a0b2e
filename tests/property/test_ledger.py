"""Every document comes back from the files as it went in, and every sum is checked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.document import Document
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from tests import factories

# Lone surrogates cannot be UTF-8; decoding never gives one.
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.sampled_from(
    ["\x00", "\r\n", "\u2028", "\ufeff", "e\u0301", "\U0010ffff", "\u202eabc", "'\"\\"]
)
NUMBERS = st.floats(allow_nan=False)


def documents() -> st.SearchStrategy[Document]:
    return st.builds(
        Document, id=TEXTS, source=TEXTS, site=TEXTS, format=st.sampled_from(["html", "text"]),
        body=TEXTS, raw_sha256=TEXTS, title=TEXTS, prose=TEXTS, date_evidence=TEXTS,
        date_confidence=NUMBERS, origin=st.sampled_from(["period", "modern"]),
        signals=st.dictionaries(TEXTS, NUMBERS, max_size=4),
    )  # fmt: skip


@given(st.lists(documents(), max_size=12))
@settings(deadline=None, max_examples=50)
def test_documents_come_back_as_they_went_in(given_documents: list[Document]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Ledger(Path(folder)) as book:
            for document in given_documents:
                book.keep(document)
            book.stats(len(given_documents))
        assert list(ledger.read(Path(folder))) == given_documents


@given(
    fates=st.lists(st.sampled_from(["keep", "drop", "lose", "twice"]), max_size=30),
)
@settings(deadline=None, max_examples=50)
def test_the_ledger_closes_exactly_when_each_document_has_one_fate(fates: list[str]) -> None:
    document = factories.document()
    handed = sum({"lose": 0, "twice": 2}.get(fate, 1) for fate in fates)
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder)) as book:
        for fate in fates:
            if fate in ("keep", "twice"):
                book.keep(document)
            if fate in ("drop", "twice"):
                book.drop(document, "too short")
        if handed == len(fates):
            stats = book.stats(len(fates))
            assert stats["kept"] + stats["dropped"] == len(fates)
            assert sum(stats["reasons"].values()) == stats["dropped"]
        else:
            with pytest.raises(AssertionError, match="conservation broken"):
                book.stats(len(fates))
