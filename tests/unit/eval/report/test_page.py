"""The report's page: what is missing is said, what is hostile stays text, what is long is cut."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus.errors import RunError
from erastyle.eval.report import sandbox
from erastyle.eval.report.charts import bars, curves
from erastyle.eval.report.charts.svg import WIDTH
from erastyle.eval.report.page import render, write
from erastyle.eval.report.parts import Sample
from erastyle.eval.report.report import Report
from erastyle.eval.report.tables import DroppedDocument, Reason, SourceRow, StageRow
from tests.report_rows import gate_line, metric

NAN = math.nan
ATTACK = (
    '"><script>alert(1)</script></iframe></pre></title></style><img src=http://leak.example/ '
    "onerror='x'>{{ 7777*7777 }}\x00\u202e\ud800 ü 漢字"
)


class Page(HTMLParser):
    """What a page holds: (tag, attributes) in order, and the text of some of them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def sample(**changes: Any) -> Sample:
    values: dict[str, Any] = {
        "brief": "Make a page about kites.",
        "kind": "sample",
        "format": "html",
        "base": "Kites are great!",
        "style": "<H1>Kites</H1>They fly.",
        "real": "<H1>Balloons</H1>They rise.",
        "real_source": "http://balloon.example/",
        "scores": {"markup": 0.9},
    }
    return Sample(**(values | changes))


def full(text: str = "plain") -> Report:
    """A report in which every field is filled, all texts with `text`."""
    return Report(
        title=text,
        era_title=text,
        run=text,
        created=text,
        verdict="PASS",
        verdict_sentence=text,
        summary=[text],
        gate=[gate_line(text, text, 0.5, 0.4, 0.6, text, "FAIL", text, text)],
        measures=[metric(text, text, 1, 2, 3, 1, 0.5, 1.5, "higher", text, "style", text)],
        stages=[StageRow(text, text, 10, 8, 1, 1, 2.0, True)],
        reasons=[Reason(text, text, 1, [DroppedDocument(text, text, text)])],
        timeline={"1995": 8, text: 1},
        distributions={text: {text: [0.1, 0.9], "base": []}},
        curves={text: [(0, 2), (1, 1)]},
        samples=[
            sample(
                brief=text,
                base=text,
                style=text,
                real=text,
                real_source=text,
                scores={text: 0.5},
                copied=[(0, 5, text)],
                anachronisms=[text],
            )
        ],
        sources=[SourceRow(text, 8, text, text)],
        commands=[text],
        environment={text: text},
        caveats=[text],
    )


def test_a_report_survives_json_and_gives_the_same_page():
    report = full()
    again = Report.from_json(report.to_json())
    assert render(again) == render(report)
    assert render(report) == render(report)


def test_json_holds_null_for_what_was_not_measured():
    report = Report("t", measures=[metric("m", "u", NAN, None, math.inf)])
    row = json.loads(report.to_json())["measures"][0]
    assert (row["base"], row["style"], row["real"]) == (None, None, None)
    assert Report.from_json(report.to_json()).measures[0].base is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "the text"),
        ("{}", "title"),
        ("[1]", "the text"),
        ('{"title": "t", "stages": [{"name": "ingest"}]}', "stages.0.key"),
    ],
)
def test_json_that_is_no_report_is_refused_with_the_place(text, where):
    with pytest.raises(RunError, match=re.escape(where)):
        Report.from_json(text)


def test_a_report_on_generated_texts_names_their_source_type_and_one_on_files_does_not():
    metas = Page(render(full())).all("meta")
    told = [attrs for attrs in metas if attrs.get("name") == "digitalSourceType"]
    assert [attrs["content"].rpartition("/")[2] for attrs in told] == [
        "compositeWithTrainedAlgorithmicMedia"
    ]
    assert "digitalSourceType" not in render(replace(full(), given=True))


def test_an_empty_report_says_what_is_missing():
    page = render(Report("Nothing was done"))
    for sentence in (
        "No verdict",
        "base and fine-tuned model were not compared",
        "No gate was evaluated.",
        "There is nothing to draw.",
        "Nothing was generated.",
        "No stage is recorded.",
        "No sources are recorded.",
        "No commands are recorded.",
        "The environment was not recorded.",
    ):
        assert sentence in page
    assert Page(page).all("svg") == []


def test_checks_that_were_not_run_are_named():
    page = render(Report("t", measures=[metric("m", "u", 1, 2, group="style")]))
    assert "No capability check was run." in page
    assert "No style check was run." not in page


@pytest.mark.parametrize("nothing", [None, NAN, math.inf])
def test_what_was_not_measured_is_never_shown_as_a_number(nothing):
    measures = [metric("m", "u", nothing, nothing, nothing, nothing, nothing, nothing)]
    gate = [gate_line("g", "w", nothing, nothing, nothing, "l", "INCONCLUSIVE")]
    page = render(Report("t", measures=measures, gate=gate))
    cells = re.findall(r'<td role="cell" class="n"[^>]*>(.*?)</td>', page)
    assert cells == ['<span class="none">not measured</span>'] * 5
    assert not re.search(r"\bnan\b|\binf\b", page, re.IGNORECASE)


