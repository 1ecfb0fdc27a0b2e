"""The pictures of the corpus: years, what lies outside, sites, lengths, evidence."""

from __future__ import annotations

from typing import Any

from erastyle.corpus import era as eras
from erastyle.corpus.document import Document
from erastyle.eval.report import corpus_view
from erastyle.eval.report.pictures import LENGTH_EDGES, YearCount

WEB = eras.load("web-1995")


def document(first: str = "", last: str = "", **changes: Any) -> Document:
    values: dict[str, Any] = {
        "id": "i", "source": "s", "site": "a", "format": "html", "body": "b", "raw_sha256": "r",
        "date_from": first, "date_to": last,
    }  # fmt: skip
    return Document(**(values | changes))


def test_certain_and_possible_years_are_counted_apart_and_the_undated_aside():
    documents = [
        document("1995-03-01", "1995-03-01"),
        document("1995-01-01", "1996-12-31"),
        document("", "1999-01-01"),
        document("1960-01-01", "1999-12-31"),
    ]
    assert corpus_view.years(documents) == (
        [YearCount(1995, 1, 0.5), YearCount(1996, 0, 0.5)],
        2,
    )


def test_outside_counts_possible_days_and_those_that_are_surely_out():
    documents = [
        document("1996-01-01", "1999-12-31"),
        document("1999-01-01", "1999-12-31"),
        document("1995-01-01", "1995-12-31"),
        document(),
    ]
    far, surely = corpus_view.outside(documents, WEB)
    assert 1.4 < far < 1.6
    assert surely == 1


def test_sites_are_ordered_by_size_with_kind_and_middle_date():
    documents = [
        document("1995-01-01", "1995-12-31", id="1", site="small"),
        document("1994-01-01", "1994-12-31", id="2", site="big"),
        document("1996-01-01", "1996-12-31", id="3", site="big"),
    ]
    big, small = corpus_view.sites(documents, {"2": "list", "3": "list"})
    assert (big.site, big.documents, big.kind, big.year) == ("big", 2, "list", 1995.5)
    assert (small.kind, small.year) == ("html", 1995.5)


def test_lengths_fall_into_bins_by_their_words():
    counted = corpus_view.lengths({"texts": ["word " * 49, "word " * 50, "", "word " * 99_999]})
    assert counted["texts"][0] == 2
    assert counted["texts"][1] == 1
    assert counted["texts"][-1] == 1
    assert len(counted["texts"]) == len(LENGTH_EDGES)


def test_the_best_evidence_of_each_document_counts_once():
    documents = [
        document(date_evidence="path “97”; newest year 1997"),
        document(date_evidence="newest year 1997; contradiction: path “12”"),
        document(date_evidence="<hr> is from 1993 (HTML internet draft)"),
        document(),
    ]
    assert corpus_view.evidence(documents) == {
        "date of the file or in its address": 1,
        "newest date or year that it names": 1,
        "only words and markup of known age": 1,
        "no evidence": 1,
    }
