"""Does our rule of what a browser shows of a page agree with a browser? 200 pages in Chromium.

Half of the pages are real ones, half the same with one thing broken: a title, comment, quotation
mark or script that is never closed, a page cut off anywhere, a page without its text.
"""

from __future__ import annotations

import random
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from harness import Bench, quick, shared_data

from erastyle.corpus.html.shown import FEW, SHOWN, SWALLOWED, problem

PAGES = 100
MOST = 20_000  # characters of a page
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SEEN = r"""selector => {
  const shown = document.body ? (document.body.innerText || '') : '';
  return [(shown.match(/[\p{L}\p{N}_]+/gu) || []).length,
          !!(document.body && document.body.querySelector(selector))];
}"""

Break = Callable[[str, random.Random], str]
BREAKS: dict[str, Break] = {
    "title left open": lambda page, _: re.sub(r"</title>", "", page, flags=re.I),
    "comment left open": lambda page, r: _insert(page, "<!-- a remark ", r),
    "quotation mark left open": lambda page, r: _insert(page, '<A HREF="page.html>', r),
    "script left open": lambda page, r: _insert(page, "<SCRIPT>", r),
    "cut off": lambda page, r: page[: r.randrange(len(page) // 20, len(page))],
    "without text": lambda page, _: re.sub(r">[^<>]+", ">", page),
    "tags alone": lambda page, _: "".join(re.findall(r"</?(?:p|b|i|center|font)\b[^<>]*>", page)),
}


def _insert(page: str, piece: str, random_: random.Random) -> str:
    places = [match.end() for match in re.finditer(">", page)]
    at = random_.choice(places[: max(1, len(places) // 2)]) if places else 0
    return page[:at] + piece + page[at:]


def pages(count: int) -> list[tuple[str, str]]:
    """Return (what was done, page), half of them as they are."""
    from fastwarc.warc import ArchiveIterator

    bodies = []
    with (shared_data() / "web1990s.warc.gz").open("rb") as file:
        for number, record in enumerate(ArchiveIterator(file)):
            if number % 37 == 5 and record.headers.get("WARC-Type") == "response":
                bodies.append(record.reader.read().decode("windows-1252", "replace")[:MOST])
    chosen = random.Random(1).sample([b for b in bodies if len(b) > 200], count)
    broken = []
    for number, body in enumerate(chosen):
        kind = list(BREAKS)[number % len(BREAKS)]
        broken.append((kind, BREAKS[kind](body, random.Random(number))))
    return [*(("as it is", body) for body in chosen), *broken]


def written(source: str) -> int:
    """Return the words between the tags of a page, by a rule of this script alone."""
    plain = re.sub(r"(?is)<(title|style|script|noscript|noframes)\b.*?</\1\s*>", " ", source)
    return len(re.findall(r"\w+", re.sub(r"(?s)<!--.*?-->|<[a-zA-Z/!?][^<>]*>", " ", plain)))


def wrong_in_browser(browser: Any, source: str) -> bool:
    """Return whether Chromium shows nothing, or less than half of the words."""
    page = browser.new_page(java_script_enabled=True)
    page.route("**/*", lambda route: route.abort())
    page.set_content(source, wait_until="domcontentloaded")
    words, element = page.evaluate(SEEN, SHOWN)
    page.close()
    asked = written(source)
    if asked >= FEW and words < SWALLOWED * asked:
        return True
    return words == 0 and not element


def main() -> None:
    """Measure, print the table, write the results."""
    count = PAGES // 4 if quick() else PAGES
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("error: chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    bench = Bench("rendering")
    agreed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    wrong = 0
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=chromium, args=FLAGS)
        for kind, source in pages(count):
            ours, theirs = bool(problem(source)), wrong_in_browser(browser, source)
            total[kind] += 1
            agreed[kind] += ours == theirs
            wrong += theirs
            if ours != theirs:
                print(f"{kind}: ours {problem(source)!r}, Chromium {theirs}", file=sys.stderr)
        browser.close()
    share = sum(agreed.values()) / sum(total.values())
    bench.figure(
        "pages on which the rule and Chromium agree",
        share,
        "share",
        ">= 0.98",
        share >= 0.98,
        {"n": sum(total.values()), "wrong in Chromium": wrong},
    )
    for kind in total:
        bench.figure(
            f"agree: {kind}", agreed[kind] / total[kind], "share", "", None, {"n": total[kind]}
        )
    bench.finish()


if __name__ == "__main__":
    main()
