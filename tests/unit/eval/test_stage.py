"""What the score stage adds to the scores: bare texts, general prose, what the gate is given."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.cleaning.cleaner import judge, measure
from erastyle.corpus.document import Document
from erastyle.corpus.errors import ModelError
from erastyle.eval import material, text_metrics
from erastyle.eval.measures import counterfactual
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import Text
from erastyle.pipeline import pairs
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.train.data import rows
from tests import factories

ERA = eras.load("web-1995")
PERIOD = "<HTML><BODY><H1>My {0}</H1>\n<P>Welcome to my page about {0}, I put it up in March.\n<HR>"
MODERN = '<div class="card"><p>Discover our {0} platform and subscribe for updates today.</p></div>'
FILLER = (
    " Here is what I know of it, and there is more to come when I have the time to write it down."
)


def document(number: int, modern: bool) -> Document:
    body = (MODERN if modern else PERIOD).format(f"hobby{number % 7}") + FILLER
    return factories.document(
        body,
        id=f"{number}{modern}",
        source=f"http://host{number}.example/",
        site=f"host{number}{modern}",
        format="html",
        prose=f"{body.split('>')[-1]}",
        origin="modern" if modern else "period",
    )


@pytest.fixture(scope="module")
def style() -> StyleClassifier:
    documents = [document(n, modern) for n in range(30) for modern in (False, True)]
    return text_metrics.learn(documents, most=100, seed=1)


def test_a_text_without_a_tag_is_no_page_of_any_era(style: StyleClassifier) -> None:
    bare = "I have put up a page about my hobby, and there is more to come when I have the time."
    page = f"<HTML><BODY><P>{bare} Welcome to it, and write to me.</BODY></HTML>"
    found = text_metrics.measure_texts(style, [Text(bare + bare), Text(page + bare)], ["", ""], ERA)
    assert found.scores["era"][0] == 0.0
    assert found.scores["markup"][0] == 0.0
    assert found.scores["markup"][1] > 0.0


def test_a_text_too_short_to_judge_has_no_score_rather_than_a_made_up_one(
    style: StyleClassifier,
) -> None:
    found = text_metrics.measure_texts(style, [Text("<P>Hi there.")], [""], ERA)
    assert math.isnan(found.scores["prose"][0])


def test_an_anachronism_that_the_brief_asks_for_is_no_slip(style: StyleClassifier) -> None:
    text = Text("<P>Watch my videos on YouTube, and write to me when you have seen them all.")
    asked, unasked = (
        text_metrics.measure_texts(style, [text], [brief], ERA)
        for brief in ("Write about YouTube.", "Write about my cat.")
    )
    assert [hit.term for hit in unasked.hits[0]] == ["YouTube"]
    assert unasked.asked == [[]]
    assert asked.hits == [[]]
    assert [hit.term for hit in asked.asked[0]] == ["YouTube"]


def test_a_look_without_a_classifier_gives_everything_but_the_style_score() -> None:
    page = Text(
        "<HTML><BODY><P>Best seen with Netscape. <VIDEO SRC=a CONTROLS>Hello</VIDEO> and welcome."
    )
    found = text_metrics.measure_texts(None, [page, Text("")], ["", ""], ERA)
    assert all(math.isnan(v) for v in found.scores["era"])
    assert found.references == [["Netscape"], []]
    assert found.validity[0] is not None
    assert "<video>" in found.validity[0].too_new
    assert found.valid_share == 0.0
    assert found.talk() == [("Netscape", 1)]


def test_naming_the_year_moves_no_score(style: StyleClassifier) -> None:
    texts = [
        text_metrics.text_of(document(n, modern)) for n in range(8) for modern in (False, True)
    ]
    plain = [Text(t.body, "", t.format) for t in texts]
    named = [Text(counterfactual.dated(t.body, t.format, ERA), "", t.format) for t in texts]
    before, after = (text_metrics.style_scores(style, side)["era"] for side in (plain, named))
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 0.01


def test_without_modern_documents_nothing_is_learnt() -> None:
    with pytest.raises(ModelError, match="--contrast"):
        text_metrics.learn([document(n, modern=False) for n in range(20)], most=100, seed=1)


@pytest.mark.parametrize(
    ("first", "last", "dropped"),
    [
        ("1995-01-01", "2003-12-31", True),
        ("1996-01-01", "1998-12-31", False),
        ("", "2026-11-21", False),
    ],
)
def test_a_document_whose_possible_dates_lie_mostly_outside_the_period_is_dropped(
    first: str, last: str, dropped: bool
) -> None:
    era = eras.load("web-1995")
    page = Document(
        "1", "a", "a", "html", "<P>x", "0",
        date_from=first, date_to=last, date_evidence="markup", date_confidence=0.5,
    )  # fmt: skip
    (check,) = (c for c in judge(page, era) if c.rule == "date too uncertain")
    assert check.passed is not dropped
    assert not dropped or "likely to be of the period < 0.4" in check.detail


def test_years_count_by_how_likely_they_are_and_not_all_alike() -> None:
    era = eras.load("web-1995")
    page = "<HTML><BODY>Our trams ran. Copyright (c) 1994, 95, 96 Pat Zebra</BODY></HTML>"
    cleaned = measure(Document("1", "a.html", "a", "html", page, "0"), era)
    alike = era.inside(cleaned.date_from, cleaned.date_to)
    assert cleaned.signals["in_period"] > alike + 0.1, "1996 is likelier than 2000"
    (check,) = (c for c in judge(cleaned, era) if c.rule == "date too uncertain")
    assert check.passed


def test_the_share_inside_the_period_counts_days() -> None:
    era = eras.load("web-1995")
    assert era.inside("1997-01-01", "1998-12-31") == pytest.approx(0.5)
    assert era.inside("1995-06-01", "1995-06-01") == 1.0
    assert era.inside("1999-01-01", "1999-12-31") == 0.0


def test_a_document_that_was_asked_for_three_times_and_learnt_once_was_seen(tmp_path: Path) -> None:
    train = tmp_path / "train"
    asked = [
        pairs.row(f"request {n}", "text", role="style", split="train", document_id="d", site="a")
        for n in range(3)
    ]
    with Ledger(tmp_path / "pairs", pairs.schema()) as book:
        for row in asked:
            book.keep_row(row)
    rows.write_dropped(train, rows.Unlearnt(asked[1:], "over max_tokens"))
    found = material.rows_of(tmp_path / "pairs", train)
    assert [row.request for row in found.seen] == ["request 0"]
    assert not found.beside, "a document of which one row was learnt was read"


def test_documents_of_a_sites_own_that_the_budget_left_out_stand_beside(tmp_path: Path) -> None:
    train = tmp_path / "train"
    asked = [
        pairs.row(f"request {n}", "text", role="style", split="train", document_id=str(n), site=s)
        for n, s in enumerate("aabc")
    ]
    with Ledger(tmp_path / "pairs", pairs.schema()) as book:
        for row in asked:
            book.keep_row(row)
    rows.write_dropped(
        train,
        rows.Unlearnt([asked[1], asked[3]], rows.OVER),
        rows.Unlearnt([asked[2]], "rest of a long document"),
    )
    found = material.rows_of(tmp_path / "pairs", train)
    assert [row.document for row in found.seen] == ["0"]
    assert [row.document for row in found.beside] == ["1"], "c taught nothing, b is half learnt"
