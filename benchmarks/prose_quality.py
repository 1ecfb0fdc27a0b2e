"""How good the prose of old pages is: 165 real pages marked by hand, beside the other extractors.

    python benchmarks/prose_quality.py [--quick]

Every tool gets the same decoded pages. Main text: F1 over words (as many times as they stand
there), the mean over pages. Headings, items, rows: the share of those marked main that come out
whole. Navigation, footers: the share of marked blocks that are still there. Half of the pages,
chosen by their hash, are held out: rules of the product were only looked at on the other half.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import marked
from harness import Bench, quick, shared_data

from erastyle.corpus.html import markup

_WORD = re.compile(r"[^\W_]+")
_HEADINGS = ("h1", "h2", "h3")


class Page(NamedTuple):
    """A page and its marks: blocks with one letter each, and which tables hold data."""

    uri: str
    source: str
    blocks: list[marked.Block]
    labels: str
    data_tables: frozenset[int]
    held_out: bool


class Score(NamedTuple):
    """What became of a page; counts as (found, all)."""

    f1: float
    precision: float
    recall: float
    headings: tuple[int, int]
    items: tuple[int, int]
    rows: tuple[int, int]
    navigation: tuple[int, int]
    footers: tuple[int, int]


def words(text: str) -> list[str]:
    """Return the words of a text: letters and digits, case folded."""
    return _WORD.findall(text.casefold())


def pages() -> list[Page]:
    """Return the marked pages that the archive holds unchanged."""
    from fastwarc.warc import ArchiveIterator

    marks = {mark["sha256"]: mark for mark in marked.marked()}
    found = []
    with (shared_data() / "web1990s.warc.gz").open("rb") as file:
        for record in ArchiveIterator(file):
            raw = record.reader.read()
            digest = hashlib.sha256(raw).hexdigest()
            mark = marks.pop(digest, None)
            if mark is None:
                continue
            source = marked.decode(raw)
            blocks = marked.blocks(source)
            if marked.digest(blocks) != mark["blocks"]:
                sys.exit(f"error: {mark['uri']}: the splitter gives other blocks than were marked.")
            labels, tables = marked.expand(mark["runs"]), frozenset(mark["data_tables"])
            held_out = int(digest[0], 16) >= 8
            found.append(Page(mark["uri"], source, blocks, labels, tables, held_out))
    if marks:
        print(f"{len(marks)} marked pages are not in the archive", file=sys.stderr)
    return found


def score(page: Page, output: str) -> Score:
    """Compare what a tool made of a page with its marks."""
    told: dict[str, Counter[str]] = {letter: Counter() for letter in marked.LABELS}
    for block, label in zip(page.blocks, page.labels, strict=True):
        told[label].update(words(block.text))
    lines = [words(line) for line in output.split("\n")]
    given = Counter(word for line in lines for word in line)
    right = (given & told["m"]).total()
    wrong = (given - told["m"] - told["u"]).total()
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / max(1, told["m"].total())
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    stream = _joined(word for line in lines for word in line)
    main = _joined(
        w for b, label in zip(page.blocks, page.labels, strict=True) if label in "mu"
        for w in words(b.text)
    )  # fmt: skip
    starts = {" ".join(line[:5]) for line in lines} | {
        " ".join(line[1:6]) for line in lines if line and line[0].isdigit()
    }
    whole = {" ".join(line) for line in lines}
    counts = {name: [0, 0] for name in ("headings", "items", "rows", "n", "f")}

    def count(name: str, there: bool) -> None:
        counts[name][0] += there
        counts[name][1] += 1

    rows: dict[tuple[int, int], list[str]] = {}
    for block, label in zip(page.blocks, page.labels, strict=True):
        told_words = words(block.text)
        if not told_words:
            continue
        phrase = _joined(told_words)
        if label in "nf":
            count(label, stream.count(phrase) > main.count(phrase))
        elif label == "m":
            if block.table in page.data_tables:
                rows.setdefault((block.table, block.row), []).extend(told_words)
            if block.element in _HEADINGS:
                count("headings", phrase in stream)
            elif block.element == "li":
                count("items", " ".join(told_words[:5]) in starts)
    for cells in rows.values():
        count("rows", " ".join(cells) in whole)
    pairs = {name: (there, every) for name, (there, every) in counts.items()}
    return Score(
        f1, precision, recall, pairs["headings"], pairs["items"], pairs["rows"], pairs["n"],
        pairs["f"],
    )  # fmt: skip


def _joined(tokens: object) -> str:
    return " " + " ".join(tokens) + " "  # type: ignore[arg-type]


def tools() -> dict[str, Callable[[str], str]]:
    """Return ours and the peers that are installed, by name and version."""
    found: dict[str, Callable[[str], str]] = {"erastyle": markup.prose}
    try:
        import trafilatura

        found[f"trafilatura {_version('trafilatura')}"] = lambda html: (
            trafilatura.extract(html, include_tables=True) or ""
        )
    except ImportError:
        print("trafilatura is not installed", file=sys.stderr)
    try:
        from resiliparse.extract.html2text import extract_plain_text

        version = _version("resiliparse")
        found[f"resiliparse {version}"] = lambda html: extract_plain_text(html, main_content=True)
        found[f"resiliparse {version}, all text"] = extract_plain_text
    except ImportError:
        print("resiliparse is not installed", file=sys.stderr)
    try:
        from bs4 import BeautifulSoup

        found[f"bs4 {_version('beautifulsoup4')} get_text"] = lambda html: BeautifulSoup(
            html, "lxml"
        ).get_text("\n", strip=True)
    except ImportError:
        print("beautifulsoup4 is not installed", file=sys.stderr)
    return found


def _version(name: str) -> str:
    return importlib.metadata.version(name)


def _share(scores: list[Score], name: str) -> float:
    pairs = [getattr(s, name) for s in scores]
    return sum(there for there, _ in pairs) / max(1, sum(every for _, every in pairs))


def main() -> None:
    """Score every tool and write the results."""
    few = quick()
    bench = Bench("prose_quality")
    marks = pages()[:: 3 if few else 1]
    scored = {
        name: [score(page, tool(page.source)) for page in marks] for name, tool in tools().items()
    }
    parts = {
        "all pages": list(range(len(marks))),
        "held out": [i for i, page in enumerate(marks) if page.held_out],
    }
    for part, chosen in parts.items():
        picked = {name: [scores[i] for i in chosen] for name, scores in scored.items()}
        _figures(bench, f"{part}, {len(chosen)}", picked)
    bench.finish()


def _figures(bench: Bench, part: str, picked: dict[str, list[Score]]) -> None:
    for figure, name, most in (
        ("word F1", "f1", True), ("precision", "precision", True), ("recall", "recall", True),
        ("h1-h3 kept", "headings", True), ("list items on a line", "items", True),
        ("rows of data tables on a line", "rows", True),
        ("navigation left", "navigation", False), ("footers left", "footers", False),
    ):  # fmt: skip
        if name in ("f1", "precision", "recall"):
            values = {
                tool: sum(getattr(s, name) for s in scores) / len(scores)
                for tool, scores in picked.items()
            }
        else:
            values = {tool: _share(scores, name) for tool, scores in picked.items()}
        ours = values.pop("erastyle")
        rivals = [value for tool, value in values.items() if "bs4" not in tool]
        goal, holds = "", None
        if rivals and name in ("f1", "headings", "items", "rows"):
            goal, holds = ">= every peer", ours >= max(rivals)
        del most
        peers = {tool: round(value, 4) for tool, value in values.items()}
        bench.figure(f"{figure} ({part})", ours, "share", goal, holds, peers)


if __name__ == "__main__":
    main()
