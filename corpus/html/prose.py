"""Renders HTML to prose: the text that a reader saw, as paragraphs, lists, rows, verbatim blocks.

lexbor (through selectolax) parses the page, repairs unclosed and crossing tags as browsers do, and
writes it out. One pass over that regular text then builds the prose. No tree is walked, so ten
thousand nested tables need no stack.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

from erastyle.corpus.html.blocks import Block, HtmlTable, holds_data, join
from erastyle.corpus.html.navigation import closes, is_menu, navigates, without_links_at_ends
from erastyle.corpus.html.unclosed import closed

_words = str.split  # lists of words are written as one text

MAX_FOOTER = 6  # blocks
MAX_CHARS = 4_000_000  # characters rendered of one page; a longer page is a dump


class Rendered(NamedTuple):
    """The prose of a page, and counts of what the page holds besides.

    Attributes:
        prose: Blocks with empty lines between them; each item and row takes one line.
        link_share: Share of the visible characters inside links.
        links: Number of links with text.
        navigation: Number of removed rows of links.
        images: Number of IMG elements.
        frames: SRC of the frames, in order.
        from_alt: Whether the page is all images and the prose is their alternative text.
        footer: Removed end of the page: maintainer, date, copyright.
    """

    prose: str
    link_share: float = 0.0
    links: int = 0
    navigation: int = 0
    images: int = 0
    frames: tuple[str, ...] = ()
    from_alt: bool = False
    footer: str = ""


_BR = "\ue000"
_TOKEN = re.compile(
    r"<!--.*?-->"
    r"|<(script|style|svg|math|template|title|xmp|plaintext|noframes|iframe|select|button"
    r"|nav|audio|video|canvas)\b([^>]*)>(.*?)</\1>"
    r"|<(/?)([a-z][^\s/>]*)([^>]*)>",
    re.DOTALL,
)
_BREAKS = re.compile(f"{_BR}(?:\\s*{_BR})+")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = (
    frozenset(
        _words(
            "p div center hr blockquote address form fieldset dir menu ul ol dl dt dd li body "
            "article section header footer aside main figure figcaption caption legend "
            "multicol layer ilayer isindex details summary noscript noembed"
        )
    )
    | _HEADINGS
)
_ACTING = _BLOCKS | {"br", "a", "table", "tr", "td", "th", "pre", "listing", "img", "frame"}
_FORMATTING = ("font", "b", "i", "big", "small", "tt", "em", "strong", "u", "a", "s", "code")
_ALT = re.compile(r'\balt="([^"]+)"')
_SRC = re.compile(r'\bsrc="([^"]*)"')
_START = re.compile(r'\bstart="(\d{1,4})"')
_BORDER = re.compile(r'\bborder="([^"]*)"')


def render(html: str) -> Rendered:
    """Return the prose of a page with its counts. Every string counts as a page; none raises."""
    from selectolax.lexbor import LexborHTMLParser

    html = _bounded(closed(html[:MAX_CHARS]))
    source = LexborHTMLParser(html).html or ""
    start = source.find("<body")
    renderer = _Renderer()
    renderer.run(source, max(start, 0))
    return renderer.result()


def prose(html: str) -> str:
    r"""Return the text of a page.

    >>> prose("<TITLE>x</TITLE><H1>My cats</H1>Two &amp; a half<P>Felix<LI>eats<LI>sleeps")
    'My cats\n\nTwo & a half\n\nFelix\n\n* eats\n* sleeps'
    """
    return render(html).prose


def _bounded(html: str) -> str:
    """Return the page cut to `MAX_CHARS`, without formatting tags that are unclosed by the hundred.

    A parser reopens each unclosed FONT in every later paragraph, so their number grows with the
    square.
    """
    html = html[:MAX_CHARS].replace(_BR, "")
    # Each pair of tags has one `</` among two `<`; the surplus are tags without an end tag.
    if len(html) < 20_000 or html.count("<") - 2 * html.count("</") < 200:
        return html
    lower = html.lower()
    for tag in _FORMATTING:
        opened = lower.count(f"<{tag} ") + lower.count(f"<{tag}>")
        if opened - lower.count(f"</{tag}>") > 200:
            html = re.sub(rf"</?{tag}(?:\s[^>]{{0,500}})?>", "", html, flags=re.IGNORECASE)
    return html


class _Renderer:
    """Builds blocks from the tokens of a page that a parser wrote."""

    def __init__(self) -> None:
        self.out: list[Block] = []  # where finished blocks go: the page, or a cell
        self.parts: list[str] = []  # inline text of the block being built
        self.kind = "p"
        self.marker = ""
        self.linked = 0
        self.labels: list[str] = []
        self.link_start = -1
        self.pre = 0
        self.lists: list[int] = []  # 0: bulleted; n: the next number of a numbered one
        self.tables: list[HtmlTable] = []
        self.outer: list[list[Block]] = []  # `out` outside of each open table
        self.alts: list[str] = []
        self.frames: list[str] = []
        self.noframes = ""
        self.images = 0
        self.menus = 0

    def run(self, source: str, at: int) -> None:
        parts = self.parts
        # Split gives text, the six groups of the tag behind it, text, and so on in one call.
        pieces = _TOKEN.split(source[at:])
        each = iter(pieces)
        for text, raw, _, content, closing, tag, attributes in zip(*[each] * 7, strict=False):
            if text:
                if "&" in text:
                    text = unescape(text)
                if parts or self.pre or not text.isspace():
                    parts.append(text)
            if tag is None:
                if raw in ("xmp", "plaintext"):
                    self._verbatim(content)
                elif raw == "noframes":
                    self.noframes += content
                continue
            if tag not in _ACTING:
                continue
            if tag in _BLOCKS:
                self._block(tag, closing, attributes)
            elif tag == "br":
                parts.append("\n" if self.pre else _BR)
            elif tag == "a":
                self._anchor(closing, attributes)
            elif tag in ("table", "tr", "td", "th"):
                self._table(tag, closing, attributes)
            elif tag in ("pre", "listing"):
                self._flush()
                self.pre = max(0, self.pre + (-1 if closing else 1))
                self.kind = "pre" if self.pre else "p"
            elif tag == "img":
                self.images += 1
                alt = _ALT.search(attributes)
                if alt:
                    self.alts.append(unescape(alt[1]).strip())
            elif tag == "frame":
                src = _SRC.search(attributes)
                if src:
                    self.frames.append(unescape(src[1]))
        parts.append(unescape(pieces[-1]))
        self._flush()
        while self.tables:
            self._end_table()

    def _anchor(self, closing: str, attributes: str) -> None:
        if not closing:
            self.link_start = len(self.parts) if "href=" in attributes else -1
        elif self.link_start >= 0:
            label = " ".join("".join(self.parts[self.link_start :]).replace(_BR, " ").split())
            if label:
                self.linked += len(label)
                self.labels.append(label)
            self.link_start = -1

    def _block(self, tag: str, closing: str, attributes: str) -> None:
        if self.parts:
            self._flush()
        if tag in ("ul", "ol", "menu", "dir"):
            if not closing:
                start = _START.search(attributes)
                self.lists.append((int(start[1]) if start else 1) if tag == "ol" else 0)
            elif self.lists:
                self.lists.pop()
            return
        if closing:
            self.marker = ""
            self.kind = "pre" if self.pre else "p"
        elif tag == "li":
            depth = max(0, len(self.lists) - 1)
            if self.lists and self.lists[-1]:
                self.marker = "  " * depth + f"{self.lists[-1]}. "
                self.lists[-1] += 1
            else:
                self.marker = "  " * depth + "* "
            self.kind = "li"
        elif tag in _HEADINGS:
            self.kind, self.marker = "h", ""
        elif tag == "address":
            self.kind, self.marker = "address", ""
        elif tag in ("dt", "dd"):
            self.kind = "dd" if tag == "dd" else "p"
            self.marker = "  " if tag == "dd" else ""

    def _verbatim(self, content: str) -> None:
        self._flush()
        kind, self.kind = self.kind, "pre"
        self.pre += 1
        self.parts.append(content)
        self._flush()
        self.pre -= 1
        self.kind = kind

    def _flush(self) -> None:
        """Close the block being built."""
        if not self.parts:
            return
        text = "".join(self.parts)
        self.parts.clear()
        linked, labels = self.linked, self.labels
        self.linked, self.labels = 0, []
        self.link_start = 0 if self.link_start >= 0 else -1
        if self.pre:
            text = text.replace("\u00a0", " ")
            if text.strip():
                lines = [line.rstrip() for line in text.split("\n")]
                self.out.append(Block("pre", "\n".join(lines).strip("\n"), linked, labels))
            return
        if _BR not in text:
            text = " ".join(text.split())
            if text:
                self._add(text, linked, labels)
            return
        for piece in _BREAKS.split(text):
            lines = [" ".join(line.split()) for line in piece.split(_BR)]
            shown = "\n".join(filter(None, lines))
            if shown:
                here = []
                while labels and labels[0] in " ".join(lines):
                    here.append(labels.pop(0))
                self._add(shown, sum(map(len, here)), here)

    def _add(self, text: str, linked: int, labels: list[str]) -> None:
        self.out.append(Block(self.kind, self.marker + text, linked, labels))
        if self.marker:  # what follows in the same item is indented, not marked again
            self.marker = " " * len(self.marker)

    def _table(self, tag: str, closing: str, attributes: str) -> None:
        if self.parts:
            self._flush()
        self.kind, self.marker = ("pre" if self.pre else "p"), ""
        if tag == "table":
            if closing:
                if self.tables:
                    self._end_table()
                return
            for table in self.tables[-1:]:
                table.nested = True
            border = _BORDER.search(attributes)
            self.tables.append(HtmlTable(border=bool(border) and border[1] not in ("0", "no")))  # type: ignore[index]
            self.outer.append(self.out)
            self.out = self.tables[-1].before
        elif not self.tables or closing:
            return
        elif tag == "tr":
            self.tables[-1].rows.append([])
        else:
            table = self.tables[-1]
            table.header |= tag == "th"
            if not table.rows:
                table.rows.append([])
            self.out = []
            table.rows[-1].append(self.out)

    def _end_table(self) -> None:
        table = self.tables.pop()
        self.out = self.outer.pop()
        self.out.extend(table.before)
        if holds_data(table):
            for row in table.rows:
                cells = [" ".join(b.text for b in cell).replace("\n", " ") for cell in row]
                if any(cells):
                    labels = [label for cell in row for block in cell for label in block.labels]
                    linked = sum(block.linked for cell in row for block in cell)
                    self.out.append(Block("row", " | ".join(cells).strip(), linked, labels))
            return
        apart = [cell for row in table.rows for cell in row if cell]
        free = [sum(len(b.text) - b.linked for b in cell) for cell in apart]
        most = max(free, default=0)
        second = sorted(free)[-2] if len(free) > 1 else 0
        for cell, own in zip(apart, free, strict=True):
            if is_menu(cell, second if own == most else most):
                self.menus += len(cell)
            else:
                self.out.extend(cell)

    def result(self) -> Rendered:
        blocks = self.out
        total = linked = links = 0
        kept = []
        last = len(blocks) - 5
        for i, block in enumerate(blocks):
            total += len(block.text)
            if block.labels:
                linked += block.linked
                links += len(block.labels)
                if navigates(block, i < 4 or i >= last):
                    continue
            kept.append(block)
        dropped = len(blocks) - len(kept) + self.menus
        for i in {0, len(kept) - 1} if kept else ():
            if kept[i].kind == "pre":
                kept[i] = without_links_at_ends(kept[i])
        end = len(kept)
        while end > max(1, len(kept) - MAX_FOOTER) and closes(kept[end - 1]):
            end -= 1
        text, footer = join(kept[:end]), join(kept[end:])
        from_alt = False
        if self.frames and self.noframes and len(text) < 200:
            inner = render(self.noframes.replace("<noframes", "<x").replace("<NOFRAMES", "<X"))
            text = f"{text}\n\n{inner.prose}".strip()
            total += len(inner.prose)
        if not text and self.alts and not blocks:
            text, from_alt = "\n\n".join(filter(None, self.alts)), True
        share = min(1.0, linked / total) if total else 0.0
        return Rendered(
            text, share, links, dropped, self.images, tuple(self.frames), from_alt, footer
        )
