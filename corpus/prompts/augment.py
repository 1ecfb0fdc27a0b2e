"""Data augmentation: more rows from few documents, in the words of the era only.

A row asks for a document in other words, for a part of it, or for it with its middle sections in
another order. Every byte of an answer comes from the document.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from itertools import pairwise

from erastyle.corpus.document import Document
from erastyle.corpus.html import tags

LEAST_WORDS = 40  # words of the shortest section that stands alone
_HEADING = re.compile(r"(?=<h[1-6][\s>])", re.IGNORECASE)
_HEADING_TEXT = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]", re.IGNORECASE | re.DOTALL)
_BLANK = re.compile(r"(?<=\n)[ \t]*\n(?=\S)")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*>", re.IGNORECASE)
_HOLDERS = frozenset(
    "table tr td ul ol dl menu dir pre blockquote center font form div b i em strong tt a".split()
)
_ROW_PARTS = frozenset("td tr".split())  # their ends may be left out


def sections(document: Document) -> list[str]:
    """Return the sections of a body; joined they are the body.

    A page is split before its headings, plain text at empty lines before a paragraph.
    """
    if document.format == "html":
        parts = _HEADING.split(document.body)
    else:
        places = [m.end() for m in _BLANK.finditer(document.body)]
        bounds = [0, *places, len(document.body)]
        parts = [document.body[a:b] for a, b in pairwise(bounds)]
    return [part for part in parts if part]


def balanced(section: str) -> bool:
    """Say whether a section closes every table, list, link and similar element that it opens.

    >>> balanced("<H2>A</H2><UL><LI>b</UL>"), balanced("<H2>A</H2><UL><LI>b")
    (True, False)
    """
    depth: Counter[str] = Counter()
    for end, name in _TAG.findall(section):
        lower = name.lower()
        if lower in _HOLDERS:
            depth[lower] += -1 if end else 1
            if depth[lower] < 0:
                return False
    return all(count == 0 for name, count in depth.items() if name not in _ROW_PARTS)


def crop(document: Document, seed: int) -> tuple[str, str] | None:
    """Return the name and the text of one section that stands alone, or None.

    Args:
        document: A document; one of fewer than three sections gives None, since a section would be
            nearly the whole document.
        seed: Seed of the choice.
    """
    parts = sections(document)
    if len(parts) < 3:
        return None
    able = [
        part
        for part in parts[1:-1]
        if len(tags.strip(part, " ").split()) >= LEAST_WORDS and balanced(part)
    ]
    if not able:
        return None
    part = _random(document, seed).choice(able).strip("\n")
    heading = _HEADING_TEXT.search(part)
    name = " ".join(tags.strip(heading[1], " ").split()) if heading else ""
    return (name or " ".join(tags.strip(part, " ").split()[:6]))[:120], part


def reorder(document: Document, seed: int) -> str | None:
    """Return the body with its middle sections in another order, or None if that is unsafe.

    The first and the last section stay, since they hold the head, the greeting and the signature.

    Args:
        document: A document.
        seed: Seed of the order.
    """
    parts = sections(document)
    middle = parts[1:-1]
    if len(middle) < 2 or not all(map(balanced, middle)):
        return None
    shuffled = list(middle)
    _random(document, seed).shuffle(shuffled)
    if shuffled == middle:
        shuffled = middle[1:] + middle[:1]
    return None if shuffled == middle else "".join([parts[0], *shuffled, parts[-1]])


def _random(document: Document, seed: int) -> random.Random:
    digest = hashlib.sha256(f"{seed}:{document.id}".encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - a choice, not a secret
