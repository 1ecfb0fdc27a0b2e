"""Topics of a request that are later than the era: nobody of the period could write about them."""

from __future__ import annotations

from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.chronology.anachronisms import Hit

CERTAIN = 0.8
"""Certainty from which a word of a request is a later topic; ordinary requests have none."""


def later_topics(request: str, cutoff: int) -> list[Hit]:
    """Return what a request names that is later than the year `cutoff`.

    >>> [hit.term for hit in later_topics("A page about my YouTube channel.", 1997)]
    ['YouTube channel']
    >>> later_topics("A page about ham radio.", 1997)
    []
    """
    hits = anachronisms.find(request, "text", cutoff)
    return [hit for hit in hits if hit.kind == "word" and hit.certainty >= CERTAIN]


def declined(topics: list[Hit], cutoff: int) -> str:
    """Return the sentence that stands in place of a text.

    Args:
        topics: What the request names, at least one.
        cutoff: Last year that belongs to the era.
    """
    named = ", ".join(dict.fromkeys(f"{hit.term} ({hit.first_year})" for hit in topics))
    return (
        f"Not written: the request names {named}, and the era ends in {cutoff}. "
        "--later allow writes it all the same."
    )
