"""A short summary of the differences between two copies of a text."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_WORD = re.compile(r"\S+")
COMPARED = 2000  # words compared of each text; difflib's time grows with the square


def difference(one: str, other: str, width: int = 90, parts: int = 3) -> str:
    """Return the first few differences between `one` and `other`, word by word.

    `[-gone-]` marks words of `one` only, `{+new+}` words of `other` only.

    Args:
        one: The kept text.
        other: Its copy.
        width: Most characters to return.
        parts: Most differences to show.

    >>> difference("We sell red boats and oars.", "We sell blue boats and good oars.")
    'sell [-red-]{+blue+} boats ... and {+good+} oars.'
    >>> difference("The same.", "The  same.")
    'same words'
    """
    words, others = (_WORD.findall(text)[:COMPARED] for text in (one, other))
    shown: list[str] = []
    more = 0
    for kind, a, b, c, d in SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if len(shown) == parts:
            more += 1
            continue
        before, after = " ".join(words[max(0, a - 1) : a]), " ".join(words[b : b + 1])
        gone, new = _short(words[a:b]), _short(others[c:d])
        changed = (f"[-{gone}-]" if gone else "") + (f"{{+{new}+}}" if new else "")
        shown.append(" ".join(filter(None, (before, changed, after))))
    if not shown:
        return "same words"
    text = " ... ".join(shown) + (f" ... {more} more" if more else "")
    return text if len(text) <= width else text[: width - 3] + "..."


def _short(words: list[str]) -> str:
    if len(words) > 6:
        return f"{' '.join(words[:3])} .. {len(words) - 5} words .. {' '.join(words[-2:])}"
    return " ".join(words)
