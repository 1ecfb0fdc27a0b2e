from __future__ import annotations

from pathlib import Path

import pytest

from erastyle.corpus.errors import RunError
from erastyle.studio import corpus_browser
from tests.studio_run import document, make_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("corpus") / "run")


def test_the_stages_that_rest_on_each_other_are_shown(run):
    counts = corpus_browser.counts(run)
    assert [(c.stage, c.kept, c.dropped) for c in counts] == [
        ("clean", 9, 2),
        ("dedupe", 8, 1),
        ("split", 8, 0),
    ]
    assert counts[0].reasons == {"too short": 1, "not English": 1}


def test_dropped_documents_are_chosen_by_reason(run):
    page = corpus_browser.page(run, "clean", "dropped", reason="too short")
    assert [(r["id"], r["detail"]) for r in page.rows] == [(document(10).id, "11 words of 30")]


def test_words_are_sought_in_the_text_too(run):
    assert corpus_browser.page(run, "clean", "kept", search="NUMBER 3 flies").total == 1
    assert corpus_browser.page(run, "clean", "kept", search="kite7.html").total == 1
    assert corpus_browser.page(run, "clean", "kept", search="zeppelin").total == 0
    assert corpus_browser.page(run, "clean", "kept", year=1995).total == 9
    assert corpus_browser.page(run, "clean", "kept", year=1996).total == 0


def test_pages_follow_each_other(run, monkeypatch):
    monkeypatch.setattr(corpus_browser, "PAGE", 4)
    pages = [corpus_browser.page(run, "clean", "kept", start=n) for n in (0, 4, 8, 12)]
    assert [len(page.rows) for page in pages] == [4, 4, 1, 0]
    assert len({row["id"] for page in pages for row in page.rows}) == 9


def test_a_document_tells_its_whole_way_and_its_copies(run):
    last = document(9).id
    view = corpus_browser.view(run, last)
    assert [(stage, state) for stage, state, _ in view.decisions] == [
        ("clean", "kept"),
        ("dedupe", "dropped"),
    ]
    assert view.decisions[1][2] == "near copy: 0.93 alike to Kite 1"
    assert view.row["body"].startswith("<TITLE>Kite 9")
    assert view.copies == [(document(1).id, "kept", 0.93)]
    assert corpus_browser.view(run, document(1).id).copies == [(last, "near", 0.93)]


def test_what_two_documents_do_not_share_is_marked(run):
    left, right = corpus_browser.beside(run, document(1).id, document(9).id)
    assert "1" in "".join(s.text for s in left if s.kinds == "contrast").split()
    assert "9" in "".join(s.text for s in right if s.kinds == "contrast").split()
    assert "".join(s.text for s in left).split() == document(1).prose.split()


def test_only_held_out_documents_are_real_ones_for_a_sheet(run):
    assert len(list(corpus_browser.held_out(run))) == 8


def test_what_is_not_there_is_told(run, tmp_path):
    with pytest.raises(RunError, match="knows no document"):
        corpus_browser.view(run, "nothing")
    with pytest.raises(RunError, match="no finished stage"):
        corpus_browser.page(run, "pairs", "kept")
    with pytest.raises(RunError, match="no finished stage"):
        corpus_browser.page(run, "clean", "../../etc")
    assert corpus_browser.counts(tmp_path) == []
