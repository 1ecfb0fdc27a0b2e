"""The report in a real browser: nothing leaves, nothing runs, everybody can read it."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erastyle.eval.report.page import write
from erastyle.eval.report.parts import (
    Chart,
    Corpus,
    EpochSamples,
    FurtherTable,
    Influence,
    NearestDocument,
    RowsFile,
    Sample,
    SampledAnswer,
    TextMark,
)
from erastyle.eval.report.pictures import (
    KeyFeature,
    Pictures,
    PlainAnswer,
    SiteMark,
    StyleYear,
    YearCount,
)
from erastyle.eval.report.report import Report
from erastyle.eval.report.tables import DroppedDocument, Reason, SourceRow, StageRow
from tests.browser.conftest import Outside
from tests.conftest import ROOT
from tests.report_rows import control, gate_line, metric

CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")

PAGE = """<HTML><HEAD><TITLE>The Tin Whistle Page</TITLE></HEAD>
<BODY BGCOLOR="#ffffe0" TEXT="#000000" LINK="#0000ee">
<CENTER><H1>The Tin Whistle Page</H1>
<I>for everybody who owns one and nobody who has to listen</I></CENTER>
<HR SIZE=4>
Welcome! You are visitor number <B>00417</B> since the counter fell over in March.
<P>I have been playing for six years, mostly in the stairwell of our physics building, which
has a very fine echo. <FONT SIZE=+1>New this month:</FONT>
<UL>
<LI><A HREF="tunes.html">Eleven tunes</A> in plain ASCII notation
<LI><A HREF="http://whistle.example/faq.html">The FAQ</A>, part two
<LI>A picture of my whistle (large, 31K!)
</UL>
<TABLE BORDER=1><TR><TH>Key</TH><TH>Maker</TH></TR><TR><TD>D</TD><TD>brass, dented</TD></TR>
<TR><TD>C</TD><TD>nickel</TD></TR></TABLE>
<HR><ADDRESS>Kept by <A HREF="mailto:nobody@stairwell.example">somebody in the stairwell</A>.
Last updated 4 May 1995.</ADDRESS></BODY></HTML>
"""
REAL = """<TITLE>Concertinas</TITLE><H1>A few words about concertinas</H1>
There are two kinds, and the people who play one kind will tell you about the other.<P>
<DL><DT>English<DD>the same note on push and pull<DT>Anglo<DD>another note on each</DL>
<HR>Comments to the <A HREF="mailto:box@reed.example">box player</A>.
"""
MODERN = """# The Tin Whistle Page

Here's a web page about tin whistles:

**Overview.** The tin whistle is a versatile instrument that is perfect for beginners!

- Affordable
- Portable
- Easy to learn

