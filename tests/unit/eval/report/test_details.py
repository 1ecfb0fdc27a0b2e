"""What stands behind a report: rows of the gate, nearest documents, marks, dates."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pyarrow.parquet as pq

from erastyle.corpus.copying.nearest import Nearest
from erastyle.corpus.document import Document
from erastyle.eval.gate import items
from erastyle.eval.measurement import (
    Answers,
    Cost,
    Gap,
    Measurement,
    Paired,
    Ranking,
    Rate,
    Ratio,
    Share,
)
from erastyle.eval.report import details, sandbox
from erastyle.eval.report.page import publish, render, write
from erastyle.eval.report.parts import FurtherTable, Influence, RowsFile, TextMark
from erastyle.eval.report.report import Report
from tests import factories
from tests.conftest import ROOT

MEASURED: dict[str, Measurement] = {
    "style_gain.prose": Paired([0.2, math.nan], [0.9, 0.8], ["a", "b"]),
    "style_pass": Share(2, 3),
    "general_loss": Cost([10.0], [11.0]),
    "capability.grammar": Answers([True, False], [True, True], 0.5),
    "anachronisms": Rate([1], [100], [0, 0], [50, 60]),
    "vendi": Ratio(0.9, [0.8, 0.95]),
    "overfit_gap": Gap([0.3], [0.1], ["a"], ["b"]),
    "membership": Ranking([0.7, 0.2], [True, False]),
}


def document(number: int, prose: str, first: str = "", last: str = "") -> Document:
    names = {"id": str(number), "source": f"http://{number}.example/", "site": str(number)}
    return factories.document(prose, prose=prose, date_from=first, date_to=last, **names)


def test_every_kind_of_measure_has_its_rows_in_the_file(tmp_path: Path):
    count = items.write(MEASURED, tmp_path / "rows" / "gate.parquet")
    table = pq.read_table(tmp_path / "rows" / "gate.parquet")
    rows = table.to_pylist()
    assert count == len(rows) == 2 + 3 + 1 + 2 + 3 + 3 + 2 + 2
    assert {row["check"] for row in rows} == set(MEASURED)
    gain = [row for row in rows if row["check"] == "style_gain.prose"]
    assert [(r["before"], r["after"], r["site"]) for r in gain] == [
        (0.2, 0.9, "a"),
        (None, 0.8, "b"),
    ]
    assert sum(row["after"] for row in rows if row["check"] == "style_pass") == 2


def test_the_rows_give_back_the_rate_that_the_gate_judges(tmp_path: Path):
    items.write(MEASURED, tmp_path / "gate.parquet")
    chosen = pq.read_table(
        tmp_path / "gate.parquet",
        filters=[("check", "=", "anachronisms"), ("side", "=", "generated")],
    ).to_pylist()
    assert 1000 * sum(r["after"] for r in chosen) / sum(r["words"] for r in chosen) == 10


def test_the_nearest_document_is_the_one_about_the_same_thing():
    proses = ["trains leave the old station", "kites fly over the windy hill", "bread and butter"]
    index = Nearest.build(proses)
    kites, nothing = index.find(["A kite is windy; kites fly.", "zzz"])
    assert kites is not None
    assert kites[0] == 1
    assert 0 < kites[1] <= 1.0001
    assert nothing is None
    assert Nearest.build([]).find(["kites"]) == [None]


def test_an_anachronism_is_marked_where_it_stands_and_a_wished_one_is_not():
    text = "<P>Watch it on YouTube."
    found = details.marks(text, "html", 1997, "Write about my cat.", [])
    assert [(text[m.start : m.end], m.kind) for m in found] == [("YouTube", "anachronism")]
    assert details.marks(text, "html", 1997, "Write about YouTube.", []) == []


def test_words_within_tags_are_not_marked_as_prose():
    text = '<A HREF="kites.html">kites</A> &amp; <B>wind</B>'
    moved = [Influence("kites", -0.4), Influence("tag:b", 2.0), Influence("case:upper", 1.0)]
    found = [(text[m.start : m.end], m.start, m.kind) for m in details.phrases(text, "html", moved)]
    assert found == [("kites", 21, "contrast"), ("<B>", 37, "era")]


def test_a_piece_under_two_marks_says_both():
    found = sandbox.marked(
        "abc", [TextMark(0, 3, "copied", "there"), TextMark(1, 2, "anachronism", "late")]
    )
    assert [(s.text, s.kinds) for s in found] == [
        ("a", "copied"),
        ("b", "anachronism copied"),
        ("c", "copied"),
    ]
    assert found[1].note == "also in there; late"


def test_a_document_of_several_years_counts_in_equal_parts():
    found = details.timeline([
        document(1, "x", "1995-01-01", "1996-12-31"),
        document(2, "x", "1995-01-01", "1996-12-31"),
        document(3, "x", "1996-05-05", "1996-05-05"),
        document(4, "x"),
        document(5, "x", "1900-01-01", "1999-12-31"),
    ])  # fmt: skip
    assert found == {"1995": 1, "1996": 2, "no date": 2}


def test_links_to_rows_lead_there_from_the_score_and_from_the_root_of_the_run(tmp_path: Path):
    folder = tmp_path / "run" / "score" / "0123456789ab"
    (folder / "rows").mkdir(parents=True)
    items.write(MEASURED, folder / "rows" / "gate.parquet")
    report = Report("t", files=[RowsFile("rows/gate.parquet", "an item", 18, {"check": "string"})])
    (folder / "score.json").write_text(report.to_json(), encoding="utf-8")
    write(report, folder / "report.html")
    publish(folder, tmp_path / "run" / "report.html")
    for page in (folder / "report.html", tmp_path / "run" / "report.html"):
        text = page.read_text(encoding="utf-8")
        link = text.split('<th scope="row"><a href="')[1].split('"')[0]
        assert (page.parent / link).is_file()


def test_a_table_that_nobody_foresaw_is_shown():
    table = FurtherTable(
        "regard", ["group", "before"], [["nobody", None], ["all", 0.25]], "How it reads."
    )
    page = render(Report("t", tables=[table]))
    assert 'data-name="before"><span class="none">not measured</span>' in page
    assert "0.250" in page


def test_a_report_of_given_texts_does_not_say_that_a_machine_wrote_them():
    from erastyle.eval.report.parts import Sample

    sample = Sample("a.html", "sample", "html", "", "<H1>Kites</H1>", facts={"dated": "1995"})
    page = render(Report("t", given=True, samples=[sample]))
    assert "Written by a machine" not in page
    assert "<dt>dated</dt><dd>1995</dd>" in page
    assert "How to repeat it" not in page


def test_every_field_of_the_score_is_documented():
    import dataclasses

    from erastyle.eval import metric
    from erastyle.eval.gate import line
    from erastyle.eval.report import parts, report, tables

    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z0-9_]+)(?:\[\])?`", page.split("## Fields of")[1]))
    for module in (report, parts, tables, metric, line):
        for name, kind in vars(module).items():
            if dataclasses.is_dataclass(kind) and not name.startswith("_"):
                fields = {field.name for field in dataclasses.fields(kind)}
                assert fields <= documented, f"{name}: {fields - documented}"
