"""What a brief may say of a document: its kind, headings, points, names, year, length and manner.

Everything is read from the document; nothing is invented.
"""

from __future__ import annotations

import re

from erastyle.corpus.document import Document
from erastyle.corpus.html import tags

_HEADING = re.compile(r"<h[1-6]\b[^<>]*>(.{0,2000}?)</h[1-6]", re.IGNORECASE | re.DOTALL)
_UNDERLINED = re.compile(r"^[ \t]*(\S[^\n]{2,70})\n[ \t]*[-=~]{4,}[ \t]*$", re.MULTILINE)
LINK = re.compile(
    r"<a\s(?:name\s*=\s*[^\s<>]+\s+)?href\b[^<>]*>(.{0,2000}?)</a", re.IGNORECASE | re.DOTALL
)
"""A link and its words; bounded, since a page may open links and never close them."""
_PRE = re.compile(r"<pre\b.*?(?:</pre|\Z)", re.IGNORECASE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])[\"')]?\s+(?=[\"'(]?[A-Z0-9])|\n[^\S\n]*\n\s*")
_FACT = re.compile(r"\d|(?<=[a-z,;:] )[A-Z][a-z]{2,}")
_WRITER = re.compile(
    r"\b(?:[Bb]y|[Aa]uthor:|[Mm]aintained by|[Ww]ritten by):?\s+"
    r"([A-Z][a-z]{1,15}(?: [A-Z]\.)? [A-Z][a-z]{2,20})\b"
)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6});?", re.IGNORECASE)
_PERSONAL = re.compile(r"\b(?:I|I'm|I've|my|me|mine)\b")
_PARTS = (
    (r"<img\b", ("some pictures", "a picture or two", "pictures")),
    (r"guest ?book", ("a guest book",)),
    (r"<form\b", ("a form", "a form to fill in")),
    (r"<table\b", ("a table",)),
    (r"mailto:|[\w.-]+@[\w-]+\.\w", ("a mail address", "where to send mail")),
    (r"\b(?:hit|access|visitor)s? counter|you are visitor", ("a counter",)),
    (r"last (?:modified|updated?|change)", ("the date of the last change",)),
    (r"under construction", ("an “under construction” note",)),
)
MINLINKS = 5  # links that make "some links"


def plain(html: str) -> str:
    """Return the words of a piece of HTML on one line."""
    return " ".join(_ENTITY.sub(" ", tags.strip(html, " ")).split())


def kind(document: Document) -> str:
    """Return what kind of document this is: links, list, table, listing, article, note or text.

    The kinds are told apart by what fills the document, so that a choice of documents can hold
    some of each.
    """
    words = len(document.prose.split())
    if document.format != "html":
        return "note" if words < 120 else "text"
    body = document.body
    linked = sum(len(plain(label).split()) for label in LINK.findall(body))
    if linked > 0.45 * max(1, words):
        return "links"
    preformatted = sum(len(block.split()) for block in _PRE.findall(body))
    if preformatted > 0.5 * max(1, words):
        return "listing"
    lower = body.lower()
    if lower.count("<tr") >= 4 and lower.count("<td") + lower.count("<th") > words / 12:
        return "table"
    if lower.count("<li") + lower.count("<dt") > max(4, words / 30):
        return "list"
    return "note" if words < 120 else "article"


def headings(document: Document) -> list[str]:
    """Return the headings in order, without repetition and without the title."""
    if document.format == "html":
        raw = [plain(heading) for heading in _HEADING.findall(document.body)]
    else:
        raw = [" ".join(line.split()) for line in _UNDERLINED.findall(document.body)]
    title = document.title.strip().lower()
    kept = dict.fromkeys(h for h in raw if 2 < len(h) <= 80 and h.lower() != title)
    return list(kept)


def sentences(prose: str, most: int = 1_600) -> list[str]:
    """Return the sentences of the first `most` characters, each on one line.

    >>> sentences("I have cats. They eat fish.")
    ['I have cats.', 'They eat fish.']
    """
    parts = (" ".join(part.split()) for part in _SENTENCE.split(prose[:most]))
    given = [part for part in parts if len(re.findall(r"[A-Za-z]{2,}", part)) >= 2]
    return given[:-1] if len(prose) > most and len(given) > 1 else given


def shortened(sentence: str, words: int) -> str:
    """Return the sentence in at most `words` words, cut at a comma where there is one.

    >>> shortened("The club meets on Mondays, except in July (see below), at the old hall.", 6)
    'The club meets on Mondays'
    """
    bare = " ".join(re.sub(r"\s*\([^()]*\)", "", sentence).split())
    taken = bare.split()[:words]
    cut = " ".join(taken)
    if len(taken) < len(bare.split()):
        comma = max(cut.rfind(","), cut.rfind(";"), cut.rfind(":"))
        if comma >= len(cut) // 2:
            cut = cut[:comma]
    return cut.rstrip(" ,;:-\N{EN DASH}\N{EM DASH}")


def points(document: Document, prose: str) -> list[str]:
    """Return the points of a document: short statements that hold its names, numbers and dates."""
    told = [shortened(s, 14) for s in sentences(prose) if _FACT.search(s)]
    points = [point.rstrip(".") for point in told if len(point.split()) >= 2]
    links = [plain(label) for label in LINK.findall(document.body)[:40]]
    named = [x for x in links if 2 <= len(x.split()) <= 8 and not any(x in p for p in points)]
    return list(dict.fromkeys([*points[:7], *(f"link: {label}" for label in named[:3])]))


def parts(document: Document) -> list[tuple[str, ...]]:
    """Return what stands on a page, each in several wordings: pictures, a guest book, links."""
    if document.format != "html":
        return []
    given: list[tuple[str, ...]] = [
        words for sign, words in _PARTS if re.search(sign, document.body, re.IGNORECASE)
    ]
    if len(LINK.findall(document.body)) >= MINLINKS:
        given.append(("some links", "links", "a list of links"))
    return given


def year(document: Document) -> str:
    """Return the year of a document, or empty where its dates leave more than one."""
    first, last = document.date_from[:4], document.date_to[:4]
    return first if first == last and first.isdigit() else ""


def length(document: Document) -> int:
    """Return the number of words, rounded as a person would say it.

    >>> length(Document("1", "a", "a", "text", "", "0", prose="word " * 234))
    250
    """
    words = len(document.prose.split())
    step = 10 if words < 100 else 50 if words < 600 else 100 if words < 2_000 else 500
    return max(step, round(words / step) * step)


def personal(document: Document) -> bool:
    """Say whether the writer speaks of himself."""
    words = len(document.prose[:6_000].split())
    return len(_PERSONAL.findall(document.prose[:6_000])) > 0.015 * max(60, words)


def lively(document: Document) -> bool:
    """Say whether the text is full of exclamation marks."""
    words = len(document.prose[:6_000].split())
    return document.prose[:6_000].count("!") > 0.012 * max(80, words)


def writer(document: Document) -> str:
    """Return the name that a document gives as its writer's, or empty."""
    match = _WRITER.search(document.prose[:600]) or _WRITER.search(document.prose[-400:])
    return match[1] if match else ""