Don't forget to follow us and share your videos.
"""


def made_up() -> Report:
    """A report of a run that never was; every number in it is drawn or invented for the test."""
    rng = random.Random(7)

    def scores(a: float, b: float, n: int) -> list[float]:
        return [rng.betavariate(a, b) for _ in range(n)]

    def sample(kind: Any, nth: int, **changes: Any) -> Sample:
        start = PAGE.index("I have been playing")
        values: dict[str, Any] = {
            "brief": "Write the web page “The Tin Whistle Page”. It is about learning the tin "
            "whistle in a university stairwell.",
            "kind": kind,
            "format": "html",
            "base": MODERN,
            "style": PAGE,
            "real": REAL,
            "real_source": f"http://reed.example/~box/concertina{nth}.html",
            "scores": {"markup": 0.94, "prose": 0.71 - nth / 10, "copied tokens": 0.0},
            "copied": [(start, start + 74, "http://echo.example/whistles.html (licence unknown)")],
            "anachronisms": ["“videos” at character 212: in this sense from 2005 on, likely"],
            "document_id": "0123456789abcdef",
            "marks": [
                TextMark(start - 9, start + 20, "era"),
                TextMark(start + 60, start + 90, "anachronism", "videos: from 2005 on"),
                TextMark(start + 100, start + 110, "contrast"),
            ],
            "moved": [
                Influence("mostly", 0.41),
                Influence("tag:center", 0.2),
                Influence("very", -0.1),
            ],
            "near": NearestDocument("1", "http://reed.example/", "1995", "", 0.31, 1430),
            "facts": {"dated": "about 1996"},
        }
        return Sample(**(values | changes))

    return Report(
        answers=[
            PlainAnswer("What was made", "A model, of 237 documents."),
            PlainAnswer("How good is it", "Fair: 12 of 24 texts pass."),
            PlainAnswer("May I use it", "Not yet, except to try it out."),
        ],
        pictures=pictures(rng),
        banner="All 296 documents of this run are generated sample pages.",
        title="How well the model writes the early web",
        era_title="The early web, 1993 to 1997",
        run="web-1995",
        created="21 November 2026",
        verdict="INCONCLUSIVE",
        verdict_sentence="The model writes pages whose markup and prose are both nearer to the "
        "period than the base model; whether it forgot anything cannot be said from 180 items.",
        summary=[
            "Style: markup rose by 0.61 and prose by 0.38; the lower one counts.",
            "Copying: 1 of 240 outputs holds 50 consecutive tokens of a training page.",
            "Two thirds of the outputs hold no anachronism; the others hold 1.4 on average.",
        ],
        gate=[
            gate_line(
                "Style gain, markup",
                "paired gain in probability, 240 briefs",
                0.61,
                0.57,
                None,
                "lower bound at least +0.10",
                "PASS",
                "The whole interval is above the limit.",
                "score/7351a1f08011/kept/style.parquet",
            ),
            gate_line(
                "Style gain, prose",
                "paired gain in probability, 240 briefs",
                0.38,
                0.33,
                None,
                "lower bound at least +0.10",
                "PASS",
                "The whole interval is above the limit.",
            ),
            gate_line(
                "Anachronisms",
                "per 1,000 words above real text",
                0.9,
                None,
                1.3,
                "upper bound at most 0.5",
                "FAIL",
                "Modern words slip in where briefs are long.",
            ),
            gate_line(
                "General knowledge",
                "accuracy, 60 questions",
                0.26,
                0.18,
                0.35,
                "lower bound above -2 points",
                "NOT INFORMATIVE",
                "The base model is at chance, so nothing could be lost.",
            ),
            gate_line(
                "Grammar",
                "accuracy, 180 minimal pairs",
                -0.011,
                -0.041,
                0.019,
                "lower bound above -2 points",
                "INCONCLUSIVE",
                "180 pairs have a power of 0.31 for this margin; 900 would be needed.",
            ),
        ],
        measures=[
            metric(
                "Style, markup",
                "probability",
                0.21,
                0.82,
                0.93,
                0.61,
                0.57,
                0.65,
                "higher",
                group="style",
                rows="score/7351a1f08011/kept/style.parquet",
            ),
            metric(
                "Style, prose",
                "probability",
                0.18,
                0.56,
                0.88,
                0.38,
                0.33,
                0.43,
                "higher",
                "Years and names of the era are masked.",
                "style",
            ),
            metric(
                "Anachronisms",
                "per 1,000 words",
                6.1,
                1.4,
                0.5,
                -4.7,
                -5.6,
                -3.8,
                "lower",
                group="anachronism",
            ),
            metric(
                "Copied, 50 tokens",
                "per 1,000 outputs",
                0.0,
                4.2,
                None,
                4.2,
                0.0,
                12.5,
                "lower",
                group="copying",
            ),
            metric(
                "Grammar",
                "accuracy",
                0.83,
                0.82,
                None,
                -0.011,
                -0.041,
                0.019,
                "higher",
                group="capability",
            ),
            metric(
                "General text",
                "bits per byte",
                1.204,
                1.231,
                None,
                0.027,
                0.019,
                0.035,
                "lower",
                group="capability",
            ),
            metric("Regard", "difference", None, float("nan"), None, group="bias"),
        ],
        stages=[
            StageRow("ingest", "8a05f257993b", 4211, 3954, 241, 16, 12.4),
            StageRow("clean", "7351a1f08011", 3954, 3120, 834, 0, 31.0, skipped=True),
            StageRow("dedupe", "d161e0f4ac04", 3120, 2715, 405, 0, 8.1),
            StageRow("split", "418014b4804d", 2715, 2715, 0, 0, 1.2),
            StageRow("pairs", "aa1020ccde01", 2715, 2604, 111, 0, 4.4),
        ],
        reasons=[
            Reason(
                "clean",
                "too short",
                512,
                [
                    DroppedDocument(
                        "http://lab.example/a.html",
                        "11 words of 30",
                        "Under construction. Come back soon!",
                    )
                ],
            ),
            Reason(
                "dedupe",
                "near-duplicate",
                405,
                [
                    DroppedDocument(
                        "http://mirror.example/x.html", "0.93 alike to http://first.example/x.html"
                    )
                ],
            ),
            Reason("clean", "not English", 190),
            Reason("ingest", "not text", 241),
            Reason("clean", "later than the era", 132),
            Reason("pairs", "no title", 111),
        ],
        timeline={"1993": 61, "1994": 240, "1995": 702, "1996": 951, "1997": 480, "no date": 281},
        distributions={
            view: {
                "base": scores(1.4, 6, 240),
                "style": scores(a, 2.2, 240),
                "real": scores(9, 1.1, 240),
            }
            for view, a in (("markup", 7.0), ("prose", 3.0), ("whole", 5.0))
        },
        curves={
            "training": [
                (n * 4096.0, 2.1 + 1.7 * 0.985**n + rng.gauss(0, 0.03)) for n in range(1, 200)
            ],
            "held-out sites": [(n * 40960.0, 2.4 + 1.5 * 0.9**n) for n in range(1, 20)],
        },
        charts=[
            Chart(
                "Calibration",
                "A score of 0.7 should be right 7 times in 10.",
                "score",
                {
                    "observed": [(n / 10, min(n / 10 + 0.03, 1.0)) for n in range(11)],
                    "prose": [(0.0, 0.0), (1.0, 1.0)],
                },
                "calibration",
                {"observed": [float(n) for n in range(11)]},
            ),
            Chart("Strength", "What it costs.", "strength", {"loss": [(0.5, 2.0), (1.0, 2.1)]}),
        ],
        samples=[
            sample("sample", 3),
            sample(
                "worst",
                1,
                style="Sure! Here is a page about tin whistles, optimised for mobile.\n"
                "It loads fast and has videos.",
                copied=[],
                scores={"markup": 0.01, "prose": 0.08},
            ),
            sample("worst", 2, base=""),
        ],
        sources=[
            SourceRow("web1990s.warc.gz", 3954, "long mirrored, unknown", "period"),
            SourceRow("synthetic pages", 257, "CC0-1.0", "synthetic"),
        ],
        commands=[
            "erastyle run web-1995 --source web1990s.warc.gz --contrast modern-web.warc.gz",
            "erastyle verify runs/web-1995",
        ],
        environment={
            "erastyle": "0.1.0",
            "torch": "2.13.0",
            "seed": "1995",
            "corpus": "sha256 2f6c0f0f6d0d4c5d95a1e2b79fd1d5a7a14be1ad1c5f3ad0a0c7f6ab6b1f9a11",
        },
        controls=[
            control(
                "a damaged model",
                "Noise was added to its weights.",
                "FAIL",
                True,
                "FAIL as it should.",
                [gate_line("general loss", "", 0.9, 0.8, 1.0, "at most 5 %", "FAIL")],
            ),
            control("a memorised model", "", "PASS", False, "It passed, as it must not."),
        ],
        tables=[
            FurtherTable("Regard", ["group", "base", "style"], [["nurses", 0.2, None]], "A note."),
            methods(),
        ],
        training=[
            EpochSamples(
                0, 0, 5.02, 4.21, 0.12, False, [SampledAnswer("Kites", "Sure! Kites are", 0.12)]
            ),
            EpochSamples(
                1, 27, 3.1, None, None, True, [SampledAnswer("Kites", "<CENTER>" * 90, None)]
            ),
        ],
        kwh_per_1000_pages=0.0031,
        corpus=Corpus(
            2715,
            400,
            31,
            981_000,
            {"train": 2400, "test": 315},
            2400,
            False,
            {"": 2600, "CC0-1.0": 115},
            {"period": 2458, "synthetic": 257},
            {"en": 2715},
            {"html": 2715},
            {"1995": 702},
            2434,
            "1993-01-04",
            "1997-12-30",
        ),
        files=[
            RowsFile("kept/000000.parquet", "an output", 240, {"document_id": "string"}),
            RowsFile("rows/gate.parquet", "an item of a check", 1900, {"check": "string"}),
        ],
        energy={"train": 0.004},
        briefs_needed=748,
        caveats=[
            "The held-out pages come from 21 sites; other corners of the web may score lower."
        ],
    )


def pictures(rng: random.Random) -> Pictures:
    """What a corpus could look like."""
    kinds = ("article", "list", "links")
    return Pictures(
        1993,
        1997,
        years=[YearCount(year, rng.randrange(40), rng.random() * 9) for year in range(1990, 2003)],
        undated=7,
        outside=31.4,
        surely_outside=4,
        sites=[
            SiteMark(f"www.site{n}.example", 60 - n, kinds[n % 3], 1992 + n / 8, 900)
            for n in range(60)
        ],
        all_sites=81,
        lengths={"documents of the era": [3, 9, 20, 31, 12, 4, 1, 0, 0, 0], "texts": [2] * 10},
        evidence={"date written in the document": 120, "no evidence": 8},
        key=[
            KeyFeature(what, by, 20, 3, f"a passage with {what}", "http://a.example/")
            for what, by in (("<center>", 0.5), ("tags in upper case", 0.3), ("“cookies”", -0.4))
        ],
        key_period=40,
        key_comparison=40,
        styles=[StyleYear(1994 + n / 9, rng.random(), "period") for n in range(30)],
    )


def methods() -> FurtherTable:
    """What compare could show of six methods, with its figure."""
    names = ("prompt", "few-shot", "retrieve", "lora", "blend", "full")
    points = {name: [(0.0 if n < 3 else 0.04 * n, 0.1 * n)] for n, name in enumerate(names)}
    spans = {name: [x, x + 0.01, y - 0.1, y + 0.1] for name, [(x, y)] in points.items()}
    chart = Chart("Gains", "A note.", "loss", points, "against", spans=spans, up="gain")
    cells = [
        [what, *("+0.410\n+0.310 to +0.510" for _ in names)] for what in ("style", "capability")
    ]
    return FurtherTable(
        "Could one not just prompt?", ["measure", *names], cells, "Use lora.", drawn=chart
    )


HOSTILE = (
    '<P>x</P><script>parent.document.title="ran";document.title="ran"</script>'
    '<img src="http://leak.example/a.gif" onerror="parent.ran=1"><body onload="top.ran=1">'
    '<link rel="stylesheet" href="http://leak.example/s.css">'
    '<link rel="preconnect" href="http://leak.example/"><style>@import "http://leak.example/i.css";'
    "body{background:url(http://leak.example/b.png)}</style>"
    '<meta http-equiv="refresh" content="0;url=http://leak.example/r">'
    '<iframe src="http://leak.example/f"></iframe><object data="http://leak.example/o"></object>'
    '<form action="http://leak.example/p"><input autofocus><button>send</button></form>'
    '<a id="out" href="http://leak.example/click">a link</a>'
    '</iframe></pre></code>"><script>window.ran=1</script><svg onload="window.ran=1">'
)


def hostile() -> Report:
    """A report in which every text is an attack."""
    return Report(
        title=HOSTILE,
        era_title=HOSTILE,
        verdict="FAIL",
        verdict_sentence=HOSTILE,
        gate=[
            gate_line(HOSTILE, HOSTILE, 1, 0, 2, HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)")
        ],
        reasons=[Reason(HOSTILE, HOSTILE, 1, [DroppedDocument(HOSTILE, HOSTILE, HOSTILE)])],
        timeline={HOSTILE: 3},
        distributions={HOSTILE: {HOSTILE: [0.5]}},
        curves={HOSTILE: [(0.0, 1.0), (1.0, 2.0)]},
        training=[EpochSamples(1, 1, 1.0, answers=[SampledAnswer(HOSTILE, HOSTILE, 0.5)])],
        samples=[
            Sample(
                HOSTILE,
                "worst",
                "html",
                HOSTILE,
                HOSTILE,
                HOSTILE,
                HOSTILE,
                document_id=HOSTILE,
                marks=[TextMark(3, 30, "anachronism", HOSTILE), TextMark(9, 99, "era", HOSTILE)],
                moved=[Influence(HOSTILE, 1.0)],
                near=NearestDocument(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0.5, 3, HOSTILE),
                facts={HOSTILE: HOSTILE},
            )
        ],
        controls=[control(HOSTILE, HOSTILE, HOSTILE, True, HOSTILE)],
        tables=[
            FurtherTable(
                HOSTILE,
                [HOSTILE, HOSTILE],
                [[HOSTILE, f"{HOSTILE}\n{HOSTILE}"]],
                HOSTILE,
                "javascript:1",
                Chart(HOSTILE, HOSTILE, HOSTILE, {HOSTILE: [(1, 1)]}, "against", up=HOSTILE),
            )
        ],
        corpus=Corpus(1, 0, 1, 1, {HOSTILE: 1}, licences={HOSTILE: 1}, origins={HOSTILE: 1}),
        files=[RowsFile("javascript:alert(1)", HOSTILE, 1, {HOSTILE: HOSTILE})],
        sources=[SourceRow(HOSTILE, 1, HOSTILE, HOSTILE)],
        environment={HOSTILE: HOSTILE},
        commands=[HOSTILE],
    )


class Visit:
    """A page that was opened, and what it complained about."""

    def __init__(self, page: Any, outside: Outside) -> None:
        self.page = page
        self.outside = outside
        outside.asked.clear()
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: Path) -> None:
        self.page.goto(path.as_uri(), wait_until="load")
        height = self.page.evaluate("document.documentElement.scrollHeight")
        for _ in range(0, height, 600):  # frames load when they come into sight
            self.page.mouse.wheel(0, 600)
            self.page.wait_for_timeout(10)
        self.page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write(made_up(), path)
    return path


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    write(hostile(), path)
    return path


@pytest.fixture(scope="module")
def given_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page about texts that no run made."""
    path = tmp_path_factory.mktemp("given") / "report.html"
    report = made_up()
    samples = [dataclasses.replace(s, base="", real="", near=None) for s in report.samples]
    write(Report("Three texts", given=True, measures=report.measures, samples=samples), path)
    return path


