"""The characters of a text that a reader saw, without those that only steered a machine.

A printer struck a letter twice for bold type and a line over it for underlined type; a terminal
took escape sequences for colours; soft hyphens, byte order marks and marks of direction are
invisible. They split words, so prose and titles go without them. The body of a document keeps them.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\x1b\[(?P<count>\d{0,3})(?P<forward>C)"
    r"|\x1b\[[0-?]{0,40}[ -/]{0,4}[@-~]"
    r"|\x1b\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)"
    r"|\x1b[PX^_][^\x1b\n]{0,400}\x1b\\"
    r"|\x1b[ -/]{0,4}[0-~]|\x1b"
)
_STRUCK = re.compile(r"[^\n]*\x08[^\n]*")
_SOFT_BREAK = re.compile("(?<=\\w)\u00ad[ \\t]*\n[ \\t]*(?=\\w)")
_LETTER = "[A-Za-z\u00c0-\u024f]"
_JOINER = re.compile(f"(?<={_LETTER})[\u200c\u200d]+(?={_LETTER})")
"""Joiners between Latin letters say nothing; Arabic, Indic scripts and emoji need them."""
_INVISIBLE = dict.fromkeys(
    (
        *(set(range(32)) - {9, 10, 12}),  # tab, line feed and form feed are white space
        *range(0x7F, 0xA0),
        *(0xAD, 0x200B, 0x200E, 0x200F, 0x061C, 0x180E, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
    )
)
_ANY = re.compile("[" + "".join(f"\\U{code:08x}" for code in sorted(_INVISIBLE)) + "\u200c\u200d]")
_BULLETS = frozenset(("+o", "o+", "+O"))


def visible(text: str) -> str:
    r"""Return `text` as a printer or a screen shows it. Most texts are returned as they are.

    >>> visible("N\x08NA\x08A _\x08f+\x08o \x1b[1mbold\x1b[0m hippo\u00adpotamus\ufeff")
    'NA f• bold hippopotamus'
    """
    if not _ANY.search(text):
        return text
    if "\x1b" in text:
        text = _ESCAPE.sub(_moved, text)
    if "\x08" in text:
        text = _STRUCK.sub(lambda line: _struck(line[0]), text)
    if "\u00ad" in text:
        text = _SOFT_BREAK.sub("", text)
    if "\u200c" in text or "\u200d" in text:
        text = _JOINER.sub("", text)
    return text.translate(_INVISIBLE)


def _moved(match: re.Match[str]) -> str:
    """Return the blanks of a movement to the right; every other sequence shows nothing."""
    return " " * min(int(match["count"] or 1), 80) if match["forward"] else ""


def _struck(line: str) -> str:
    """Return a line after its overstrikes: of two letters on one place the one that is read."""
    shown: list[str] = []
    at = 0
    for letter in line:
        if letter == "\x08":
            at = max(0, at - 1)
            continue
        if at == len(shown):
            shown.append(letter)
        else:
            shown[at] = _on(shown[at], letter)
        at += 1
    return "".join(shown)


def _on(below: str, above: str) -> str:
    if above in "_ " and below != " ":
        return below
    return "•" if below + above in _BULLETS else above
