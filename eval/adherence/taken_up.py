"""How many of the words of its brief a text takes up.

A text of nothing but these words takes up all of them, so this ranks texts that a judge passes and
is no measure by itself: `own_brief` leaves the words of the brief out.
"""

from __future__ import annotations

from functools import cache

from erastyle.eval.adherence.own_brief import STEM, words

_OF_REQUESTS = frozenset(
    "about answer article ask describe discuss explain home list make news page post reply say "
    "short site somebody tell text want web word words write year".split()
)


@cache
def _common() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return _OF_REQUESTS | frozenset[str](ENGLISH_STOP_WORDS)


def taken_up(prose: str, brief: str) -> float:
    """Return the share of the brief's own words that stand in a text, by their first letters.

    Args:
        prose: The text as shown.
        brief: The brief; words that every brief may have do not count.

    >>> taken_up("Kites fly on the hill.", "Make a page about kites and hills.")
    1.0
    >>> taken_up("Kites fly.", "A page about kites and hills."), taken_up("Kites.", "A page.")
    (0.5, 1.0)
    """
    asked = {_stem(word) for word in words(brief) if word not in _common()}
    said = {_stem(word) for word in words(prose)}
    return len(asked & said) / len(asked) if asked else 1.0


def _stem(word: str) -> str:
    return word.rstrip("s")[:STEM]