@pytest.fixture
def visit(browser: Any, outside: Outside) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield Visit(page, outside)
    page.close()


def test_the_counter_of_connections_counts(visit, tmp_path):
    path = tmp_path / "open.html"
    path.write_text('<img src="http://leak.example/a.gif">', encoding="utf-8")
    visit.open(path)
    assert any(b"/a.gif" in request for request in visit.outside.asked)


def test_the_page_asks_for_nothing_and_complains_about_nothing(visit, report_file):
    visit.open(report_file)
    assert visit.outside.asked == []
    assert visit.complaints == []
    assert visit.page.locator("iframe").count() >= 4


def test_every_frame_is_sandboxed_and_begins_with_a_policy(visit, hostile_file):
    visit.open(hostile_file)
    frames = visit.page.locator("iframe").all()
    assert len(frames) == 3
    for frame in frames:
        assert frame.get_attribute("sandbox") == ""
        start = '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src'
        assert frame.get_attribute("srcdoc").startswith(start)
        assert frame.get_attribute("title")


def test_hostile_text_runs_nothing_and_asks_for_nothing(visit, hostile_file):
    visit.open(hostile_file)
    assert visit.page.evaluate("window.ran") is None
    assert visit.page.title().startswith("<P>x</P><script>")
    assert visit.page.locator("script").count() == 0
    assert "a link" in visit.page.frame_locator("iframe").first.locator("#out").inner_text()
    assert visit.outside.asked == []
    refusals = "violates the following Content Security Policy directive"
    assert all(refusals in complaint for complaint in visit.complaints)


