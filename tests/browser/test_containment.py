"""Hostile pages in the studio: none reaches the world outside, none runs anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Outside
from tests.browser.hostile_pages import HOSTILE
from tests.browser.studio_server import StudioServer

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    with StudioServer(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.fixture(scope="module")
def tab(browser: Any) -> Iterator[Any]:
    page = browser.new_page()
    yield page
    page.close()


def test_there_are_26_kinds():
    assert len(HOSTILE) == 26


def test_the_tracker_notices_a_page_that_is_not_contained(tab, outside, tmp_path):
    path = tmp_path / "open.html"
    path.write_text(HOSTILE["image"], encoding="utf-8")
    outside.asked.clear()
    tab.goto(path.as_uri())
    tab.wait_for_timeout(300)
    assert outside.asked


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_page_reaches_nothing_and_runs_nothing(
    kind: str, server: StudioServer, tab: Any, outside: Outside
):
    """In the frame of its page, clicked; and by its own address, as somebody might open it."""
    text = server.written(HOSTILE[kind])
    outside.asked.clear()
    tab.goto(f"{server.address}/texts/{text}")
    frame = tab.frame_locator("iframe")
    frame.locator("body").wait_for(state="attached", timeout=10_000)
    tab.wait_for_timeout(150)
    before = tab.url
    if frame.locator("#out").count():
        frame.locator("#out").first.click(force=True, timeout=3_000)
        tab.wait_for_timeout(150)
    assert tab.url == before
    assert tab.evaluate("window.ran") is None
    assert all(f.evaluate("window.ran") is None for f in tab.frames if f.url != "about:blank")
    tab.goto(f"{server.address}/texts/{text}/rendered")
    tab.wait_for_timeout(150)
    assert tab.title() != "ran"
    assert tab.evaluate("window.ran") is None
    assert outside.asked == []


@pytest.mark.parametrize("where", ["title", "brief", "draft"])
def test_a_hostile_title_is_only_shown(
    where: str, server: StudioServer, tab: Any, outside: Outside
):
    hostile = (
        "</title></pre>\"'><script>window.ran=1</script><img src=x onerror=window.ran=1>{{7*1111}}"
    )
    text = server.written("<P>Hello.", **{where: hostile})
    outside.asked.clear()
    pages = (f"/texts/{text}", "/", "/history", f"/?again={text}", f"/texts/{text}/result")
    for page in pages:
        tab.goto(server.address + page)
        assert tab.evaluate("window.ran") is None, page
        assert "7777" not in tab.locator("body").inner_text().replace("{{7*1111}}", ""), page
        assert tab.locator("script:not([src='/assets/studio.js'])").count() == 0
    assert outside.asked == []


def test_every_answer_carries_its_policy(server: StudioServer):
    text = server.written("<P>Hello.")
    rendered = server.get(f"/texts/{text}/rendered")
    assert rendered.headers["content-security-policy"] == (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    )
    assert rendered.headers["x-dns-prefetch-control"] == "off"
    page = server.get(f"/texts/{text}").headers["content-security-policy"]
    assert "frame-src 'self'" in page
    assert "script-src 'self'" in page
    assert "unsafe" not in page


def test_images_are_placeholders_of_our_own(server: StudioServer, tab: Any):
    text = server.written('<IMG SRC="red_ball.gif"><IMG SRC="bar.gif"><IMG SRC="me.jpg" ALT="me">')
    tab.goto(f"{server.address}/texts/{text}/rendered")
    sizes = tab.locator("img").evaluate_all(
        "all => all.map(e => [e.naturalWidth, e.naturalHeight])"
    )
    assert sizes == [[13, 13], [400, 4], [64, 64]]


def test_the_report_of_a_run_is_shown_with_its_frames(server: StudioServer, tab: Any):
    tab.goto(f"{server.address}/corpus/run/report")
    assert tab.locator("h1").inner_text()
    frame = tab.frame_locator("iframe").first
    assert "Hello from 1995" in frame.locator("body").inner_text()
    assert Path(server.run / "report.html").is_file()
