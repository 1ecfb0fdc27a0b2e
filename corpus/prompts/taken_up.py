"""How many of the words of its brief a text takes up.

A text of nothing but these words takes up all of them, so this is no measure by itself: it ranks
texts that a judge passes, and tells titles that speak of something else.
"""

from __future__ import annotations

import re

STEM = 5
"""Letters by which a word of a text counts as a word of the brief."""
_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    # words that every request may have
    "about answer article ask called concerning could describe discuss draft entitled explain "
    "fact factual facts heading headings help home kind length like link links list lists long "
    "mail make matter need news page pages paragraphs people personal picture pictures plain "
    "please post reply rewrite say short site somebody table tell text title titled topic want web "
    "word words would write year "
    # words that every sentence may have
    "after again all also among and another any anyone are because been before being between both "
    "but can cannot does doing done down during each either else ever every everyone few first for "
    "from get give given got had has have having her here hers him his how into its just last less "
    "let may might mine more most much must neither never new nor not nothing now off often old "
    "once one only onto other others our ours out over own per put same see several shall she "
    "should since some something still such take than that the their theirs them then there these "
    "they thing things this those though three through too toward two under until upon use used "
    "very was way well were what when where whether which while who whole whom whose why will with "
    "within without yet you your yours".split()
)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, of three letters and more.

    >>> words("A page about my Kites, 1995")
    ['page', 'about', 'kites']
    """
    return _WORD.findall(text.lower())


def own_words(brief: str, stem: int = STEM) -> frozenset[str]:
    """Return the words of a brief, by their first letters, without those that any brief may have.

    Args:
        brief: The brief.
        stem: Letters that count of a word.

    >>> sorted(own_words("Please make a page about kites and flying, with links."))
    ['flyin', 'kite']
    """
    return frozenset(_stem(word, stem) for word in words(brief) if word not in _COMMON)


def taken_up(prose: str, brief: str, stem: int = STEM) -> float:
    """Return the share of the brief's own words that stand in a text, by their first letters.

    Args:
        prose: The text as shown.
        brief: The brief; words that every brief may have do not count.
        stem: Letters by which a word of the text counts as a word of the brief.

    >>> taken_up("Kites fly on the hill.", "Make a page about kites and hills.")
    1.0
    >>> taken_up("Kites fly.", "A page about kites and hills."), taken_up("Kites.", "A page.")
    (0.5, 1.0)
    """
    asked = own_words(brief, stem)
    said = {_stem(word, stem) for word in words(prose)}
    return len(asked & said) / len(asked) if asked else 1.0


def _stem(word: str, stem: int) -> str:
    return word.rstrip("s")[:stem]