@pytest.mark.slow
def test_real_pages_of_the_period_ask_for_nothing_and_complain_about_nothing(
    launch, outside, tmp_path
):
    archive = ROOT / "../shared/data/web1990s.warc.gz"
    if not archive.exists():
        pytest.skip("../shared/data/web1990s.warc.gz is not here: no real pages to show")
    from fastwarc.warc import ArchiveIterator

    pages = []
    with archive.open("rb") as file:
        for n, record in enumerate(ArchiveIterator(file)):
            if n % 66 == 7 and record.headers.get("WARC-Type") == "response":
                pages.append(record.reader.read().decode("windows-1252", "replace"))
    assert len(pages) > 40
    path = tmp_path / "report.html"
    write(Report("Real", samples=[Sample("b", "sample", "html", "", p, "") for p in pages]), path)
    assert path.read_text(encoding="utf-8").count("<iframe") > 30
    browser = launch(f"--proxy-server=http://127.0.0.1:{outside.port}")
    visit = Visit(browser.new_page(), outside)
    visit.open(path)
    # The browser itself asks its maker for updates; nobody else may be asked for anything.
    own = (b"googleapis.com", b"accounts.google.com", b"gvt1.com", b"www.google.com")
    assert [a for a in visit.outside.asked if not any(host in a for host in own)] == []
    assert visit.complaints == []


