"""Pages marked by hand: what on them is text, navigation, footer or a stranger's banner.

The marks are in `benchmarks/marked-pages.jsonl`. They hold no text of the pages: the address
of a record, the hash of its bytes, and one letter for each block that `blocks` finds in its source.
The splitter is on purpose not the product's: a regular expression over tags, no parser, no rules.
"""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "marked-pages.jsonl"
LABELS = {
    "m": "main text, its headings, lists and tables",
    "n": "navigation: rows and lists of links to other pages, back to the top",
    "f": "footer: who keeps the page, when it changed, copyright, generator",
    "o": "inserted by a tool, or debris of broken tags",
    "u": "undecided (a page's own table of contents, a counter): counts neither way",
}

_BREAK = frozenset(
    "html body p div center hr blockquote address form fieldset dir menu ul ol dl dt dd li h1 h2 "
    "h3 h4 h5 h6 table tr td th caption br pre xmp listing frameset noframes head isindex".split()
)
_TOKEN = re.compile(
    r"<!--.*?-->|<(script|style|title)\b.*?</\1\s*>"
    r"""|<(/?)([a-z][a-z0-9]*)(?:[^<>"']|"[^"]{0,1000}"|'[^']{0,1000}')*>"""
    r"|<(/?)([a-z][a-z0-9]*)[^<>]*>|<![^>]*>",
    re.IGNORECASE | re.DOTALL,
)


class Block(NamedTuple):
    """A run of text between two tags that break lines.

    Attributes:
        text: White space made single; inside PRE, blocks end at empty lines.
        element: The innermost of heading, item, cell or PRE that it stands in, or `p`.
        table: Number of the innermost table it stands in, from 1, or 0.
        row: Number of the row in that table.
        linked: Characters of it inside links.
    """

    text: str
    element: str
    table: int
    row: int
    linked: int


def decode(raw: bytes) -> str:
    """Return a page as text: strict UTF-8, or else windows-1252. Marks compare ASCII words."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def blocks(source: str) -> list[Block]:
    """Return the blocks of text of a page's source, in order."""
    found: list[Block] = []
    parts: list[str] = []
    element = "p"
    tables: list[list[int]] = []  # number and row of each open table
    count = linked = pre = 0
    anchor = False

    def flush() -> None:
        nonlocal linked
        text = unescape("".join(parts))
        parts.clear()
        pieces = re.split(r"\n[ \t\r]*\n", text) if pre else [text]
        for piece in pieces:
            shown = " ".join(piece.split())
            if shown:
                table, row = tables[-1] if tables else (0, 0)
                found.append(Block(shown, "pre" if pre else element, table, row, linked))
        linked = 0

    at = 0
    for match in _TOKEN.finditer(source):
        if match.start() > at:
            text = source[at : match.start()]
            parts.append(text)
            linked += len(text.strip()) if anchor else 0
        at = match.end()
        tag = (match[3] or match[5] or "").lower()
        closing = bool(match[2] or match[4])
        if tag == "a":
            anchor = not closing and "href" in match[0].lower()
        elif tag == "br" and pre:
            parts.append("\n")
        elif tag in _BREAK:
            flush()
            if tag == "table":
                if closing:
                    del tables[-1:]
                else:
                    count += 1
                    tables.append([count, 0])
                element = "p"
            elif tag == "tr" and tables and not closing:
                tables[-1][1] += 1
            elif tag in ("pre", "xmp", "listing"):
                pre = max(0, pre + (-1 if closing else 1))
            elif tag in ("h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "dt", "dd"):
                element = "p" if closing else tag
            elif tag in ("ul", "ol", "dl", "menu", "dir"):
                element = "p"
    parts.append(source[at:])
    flush()
    return found


def digest(found: list[Block]) -> str:
    """Return 12 hex digits that change when the splitter or the page does."""
    return hashlib.sha256("\n".join(b.text for b in found).encode()).hexdigest()[:12]


def expand(runs: str) -> str:
    """Return one letter a block: `expand("3m2n")` is `mmmnn`."""
    return "".join(letter * int(count) for count, letter in re.findall(r"(\d+)([a-z])", runs))


def marked() -> list[dict[str, Any]]:
    """Return the marks, one dictionary a page: `uri`, `sha256`, `blocks`, `runs`, `data_tables`."""
    return [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
