"""The studio in a real browser: everything by keyboard, for everybody, without a jump."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from erastyle.corpus.provenance import label
from erastyle.studio.history_file import DiskFullError
from erastyle.studio.writing_jobs import TextEnd
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
    done = tab.locator("#status")
    assert done.inner_text() == "Approved."
    assert done.bounding_box()["width"] > 40, "what was done is seen, not only read out"
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


def every_page(server: StudioServer) -> list[str]:
    """Make something of everything, and return the addresses of all pages."""
    text, other = server.written("<P>Hello."), server.written("<P>Hello again.")
    draft = server.written("<P>Hello.", draft="We meet on 4 May.")
    sheet = _sheet(server)
    (lost, unstored) = (server.written("<P>Hello.") for _ in range(2))
    server.studio.history.end(lost, "failed", "The base cannot be loaded.", "<P>Half")
    record = server.studio.text(unstored)
    not_stored = {"state": "unstored", "problem": "The disk is full. Make room."}
    end = TextEnd(record.model_copy(update=not_stored), lambda: None)
    server.studio.jobs._unstored[unstored] = end
    document = "0" * 15
    return [
        *("/", f"/?again={draft}", "/history", "/history?search=nothing", "/collections"),
        *("/collections/Kites", f"/sheets/{sheet}", f"/texts/{text}", f"/texts/{draft}"),
        *(f"/texts/{lost}", f"/texts/{unstored}", f"/beside/{text}/{other}", "/texts/nothing"),
        *("/corpus", "/corpus/run", "/corpus/run/clean/dropped", "/corpus/run/clean/kept"),
        *(f"/corpus/run/documents/{document}9", f"/corpus/run/beside/{document}1/{document}9"),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_has_nothing_to_say(server: StudioServer, browser: Any, scheme: str, width: int):
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    wrong = {}
    for path in every_page(server):
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


CONTROLS = """
window.controls = () => [...document.querySelectorAll(
  "a[href], button, input, select, textarea, summary, iframe, [tabindex='0'], [contenteditable]"
)].filter(one => one.type !== "hidden" && !one.disabled && one.checkVisibility());
window.reached = [];
window.told = one => one.outerHTML.slice(0, 90);
"""
FOCUSED = """() => {
  const one = document.activeElement, last = window.reached.at(-1);
  if (!one || one === document.body) return {at: "nothing"};
  if (one === last) return {at: "the same"};
  if (window.reached.includes(one)) return {at: "known"};
  window.reached.push(one);
  const ring = at => getComputedStyle(at).outlineStyle !== "none";
  return {at: "new", html: window.told(one), kind: one.type ?? "", tag: one.tagName,
          ring: ring(one) || ring(one.closest("label") ?? one),
          closed: one.tagName === "SUMMARY" && !one.parentElement.open};
}"""
LEFT_OUT = "window.controls().filter(one => !window.reached.includes(one)).map(window.told)"
MOST_STEPS = 250


def step(tab: Any, key: str) -> Any:
    """Press a key, and return what is focused then; a frame takes the focus a while later."""
    tab.keyboard.press(key)
    for _ in range(20):
        focus = tab.evaluate(FOCUSED)
        if focus["at"] in ("new", "known"):
            return focus
        tab.wait_for_timeout(20)
    return focus


def walk(tab: Any) -> list[str]:
    """Go through a page by keyboard: open what is closed, choose each of a group of choices.

    Returns:
        Controls that show no focus.
    """
    unseen: list[str] = []
    for _ in range(MOST_STEPS):
        focus = step(tab, "Tab")
        if focus["at"] != "new":
            return unseen
        if not focus["ring"] and focus["tag"] != "IFRAME":  # that is drawn in the frame
            unseen.append(focus["html"])
        if focus["closed"]:
            tab.keyboard.press("Enter")
        while focus["at"] == "new" and focus["kind"] == "radio":
            focus = step(tab, "ArrowDown")  # leads round the group
    raise AssertionError(f"the keyboard does not get through the page in {MOST_STEPS} steps")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_keyboard_reaches_every_control_of_every_page(
    server: StudioServer, browser: Any, width: int
):
    context = browser.new_context(viewport={"width": width, "height": 844})
    tab = context.new_page()
    tab.add_init_script(CONTROLS)
    wrong: dict[str, Any] = {}
    for path in every_page(server):
        tab.goto(server.address + path)
        tab.evaluate("document.querySelectorAll('iframe').forEach(f => { f.loading = 'eager'; })")
        tab.wait_for_load_state("networkidle")
        unseen = walk(tab)
        left_out = tab.evaluate(LEFT_OUT)
        if left_out or unseen:
            wrong[path] = {"not reached": left_out, "focus not seen": unseen}
        assert tab.evaluate("window.reached[0].matches('.skip')"), path
    context.close()
    assert wrong == {}


def test_a_rendered_page_is_scrolled_by_keyboard(server: StudioServer, tab: Any):
    id_ = server.written("<HTML><BODY BGCOLOR=#ffffff>" + "<P>Hello kites." * 300)
    tab.goto(f"{server.address}/texts/{id_}")
    reach(tab, "iframe")
    tab.keyboard.press("End")
    tab.wait_for_timeout(500)
    (frame,) = (frame for frame in tab.frames if frame.url.endswith("/rendered"))
    assert frame.evaluate("scrollY") > 1_000
    assert tab.evaluate("scrollY") == 0


def test_a_text_that_is_being_written_is_stopped_by_keyboard(server: StudioServer, tab: Any):
    server.writer.pause = 0.5
    try:
        tab.goto(server.address)
        reach(tab, "#brief")
        tab.keyboard.type("A slow page about kites")
        tab.keyboard.press("Control+Enter")
        tab.wait_for_url("**/texts/*")
        reach(tab, "[data-stop]")
        tab.keyboard.press("Enter")
        tab.locator(".note:has-text('It was stopped.')").wait_for()
        tab.locator("#status:has-text('Stopped.')").wait_for(state="attached")
        assert "is written" not in tab.locator("#status").text_content()
    finally:
        server.writer.pause = 0.02
    assert "data-stream" not in tab.content()


def test_a_text_that_is_not_stored_is_stored_by_keyboard(server: StudioServer, tab: Any):
    id_ = server.written("<P>Kites of Leeds.")
    record = server.studio.text(id_)
    not_stored = {"state": "unstored", "problem": "The disk is full. Make room."}
    full = [True]

    def store() -> None:
        if full.pop():
            full.append(False)
            raise DiskFullError("The disk is full. Make room.")

    end = TextEnd(record.model_copy(update=not_stored), store)
    server.studio.jobs._unstored[id_] = end
    tab.goto(f"{server.address}/texts/{id_}")
    assert "Kites of Leeds." in tab.locator(".source pre").inner_text()
    reach(tab, "form[data-post$='/store'] button")
    tab.keyboard.press("Enter")
    tab.locator("[role=alert]:not(:empty)").wait_for()
    assert "Make room" in tab.locator("[role=alert]:not(:empty)").inner_text()
    tab.keyboard.press("Enter")
    tab.get_by_text("What the judge says").wait_for()


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
