"""Removes passages from a document: the same ones from its prose and from its body.

In a page, the words of a passage are located in the text between the tags. That text is removed,
with every pair of tags that then encloses nothing. A tag whose partner stays is kept, so the page
stays as well formed as it was. The shorter page is rendered and compared with the shorter prose; a
passage whose removal changes anything else stays in both.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

from erastyle.corpus.html.prose import render
from erastyle.corpus.text.normalise import normalise

MASK = "[...]"
"""Mark in the place of a masked passage. It holds no word, and people of the 1990s used it."""

MOST_PLACES = 6  # places that are tried for a passage whose words stand in a page several times

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """A document without some of its passages.

    Attributes:
        body: The remaining body.
        prose: The remaining prose.
        spans: Spans of the removed passages in the former prose, each with its span in the former
            body.
        stayed: Spans of the prose that stay because the body does not show them, or not clearly.
    """

    body: str
    prose: str
    spans: tuple[tuple[Span, Span], ...]
    stayed: tuple[Span, ...]


def take_out(
    body: str, prose: str, spans: Sequence[Span], *, html: bool, mask: bool = False
) -> Taken:
    r"""Return the document without the passages `prose[start:end]`.

    Args:
        body: The document with its markup.
        prose: Its text; of a page, the prose from `html.prose.render`.
        spans: Passages of the prose, which do not overlap.
        html: Whether the body is a page.
        mask: Whether `MASK` takes the place of each passage.

    >>> page = "<H1>Cats</H1><P>All <B>rights</B> reserved.<P>Felix"
    >>> take_out(page, "Cats\n\nAll rights reserved.\n\nFelix", [(6, 26)], html=True).body
    '<H1>Cats</H1><P>Felix'
    """
    spans = sorted(spans)
    left = without(prose, spans, mask=mask)
    if body == prose:
        return Taken(left, left, tuple((span, span) for span in spans), ())
    page = _Page(body, html)
    places = [page.nearest(prose, span) for span in spans]
    if all(places):
        chosen = [likeliest for likeliest, *_ in places]
        if all(a[1] <= b[0] for a, b in pairwise(chosen)):
            shorter = page.without(chosen, mask=mask)
            if _reads(shorter, html) == _blocks(left):
                return Taken(shorter, left, tuple(zip(spans, chosen, strict=True)), ())
    return _one_by_one(body, prose, spans, html=html, mask=mask)


def _reads(body: str, html: bool) -> list[str]:
    return _blocks(render(body).prose if html else body)


def _blocks(prose: str) -> list[str]:
    return [block for block in map(normalise, _EMPTY_LINES.split(prose)) if block]


def _one_by_one(body: str, prose: str, spans: Sequence[Span], *, html: bool, mask: bool) -> Taken:
    """Remove each passage by itself, the last one first, so that earlier offsets stay valid."""
    taken: list[tuple[Span, Span]] = []
    stayed: list[Span] = []
    for span in reversed(spans):
        page = _Page(body, html)
        left = without(prose, [span], mask=mask)
        for place in page.nearest(prose, span)[:MOST_PLACES]:
            shorter = page.without([place], mask=mask)
            if _reads(shorter, html) != _blocks(left):
                # Without its tags two paragraphs may have become one: then they stay.
                shorter = page.without([place], mask=mask, tidy=False)
            if " ".join(_reads(shorter, html)) == normalise(left):
                body, prose = shorter, left
                taken.append((span, place))
                break
        else:
            stayed.append(span)
    return Taken(body, prose, tuple(reversed(taken)), tuple(reversed(stayed)))


_GAP = re.compile(r"(?:[^\S\n]*\n)+")
_EMPTY_LINES = re.compile(r"\n[^\S\n]*\n")


def without(text: str, spans: Sequence[Span], *, mask: bool = False) -> str:
    r"""Return plain text without the given spans, with one gap in the place of two.

    >>> without("One.\n\nTwo.\n\nThree.", [(6, 10)])
    'One.\n\nThree.'
    >>> without("One.\n\nTwo.\n", [(6, 10)], mask=True)
    'One.\n\n[...]\n'
    """
    out, start = [], 0
    for begin, end in sorted(spans):
        out.append(text[start:begin])
        start = end
        if mask:
            out.append(MASK)
        elif gap := _GAP.match(text, end):
            start = gap.end()
    out.append(text[start:])
    left = "".join(out)
    if mask or not spans:
        return left
    return left.rstrip("\n") + "\n" * (len(text) - len(text.rstrip("\n"))) if left.strip() else ""


_TOKEN = re.compile(
    r"(?P<skipped><!--.*?(?:-->|\Z)|<[!?][^>]*>"
    r"|<(?P<raw>script|style|title|svg|math|template|noframes|iframe|select|button|nav|audio"
    r"|video|canvas)\b[^>]*>.*?(?:</(?P=raw)\s*>|\Z))"
    r"|<(?P<closing>/?)(?P<name>[a-z][a-z0-9]*)\b(?:(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+|[^>]*+)>",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
_WORD = re.compile(r"[^\W_]+")
_NUMBERS = re.compile(r"^ *\d+\. ", re.MULTILINE)  # of an OL: the browser's, not the page's
_BORDER = re.compile(rf"{_WORD.pattern}|{_EMPTY_LINES.pattern}")

_list = str.split  # lists of names are written as one text
_INLINE = frozenset(
    _list(
        "a b i u s tt em strong code font big small strike sub sup cite kbd samp var dfn q abbr "
        "acronym span blink nobr wbr img basefont map area label input ins del bdo"
    )
)
"""Elements that do not end a word: `<B>H</B>ello` is one word."""
_EMPTIED = (_INLINE - {"input", "label", "map", "area"}) | frozenset(
    _list("p li dt dd h1 h2 h3 h4 h5 h6 div center blockquote address ul ol dl menu dir pre")
)
"""Elements that are removed when empty; empty cells and rows stay, or a table would shift."""
_UNPAIRED = frozenset(("p", "li", "dt", "dd", "br", "img"))
"""Start tags that need no end tag; each is removed with the text that it begins."""
_REACH = 40  # tokens around a passage that are searched for emptied pairs
_VOID = frozenset(
    _list("br hr img input wbr basefont area link meta base frame isindex param col embed")
)


@dataclass(slots=True)
class _Token:
    start: int
    end: int
    name: str = ""  # of a tag, lower case; empty for text; `#` for what is skipped
    closing: bool = False
    partner: int = -1
    gone: bool = False


class _Page:
    """The text of a body with the place of each word in it."""

    def __init__(self, body: str, html: bool) -> None:
        self.body = body
        self.tokens = _tokens(body) if html else [_Token(0, len(body))]
        self.words, self.starts, self.places = _words(body, self.tokens, html)

    def nearest(self, prose: str, span: Span) -> list[Span]:
        """Return the spans of the body with the words of `prose[start:end]`, likeliest first."""
        wanted = normalise(prose[span[0] : span[1]])
        if f" {wanted} " not in self.words:
            wanted = normalise(_NUMBERS.sub("", prose[span[0] : span[1]]))
        if not wanted:
            return []
        stretches: list[Span] = []
        at = self.words.find(f" {wanted} ")
        while at >= 0 and len(stretches) < 50:
            first = bisect_left(self.starts, at + 1)
            last = bisect_right(self.starts, at + len(wanted)) - 1
            stretches.append(self._widened(self.places[first][0], self.places[last][1]))
            at = self.words.find(f" {wanted} ", at + 1)
        share = span[0] / max(1, len(prose))
        return sorted(stretches, key=lambda place: abs(place[0] / max(1, len(self.body)) - share))

    def _widened(self, start: int, end: int) -> Span:
        """Return the span with the signs around it, up to the next tag, word or empty line."""
        starts = [token.start for token in self.tokens]
        low = self.tokens[bisect_right(starts, start) - 1].start
        high = self.tokens[bisect_right(starts, end - 1) - 1].end
        before, after = self.body[low:start], self.body[end:high]
        ends = [border.end() for border in _BORDER.finditer(before)]
        begins = _BORDER.search(after)
        lead = before[ends[-1] if ends else 0 :].lstrip()
        trail = after[: begins.start() if begins else None].rstrip()
        return start - len(lead), end + len(trail)

    def without(self, places: Sequence[Span], *, mask: bool, tidy: bool = True) -> str:
        """Return the body without the text of `places`.

        Args:
            places: Spans of the body.
            mask: Whether `MASK` takes the place of each span.
            tidy: Whether tags around the spans that then enclose or begin nothing are removed.
        """
        starts = [token.start for token in self.tokens]
        cuts: dict[int, list[tuple[int, int, str]]] = {}
        stretches: list[Span] = []
        for start, end in places:
            first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
            stretches.append((first, last))
            for i in range(first, last + 1):
                token = self.tokens[i]
                if not token.name:
                    shown = MASK if mask and i == first else ""
                    span = (max(start, token.start), min(end, token.end), shown)
                    cuts.setdefault(i, []).append(span)
                elif token.partner >= 0:
                    token.gone = first < token.partner < last
                else:
                    token.gone = token.name in _UNPAIRED and not token.closing
        texts = {i: self._rest(self.tokens[i], spans) for i, spans in cuts.items()}
        for i, text in texts.items():
            self.tokens[i].gone = not text.strip()
        for first, last in stretches if tidy else ():
            self._tidy(first, last)
        out = "".join(
            "" if token.gone else texts.get(i, self.body[token.start : token.end])
            for i, token in enumerate(self.tokens)
        )
        for token in self.tokens:
            token.gone = False
        return out

    def _rest(self, token: _Token, cuts: Sequence[tuple[int, int, str]]) -> str:
        out, at = [], token.start
        for start, end, shown in cuts:
            before = self.body[at:start]
            out += [before, shown]
            at = end
            if not shown and (start == token.start or before.endswith("\n")):
                gap = _GAP.match(self.body, end, token.end)
                at = gap.end() if gap else end
        return "".join([*out, self.body[at : token.end]])

    def _tidy(self, first: int, last: int) -> None:
        """Remove tags around the stretch: pairs that enclose nothing, tags that begin nothing."""
        tokens = self.tokens
        low, high = max(0, first - _REACH), min(len(tokens), last + _REACH)
        changed = True
        while changed:
            changed = False
            for i in range(last, low - 1, -1):
                token = tokens[i]
                if token.gone or token.name not in _EMPTIED or not i < token.partner < high:
                    continue
                inner = tokens[i + 1 : token.partner]
                if any(t.gone for t in inner) and all(map(self._void, inner)):
                    token.gone = tokens[token.partner].gone = changed = True
        after = next((t for t in tokens[last + 1 :] if not self._void(t)), None)
        if after is not None and (after.name in _INLINE or not after.name):
            return
        for token in reversed(tokens[:first]):
            if not self._void(token):
                if token.closing or token.partner >= 0 or token.name not in _UNPAIRED - {"img"}:
                    return
                token.gone = True

    def _void(self, token: _Token) -> bool:
        return token.gone or (not token.name and not self.body[token.start : token.end].strip())


def _tokens(body: str) -> list[_Token]:
    """Return the tokens of a page: text, tags with the index of their partner, hidden parts."""
    out: list[_Token] = []
    opened: dict[str, list[int]] = {}
    at = 0
    for match in _TOKEN.finditer(body):
        start, end = match.span()
        if start > at:
            out.append(_Token(at, start))
        at = end
        if match["skipped"] is not None:
            out.append(_Token(start, end, "#"))
            continue
        name, closing = match["name"].lower(), bool(match["closing"])
        token = _Token(start, end, name, closing)
        if not closing and name not in _VOID:
            opened.setdefault(name, []).append(len(out))
        elif closing and opened.get(name):
            token.partner = opened[name].pop()
            out[token.partner].partner = len(out)
        out.append(token)
    if at < len(body):
        out.append(_Token(at, len(body)))
    return out


def _words(
    body: str, tokens: Sequence[_Token], html: bool
) -> tuple[str, list[int], list[tuple[int, int]]]:
    """Return the words of a body in normal form, their offsets there, their spans in the body."""
    shown: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []  # in the text shown; in the body; an entity?
    length = 0

    def show(text: str, start: int, end: int, entity: bool) -> None:
        nonlocal length
        shown.append(text)
        pieces.append((length, start, end, entity))
        length += len(text)

    for token in tokens:
        if token.name:
            if token.name not in _INLINE:
                show(" ", token.start, token.end, True)
            continue
        at = token.start
        for match in _ENTITY.finditer(body, token.start, token.end) if html else ():
            if match.start() > at:
                show(body[at : match.start()], at, match.start(), False)
            show(unescape(match[0]), match.start(), match.end(), True)
            at = match.end()
        if at < token.end:
            show(body[at : token.end], at, token.end, False)
    begins = [piece[0] for piece in pieces]

    def place(position: int, behind: bool) -> int:
        """Return the offset in the body of a position in the shown text."""
        begin, start, end, entity = pieces[bisect_right(begins, position - behind) - 1]
        return (end if behind else start) if entity else start + position - begin

    words: list[str] = []
    starts: list[int] = []
    places: list[tuple[int, int]] = []
    at = 1
    for match in _WORD.finditer("".join(shown)):
        for word in normalise(match[0]).split(" "):
            words.append(word)
            starts.append(at)
            places.append((place(match.start(), False), place(match.end(), True)))
            at += len(word) + 1
    return f" {' '.join(words)} ", starts, places
