"""Makes the screenshots of the docs in headless Chromium, from a real run.

    python docs/pictures.py RUN              # docs/studio.png: a text that RUN's model writes
    python docs/pictures.py RUN --report     # docs/report.png too, of RUN's report

The studio is started as a person would start it; the first text for the brief is taken: nobody
picks.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
TITLE = "The Kite Club of Leeds"
BRIEF = "A home page of a kite club in Leeds, with the dates of its meetings."
WIDTH, HEIGHT = 1280, 1080
PATIENCE = 600_000  # milliseconds; a small processor takes minutes for a page
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def studio(run: Path, folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a studio with an empty history; return its process and its address."""
    command = [sys.executable, "-m", "erastyle", "studio", str(run), "--port", "0"]
    command += ["--no-browser", "--history", str(folder / "history.sqlite")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if match := re.search(r"http://\S+\d", line):
            return process, match[0]
    sys.exit("error: the studio did not start")


def written(page: Any, address: str) -> None:
    """Have a text written and checked, and show its page."""
    page.goto(address)
    page.locator("#brief").fill(BRIEF)
    page.locator("#title").fill(TITLE)
    page.locator("#length").fill("120")
    page.get_by_role("button", name="Write", exact=True).click()
    page.wait_for_url("**/texts/*")
    page.locator(".verdict, .note").first.wait_for(timeout=PATIENCE)
    page.reload()
    page.wait_for_timeout(500)


def main() -> None:
    """Make the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="Makes the screenshots of the docs.")
    parser.add_argument("run", type=Path, help="a run with a fine-tuned model")
    parser.add_argument("--report", action="store_true", help="the run's report, too")
    wanted = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    folder = Path(tempfile.mkdtemp())
    process, address = studio(wanted.run, folder)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            written(page, address)
            page.screenshot(path=DOCS / "studio.png")
            if wanted.report:
                page.goto((wanted.run / "report.html").resolve().as_uri())
                page.screenshot(path=DOCS / "report.png")
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
