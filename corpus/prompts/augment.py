"""More rows from few documents, without a word that nobody of the era wrote.

A document is asked for in other words, in part, or with its middle sections in another order. Every
byte of an answer stands in the document.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from itertools import pairwise

from erastyle.corpus.document import Document

LEAST_WORDS = 40  # of a section that can stand alone
_HEADING = re.compile(r"(?=<h[1-6][\s>])", re.IGNORECASE)
_HEADING_TEXT = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]", re.IGNORECASE | re.DOTALL)
_BLANK = re.compile(r"(?<=\n)[ \t]*\n(?=\S)")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*>", re.IGNORECASE)
_ANY = re.compile(r"<[^>]*>")
_HOLDERS = frozenset(
    "table tr td ul ol dl menu dir pre blockquote center font form div b i em strong tt a".split()
)
_ROW_PARTS = frozenset("td tr".split())  # their ends may be left out


def sections(document: Document) -> list[str]:
    """Return the sections of a body, which put together are the body.

    A page is cut before its headings, plain text at empty lines that a paragraph follows.
    """
    if document.format == "html":
        parts = _HEADING.split(document.body)
    else:
        places = [m.end() for m in _BLANK.finditer(document.body)]
        bounds = [0, *places, len(document.body)]
        parts = [document.body[a:b] for a, b in pairwise(bounds)]
    return [part for part in parts if part]


def balanced(section: str) -> bool:
    """Say whether every table, list, link and the like that opens in a section closes in it.

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
    """Return (what it is called, text) of one section that can stand alone, or None.

    Args:
        document: Of three sections or more; of fewer, the section would nearly be the document.
        seed: Another seed, another section.
    """
    parts = sections(document)
    if len(parts) < 3:
        return None
    able = [
        part
        for part in parts[1:-1]
        if len(_ANY.sub(" ", part).split()) >= LEAST_WORDS and balanced(part)
    ]
    if not able:
        return None
    part = _random(document, seed).choice(able).strip("\n")
    found = _HEADING_TEXT.search(part)
    name = " ".join(_ANY.sub(" ", found[1]).split()) if found else ""
    return (name or " ".join(_ANY.sub(" ", part).split()[:6]))[:120], part


def reorder(document: Document, seed: int) -> str | None:
    """Return the body with its middle sections in another order, or None where that is unsafe.

    The first and the last section stay: they hold the head, the greeting and the signature.
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
