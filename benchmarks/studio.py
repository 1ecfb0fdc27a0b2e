"""How soon does the studio answer, how heavy is its first page, and does anything move?

The studio is started as a person would, on a run of a few files; no model is opened. Layout shift
and largest paint are what Chromium reports, the shift while a scripted writer streams a page.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from harness import ROOT, Bench

sys.path.insert(0, str(ROOT))

REPEATS = 5
LARGEST_PAINT = """
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.largest = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""


def started(run: Path, folder: Path) -> tuple[subprocess.Popen[str], str, float]:
    """Start a studio; return its process, its address, and seconds until its first page is here."""
    command = [sys.executable, "-m", "erastyle", "studio", str(run), "--port", "0"]
    command += ["--no-browser", "--history", str(folder / "history.sqlite")]
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT / "src")}
    )
    assert process.stderr is not None
    address = ""
    while not address:
        line = process.stderr.readline()
        if not line:
            sys.exit("error: the studio did not start")
        if match := re.search(r"http://\S+\d", line):
            address = match[0]
    with urllib.request.urlopen(address) as answer:
        answer.read()
    return process, address, time.perf_counter() - begin


def first_answers(bench: Bench, run: Path, folder: Path) -> None:
    """Measure start and memory, several times."""
    import psutil

    seconds, busy, memory = [], [], []
    for _ in range(1 if bench.quick else REPEATS):
        process, address, taken = started(run, folder)
        try:
            seconds.append(taken)
            used = psutil.Process(process.pid).cpu_times()
            busy.append(used.user + used.system)
            for path in ("/history", "/collections", "/corpus"):
                with urllib.request.urlopen(address + path) as answer:
                    answer.read()
            memory.append(psutil.Process(process.pid).memory_info().rss / 1e6)
        finally:
            process.terminate()
            process.wait(10)
    best = min(seconds)
    beside = {"processor seconds until then": round(min(busy), 2)}
    bench.figure("first page after start, best of starts", best, "s", "<= 1 s", best <= 1, beside)
    most = max(memory)
    bench.figure("memory before a corpus or model is opened", most, "MB", "<= 120 MB", most <= 120)


def pages(bench: Bench, browser: Any, server: Any) -> None:
    """Measure the first page and what moves while a text streams."""
    from tests.browser.test_studio import SHIFTS

    paints(bench, browser, server)
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    answers: list[Any] = []
    tab.on("response", lambda answer: answers.append(answer))
    tab.add_init_script(SHIFTS)
    tab.goto(server.address, wait_until="networkidle")
    own = [a for a in answers if a.url.startswith(server.address)]
    size = sum(len(answer.body()) for answer in own) / 1000
    bench.figure("first page with all that it loads", size, "KB", "<= 60 KB", size <= 60)
    bench.figure("requests of the first page", len(own), "", "<= 8", len(own) <= 8)
    other = [a for a in answers if a not in own and not a.url.startswith("data:")]
    bench.figure("requests to other hosts", len(other), "", "0", not other)
    tab.locator("#brief").fill("A page about kites")
    tab.get_by_role("button", name="Write", exact=True).click()
    tab.wait_for_url("**/texts/*")
    tab.locator(".verdict").wait_for()
    tab.wait_for_timeout(500)
    shift = tab.evaluate("window.shifts")
    bench.figure("layout shift while a text streams", shift, "", "0", shift == 0)


def paints(bench: Bench, browser: Any, server: Any) -> None:
    """Measure the largest paint of the first page, each time without a cache.

    The first load is told apart: a browser that has just been started does its own work then.
    """
    seconds = []
    for _ in range(1 + REPEATS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        tab = context.new_page()
        tab.add_init_script(LARGEST_PAINT)
        tab.goto(server.address, wait_until="networkidle")
        seconds.append(tab.evaluate("window.largest") / 1000)
        context.close()
    first, *later = seconds
    paint = sorted(later)[REPEATS // 2]
    beside = {"first load, s": first, "slowest of the others, s": max(later)}
    bench.figure("largest paint of the first page", paint, "s", "<= 0.5 s", paint <= 0.5, beside)


def main() -> None:
    """Measure all."""
    from tests.browser.conftest import CHROMIUM, FLAGS
    from tests.browser.studio_server import StudioServer
    from tests.scripted_writer import ScriptedWriter
    from tests.studio_run import make_run

    bench = Bench("studio")
    folder = Path(tempfile.mkdtemp())
    try:
        first_answers(bench, make_run(folder / "started"), folder)
        if CHROMIUM is not None:
            from playwright.sync_api import sync_playwright

            with sync_playwright() as play, StudioServer(folder, ScriptedWriter(pause=0.02)) as own:
                browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                pages(bench, browser, own)
                browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bench.finish()


if __name__ == "__main__":
    main()