def test_hostile_text_never_becomes_markup_of_the_page():
    page = render(full(ATTACK))
    found = Page(page)
    assert found.all("script") == []
    assert found.all("img") == []
    assert not any(name.startswith("on") for _, attrs in found.tags for name in attrs)
    harmless = [tag for tag, _ in Page(render(full("plain <b>"))).tags]
    assert [tag for tag, _ in found.tags] == harmless
    assert "60481729" not in page  # what looks like a template is not run
    page.encode("utf-8")
    assert "\x00" not in page
    assert "\u202e" not in page


def test_every_frame_is_sandboxed_under_its_own_policy():
    page = Page(render(Report("t", samples=[sample(base="<p>x"), sample(kind="worst")])))
    frames = page.all("iframe")
    assert len(frames) == 7  # the first one drawn by chance stands above, too
    for frame in frames:
        assert frame["sandbox"] == ""
        assert frame["srcdoc"].startswith(sandbox.HEAD)
        assert frame["title"]
    policies = [m["content"] for m in page.all("meta") if "content-security" in str(m).lower()]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")


def test_the_page_links_to_nothing_outside():
    page = Page(render(full("http://leak.example/")))
    targets = [a["href"] for _, a in page.tags if "href" in a]
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert not any("src" in attrs for _, attrs in page.tags)


def test_rows_beside_the_report_are_linked():
    path = "score/7351a1f08011/kept/style.parquet"
    page = Page(render(Report("t", measures=[metric("m", "u", 1, 2, rows=path)])))
    assert path in [a.get("href") for a in page.all("a")]


def test_generated_text_says_that_a_machine_wrote_it():
    page = render(Report("t", samples=[sample(), sample(style="no markup at all")]))
    assert page.count("<b>Written by a machine</b>: the fine-tuned model") == 2
    assert page.count("<b>Written by a machine</b>: the base model") == 2
    assert "It holds no markup, so it is shown as text." in page


def test_the_worst_outputs_come_first():
    samples = [
        sample(brief="A brief about kites"),
        sample(brief="A brief about bees", kind="worst"),
    ]
    page = render(Report("t", samples=samples)).split('<section id="samples"')[1]
    assert page.index("about bees") < page.index("about kites")


def test_copied_words_are_marked_in_the_source_text():
    text = 'one <B>two</B> & "three"'
    page = render(
        Report("t", samples=[sample(style=text, copied=[(4, 14, "http://first.example/")])])
    )
    assert (
        '<mark class="copied" title="also in http://first.example/">&lt;B&gt;two&lt;/B&gt;</mark>'
        in page
    )
    assert "10 characters from http://first.example/" in page


def test_a_long_body_is_cut_and_says_so():
    text = "<P>" + "ü" * 30_000
    page = render(Report("t", samples=[sample(style=text)]))
    assert "Cut here: 20,002 more characters are not shown." in page
    assert max(map(len, re.findall("ü+", page))) < sandbox.MAX_BODY / 2


def test_many_long_samples_stay_below_two_megabytes():
    samples = [sample(style="<p>&\"'" * 9000, base="<b>&" * 9000, real='"' * 30_000)] * 60
    page = render(Report("t", samples=samples))
    assert len(page.encode()) < 2_000_000
    assert "more outputs are not shown" in page


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "new" / "report.html"
    write(full(), path)
    assert path.read_text(encoding="utf-8") == render(full())
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    with pytest.raises(RunError, match=r"report\.html: the report was not written"):
        write(full(), path / "report.html")


def test_frames_within_a_page_link_targets_and_early_connections_are_taken_away():
    body = (
        '<LINK REL=preconnect HREF="http://leak.example/"><base href="http://leak.example/">'
        "<IFRAME SRC=http://leak.example/></IFRAME><a href=' http://leak.example/'>out</a>"
        '<a href="#top">up</a><area href="javascript:1"><svg><a xlink:href="http://leak.example">'
    )
    found = Page(sandbox.framed(body).removeprefix(sandbox.HEAD))
    assert {"link", "base", "iframe"}.isdisjoint(tag for tag, _ in found.tags)
    assert [a.get("href", a.get("xlink:href")) for t, a in found.tags if t in ("a", "area")] == [
        "#",
        "#top",
        "#",
        "#",
    ]


def test_an_image_keeps_its_words_and_its_size_and_loses_its_address():
    body = (
        "<IMG SRC=kite.gif ALT=Kite WIDTH=9><IMG SRC='data:image/gif;base64,R0'><TD BACKGROUND=x>"
    )
    shown = sandbox.framed(body)
    assert '<img src="data:," alt="Kite" width="9">' in shown
    assert "data:image/gif;base64,R0" in shown
    assert "kite.gif" not in shown


