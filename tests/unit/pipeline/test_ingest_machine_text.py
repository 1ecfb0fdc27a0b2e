"""Texts that are labelled as a machine's do not get into a corpus, and the ledger says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus import period_file
from erastyle.corpus.period_file import Posting
from erastyle.corpus.provenance import label
from erastyle.corpus.provenance.label import GENERATED, RESTYLED, Notice
from erastyle.corpus.sources.registry import open_source
from erastyle.eval import score_texts
from erastyle.pipeline.ingest import INGEST, MACHINE, IngestOptions, ingest
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context, Stats

WEB, USENET = eras.load("web-1995"), eras.load("usenet-1993")
PAGE = "<HTML><HEAD><TITLE>Kites</TITLE></HEAD>\n<BODY><P>I fly kites by the sea.</BODY></HTML>\n"
ARTICLE = "I fly kites by the sea.\n\nFrom June on, that is.\n-- \nAnn\n"


def ingested(spec: Path | str, era: eras.Era, out: Path) -> Stats:
    context = Context(IngestOptions(), era, 1, {}, out, Progress(), out)
    return ingest(context, open_source(str(spec)).read())  # type: ignore[arg-type]


@pytest.mark.parametrize("source_type", [GENERATED, RESTYLED])
def test_a_labelled_page_is_dropped_with_the_reason_and_a_bare_one_is_kept(
    tmp_path: Path, source_type: label.SourceType
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.html").write_text(PAGE, encoding="utf-8")
    labelled = label.label(PAGE, Notice(source_type), "html")
    (pages / "b.html").write_text(labelled, encoding="utf-8")
    stats = ingested(pages, WEB, tmp_path / "out")
    assert (stats["kept"], stats["reasons"]) == (1, {MACHINE: 1})
    (dropped,) = ledger.rows(tmp_path / "out" / "dropped")
    assert dropped["reason"] == "machine-written"
    assert dropped["detail"] == f"its label says {source_type}"


def test_articles_and_rows_of_generated_texts_are_dropped(tmp_path: Path) -> None:
    file = tmp_path / "a.mbox"
    file.write_bytes(period_file.write(ARTICLE, USENET, Notice(), Posting("Kites")).raw)
    assert ingested(file, USENET, tmp_path / "mail")["reasons"] == {MACHINE: 1}
    row = {"text": PAGE, label.FIELD: label.uri(GENERATED)}
    table = tmp_path / "texts.jsonl"
    table.write_text(json.dumps(row) + "\n" + json.dumps({"text": PAGE}) + "\n", encoding="utf-8")
    stats = ingested(table, WEB, tmp_path / "rows")
    assert (stats["kept"], stats["reasons"]) == (1, {MACHINE: 1})


def test_the_key_of_the_stage_is_what_it_was() -> None:
    assert INGEST.version == 3
    assert IngestOptions().model_dump(mode="json") == {"max_chars": 1_000_000}


@pytest.mark.parametrize("of", ["page", "article"])
def test_a_score_does_not_count_the_label(tmp_path: Path, of: str) -> None:
    era, text = (WEB, PAGE) if of == "page" else (USENET, ARTICLE)
    ending = period_file.ENDINGS[period_file.kind_of(era)]
    scores = []
    for notice in (None, Notice(GENERATED, sentence="Made in 2026 on the World Wide Web, iPhone.")):
        file = tmp_path / f"{bool(notice)}{ending}"
        file.write_bytes(period_file.write(text, era, notice, Posting("Kites")).raw)
        documents, problems = score_texts.documents([str(file)], era)
        assert problems == []
        (score,) = score_texts.score(documents, era)
        scores.append(score.to_json() | {"source": ""})
    assert scores[0] == scores[1]


def test_nothing_is_learnt_from_labelled_texts(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text(label.label(PAGE, Notice(), "html"), encoding="utf-8")
    documents, problems = score_texts.documents([str(tmp_path)], WEB, to_learn=True)
    assert documents == []
    assert MACHINE in problems[0]