def test_a_link_in_a_generated_page_leads_nowhere(visit, hostile_file):
    visit.open(hostile_file)
    visit.page.frame_locator("iframe").first.locator("#out").click()
    visit.page.wait_for_timeout(200)
    assert visit.outside.asked == []
    assert visit.page.url.startswith("file:")


def test_dark_and_light_are_followed(browser, outside, report_file):
    found = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        Visit(page, outside).open(report_file)
        colours = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        paper, ink = (rgb(colour) for colour in page.locator("html").evaluate(colours))
        found[scheme] = (luminance(paper), luminance(ink))
        frame = page.locator("iframe").first  # pages of the period stay on white
        assert frame.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
        page.close()
    assert found["light"][0] > 0.8 > 0.2 > found["light"][1]
    assert found["dark"][0] < 0.05 < 0.6 < found["dark"][1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(browser, outside, report_file, scheme):
    page = browser.new_page(color_scheme=scheme)
    Visit(page, outside).open(report_file)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    texts = page.evaluate(f"({CHECKS}).texts()")
    page.close()
    assert len(texts) > 200
    weak = {
        (text, tuple(front), tuple(back))
        for text, front, back in ((t, rgb(f), rgb(b)) for t, f, b in texts)
        if contrast(front, back) < 4.5
    }
    assert weak == set()


def test_a_phone_never_scrolls_sideways(browser, outside, report_file, hostile_file, given_file):
    for path in (report_file, hostile_file, given_file):
        page = browser.new_page(viewport={"width": 360, "height": 740})
        Visit(page, outside).open(path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        size = "all => Math.min(...all.map(e => e.getBoundingClientRect().height))"
        if path == report_file:
            assert page.locator("svg.plot text").evaluate_all(size) >= 9
        page.close()


@pytest.mark.parametrize("which", ["report_file", "given_file"])
def test_landmarks_headings_tables_and_names_are_in_order(visit, request, which):
    visit.open(request.getfixturevalue(which))
    assert visit.page.evaluate(f"({CHECKS}).wrong()") == []
    assert visit.outside.asked == []
    assert visit.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_first_screen_holds_the_three_answers(browser, outside, report_file, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    Visit(page, outside).open(report_file)
    page.evaluate("scrollTo(0, 0)")
    bottoms = page.locator("dl.answers dd").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().bottom)"
    )
    page.close()
    assert len(bottoms) == 3
    assert max(bottoms) <= height


def test_the_page_has_at_most_eight_screens_until_something_is_opened(visit, report_file):
    visit.open(report_file)
    assert visit.page.evaluate("document.documentElement.scrollHeight") <= 8 * 900
    visit.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert visit.page.evaluate("document.documentElement.scrollHeight") > 8 * 900


def test_paper_shows_what_the_screen_folds(visit, report_file):
    visit.open(report_file)
    visit.page.emulate_media(media="print")
    folded = visit.page.locator("#measures details.fold, #sources details.fold").first
    assert folded.evaluate("e => e.getBoundingClientRect().height") > 100


def test_marks_differ_by_more_than_their_colour(visit, report_file):
    visit.open(report_file)
    lines = {
        kind: visit.page.locator(f"#samples .head mark.{kind}").evaluate(
            "e => getComputedStyle(e).textDecorationStyle"
        )
        for kind in ("copied", "anachronism", "era", "contrast")
    }
    assert len(set(lines.values())) == 4


def test_every_link_leads_within_the_page_or_to_a_file_beside_it(visit, report_file, hostile_file):
    for path in (report_file, hostile_file):
        visit.open(path)
        found = visit.page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert all(re.fullmatch(r"#[\w-]+|[\w./-]+\.parquet", target) for target in found)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit, report_file):
    visit.open(report_file)
    visit.page.evaluate("scrollTo(0, 0)")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    assert visit.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "main"
    seen = set()
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        tag, outline = visit.page.evaluate(
            "(e => [e.tagName, getComputedStyle(e).outlineWidth])(document.activeElement)"
        )
        seen.add(tag)
        if tag != "IFRAME":  # the focus is inside the frame then
            assert outline == "3px"
    assert {"A", "DIV", "PRE", "SUMMARY", "IFRAME"} <= seen


def rgb(colour: str) -> tuple[float, float, float]:
    """The channels of `rgb(1, 2, 3)`, 0 to 1."""
    red, green, blue = (float(x) / 255 for x in re.findall(r"[\d.]+", colour)[:3])
    return red, green, blue


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Contrast ratio as WCAG 2.2 defines it, 1 to 21."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)
