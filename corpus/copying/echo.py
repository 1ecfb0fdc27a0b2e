"""How much of a text is the words of its own request.

A request may hold notes or a draft that are a document's own words; put into tags they look like a
document and rank their own brief first. So a text has to say something of its own.
"""

from __future__ import annotations

import re

MOST_ECHO = 0.9
"""Share of the runs of four words that may stand in the request. Of 1,168 real web pages against
their own briefs 5 have more, all among the 291 whose brief has more than 40 words."""
FEWEST_GRAMS = 8
"""Runs of four words below which a text is too short to say."""
_WORD = re.compile(r"[\w']+")


def grams(text: str) -> list[tuple[str, ...]]:
    """Return the runs of four words of a text, in lower case."""
    words = _WORD.findall(text.lower())
    return [tuple(words[n : n + 4]) for n in range(len(words) - 3)]


def echo_share(prose: str, request: str) -> float:
    """Return the share of a text's runs of four words that stand in its request.

    Args:
        prose: The text without markup.
        request: What was asked for.

    >>> echo_share("we fly our red kites", "Write this: we fly our red kites")
    1.0
    >>> echo_share("we fly", "we fly")
    0.0
    """
    own = grams(prose)
    known = set(grams(request))
    return sum(gram in known for gram in own) / len(own) if own else 0.0


def is_echo(prose: str, request: str) -> bool:
    """Return whether a text says nothing but its request."""
    return len(grams(prose)) >= FEWEST_GRAMS and echo_share(prose, request) > MOST_ECHO
