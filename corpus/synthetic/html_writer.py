"""Writes HTML 2.0 and Netscape 1.1 with the habits of one author."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from random import Random

from erastyle.corpus.synthetic.authors import Site

_LINK = re.compile(r"@@(.*?)@@")
_TAG = re.compile(r"(</?)([A-Za-z][A-Za-z0-9]*)([^>]*)>")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)=")
_BRITISH = {
    "color": "colour",
    "colors": "colours",
    "neighbor": "neighbour",
    "neighbors": "neighbours",
    "favorite": "favourite",
    "gray": "grey",
    "center": "centre",
    "neighborhood": "neighbourhood",
    "mom": "mum",
}
_BRITISH_WORD = re.compile(r"\b(" + "|".join(_BRITISH) + r")\b")
_TYPOS = {
    "definitely": "definately",
    "receive": "recieve",
    "separate": "seperate",
    "a lot": "alot",
    "tomorrow": "tommorow",
    "until": "untill",
    "beginning": "begining",
    "probably": "probaly",
    "because": "becuase",
    "really": "realy",
    "which is": "wich is",
    "their": "thier",
    "finally": "finaly",
    "it's": "its",
}


class Hand:
    """Writes markup into `lines` with the habits of a site's author.

    Attributes:
        level: Markup level of the author: `html-2`, `netscape-1.0` or `netscape-1.1`.
        lines: Lines of the body so far.
    """

    def __init__(self, site: Site, level: str, rng: Random) -> None:
        """Start an empty page.

        Args:
            site: Site of the page, with the habits of its author.
            level: Markup level of the author.
            rng: Random generator of the page.
        """
        self.level = level
        self.lines: list[str] = []
        self._habits = site.habits
        self._british = site.british
        self._email = site.slots["email"]
        self._rng = rng
        wrap = int(site.habits["wrap"])
        self._wrapper = (
            textwrap.TextWrapper(wrap, break_long_words=False, break_on_hyphens=False)
            if wrap
            else None
        )

    @property
    def netscape(self) -> bool:
        """Whether the author uses CENTER and FONT SIZE."""
        return self.level != "html-2"

    @property
    def tables(self) -> bool:
        """Whether the author uses TABLE and BODY BGCOLOR."""
        return self.level == "netscape-1.1"

    def text(self, text: str) -> str:
        """Return running text as markup, with the author's spelling, spaces and mail links."""
        if self._british:
            text = _BRITISH_WORD.sub(lambda m: _BRITISH[m[1]], text)
        if self._habits["typo"] and self._rng.random() < 0.15:
            for right, wrong in _TYPOS.items():
                if f" {right} " in text:
                    text = text.replace(f" {right} ", f" {wrong} ", 1)
                    break
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if self._habits["spaces"] == "2":
            text = re.sub(r"([.!?]) (?=[A-Z])", r"\1  ", text)
        return _LINK.sub(lambda m: self.link(f"mailto:{self._email}", m[1]), text)

    def link(self, href: str, text: str) -> str:
        """Return an anchor.

        Args:
            href: Address.
            text: Markup of the link.
        """
        return f'<A HREF="{href}">{text}</A>'

    def fill(self, text: str) -> str:
        """Return a paragraph in lines of the author's width."""
        if self._wrapper is None:
            return text
        if self._habits["spaces"] == "2":
            return "\n".join(_wrap_keeping_spaces(text, self._wrapper.width))
        return self._wrapper.fill(text)

    def add(self, markup: str) -> None:
        """Add markup unchanged."""
        self.lines.append(markup)

    def p(self, sentences: Sequence[str]) -> None:
        """Add a paragraph."""
        if not sentences:
            return
        body = self.text(" ".join(sentences))
        if self._habits["smiley"] and body.endswith(".") and self._rng.random() < 0.2:
            body += f" {self._habits['smiley']}"
        style = self._habits["paragraph"]
        if style == "separator":
            self.lines.append(self.fill(body))
            self.lines.append("<P>")
        else:
            self.lines.append(self.fill(f"<P>{body}" + ("</P>" if style == "closed" else "")))

    def heading(self, level: int, text: str, centered: bool = False) -> None:
        """Add a heading."""
        markup = f"<H{level}>{self.text(text)}</H{level}>"
        if centered and self.netscape:
            markup = f"<CENTER>{markup}</CENTER>"
        self.lines.append(markup)

    def rule(self) -> None:
        """Add a horizontal rule in the author's style."""
        rule = self._habits["rule"]
        if not self.netscape and not rule.startswith("<IMG"):
            rule = "<HR>"
        if rule.startswith("<IMG"):
            rule = rule.replace("{line}", "rainbow.gif") + "<BR>"
        self.lines.append(rule)

    def items(self, items: Sequence[str], kind: str = "UL", ready: bool = False) -> None:
        """Add a list.

        Args:
            items: Items of the list.
            kind: `UL` or `OL`.
            ready: Whether the items are markup rather than text.
        """
        close = "</LI>" if self._habits["item"] == "closed" else ""
        self.lines.append(f"<{kind}>")
        for item in items:
            self.lines.append(self.fill(f"<LI>{item if ready else self.text(item)}{close}"))
        self.lines.append(f"</{kind}>")

    def definitions(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Add a definition list of pairs of term (markup) and definition (text)."""
        self.lines.append("<DL>")
        for term, meaning in pairs:
            self.lines.append(f"<DT>{term}")
            self.lines.append(self.fill(f"<DD>{self.text(meaning)}"))
        self.lines.append("</DL>")

    def emphasis(self, text: str) -> str:
        """Return emphasised text in the author's style."""
        tag = self._habits["emphasis"]
        return f"<{tag}>{self.text(text)}</{tag}>"

    def table(self, rows: Sequence[Sequence[str]], head: Sequence[str]) -> None:
        """Add a table, or PRE if the author's level has no tables.

        Args:
            rows: Cells of each row.
            head: Cells of the head.
        """
        if not self.tables:
            widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
            lines = [
                "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip()
                for r in [head, ["-" * w for w in widths], *rows]
            ]
            escaped = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;")
            self.lines.append(f"<PRE>\n{escaped}\n</PRE>")
            return
        border = self._rng.choice(("BORDER", "BORDER=1", "BORDER=4 CELLPADDING=4", "CELLPADDING=5"))
        end = self._habits["item"] == "closed"
        self.lines.append(f"<TABLE {border}>")
        for number, row in enumerate([head, *rows]):
            cell = "TH" if number == 0 else "TD"
            cells = "".join(f"<{cell}>{self.text(c)}" + (f"</{cell}>" if end else "") for c in row)
            self.lines.append(f"<TR>{cells}" + ("</TR>" if end else ""))
        self.lines.append("</TABLE>")

    def image(self, name: str, alt: str) -> str:
        """Return an inline image, in one of five cases without ALT."""
        alt = "" if self._rng.random() < 0.2 else f' ALT="{alt}"'
        return f'<IMG SRC="{name}"{alt}>'

    def page(self, title: str) -> str:
        r"""Return the whole document, `\n` line ends."""
        habits = self._habits
        blank = "\n" if self._wrapper is None or habits["fancy"] == "yes" else "\n\n"
        body = blank.join(self.lines)
        attributes = ""
        if self.tables and habits["fancy"] == "yes":
            attributes = f' BGCOLOR="{habits["background"]}"'
            if habits["background"] == "#000000":
                attributes += ' TEXT="#FFFFFF" LINK="#FFFF00" VLINK="#00FFFF"'
        title = title.replace("&", "&amp;")
        skeleton = habits["skeleton"]
        if skeleton == "full":
            page = (
                f"<HTML>\n<HEAD>\n<TITLE>{title}</TITLE>\n</HEAD>\n"
                f"<BODY{attributes}>\n{body}\n</BODY>\n</HTML>\n"
            )
        elif skeleton == "no head" or attributes:
            page = f"<HTML><TITLE>{title}</TITLE>\n<BODY{attributes}>\n{body}\n</BODY></HTML>\n"
        else:
            page = f"<TITLE>{title}</TITLE>\n{body}\n"
        if habits["doctype"]:
            page = f"{habits['doctype']}\n{page}"
        return self._case(page)

    def _case(self, page: str) -> str:
        case = self._habits["case"]
        if case == "upper":
            return page
        rng = self._rng

        def change(match: re.Match[str]) -> str:
            if case == "mixed" and rng.random() < 0.5:
                return match[0]
            start, name, rest = match.groups()
            rest = _ATTRIBUTE.sub(lambda a: a[0].lower(), rest) if '="' in rest else rest.lower()
            return f"{start}{name.lower()}{rest}>"

        return _TAG.sub(change, page)


def _wrap_keeping_spaces(text: str, width: int) -> list[str]:
    """Return wrapped lines that keep two spaces after a full stop, as typists wrote them."""
    lines: list[str] = []
    line = ""
    for piece in text.split(" "):
        if line and len(line) + len(piece) >= width and piece:
            lines.append(line.rstrip())
            line = piece
        else:
            line = f"{line} {piece}" if line or not lines else piece
    lines.append(line.rstrip())
    return [stripped for raw in lines if (stripped := raw.lstrip())]
