"""Recognises what surrounds the text of a page: rows of links, side menus, and the footer.

These repeat on each page of a site and are no text for duplicates, quality and style. The rules
read words and links only, and mostly the first and last blocks of a page.
"""

from __future__ import annotations

import re

from erastyle.corpus.html.blocks import Block

_words = str.split  # lists of words are written as one text

MOST_UNLINKED = 80  # most characters outside of links in a row of navigation links
_NAV_WORDS = frozenset(
    _words(
        "back home next previous prev up down index top contents content menu main page "
        "return to help search forward start toc table of the go this first last table parent "
        "exit bottom left right homepage site map sitemap guestbook email e mail feedback "
        "begin end level chapter section document frames no text only version class hierarchy "
        "all packages package"
    )
)
_NAV_ROW = re.compile(
    r"^(?:next|up|previous|prev|index|contents)\s*:.{0,300}\b(?:up|previous|prev|next)\b",
    re.I | re.S,
)
_BACK_LABEL = re.compile(
    r"^\W*(?:(?:click here to )?(?:back|return|go|jump|up|on)\b"
    r"(?=.{0,60}\b(?:to|up|top|home)\b|\W*$)"
    r"|zur(?:ü|ue)ck\b|retour\b|top of (?:the )?page)"
    r"|^\W*(?:next|prev(?:ious)?) (?:page|chapter|section|article|part)\b",
    re.I,
)
_MENU_LABEL = re.compile(
    r"\b(?:main|contents?|home|index|front|start|previous|next)[ -](?:menu|page|index)\b\W*$"
    r"|\bhome ?pages?\W*$|^\W*(?:index|menu)\b.{0,40}$|\b(?:menu|index|home)\W*$",
    re.I,
)
_DAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
    r"(?:\d{1,2}(?:st|nd|rd|th)? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
    r"(?: \d{1,2}(?:st|nd|rd|th)?,?)?,? (?:19)?\d\d|\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}"
)
_FOOTER = re.compile(
    r"^\W*(?:(?:this |the )?(?:web ?|home ?)?(?:page|document|site|file|information) )?"
    r"(?:was )?(?:(?:last|most recently) )(?:modified|updated?|revised|revision|changed?|edited)\b"
    r"|^\W*(?:(?:page|document|site) )?(?:updated|modified|revised) (?:on )?(?:\d|[A-Z][a-z]{2})"
    r"|^\W{0,3}(?:©|\(c\)|&copy;|copyright\b)|\ball rights reserved\b|\bare copyright\b"
    r"|\b(?:is|are) (?:a |the )?(?:registered )?(?:trade|service ?)marks? of\b"
    r"|^\W*(?:(?:this )?(?:page|document|site) )?(?:was )?(?:(?:converted|generated)"
    r" (?:with|using|by|from)|(?:created|made|translated) (?:with|using))\b"
    r"|\$(?:date|id|revision|author)\b.{0,120}\$\W*$|^\W*@\(#\)"
    r"|^\W*(?:please )?(?:send|mail|e-?mail|direct|address|forward)\b.{0,60}"
    r"\b(?:comments?|questions?|suggestions?|feedback|corrections?|problems)\b"
    r"|^\W*(?:comments?|questions?|suggestions?|feedback|problems)\b.{0,60}\b(?:to|mail)\b"
    r"|^\W*(?:(?:this |these )?(?:page|pages|site|document)s? (?:is |are )?)?"
    r"(?:maintained|designed) (?:and \w+ )?by\b"
    r"|^\W*(?:e-?mail:? )?[\w.+%-]{1,40}@[\w.-]{3,60}\W*$|^\W*web ?master\W*$"
    rf"|^\W*(?:{_DAY})\W*$",
    re.I | re.S,
)
_NAV_MARKS = re.compile(
    r"[\s|\[\]{}()<>*·•\-\u2013\u2014:;,./\\~=_+&«»\u2190-\u21ff\u25a0-\u25ff]+"
)


def navigates(block: Block, at_edge: bool) -> bool:
    """Say whether a block is a row of navigation links and nothing else.

    Args:
        block: A block of a page.
        at_edge: Whether it is among the first or last blocks of the page.
    """
    labels = block.labels
    if not labels:
        return False
    if len(block.text) - block.linked > MOST_UNLINKED and (not at_edge or len(labels) < 2):
        return False
    rest = block.text
    for label in labels:
        rest = rest.replace(label, "", 1)
    words = _NAV_MARKS.sub(" ", rest).split()
    bare = all(word.lower() in _NAV_WORDS for word in words)
    if bare and at_edge and _leads_away(labels, block.kind == "li"):
        return True
    if block.kind == "li":
        return False
    if bare:
        if all(
            w.lower() in _NAV_WORDS for label in labels for w in _NAV_MARKS.sub(" ", label).split()
        ):
            return True
        if (
            block.kind != "h"
            and at_edge
            and len(labels) >= 2
            and all(len(label.split()) <= 4 for label in labels)
        ):
            return True
    return at_edge and len(labels) >= 2 and bool(_NAV_ROW.match(block.text))


def _leads_away(labels: list[str], in_list: bool) -> bool:
    """Say whether the words of links lead back or to a menu: `Return to the movie page`."""
    if any(len(label) > 120 for label in labels):
        return False
    back = [bool(_BACK_LABEL.search(label)) for label in labels]
    if all(back) or (any(back) and len(labels) > 1 and max(map(len, labels)) <= 40):
        return True
    return not in_list and all(
        b or _MENU_LABEL.search(label) for b, label in zip(back, labels, strict=True)
    )


def is_menu(cell: list[Block], beside: int) -> bool:
    """Say whether a cell of a layout table is the column of links beside the text.

    Args:
        cell: Blocks of the cell.
        beside: Characters outside of links in the fullest other cell of the table.
    """
    labels = [label for block in cell for label in block.labels]
    if len(labels) < 4 or beside < 200:
        return False
    lines = [line for block in cell for line in block.text.split("\n")]
    if max(map(len, lines)) > 80:
        return False
    text = sum(1 for line in lines for c in line if c.isalnum())
    linked = sum(1 for label in labels for c in label if c.isalnum())
    return linked >= 0.5 * text and text - linked < 0.5 * beside


def without_links_at_ends(block: Block) -> Block:
    """Return a verbatim block without navigation links in its first and last lines."""
    if not block.labels:
        return block
    lines = block.text.split("\n")
    first, last = 0, len(lines)
    while last > first and _only_leads(lines[last - 1], block.labels):
        last -= 1
    while first < last and _only_leads(lines[first], block.labels):
        first += 1
    if last - first == len(lines) or not any(map(str.strip, lines[first:last])):
        return block
    text = "\n".join(lines[first:last]).strip("\n")
    return Block(block.kind, text, block.linked, block.labels)


def _only_leads(line: str, labels: list[str]) -> bool:
    if not line.strip():
        return True
    here = [label for label in labels if label in line]
    return bool(here) and navigates(Block("p", " ".join(line.split()), 0, here), at_edge=True)


def closes(block: Block) -> bool:
    """Say whether a block at the end of a page is its footer: maintainer, date, copyright."""
    text = block.text.strip()
    if len(text) > 300:
        return False
    if not any(map(str.isalnum, text)) or (block.kind == "address" and len(text) <= 100):
        return True
    return bool(_FOOTER.search(text))
