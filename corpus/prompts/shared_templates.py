"""Finds templates that pages share: their converter, their first tags, their first links.

Pages that one program made begin alike on any number of sites. A model that learns many of them
begins every page so.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice

from erastyle.corpus.document import Document
from erastyle.corpus.html import tags
from erastyle.corpus.prompts.document_facts import LINK

OPENING_TAGS = 12
_OPENING_CHARACTERS = 6_000
_GENERATOR = re.compile(
    r"<meta\b[^>]*\bname\s*=\s*[\"']?generator[\"']?[^>]*\bcontent\s*=\s*[\"']?([a-z][\w-]*)"
    r"|<meta\b[^>]*\bcontent\s*=\s*[\"']?([a-z][\w-]*)[^>]*\bname\s*=\s*[\"']?generator\b"
    r"|<!(?:--|doctype)?[^>]{0,80}?\b(?:converted|generated|created|translated|produced)\b"
    r"[^>]{0,40}?\b(?:with|by|using)\s+(?:the\s+)?([a-z][\w-]*)"
    r"|<!--\s*(hypermail|hevea|texi2html|latex2html|wp2html|rtftohtml)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"([A-Za-z-]+)\s*=")
_HEAD = frozenset(("html", "head", "title", "meta", "link", "base", "isindex", "nextid", "body"))
_PLAIN = frozenset(("h1", "h2", "hr", "p", "center", "pre"))  # so begin pages of any writer
_COMMON = frozenset(("html", "head", "title", "body", "meta", "p", "br"))
_NAVIGATION = frozenset(
    "contents content index prev previous next up help main menu back retrace browse home".split()
)


def shared_templates(document: Document) -> tuple[str, ...]:
    """Return the names of the templates of a page; two pages with a name in common share one.

    Plain text has none. A page may have four: `by NAME` for the program that wrote it, `links A B
    C` for navigation at its head, `begins A B` for the first two tags of its body unless they are
    such as anybody begins with, and `tags HASH` for its first tags with their attributes.

    >>> page = '<META NAME="Generator" CONTENT="GuideML V1.5"><BODY><A HREF="m">NEXT</A><HR>'
    >>> shared_templates(Document("1", "a", "a", "html", page, "0"))[0]
    'by guideml'
    """
    if document.format != "html":
        return ()
    opening = document.body[:_OPENING_CHARACTERS]
    names: list[str] = []
    if made := _GENERATOR.search(opening):
        names.append(f"by {next(filter(None, made.groups())).lower()}")
    labels = [" ".join(tags.strip(x, " ").split()).lower() for x in LINK.findall(opening)]
    if sum(label in _NAVIGATION for label in labels[:4]) >= 2:
        names.append("links " + " ".join(sorted(_NAVIGATION.intersection(labels[:4]))))
    shown = (tag.name for tag in tags.start_tags(opening) if tag.name not in _HEAD)
    first = list(islice(shown, 2))
    if len(first) == 2 and not _PLAIN.issuperset(first):
        names.append(f"begins {' '.join(first)}")
    seen: list[str] = []
    for tag in tags.start_tags(opening):
        if tag.name in _COMMON and tag.name != "body":
            continue
        sign = f"{tag.name} {' '.join(sorted(map(str.lower, _NAMES.findall(tag.attributes))))}"
        if not seen or seen[-1] != sign:  # three links in a row are one sign
            seen.append(sign)
        if len(seen) == OPENING_TAGS:
            break
    if len(seen) >= OPENING_TAGS // 2:
        names.append("tags " + hashlib.sha256("\n".join(seen).encode()).hexdigest()[:12])
    return tuple(names)
