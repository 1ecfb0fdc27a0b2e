"""The studio in a real browser: everything by keyboard, for everybody, without a jump."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from erastyle.corpus.provenance import label
from tests.browser.studio_server import StudioServer
from tests.scripted_writer import ScriptedWriter

pytestmark = pytest.mark.timeout(600)
SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
RUN_AXE = """
axe.run(document, {iframes: false, resultTypes: ["violations"]})
  .then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 120))]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    folder = tmp_path_factory.mktemp("studio")
    with StudioServer(folder, ScriptedWriter(pause=0.02)) as running:
        yield running


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def reach(tab: Any, what: str) -> None:
    """Press Tab until the focus is on what a selector names."""
    for _ in range(80):
        tab.keyboard.press("Tab")
        if tab.evaluate("what => document.activeElement?.matches(what)", what):
            return
    raise AssertionError(f"the keyboard does not reach {what}")


def test_a_text_from_the_brief_to_the_export_by_keyboard(server: StudioServer, tab: Any):
    tab.goto(server.address)
    reach(tab, "#brief")
    tab.keyboard.type("A home page of a kite club")
    reach(tab, "#title")
    tab.keyboard.type("Kites of Leeds")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/texts/*")
    tab.locator(".verdict").wait_for()
    assert "The text is written." in tab.locator("#status").inner_text()
    assert "Kites of Leeds" in tab.frame_locator("iframe").locator("h1").inner_text()
    assert tab.locator(".source mark.anachronism").inner_text() == "smartphone"
    reach(tab, "#by")
    tab.keyboard.type("Ann Hill")
    tab.keyboard.press("Tab")
    tab.keyboard.type("read twice")
    tab.keyboard.press("Enter")
    tab.locator(".approved").wait_for()
    assert "Ann Hill" in tab.locator(".approved").inner_text()
    reach(tab, "#collection")
    tab.keyboard.type("For the museum")
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="For the museum").wait_for()
    reach(tab, "a[href='/collections/For%20the%20museum']")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/collections/*")
    reach(tab, "a[href$='/zip']")
    with tab.expect_download() as download:
        tab.keyboard.press("Enter")
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as file:
        page = next(n for n in file.namelist() if "kites-of-leeds" in n and n.endswith(".html"))
        assert label.source_type(file.read(page).decode()) == label.GENERATED
        assert b"Ann Hill" in file.read(page + ".provenance.json")
    assert tab.complaints == []


def test_a_reload_and_a_second_tab_show_the_same_text(server: StudioServer, tab: Any):
    tab.goto(server.address)
    tab.locator("#brief").fill("Kites again")
    tab.get_by_role("button", name="Write", exact=True).click()
    tab.wait_for_url("**/texts/*")
    other = tab.context.new_page()
    other.goto(tab.url)
    tab.reload()
    for page in (tab, other):
        page.locator(".verdict").wait_for()
    assert tab.locator(".source pre").inner_text() == other.locator(".source pre").inner_text()


def test_two_tabs_do_not_overwrite_each_other(server: StudioServer, tab: Any):
    text = server.written("<P>Hello.")
    tab.goto(f"{server.address}/texts/{text}")
    server.studio.history.edit(text, "<P>Changed elsewhere.", 0)
    tab.get_by_text("Edit", exact=True).click()
    tab.locator("#edited").fill("<P>Mine.")
    tab.get_by_role("button", name="Store and score again").click()
    tab.locator(".error:not(:empty)").wait_for()
    assert "Reload the page" in tab.locator(".error:not(:empty)").inner_text()
    assert tab.locator("#edited").input_value() == "<P>Mine."


def test_a_draft_is_restyled_with_a_ledger_of_its_facts(server: StudioServer, tab: Any):
    tab.goto(server.address)
    tab.get_by_label("A draft to restyle").check()
    assert not tab.locator("#brief").is_visible()
    tab.locator("#draft").fill("The club meets on 4 May at 7 with Ann Hill.")
    tab.get_by_role("button", name="Write", exact=True).click()
    tab.locator("table.facts").wait_for()
    assert tab.locator("table.facts tr.lost td").nth(1).inner_text() == "Ann Hill"


def test_nothing_moves_while_a_text_streams(server: StudioServer, tab: Any):
    tab.add_init_script(SHIFTS)
    tab.goto(server.address)
    tab.locator("#brief").fill("Kites once more")
    tab.get_by_role("button", name="Write", exact=True).click()
    tab.wait_for_url("**/texts/*")
    tab.locator(".verdict").wait_for()
    tab.wait_for_timeout(300)
    assert tab.evaluate("window.shifts") == 0


def test_what_cannot_be_ordered_is_told_beside_the_button(server: StudioServer, tab: Any):
    tab.goto(server.address)
    tab.get_by_role("button", name="Write", exact=True).click()
    tab.locator("[role=alert]:not(:empty)").wait_for()
    assert "the brief is empty" in tab.locator("[role=alert]:not(:empty)").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_has_nothing_to_say(server: StudioServer, browser: Any, scheme: str, width: int):
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    text, other = server.written("<P>Hello."), server.written("<P>Hello again.")
    draft = server.written("<P>Hello.", draft="We meet on 4 May.")
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    sheet = _sheet(server)
    document = "0" * 15
    paths = (
        *("/", "/history", "/collections", "/collections/Kites", f"/sheets/{sheet}"),
        *(f"/texts/{text}", f"/texts/{draft}", f"/beside/{text}/{other}", "/corpus", "/corpus/run"),
        *("/corpus/run/clean/dropped", "/corpus/run/clean/kept", "/texts/nothing"),
        *(f"/corpus/run/documents/{document}9", f"/corpus/run/beside/{document}1/{document}9"),
    )
    wrong = {}
    for path in paths:
        page.goto(server.address + path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.evaluate(axe)
        violations = page.evaluate(RUN_AXE)
        if violations:
            wrong[path] = violations
        sideways = page.evaluate("document.documentElement.scrollWidth")
        if sideways > width:
            wrong[path + " scrolls sideways"] = sideways
    page.close()
    assert wrong == {}


def _sheet(server: StudioServer) -> str:
    from erastyle.studio import blind_sheet, corpus_browser
    from erastyle.studio.blind_sheet import SheetCandidate

    history = server.studio.history
    for _ in range(2):
        history.collect("Kites", server.written("<P>Hello."))
    generated = [SheetCandidate(r.text, "html", r.id) for r in history.collection("Kites")][:2]
    real = [
        SheetCandidate(body, "html", source)
        for source, body, _ in corpus_browser.held_out(server.run)
    ]
    sheet = blind_sheet.make("Kites", generated, real)
    history.keep_sheet(sheet.id, "Kites", sheet.model_dump_json())
    history.keep_answers(sheet.id, [("Ann", 1, "real"), ("Bob", 1, "machine")])
    return sheet.id