def test_a_page_of_frames_shows_what_it_held_for_browsers_without_frames():
    shown = sandbox.framed(
        "<FRAMESET><FRAME SRC=a><NOFRAMES><P>Get a newer one.</NOFRAMES></FRAMESET>"
    )
    assert "<p>Get a newer one.</p>" in shown


@pytest.mark.parametrize(
    "drawing",
    [
        bars.distributions(ATTACK[:-8], {ATTACK[:9]: [0.2, None, NAN], "base": []}, 'i"d'),
        bars.distributions("x", {"a": [5.0, 5.0]}, "i"),
        bars.timeline({}, "i"),
        bars.timeline({"1995": 0, "<no>": 3}, "i"),
        bars.timeline({str(year): year % 7 for year in range(1780, 1921)}, "i"),
        bars.flow([], "i"),
        bars.flow([("<a>", 0, 0, 0, 0), ("b", 9, 4, 4, 1), ("c", 50, 50, 0, 0)], "i"),
        curves.lines({}, "i", "t", "x"),
        curves.lines({"<a>": [(1.0, 2.0)], "b": [(NAN, 1.0)]}, "i", "t", "x"),
        curves.against({}, "i", "t", "x", "y"),
        curves.against({"<a>": [(0.0, 0.0)], "b": [(NAN, 1.0)], "c": []}, "i", "t", "x", "y"),
        curves.against(
            {name: [(0.0, 0.3)] for name in ("prompt", "few-shot", "retrieve")}
            | {"lora": [(0.3, 0.3)], "full": [(2.0, -0.4)]},
            "i",
            "t",
            "x",
            "y",
            {"lora": [0.1, None, -math.inf, 0.5], "full": []},
        ),
    ],
)
def test_every_figure_is_whole_and_described(drawing):
    root = ET.fromstring(drawing)
    names = {child.get("id"): child.text for child in root if child.tag in ("title", "desc")}
    assert root.get("role") == "img"
    assert all(names[ident] for ident in (root.get("aria-labelledby") or "").split())
    assert "nan" not in drawing
    coordinates = [float(x) for x in re.findall(r' (?:x|x1|x2|cx|width)="(-?[\d.]+)"', drawing)]
    assert all(0 <= x <= WIDTH for x in coordinates)


def test_a_year_without_documents_keeps_its_place():
    labels = re.findall(r">(199\d)</text>", bars.timeline({"1993": 4, "1996": 2}, "i"))
    assert labels == ["1993", "1994", "1995", "1996"]


def test_a_figure_says_its_numbers_to_those_who_hear_it():
    said = bars.flow([("clean", 10, 7, 2, 1)], "i")
    assert "clean read 10: 7 kept, 2 dropped, 1 in quarantine." in said


def test_names_of_points_at_one_place_stand_below_each_other():
    drawing = curves.against(
        {name: [(0.0, 0.3)] for name in ("prompt", "few-shot", "retrieve")}, "i", "t", "x", "y"
    )
    heights = [float(y) for y in re.findall(r'y="([\d.]+)"[^>]*class="label"', drawing)]
    assert len(heights) == 3
    assert all(b - a >= 13 for a, b in zip(sorted(heights), sorted(heights)[1:], strict=False))


def test_a_point_is_heard_with_both_of_its_intervals():
    drawing = curves.against(
        {"lora": [(0.02, 0.4)]}, "i", "t", "cost", "gain", {"lora": [0.01, 0.03, 0.3, 0.5]}
    )
    assert "gain +0.400 (+0.300 to +0.500), cost +0.020 (+0.010 to +0.030)" in drawing


def test_an_interval_that_holds_zero_crosses_the_line_at_zero():
    drawing = ET.fromstring(bars.interval(0.1, -0.1, 0.3))
    whisker = next(line for line in drawing if line.get("class") == "whisker")
    assert float(whisker.get("x1") or 0) < 60 < float(whisker.get("x2") or 0)
    assert bars.interval(NAN, 0, 1) == ""


def test_a_run_on_generated_pages_says_so_under_the_verdict_and_never_calls_them_real():
    made = Report(
        "t",
        verdict="PASS",
        banner="All 12 documents of this run are generated sample pages.",
        real_name="held-out sample pages",
        measures=[metric("m", "u", 1, 2, 3)],
    )
    page = render(made)
    verdict, rest = page.split('<section id="measures"', 1)
    assert "generated sample pages" in verdict
    assert "Held-out sample pages</th>" in rest
    assert "Real text" not in page
    assert 'class="banner' not in render(Report("t", verdict="PASS"))


def test_advice_that_cannot_be_followed_is_not_given() -> None:
    can = render(Report("t", verdict="INCONCLUSIVE", briefs_needed=40, briefs_available=60))
    assert "generate.briefs=40" in can
    cannot = render(Report("t", verdict="INCONCLUSIVE", briefs_needed=748, briefs_available=28))
    assert "generate.briefs=748" not in cannot
    assert "the documents of the test sites give 28: add documents of more sites" in cannot
